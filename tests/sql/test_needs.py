"""The catalogue of needs and its indicators together; each indicator is drawn in the file of its need."""

import tomllib

from conftest import draw

from mltc.paths import CODELISTS, SQL
from mltc.warehouse import load_models

COLUMNS = ["person_id", "indicator", "state", "value", "evidence_source", "evidence_code", "evidence_date"]


def test_every_indicator_of_the_catalogue_has_its_file_and_is_in_the_union():
    catalogue = tomllib.loads((CODELISTS / "needs.toml").read_text(encoding="utf-8"))
    keys = {indicator["key"] for need in catalogue["need"] for indicator in need.get("indicator", [])}
    files = {path.stem.removeprefix("indicator_") for path in (SQL / "needs").glob("indicator_*.sql")}
    union = load_models()["needs.person_indicator"].sql
    assert keys == files
    assert all(f"needs.indicator_{key}\n" in union for key in keys)


def test_every_indicator_has_the_columns_of_all_and_says_its_own_key():
    from sqlglot import parse_one

    indicators = {name: model for name, model in load_models().items() if name.startswith("needs.indicator_")}
    for name, model in indicators.items():
        select = parse_one(model.sql, read="duckdb")
        assert select.named_selects == COLUMNS, name
        assert select.selects[1].this.this == name.removeprefix("needs.indicator_")


def test_processes_of_the_catalogue_are_those_that_the_select_asks_to_be_known():
    catalogue = tomllib.loads((CODELISTS / "needs.toml").read_text(encoding="utf-8"))
    told = [
        indicator for need in catalogue["need"] for indicator in need.get("indicator", []) if "processes" in indicator
    ]
    known = tomllib.loads((CODELISTS / "care_processes.toml").read_text(encoding="utf-8"))["care_process"]
    assert len(told) >= 20
    for indicator in told:
        sql = (SQL / "needs" / f"indicator_{indicator['key']}.sql").read_text(encoding="utf-8")
        assert set(indicator["processes"]) <= {process["key"] for process in known}
        assert all(f"'{process}'" in sql for process in indicator["processes"])


def test_no_indicator_asks_for_feeds_itself():
    models = [model for name, model in load_models().items() if name.startswith("needs.") and name != "needs.person"]
    assert not [model.name for model in models if model.reads & {"meta.feed", "meta.practice_abstention"}]


def test_person_need_is_present_then_not_known_then_absent(build):
    found = build(
        "needs.person_need",
        {
            "codelist.indicator": draw(
                "indicator | need | is_need \n a | n | yes \n b | n | yes \n c | n | yes \n support | s | no"
            ),
            "codelist.indicator_process": draw("indicator | care_process \n b | coded \n c | uncoded"),
            "needs.care_process": draw("key | is_verified \n coded | yes \n uncoded | no"),
            "needs.person_indicator": draw(
                """
                person_id | indicator         | state
                p         | a                 | present
                p         | b                 | not_known
                q         | a                 | absent
                q         | b                 | not_known
                r         | a                 | absent
                r         | support           | present
                r         | c                 | not_known
                s         | a                 | absent
                s         | c                 | present
                """
            ),
        },
    )
    assert found.select("person_id", "need", "state").rows() == [
        ("p", "n", "present"),
        ("q", "n", "not_known"),
        ("r", "n", "absent"),  # no codes tell c of anybody, so that it says nothing of r
        ("s", "n", "present"),
    ]
