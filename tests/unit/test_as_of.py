"""Why a rebuilt register differs from the published one, in sentences that are true of the counts."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from conftest import draw

from flows.steps.as_of import explain, rebuild
from mltc.errors import ConfigError
from mltc.register_as_of import RESULT, compare, find_ancestors
from mltc.warehouse import load_models, open_scratch, open_warehouse

DAY, LATER = date(2026, 9, 1), date(2026, 10, 1)


@pytest.fixture
def counts(tmp_path):
    """Persons of one definition: a and b stay, c only now, d only then, e is of a later run, f has one condition."""
    path = tmp_path / "warehouse.duckdb"
    history = draw("person_id\na\nb\nd\ne\nf").with_columns(
        definition=pl.lit("kept"),
        is_mltc=pl.col("person_id") != "f",
        valid_from=pl.when(pl.col("person_id") == "e").then(LATER).otherwise(DAY),
        valid_to=pl.when(pl.col("person_id") == "d").then(LATER).otherwise(None),
    )
    published = {"definition": "kept", "definition_version": "1", "persons": 9, "mltc_persons": 3}
    changes = draw("person_id | definition | change\na | kept | held over\na | kept | joined\nb | kept | held over")
    with open_warehouse(path) as warehouse:
        warehouse.write("history.mltc", history)
        warehouse.write("history.run", pl.DataFrame([{"as_of": DAY, **published, "complex_mltc_persons": 0}]))
        warehouse.write("history.change", changes.with_columns(as_of=pl.lit(DAY)))
    with open_scratch(path, []) as scratch:
        people = draw("person_id | is_mltc\na | yes\nb | yes\nc | yes\nf | no")
        both = pl.concat([people.with_columns(definition=pl.lit(name)) for name in ("kept", "fresh")])
        scratch.write("register.mltc", both.with_columns(definition_version=pl.lit("2"), is_complex_mltc=False))
        return compare(scratch, DAY)


def test_counts_who_differs(counts):
    kept = counts.filter(definition="kept").to_dicts()[0]
    assert (kept["persons"], kept["mltc_persons"]) == (4, 3)
    assert (kept["published_persons"], kept["published_mltc_persons"]) == (9, 3)
    assert (kept["only_rebuilt_persons"], kept["only_published_persons"]) == (1, 1)  # c; d (e came later, f is no MLTC)
    assert kept["held_over_persons"] == 2  # a, b
    assert kept["is_version_changed"] is True
    fresh = counts.filter(definition="fresh").to_dicts()[0]
    assert fresh["published_persons"] is None and fresh["only_rebuilt_persons"] is None


def test_every_difference_has_its_sentence(counts):
    told = explain(counts)
    assert [sentence.split()[0] for sentence in told] == ["Changed", "Only", "Only", "Conditions", "The"]
    same = counts.filter(definition="kept").with_columns(
        only_rebuilt_persons=0, only_published_persons=0, is_version_changed=False, persons="published_persons"
    )
    assert explain(same) == ["Nothing differs."]


def test_ancestors_lead_to_the_register_and_stop_at_what_is_shown():
    found = find_ancestors(load_models(), RESULT)
    assert {"register.mltc", "register.person_condition", "register.spine"} <= found.keys()
    assert {model.layer for model in found.values()} <= {"register", "scores"}
    assert not {name for name in found if "change" in name}


def test_without_a_warehouse_says_what_to_do(tmp_path: Path):
    with pytest.raises(ConfigError, match="Run `mltc run` first"):
        rebuild(DAY, tmp_path, None)
