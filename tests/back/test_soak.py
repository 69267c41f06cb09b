"""Three months in one folder: a file that comes late, a merger, late entries, other code lists, another secret."""

from pathlib import Path

import pytest

from benchmarks.soak import Soak
from benchmarks.soak_world import Plan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

PLAN = Plan(months=3, merger=2, failing=2, corrected=2, codelists=3, missed=None, rotation=3)


@pytest.fixture(scope="module")
def soak(tmp_path_factory: pytest.TempPathFactory) -> Soak:
    """Three months of 700 persons, with every run that they need."""
    soak = Soak(tmp_path_factory.mktemp("soak"), PLAN, persons=700)
    soak.prepare()
    soak.run_all()
    return soak


def test_every_invariant_holds_after_every_run(soak: Soak) -> None:
    assert [fault for run in soak.runs for fault in run.faults] == []
    assert [(run.run, run.exit_code) for run in soak.runs] == [
        ("2026-08", 0),
        ("2026-09", 3),  # a file is missing
        ("2026-09", 0),
        ("2026-09", 0),  # late entries
        ("2026-10", 2),  # a secret that nobody asked for
        ("2026-10", 0),
    ]


def test_the_invariants_looked_at_something(soak: Soak) -> None:
    good = [run for run in soak.runs if run.exit_code == 0]
    looked = {finding.invariant: finding.looked_at for run in good[-2:-1] for finding in run.findings}
    assert len(looked) == 10
    assert all(looked.values()), looked
    assert looked["mltc_id stays"] > 400
    assert len(soak.past.status) == 3
    assert all(frame.height > 100 for frame in soak.past.status.values())


def test_the_months_are_not_alike(soak: Soak, tmp_path: Path) -> None:
    """What the plan says did happen: people opted out, and the practice that merged has nobody left."""
    before, after = soak.world.list_opted_out(1), soak.world.list_opted_out(3)
    assert before < after
    old, new = soak.world.merged
    rows = soak.world.deliver(tmp_path / "third", 3)
    assert rows["organisation_succession"] == 1
    from mltc.warehouse import open_warehouse

    with open_warehouse(soak.out / "warehouse.duckdb", read_only=True) as warehouse:
        practices = warehouse.read("select distinct practice_code from register.person")["practice_code"].to_list()
        changes = warehouse.read("select distinct reason from register.change")["reason"].to_list()
    assert old not in practices
    assert new in practices
    assert "codelist version" in changes
