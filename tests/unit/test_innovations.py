"""The catalogues of facts, innovations and segments: complete, sound, and with errors that name what was meant."""

import shutil

import polars as pl
import pytest

from mltc.errors import CodelistError
from mltc.facts import Alternative, load_facts, name_facts, word_rule
from mltc.innovations import build_innovations, load_innovations
from mltc.paths import CODELISTS, SQL
from mltc.segments import build_segments, load_schemes

NAMED = {
    "one_clinic",
    "outreach_clinic",
    "longer_appointment",
    "annual_review",
    "virtual_ward",
    "self_monitoring_app",
    "complex_care_team",
    "usual_clinician",
    "mdt_meeting",
    "continuity_team",
    "shared_record",
    "medicines_optimisation",
    "physical_activity",
    "geriatric_assessment",
}


@pytest.fixture
def folder(tmp_path):
    """The files that the catalogues are read from, to be changed."""
    for name in ("facts.toml", "innovations.toml", "segments.toml", "needs.toml", "conditions.toml"):
        shutil.copy(CODELISTS / name, tmp_path / name)
    (tmp_path / "reference").mkdir()
    shutil.copy(CODELISTS / "reference" / "risk_band.csv", tmp_path / "reference" / "risk_band.csv")
    return tmp_path


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_fourteen_innovations_that_leaders_named_are_there():
    assert {each.key for each in load_innovations()} == NAMED


def test_every_innovation_tells_its_capacity_or_why_it_has_none():
    capacity = {each.key: each.people_per_wte for each in load_innovations()}
    assert {key for key, people in capacity.items() if people is None} == {"usual_clinician", "shared_record"}
    assert capacity["annual_review"] == 733  # 1100 / 1.5 = 733.3, in whole people
    assert all(each.capacity_note for each in load_innovations())


def test_none_found_has_no_citation_and_every_other_strength_has_one(folder):
    assert {each.strength for each in load_innovations() if not each.citation} == {"none found"}
    change(folder / "innovations.toml", 'strength = "none found"', 'strength = "strong"')
    with pytest.raises(CodelistError, match=r"one_clinic.*a citation stands with every strength but none found"):
        load_innovations(folder)


@pytest.mark.parametrize(
    ("old", "new", "nearest"),
    [
        ('"heart_failure"', '"hart_failure"', "'hart_failure' is not known; the nearest is 'heart_failure'"),
        ('"indicator:five_services"', '"indicator:five_service"', "the nearest is 'indicator:five_services'"),
        ('"condition:copd"', '"condition:cpd"', "the nearest is 'condition:copd'"),
        ('"risk:Highest 0.5%"', '"risk:Highest 5%"', "the nearest is 'risk:Highest 0.5%'"),
        ('needs = ["medicines"]', 'needs = ["medicine"]', "needs: 'medicine' is not known; the nearest is 'medicines'"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(folder, old, new, nearest):
    change(folder / "innovations.toml", old, new)
    with pytest.raises(CodelistError, match=nearest):
        load_innovations(folder)


def test_one_fact_alone_is_no_rule(folder):
    whole = (folder / "innovations.toml").read_text(encoding="utf-8")
    start = whole.index("rule = [", whole.index('key = "shared_record"'))
    end = whole.index("capacity_source", start)
    changed = whole[:start] + 'rule = [{ all = ["indicator:five_transitions"] }]\n' + whole[end:]
    (folder / "innovations.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(CodelistError, match="one fact alone is no rule"):
        load_innovations(folder)


def test_a_fact_of_an_unknown_condition_is_an_error(folder):
    change(folder / "facts.toml", 'conditions = ["dementia"]', 'conditions = ["demntia"]')
    with pytest.raises(CodelistError, match="dementia: 'demntia' is not known; the nearest is 'dementia'"):
        load_facts(folder)


def test_a_rule_in_words():
    rule = (Alternative(all=("a", "b")), Alternative(all=("c",), without=("d", "e")))
    names = {"a": "old", "b": "frail", "c": "ill", "d": "well", "e": "young"}
    assert word_rule(rule, names) == "old and frail; or ill, without well or young"


def test_clauses_are_numbered_by_alternative():
    clauses = build_innovations()["innovation_clause"].filter(innovation="self_monitoring_app", alternative=1)
    assert clauses.select("fact", "is_without").rows() == [
        ("condition:hypertension", False),
        ("indicator:home_blood_pressure", True),
        ("dementia", True),
    ]


def test_the_schemes_have_their_segments():
    counts = {scheme.key: len(scheme.segment) for scheme in load_schemes()}
    assert counts == {"bridges_to_health": 8, "nwl_13": 13, "neighbourhood_cohorts": 5, "core20": 2}
    codes = {segment.key for scheme in load_schemes() if scheme.key == "nwl_13" for segment in scheme.segment}
    ages = {f"{kind}65{side}" for kind in ("HLTY", "LTC", "DACD", "SMI", "LD") for side in "+-"}
    assert codes == ages | {"HLTY18-", "CLD1LTC", "CLDCHN"}


def test_one_segment_of_a_scheme_takes_the_rest_and_is_the_last():
    table = build_segments()["segment"]
    last = table.group_by("scheme").agg(pl.col("is_rest").sort_by("sort_key").last(), rests=pl.col("is_rest").sum())
    assert last["is_rest"].all() and last["rests"].to_list() == [1, 1, 1, 1]
    assert table.filter(pl.col("limits").str.len_chars() == 0).is_empty()


def test_a_rest_with_a_rule_is_an_error(folder):
    path = folder / "segments.toml"
    path.write_text(path.read_text(encoding="utf-8") + 'rule = [{ all = ["core20"] }]\n', encoding="utf-8")
    with pytest.raises(CodelistError, match="the last segment takes the rest and has no rule, but not_core20 has one"):
        load_schemes(folder)


def test_a_segment_names_facts_that_are_known(folder):
    change(folder / "segments.toml", '{ all = ["care_home"] }', '{ all = ["carehome"] }')
    with pytest.raises(CodelistError, match=r"care_home alternative 1: 'carehome' is not known; .* 'care_home'"):
        load_schemes(folder)


def test_every_fact_is_made_by_the_sql():
    """Facts with conditions are made from codelist.fact_condition; bands and thresholds are put together."""
    sql = "\n".join(path.read_text(encoding="utf-8") for path in sorted((SQL / "planning").glob("fact_*.sql")))
    made = {key for key in (fact.key for fact in load_facts()) if f"'{key}'" in sql}
    made |= {fact.key for fact in load_facts() if fact.conditions}
    made |= {f"efi_{band}" for band in ("mild", "moderate", "severe")} | {"hfrs_intermediate", "hfrs_high"}
    made |= {f"medicines_{count}_or_more" for count in (5, 8, 10, 15)}
    assert {fact.key for fact in load_facts()} == made
    assert {fact.key for fact in load_facts()} <= set(name_facts())
