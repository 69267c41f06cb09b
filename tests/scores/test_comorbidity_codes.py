"""One diagnosis scores the same in whatever form the feed writes it: from raw through staging into the scores.

HES gives DIAG_NN six characters: the code without its dot, filler X where the fourth character is missing, a fifth
character for site or kind (M45X9: filler in the fourth place), and in the last place D for a dagger or A for an
asterisk code (NHS Data Dictionary, PRIMARY DIAGNOSIS (ICD); HES data dictionary, DIAG_NN).
"""

import polars as pl
import pytest
from conftest import INDEX_DATE

from mltc.codelists.lists import read_tables
from mltc.contract import load_contract
from mltc.paths import CODELISTS
from mltc.sources.insert import TRACE_COLUMNS
from mltc.warehouse import DuckDBWarehouse, load_models

LISTS = ("charlson_code", "comorbidity_category", "elixhauser_code", "hfrs_weight", "hfrs_band", "charlson_weight")
MODELS = (
    "staging.hospital_episode",
    "staging.hospital_diagnosis",
    "scores.comorbidity_code",
    "scores.person_comorbidity",
    "scores.comorbidity_pattern",
    "scores.charlson",
    "scores.hfrs",
)
CLEAN = {
    "E119": [
        "E11.9",
        "e11.9 ",
        " E119",
        "E119X",
        "E119-",
        "e119d",
        "E11.9D",
        "E119 D",
        "E119XD",
        "E11.9\u2020",
        "E119A",
    ],
    "I10": ["I10", "i10", "I10X", "I10.X", "I10X ", "I10-", "I10.-", "I10XX", "I10X D", " i10x"],
    "G20": ["G20X", "G20.X", "g20", "G20  X"],
    "F000": ["F00.0*", "F000A", "F000 A", "F00.0\u2217", "f00.0*"],
    "E102": ["E10.2\u2020", "E102D", "E10.2+", "E10.2\u00a0"],
    "M3519": ["M35.19", "M3519", "M3519D", "m35.19 "],
    "M45X9": ["M45X9", "M45.X9", "M45X9D"],
    "X59": ["X59X", "X59", "X59.-"],
    "A09": ["A09X", "A09.X", "a09-"],
    "D52": ["D52X", "D52D", "D52-"],
}
WRITTEN = [(form, clean) for clean, forms in CLEAN.items() for form in forms]


@pytest.fixture
def scored(warehouse) -> DuckDBWarehouse:
    """One person for each written form, through staging into the scores: person_id is the number of the form."""
    columns = TRACE_COLUMNS | {column.name: column.sql_type for column in load_contract()["hospital_episode"].column}
    warehouse.execute("create schema raw")
    warehouse.execute(f"create table raw.hospital_episode ({', '.join(f'{k} {v}' for k, v in columns.items())})")
    forms = pl.DataFrame({"number": range(len(WRITTEN)), "form": [form for form, _ in WRITTEN]})
    warehouse.write("raw.form", forms)
    warehouse.execute(
        "insert into raw.hospital_episode (_row_id, person_id, admission_date, discharge_date, diagnoses) "
        "select number, cast(number as varchar), date '2026-01-01', date '2026-01-02', ['Z000', form] from raw.form"
    )
    warehouse.write("meta.row_exclusion", pl.DataFrame(schema={"table_name": pl.String, "row_id": pl.Int64}))
    names = ("table_name", "column_name", "written")
    warehouse.write("meta.sensitive_item", pl.DataFrame(schema=dict.fromkeys(names, pl.String)))
    warehouse.write("meta.index_date", pl.DataFrame({"role": ["current"], "index_date": [INDEX_DATE]}))
    warehouse.write("meta.feed", pl.DataFrame({"has_hospital_episode": [True]}))
    people = forms.select(pl.col("number").cast(pl.String).alias("person_id"), index_date=INDEX_DATE, age_years=80)
    warehouse.write("register.spine", people)
    for name, frame in read_tables(CODELISTS).items():
        if name in LISTS:
            warehouse.write(f"codelist.{name}", frame)
    models = load_models()
    for name in MODELS:
        warehouse.build(name, models[name].sql, dict.fromkeys(models[name].binds, 60))
    return warehouse


def test_every_form_of_a_code_is_cleaned_to_the_same_code(scored):
    found = scored.read(
        "select code from staging.hospital_diagnosis where diagnosis_position = 2 order by cast(person_id as integer)"
    )
    assert list(zip((form for form, _ in WRITTEN), found["code"], strict=True)) == WRITTEN


def test_every_form_of_a_code_counts_towards_the_same_categories(scored):
    expected = {
        "E119": {("charlson", "diab"), ("shmi", "diab"), ("elixhauser", "diabunc")},
        "I10": {("elixhauser", "hypunc")},
        "G20": {("elixhauser", "ond")},
        "F000": {("charlson", "dementia"), ("shmi", "dementia")},
        "E102": {("charlson", "diabwc"), ("shmi", "diabwc"), ("elixhauser", "diabc")},
        # Four characters of the list, five of the feed.
        "M3519": {("charlson", "rheumd"), ("elixhauser", "rheumd")},
        "M45X9": {("elixhauser", "rheumd")},
        "X59": set(),
        "A09": set(),
        "D52": {("elixhauser", "dane")},
    }
    found = scored.read(
        "select cast(comorbidity.person_id as integer) as number, pattern.code_set, pattern.category "
        "from scores.person_comorbidity as comorbidity join scores.comorbidity_pattern as pattern "
        "on (pattern.code_set = 'charlson' and pattern.signature = comorbidity.charlson_signature) "
        "or (pattern.code_set = 'shmi' and pattern.signature = comorbidity.shmi_signature) "
        "or (pattern.code_set = 'elixhauser' and pattern.signature = comorbidity.elixhauser_signature)"
    )
    for number, (form, clean) in enumerate(WRITTEN):
        categories = found.filter(pl.col("number") == number).select("code_set", "category").rows()
        assert len(categories) == len(expected[clean])
        assert set(categories) == expected[clean], form


def test_every_form_of_a_code_has_the_same_frailty_weight(scored):
    weights = {"G20": 1.8, "F000": 7.1, "X59": 1.5, "A09": 1.1}
    found = scored.read("select hfrs from scores.hfrs order by cast(person_id as integer)")["hfrs"].to_list()
    assert found == [weights.get(clean, 0.0) for _, clean in WRITTEN]
