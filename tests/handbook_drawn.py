"""Five conditions with every kind of rule, and eight people who meet them or nearly do: for define and explain.

The register is built by its own SQL from the drawn records, so that pages and explanations agree with what runs.
"""

import csv
import hashlib
from pathlib import Path

import polars as pl
from conftest import INDEX_DATE, draw

from mltc.codelists import Codelists, load_codelists, write_registry
from mltc.handbook.mltc_id import check_symbol
from mltc.reference import write_reference
from mltc.warehouse import Warehouse, load_models

CONDITIONS = """
[[condition]]
key = "stroke"
name = "Stroke"
body_system = "cardiovascular"
kind = "physical"
definitions = ["paper", "other"]
rule = [[{ codes = "stroke" }]]
source = "a paper"
verified = true

[[condition]]
key = "asthma_treated"
name = "Asthma, currently treated"
body_system = "respiratory"
kind = "physical"
definitions = ["paper"]
rule = [[{ codes = "asthma", unresolved = true }, { drugs = "asthma", months = 12 }]]
minimum_age_years = 6
source = "a paper"
verified = true

[[condition]]
key = "asthma"
name = "Asthma"
body_system = "respiratory"
kind = "physical"
definitions = ["other"]
rule = [[{ codes = "asthma", months = 24 }]]
source = "another <b>paper</b>"
verified = true

[[condition]]
key = "depression"
name = "Depression"
body_system = "mental and behavioural"
kind = "mental"
definitions = ["paper"]
rule = [[{ codes = "depression", months = 12 }], [{ drugs = "antidepressant", months = 12, at_least = 4 }]]
source = "a paper"
verified = true

[[condition]]
key = "kidney"
name = "Chronic kidney disease"
body_system = "urogenital"
kind = "physical"
definitions = ["paper"]
rule = [[{ measure = "egfr", below = 60, times = 2, days_apart = 90 }]]
source = "a paper"
verified = true

[[condition]]
key = "gout"
name = "Gout"
body_system = "musculoskeletal"
kind = "physical"
definitions = ["paper"]
rule = [[{ codes = "gout" }]]
source = "a paper, not read"
verified = false
"""
DEFINITIONS = """
[[definition]]
key = "paper"
title = "List of a paper"
citation = "Author A. A paper. Journal 2020;1:1"
source = "read in the paper"
missing = ["Chronic Lyme disease: no list"]

[[definition]]
key = "other"
title = "Another list"
citation = "Author B. Another paper. Journal 2021;1:1"
source = "read in the paper"
"""
LISTS = {
    "icd10/stroke.csv": "code,term,source,verified\nI63,,a list,yes\nI61,,a list,single_source\n",
    "icd10/asthma.csv": "code,term,source,verified\nJ45,,a list,yes\n",
    "icd10/copd.csv": "code,term,source,verified\nJ44,,a list,yes\n",
    "snomed/stroke.csv": "code,term,source,verified\n230690007,Stroke,two lists,yes\n",
    "snomed/asthma.csv": "code,term,source,verified\n195967001,Asthma,two lists,yes\n"
    "12428000,Intrinsic asthma,one list,single_source\n",
    "snomed/copd.csv": "code,term,source,verified\n13645005,COPD with asthmatic component,two lists,yes\n",
    "snomed/depression.csv": "code,term,source,verified\n35489007,Depressive disorder,two lists,yes\n",
    "snomed/gout.csv": "code,term,source,verified\n90560007,Gout,one list,single_source\n",
    "resolved/asthma.csv": "code,term,source,verified\n162660004,Asthma resolved,a list,yes\n",
    "drugs/asthma.csv": "code_system,code,term,source,verified\nbnf,0302,Corticosteroids (respiratory),BNF,yes\n",
    "drugs/antidepressant.csv": "code_system,code,term,source,verified\nbnf,0403,Antidepressant drugs,BNF,yes\n",
    "measures/egfr.csv": "code,term,unit,source,verified\n80274001,Glomerular filtration rate,mL/min,a list,yes\n",
}
# The list of another condition, which belongs to a rule of the second definition.
COPD = """
[[condition]]
key = "copd"
name = "Chronic obstructive pulmonary disease"
body_system = "respiratory"
kind = "physical"
definitions = ["other"]
rule = [[{ codes = "copd" }]]
source = "a paper"
verified = true
"""

# held: stroke and asthma (treated), so MLTC. passed: inhaler too long ago. resolved: asthma resolved since.
# three: 3 of 4 prescriptions. child: everything but the age. kidneys: values too close together. late: a stroke
# that could be seen only after the index date.
PERSON = """
person_id | sex | age_band | age_years
held      | F   | 60 to 69 | 67
passed    | M   | 60 to 69 | 66
resolved  | F   | 60 to 69 | 65
three     | F   | 40 to 49 | 45
child     | M   | 0 to 9   | 5
kidneys   | M   | 60 to 69 | 69
late      | F   | 60 to 69 | 61
nothing   | M   | 40 to 49 | 44
"""
EVENTS = """
person_id | event_date | recorded_date | code_system | code      | value
held      | 2015-03-01 | 2015-03-02    | snomed      | 230690007 |
held      | 2015-03-01 | 2015-03-02    | snomed      | 12428000  |
held      | 2010-05-01 | 2010-05-01    | snomed      | 195967001 |
held      | 2026-05-01 | 2026-05-01    | snomed      | 195967001 |
passed    | 2012-05-01 | 2012-05-01    | snomed      | 195967001 |
resolved  | 2012-05-01 | 2012-05-01    | snomed      | 195967001 |
resolved  | 2020-06-01 | 2020-06-01    | snomed      | 162660004 |
child     | 2025-06-01 | 2025-06-01    | snomed      | 195967001 |
kidneys   | 2026-01-10 | 2026-01-10    | snomed      | 80274001  | 58
kidneys   | 2026-02-09 | 2026-02-09    | snomed      | 80274001  | 55
kidneys   | 2026-02-09 | 2026-02-09    | snomed      | 13645005  |
late      | 2026-08-01 | 2026-11-01    | snomed      | 230690007 |
"""
DIAGNOSES = """
person_id | code | admission_date | known_date
held      | I639 | 2015-02-27     | 2015-03-10
passed    | J46  | 2015-02-27     | 2015-03-10
passed    | J440 | 2015-02-27     | 2015-03-10
nothing   | I619 | 2016-01-01     | 2016-01-05
"""
PRESCRIPTIONS = """
person_id | issue_date | code_system | code
held      | 2026-08-01 | bnf         | 0302000C0AAAAAA
held      | 2026-09-01 | bnf         | 0302000C0AAAAAA
passed    | 2025-10-01 | bnf         | 0302000C0AAAAAA
resolved  | 2026-08-01 | bnf         | 0302000C0AAAAAA
child     | 2026-08-01 | bnf         | 0302000C0AAAAAA
three     | 2026-06-01 | bnf         | 0403030D0AAAAAA
three     | 2026-07-01 | bnf         | 0403030D0AAAAAA
three     | 2026-08-01 | bnf         | 0403030D0AAAAAA
"""
PREFIX = "canary-"  # of person ids in the warehouse, so that one that gets out is found
NO_ROWS = {
    "scores.hfrs": {"index_date": pl.Date, "person_id": pl.String, "hfrs": pl.Float64},
    "register.failed_feed": {
        "index_date": pl.Date,
        "person_id": pl.String,
        "gp_event_until": pl.Date,
        "gp_prescription_until": pl.Date,
    },
    "meta.last_person_condition": {
        "person_id": pl.String,
        "condition": pl.String,
        "source": pl.String,
        "evidence_code": pl.String,
        "evidence_count": pl.Int64,
        "onset_date": pl.Date,
        "last_date": pl.Date,
        "first_known_date": pl.Date,
    },
}
MODELS = [
    "register.listed_code",
    "register.listed_record",
    "register.evidence",
    "register.measurement",
    "register.clause_code",
    "register.clause_count",
    "register.clause_measurement",
    "register.clause_score",
    "register.clause_status",
    "register.condition_status",
    "register.person_condition",
    "register.mltc",
]
FEEDS = {"has_gp_event": [True], "has_gp_prescription": [True], "has_hospital_episode": [True]}


def draw_codelists(folder: Path) -> Codelists:
    """The drawn conditions as files, read back."""
    texts = {
        "conditions.toml": CONDITIONS + COPD,
        "definitions.toml": DEFINITIONS,
        "care_processes.toml": "care_process = []\n",
    }
    for name, text in (texts | LISTS).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    write_registry(folder)
    path = folder / "registry.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    stated = {"source": "drawn", "version": "1", "licence": "none needed", "reviewed_date": "2026-11-22"}
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | stated for row in rows)
    return load_codelists(folder)


def mltc_id_of(person_id: str) -> str:
    """A well-formed id for a drawn person."""
    body = hashlib.sha256(person_id.encode()).hexdigest().upper()[:25]
    return body + check_symbol(body)


def write_register(warehouse: Warehouse, codelists: Codelists, **tables: pl.DataFrame) -> None:
    """The drawn records and the register that its own SQL makes of them; `tables` replace drawn ones."""
    person = draw(PERSON, age_years=pl.Int64)
    dated = person.with_columns(
        index_date=pl.lit(INDEX_DATE), practice_code=pl.lit("P1"), succeeded_from=pl.lit(None, pl.String)
    )
    events = draw(EVENTS, value=pl.Float64)
    ids = [mltc_id_of(name) for name in person["person_id"]]
    write_reference(warehouse, codelists)
    drawn = {
        "meta.index_date": pl.DataFrame({"role": ["current"], "index_date": [INDEX_DATE]}),
        "meta.feed": pl.DataFrame(FEEDS),
        "register.person": dated.drop("index_date"),
        "register.observation": dated,
        "register.person_pseudonym": person.select("person_id").with_columns(mltc_id=pl.Series(ids)),
        "staging.gp_event": events,
        "staging.hospital_diagnosis": draw(DIAGNOSES),
        "staging.gp_prescription": draw(PRESCRIPTIONS),
        **{name: pl.DataFrame(schema=schema) for name, schema in NO_ROWS.items()},
        **{name.replace("__", "."): frame for name, frame in tables.items()},
    }
    for name, frame in drawn.items():
        keyed = frame.with_columns(person_id=PREFIX + pl.col("person_id")) if "person_id" in frame.columns else frame
        warehouse.write(name, keyed)
    models = load_models()
    given = {"index_date": INDEX_DATE, "complex_conditions": 4, "complex_systems": 3}
    for name in MODELS:
        warehouse.build(name, models[name].sql, {key: given[key] for key in models[name].binds})
