"""Ids and names of clusters over six months of one synthetic population, with 3 % leaving and joining every month."""

import itertools

import polars as pl
import pytest

from benchmarks.cluster_months import Month, describe_months, list_dates, make_register, run_months

pytestmark = pytest.mark.slow

STANDING = pl.col("status").is_in(["kept", "new"])
PERSONS = 23_000  # 20,000 in each month: 23,000 / (1 + 5 x 0.03)


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> list[Month]:
    """The step of the monthly run, six times: register as of each date, models, last run, notes."""
    folder = tmp_path_factory.mktemp("months")
    dates = list_dates(6)
    source, _ = make_register(folder, PERSONS, dates)
    return list(run_months(source, folder / "months", dates))


@pytest.mark.timeout(1_200)
def test_ids_and_names_are_the_same_in_all_six_months(months: list[Month]) -> None:
    rows = describe_months(months)
    assert [row["stratum"] for row in rows] == ["all", "18-44", "45-64", "65-79", "80+"]
    same = [row for row in rows if len(set(row["classes"])) == 1 and len(set(row["is_shared"])) == 1]
    assert "all" in [row["stratum"] for row in same]
    assert len(same) >= 4  # measured: every stratum
    for row in same:
        assert row["is_same"], row["stratum"]
        assert sum(row["changes"]) == 0
        assert row["persons_kept"] > 0.8  # measured: 0.87 (18-44) to 0.95
    assert set(rows[0]["classes"]) <= {5, 6}  # there are six, of which the rarest has few people at this size


def test_what_changes_is_an_event_and_is_said(months: list[Month]) -> None:
    for before, now in itertools.pairwise(months):
        ids = [set(month.event.filter(STANDING).select("stratum", "cluster_id").rows()) for month in (before, now)]
        new = set(now.event.filter(pl.col("status") == "new").select("stratum", "cluster_id").rows())
        gone = set(now.event.filter(pl.col("status") == "vanished").select("stratum", "cluster_id").rows())
        assert new == ids[1] - ids[0]
        assert gone == ids[0] - ids[1]
        said = [note for note in now.notes if "changed; " in note]
        assert len(said) == len({stratum for stratum, _ in new | gone})


def test_people_do_come_and_go(months: list[Month]) -> None:
    everyone = [set(month.person.filter(pl.col("stratum") == "all")["person_id"]) for month in months]
    for before, now in itertools.pairwise(everyone):
        assert 0.02 < len(before - now) / len(before) < 0.06  # three in a hundred left, and a few died or moved
        assert 0.02 < len(now - before) / len(now) < 0.06
