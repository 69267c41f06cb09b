"""Ambulatory care sensitive admissions: one drawn row per rule and boundary. Index date 2026-10-01."""

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest
from conftest import INDEX_DATE, draw
from continuity_drawn import read_codelist, with_dates

from mltc.data_dictionary import load_dictionary

Build = Callable[..., pl.DataFrame]
LISTS = ("acsc_code", "acsc_related_code", "acsc_rule")
DEFAULTS = {
    "person_id": "man",
    "episode_order": "1",
    "patient_class": "1",
    "admission_source": "19",
    "procedures": None,
    "is_unplanned": "yes",
    "admission_date": "2026-01-01",
}
PERSONS = """
    person_id | sex | birth_date
    man       | 1   | 1950-01-01
    woman     | 2   | 1950-01-01
    other     | 9   | 1950-01-01
    unknown   | 0   | 1950-01-01
    newborn   | 1   | 2026-01-01
    old       | 2   | 1905-01-02
    oldest    | 2   | 1905-01-01
    unborn    | 1   | 2026-01-02
"""


def build_acsc(build: Build, text: str, **lists: pl.DataFrame) -> pl.DataFrame:
    """utilisation.acsc_admission of drawn admissions: diagnoses and procedures parted by blanks, the rest by default."""
    drawn = draw(text, diagnoses=pl.List(pl.String))
    missing = [pl.lit(value, pl.String).alias(name) for name, value in DEFAULTS.items() if name not in drawn.columns]
    admissions = drawn.with_columns(missing).with_columns(
        pl.col("procedures").str.split(" "),
        pl.col("episode_order").cast(pl.Int64),
        (pl.col("is_unplanned").cast(pl.String).is_in(["yes", "true"])).alias("is_unplanned"),
        pl.col("admission_date").cast(pl.String).str.to_date("%Y-%m-%d"),
        primary_diagnosis=pl.col("diagnoses").list.first(),
    )
    keyed = admissions.with_columns(row_id=pl.col("spell_key"))
    return build(
        "utilisation.acsc_admission",
        {
            "register.spell": admissions.drop("diagnoses", "procedures"),
            "staging.hospital_episode": keyed.select("row_id", "episode_order", "procedures"),
            "staging.hospital_diagnosis": keyed.select("row_id", "diagnoses")
            .with_columns(diagnosis_position=pl.int_ranges(1, pl.col("diagnoses").list.len() + 1))
            .explode("diagnoses", "diagnosis_position")
            .rename({"diagnoses": "code"}),
            "staging.person": draw(PERSONS),
            **{f"codelist.{name}": lists.get(name, read_codelist(name)) for name in LISTS},
        },
    )


def found_by(found: pl.DataFrame, code_set: str) -> dict[str, str]:
    return dict(found.filter(pl.col("code_set") == code_set).select("spell_key", "acsc_condition").rows())


def test_filters_on_the_admission(build: Build):
    found = build_acsc(
        build,
        """
        spell_key    | person_id | episode_order | patient_class | admission_source | is_unplanned | diagnoses
        counted      | man       | 1             | 1             | 19               | yes          | J45
        not_given    | man       |               |               |                  | yes          | J45
        woman        | woman     | 1             | 1             | 19               | yes          | J46
        planned      | man       | 1             | 1             | 19               | no           | J45
        second       | man       | 2             | 1             | 19               | yes          | J45
        day_case     | man       | 1             | 2             | 19               | yes          | J45
        from_ward    | man       | 1             | 1             | 51               | yes          | J45
        from_neonate | man       | 1             | 1             | 52               | yes          | J45
        from_mental  | man       | 1             | 1             | 53               | yes          | J45
        from_home    | man       | 1             | 1             | 54               | yes          | J45
        sex_9        | other     | 1             | 1             | 19               | yes          | J45
        sex_0        | unknown   | 1             | 1             | 19               | yes          | J45
        age_0        | newborn   | 1             | 1             | 19               | yes          | J45
        age_120      | old       | 1             | 1             | 19               | yes          | J45
        age_121      | oldest    | 1             | 1             | 19               | yes          | J45
        before_birth | unborn    | 1             | 1             | 19               | yes          | J45
        no_diagnosis | man       | 1             | 1             | 19               | yes          |
        """,
    )
    counted = {"counted", "not_given", "woman", "from_home", "age_0", "age_120"}
    assert set(found_by(found, "ccg_ois_2.6")) == counted
    assert set(found_by(found, "nhs_institute_19")) == counted


def test_built_columns_are_documented(build: Build):
    found = build_acsc(build, "spell_key | diagnoses \n a | J45")
    assert found.columns == list(load_dictionary()["utilisation.acsc_admission"].columns)


def test_secondary_diagnoses(build: Build):
    found = build_acsc(
        build,
        """
        spell_key       | diagnoses
        bronchitis      | J20
        with_copd       | J209 I10 J449
        bronchiectasis  | J20 J47
        with_asthma     | J20 J45
        copd_first      | J44 J20
        hepatitis       | B181
        sickle_second   | B180 I10 D571
        sickle_only     | D57
        other_hepatitis | B182
        """,
    )
    assert found_by(found, "ccg_ois_2.6") == {
        "with_copd": "COPD",
        "bronchiectasis": "COPD",
        "copd_first": "COPD",
        "hepatitis": "Chronic viral hepatitis B",
    }
    assert found_by(found, "nhs_institute_19") == {
        "with_copd": "COPD",
        "bronchiectasis": "COPD",
        "copd_first": "COPD",
        "hepatitis": "Other vaccine preventable",
        "sickle_second": "Other vaccine preventable",  # D57 bars hepatitis B in the one set, pneumonia in the other
    }


def test_operations_that_bar(build: Build):
    found = build_acsc(
        build,
        """
        spell_key        | diagnoses | procedures
        angina           | I209      |
        imaging          | I200      | U201 Y97 Z941
        angiography      | I251      | K63.1
        lower_case       | I20       | k631
        drainage         | I20       | X403 U05
        thrombolysis     | I20       | X292
        permitted_x      | I20       | X331
        failure          | I500      | K631
        failure_operated | I50       | U201 K501
        oedema           | J81       | K45
        hypertension     | I10       | K66
        asthma           | J45       | K45
        """,
    )
    assert set(found_by(found, "ccg_ois_2.6")) == {
        "angina",
        "imaging",  # chapters U, Y and Z do not bar
        "permitted_x",  # X3 is not among them
        "failure",  # K63 bars angina only
        "asthma",
    }
    assert set(found_by(found, "nhs_institute_19")) == {  # no operation bars; I25 is not in the set
        *("angina", "imaging", "lower_case", "drainage", "thrombolysis", "permitted_x"),
        *("failure", "failure_operated", "oedema", "hypertension", "asthma"),
    }


def test_only_the_primary_position_counts_and_the_sets_differ(build: Build):
    found = build_acsc(
        build,
        """
        spell_key    | diagnoses
        fibrillation | I48
        dementia     | F03 J45
        angina_i24   | I240
        cellulitis   | L031
        diabetes     | E119
        complicated  | E112
        secondary    | S720 J18
        pneumonia    | J181
        with_sickle  | J181 D570
        gangrene     | R02
        """,
    )
    assert found_by(found, "ccg_ois_2.6") == {
        "fibrillation": "Atrial fibrillation and flutter",
        "dementia": "Dementia",
        "diabetes": "Diabetes",
        "complicated": "Diabetes",
    }
    assert found_by(found, "nhs_institute_19") == {
        "angina_i24": "Angina",
        "cellulitis": "Cellulitis",
        "complicated": "Diabetes complications",
        "pneumonia": "Influenza and pneumonia",
        "gangrene": "Gangrene",
    }


@pytest.mark.parametrize(
    ("name", "counted"),
    [("acsc_code", set()), ("acsc_related_code", {"asthma", "angina"}), ("acsc_rule", set())],
)
def test_an_unverified_row_does_not_count(build: Build, name: str, counted: set[str]):
    text = "spell_key | diagnoses | procedures \n asthma | J45 | \n angina | I20 | K451"
    unverified = read_codelist(name).with_columns(verified=pl.lit("partial"))
    assert set(found_by(build_acsc(build, text, **{name: unverified}), "ccg_ois_2.6")) == counted


def test_no_code_of_a_set_is_the_beginning_of_another():
    codes = read_codelist("acsc_code").select("code_set", "code", "acsc_condition")
    pairs = codes.join(codes, on="code_set", suffix="_longer").filter(
        (pl.col("code") != pl.col("code_longer")) & pl.col("code_longer").str.starts_with(pl.col("code"))
    )
    assert pairs.is_empty()
    assert not codes.select("code_set", "code").is_duplicated().any()
    assert codes.filter(pl.col("code_set") == "nhs_institute_19")["acsc_condition"].n_unique() == 19
    assert codes.filter(pl.col("code_set") == "ccg_ois_2.6")["acsc_condition"].n_unique() == 11


def test_every_list_that_a_code_names_is_there():
    codes, related = read_codelist("acsc_code"), read_codelist("acsc_related_code")
    named = {
        name
        for column in ("secondary_needed", "secondary_barred", "procedure_barred")
        for name in codes[column].drop_nulls()
    }
    assert named == set(related["code_list"]) == {"copd", "sickle_cell", "heart_operation", "any_operation"}


@pytest.mark.parametrize("has_hospital", [True, False])
def test_counts_by_window_and_group(build: Build, has_hospital: bool):
    found = build(
        "utilisation.ambulatory_care_sensitive",
        {
            **with_dates(draw("index_date | person_id \n 2026-10-01 | p \n 2025-10-01 | p \n 2026-10-01 | none")),
            "meta.feed": pl.DataFrame({"has_hospital_episode": [has_hospital]}),
            "utilisation.acsc_admission": draw(
                """
                code_set         | person_id | acsc_group          | admission_date
                ccg_ois_2.6      | p         | chronic             | 2026-10-01
                ccg_ois_2.6      | p         | chronic             | 2025-10-02
                ccg_ois_2.6      | p         | chronic             | 2025-10-01
                ccg_ois_2.6      | p         | chronic             | 2024-10-02
                ccg_ois_2.6      | p         | chronic             | 2024-10-01
                ccg_ois_2.6      | p         | chronic             | 2026-10-02
                nhs_institute_19 | p         | acute               | 2026-01-01
                nhs_institute_19 | p         | chronic             | 2026-01-02
                nhs_institute_19 | p         | chronic             | 2026-01-03
                nhs_institute_19 | p         | vaccine_preventable | 2025-01-01
                """
            ),
        },
    )
    rows = {(row[0], row[1]): row[2:] for row in found.rows()}
    if not has_hospital:
        assert rows[INDEX_DATE, "none"] == (None,) * 7 + (None,)
        return
    assert rows[INDEX_DATE, "none"] == (0, 0, 0, 0, 0, 0, 0, None)
    # 12 months: 2026-10-01 and 2025-10-02; 24 months: 2025-10-01 and 2024-10-02 as well
    assert rows[INDEX_DATE, "p"] == (2, 4, 3, 4, 1, 2, 0, date(2026, 10, 1))
    assert rows[date(2025, 10, 1), "p"] == (2, 3, 1, 1, 0, 0, 1, date(2025, 10, 1))
