"""Features and outcomes are data: what their files may hold, and that the SQL is what they say."""

from pathlib import Path

import pytest

from mltc.codelists import load_codelists
from mltc.data_dictionary import load_dictionary
from mltc.errors import CodelistError, ConfigError
from mltc.paths import SQL
from mltc.risk_catalogue import FEATURE_KEYS, load_features, load_outcomes, main_outcome
from mltc.warehouse import load_models

FEATURE = """
[[feature]]
key = "age_years"
name = "Age"
window = "on the day"
unit = "years"
source = "register.spine"
why = "Risk rises with age"
shape = "continuous"
direction = "free"
is_evidence_dated = false
"""
OUTCOME = """
[[outcome]]
key = "death"
name = "Death"
kind = "binary"
table = "register.death"
main = true
excludes = "Nobody"
"""


def write_features(folder: Path, text: str) -> Path:
    (folder / "features.toml").write_text(text, encoding="utf-8")
    return folder


def write_outcomes(folder: Path, text: str, *files: str) -> tuple[Path, Path]:
    (folder / "outcomes.toml").write_text(text, encoding="utf-8")
    (folder / "sql" / "features").mkdir(parents=True)
    for name in files:
        (folder / "sql" / "features" / f"outcome_{name}.sql").write_text("-- One row per person\n", encoding="utf-8")
    return folder, folder / "sql"


def test_the_columns_of_the_feature_table_are_the_declared_features_in_order():
    built = list(load_dictionary()["features.person_feature"].columns)
    assert built == [*FEATURE_KEYS, *(feature.key for feature in load_features())]


def test_every_feature_names_a_table_that_it_is_read_from():
    models = load_models()
    reads = models["features.person_feature"].reads | models["features.use_count"].reads
    assert {feature.source for feature in load_features()} <= reads


def test_every_verified_condition_of_the_default_definition_is_a_flag():
    members = load_codelists().memberships
    default = members.filter(definition="delphi-2022")["condition"].to_list()
    flags = {feature.key for feature in load_features() if feature.shape == "flag"}
    assert len(default) >= 50
    assert {f"has_{condition}" for condition in default} <= flags


def test_flags_are_yes_or_no_and_rising_features_can_rise():
    for feature in load_features():
        assert (feature.unit == "0/1") == (feature.shape == "flag"), feature.key
        assert feature.key.startswith(("is_", "has_")) == (feature.shape == "flag"), feature.key


def test_six_outcomes_with_one_in_front_each_with_its_file():
    outcomes = load_outcomes()
    assert main_outcome(outcomes).key == "unplanned_admission"
    assert [outcome.key for outcome in outcomes if outcome.kind == "count"] == ["bed_days"]
    assert {outcome.model for outcome in outcomes} == {
        name for name in load_models() if name.startswith("features.outcome_")
    }
    assert all(outcome.horizon_months is None for outcome in outcomes)  # all bind $horizon_months


def test_every_problem_of_the_features_is_told_at_once(tmp_path):
    wrong = FEATURE.replace("continuous", "wavy").replace("free", "falling").replace('unit = "years"\n', "")
    own_key = FEATURE.replace("age_years", "person_id")
    with pytest.raises(CodelistError) as found:
        load_features(write_features(tmp_path, wrong + FEATURE + FEATURE + own_key + "\n[[extra]]\nx = 1\n"))
    told = str(found.value)
    assert "6 problem(s) in features.toml" in told  # shape, direction, unit; twice; a key of the table; [[extra]]
    for part in ("shape", "'wavy'", "'falling'", "unit", "stands there 2 times", "person_id", "[[extra]]"):
        assert part in told


@pytest.mark.parametrize("text", ["", "feature = 1", "[[feature]\n"])
def test_a_file_without_features_is_refused(tmp_path, text):
    with pytest.raises(CodelistError, match=r"features\.toml"):
        load_features(write_features(tmp_path, text))
    with pytest.raises(CodelistError, match=r"outcomes\.toml cannot be read"):
        load_outcomes(tmp_path)


def test_an_outcome_without_its_file_and_a_file_without_its_outcome_are_told(tmp_path):
    folder, sql = write_outcomes(tmp_path, OUTCOME, "fall")
    with pytest.raises(CodelistError) as found:
        load_outcomes(folder, sql)
    assert "there is no sql/features/outcome_death.sql" in str(found.value)
    assert "outcome_fall.sql: outcomes.toml does not name it" in str(found.value)


@pytest.mark.parametrize(("main", "told"), [("false", "found none"), ("true", "found death, fall")])
def test_one_outcome_is_the_main_one(tmp_path, main, told):
    both = OUTCOME.replace("true", main) + OUTCOME.replace("true", main).replace('"death"', '"fall"')
    folder, sql = write_outcomes(tmp_path, both, "death", "fall")
    with pytest.raises(CodelistError, match=told):
        load_outcomes(folder, sql)


def test_an_outcome_more_is_an_entry_and_a_file(tmp_path):
    more = OUTCOME.replace("main = true\n", "").replace('"death"', '"fall"') + "horizon_months = 6\n"
    folder, sql = write_outcomes(tmp_path, OUTCOME + more)
    for name in ("outcome.sql", "outcome_death.sql"):
        (sql / "features" / name).write_text((SQL / "features" / name).read_text(encoding="utf-8"), encoding="utf-8")
    (sql / "features" / "outcome_fall.sql").write_text("-- One row per person\nselect 1 as value", encoding="utf-8")
    assert [outcome.horizon_months for outcome in load_outcomes(folder, sql)] == [None, 6]
    gathered = load_models(sql)["features.outcome"]
    assert gathered.reads == {"features.outcome_death", "features.outcome_fall"}
    assert "'fall' as outcome" in gathered.sql


def test_a_table_that_gathers_nothing_is_refused(tmp_path):
    _, sql = write_outcomes(tmp_path, OUTCOME)
    gathers = (SQL / "features" / "outcome.sql").read_text(encoding="utf-8")
    (sql / "features" / "outcome.sql").write_text(gathers, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"outcome\.sql gathers outcome_\*\.sql, and there is none"):
        load_models(sql)


@pytest.mark.parametrize(
    ("already", "told"),
    [
        ("is_complex", "must be a feature of features.toml of shape flag, and is not there"),
        ("age_years", "must be a feature of features.toml of shape flag, and is a continuous"),
    ],
)
def test_who_has_an_outcome_already_is_told_by_a_declared_flag(tmp_path, already, told):
    folder, sql = write_outcomes(write_features(tmp_path, FEATURE), f'{OUTCOME}already = "{already}"\n', "death")
    with pytest.raises(CodelistError, match="death already: ") as found:
        load_outcomes(folder, sql)
    assert told in str(found.value)


def test_a_flag_says_who_has_an_outcome_already():
    assert {each.key: each.already for each in load_outcomes() if each.already} == {
        "incident_complex_mltc": "is_complex_mltc"
    }


@pytest.mark.parametrize(
    "words",
    [
        '{ many = "{years} old" }',  # only {value} and {percent} stand for something
        '{ many = "{value" }',
        '{ less = "fewer", more = "more" }',  # a ratio has three cases
        '{ less = "fewer", same = "as many", more = "more", none = "none" }',
        '{ few = "few" }',
    ],
)
def test_words_that_would_not_be_filled_are_refused(tmp_path, words):
    with pytest.raises(CodelistError, match=r"1 problem\(s\) in features\.toml"):
        load_features(write_features(tmp_path, f"{FEATURE}words = {words}\n"))


def test_words_are_made_from_the_name_where_none_are_given(tmp_path):
    flag = FEATURE.replace("continuous", "flag").replace('"Age"', '"Chronic kidney disease"')
    (age,) = load_features(write_features(tmp_path, FEATURE))
    assert age.said.model_dump(exclude_none=True) == {"many": "age {value}", "unknown": "age not known"}
    (kidney,) = load_features(write_features(tmp_path, flag + 'words = { one = "kidney disease" }'))
    assert (kidney.said.none, kidney.said.one) == ("no chronic kidney disease recorded", "kidney disease")
    assert kidney.said.unknown == "chronic kidney disease not known"


def test_features_of_one_fact_share_a_group_and_the_others_stand_alone():
    facts: dict[str, list[str]] = {}
    for feature in load_features():
        facts.setdefault(feature.fact, []).append(feature.key)
    assert {key for key in facts["unplanned_admission"] if key.startswith("unplanned_admission_count_")} == {
        "unplanned_admission_count_3m",
        "unplanned_admission_count_12m",
        "unplanned_admission_count_13_24m",
    }
    assert {"condition_count", "cambridge_37_general"} <= set(facts["conditions"])
    assert facts["has_diabetes"] == ["has_diabetes"]
    groups = {feature.group for feature in load_features() if feature.group}
    assert [group for group in groups if len(facts[group]) < 2] == []  # a group of one is a typing mistake


def test_features_that_count_time_are_those_that_say_so():
    timed = {feature.key: feature.time for feature in load_features() if feature.time}
    assert {key for key, time in timed.items() if time == "age"} == {"age_years", "registered_years"}
    for feature in load_features():
        counts_time = feature.unit in ("months", "years") and feature.key not in ("age_years", "registered_years")
        assert (timed.get(feature.key) == "since") == counts_time, feature.key
