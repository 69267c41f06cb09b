"""Every indicator of need against the truth of the generator, person by person.

Truth is told from what was drawn, in Python and without any SQL (mltc/synthetic/need_truth.py). No defects, nobody
opted out: every difference is a fault of the indicator, or of the truth.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from benchmarks.staging import stage_sound_extracts
from mltc.codelists import load_codelists
from mltc.config import load_config
from mltc.derive import DERIVED_LAYERS, prepare_register
from mltc.paths import CODELISTS
from mltc.reference import read_indicators
from mltc.synthetic import SyntheticSettings, write_synthetic_icb
from mltc.warehouse import build_models
from mltc.workspace import Workspace

pytestmark = pytest.mark.slow
PERSONS, MONTHS = 5_000, 36
KEY = ["person_id", "indicator"]
CONFIG = """
[icb]
name = "Synthetic"
code = "QZZ"
synthetic = true
[run]
index_date = 2026-10-01
[lawful]
opt_outs_applied_upstream = "No person is real."
[extracts]
root = "extracts"
{sources}
"""
# How many records made a condition stand is the register's own figure, and no truth of a need.
VALUE_NOT_TOLD = ("learning_disability", "severe_mental_illness")
# No code of a need for accessible information is verified.
OF_NOBODY = ("accessible_information_unmet",)


@dataclass(frozen=True)
class Compared:
    """Truth and what the indicators say, of the people with MLTC."""

    truth: pl.DataFrame
    said: pl.DataFrame
    people: set[str]

    def both(self) -> pl.DataFrame:
        """One row per person and indicator of either."""
        return self.truth.join(self.said, on=KEY, how="full", coalesce=True, suffix="_said")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    folder = tmp_path_factory.mktemp("needs")
    write_synthetic_icb(SyntheticSettings(PERSONS, MONTHS, defect_rate=0.0), folder / "extracts")
    paths = sorted((folder / "extracts").glob("*.parquet"))
    sources = [f'[source.{path.stem}]\npath = "{path.name}"' for path in paths if path.stem != "opt_out"]
    (folder / "mltc.toml").write_text(CONFIG.format(sources="\n".join(sources)), encoding="utf-8")
    yield compare(folder)


def compare(folder: Path) -> Compared:
    """Builds everything up to the needs and reads both sides."""
    workspace = Workspace(folder / "out", load_config(folder / "mltc.toml"))
    stage_sound_extracts(workspace)
    with workspace.open_build() as warehouse:
        parameters = prepare_register(warehouse, workspace, load_codelists(), "a secret of the test")
        build_models(warehouse, DERIVED_LAYERS, parameters)
        said = warehouse.read("select person_id, indicator, state, value from needs.person_indicator")
        people = set(warehouse.read("select person_id from needs.person")["person_id"])
    return Compared(pl.read_parquet(folder / "extracts" / "truth" / "need.parquet"), said, people)


def test_truth_speaks_of_the_people_with_mltc(compared: Compared) -> None:
    assert set(compared.truth["person_id"]) == compared.people
    assert len(compared.people) > 0.15 * PERSONS


def test_every_indicator_of_the_catalogue_is_told(compared: Compared) -> None:
    keys = set(read_indicators(CODELISTS / "needs.toml")["indicator"])
    told = set(compared.truth["indicator"])
    assert told <= keys and keys - told <= set(OF_NOBODY)


def test_states_are_those_that_are_true(compared: Compared) -> None:
    """Who it applies to and what it says, for every person and indicator; the message lists persons per indicator."""
    both = compared.both()
    same = pl.col("state").eq_missing(pl.col("state_said"))
    counted = both.group_by("indicator").agg(persons=pl.len(), wrong=same.not_().sum()).sort("indicator")
    logging.getLogger(__name__).info("persons compared per indicator\n%s", describe(compared))
    assert counted.filter(pl.col("wrong") > 0).is_empty(), counted.filter(pl.col("wrong") > 0).rows()


def test_values_are_those_that_are_true(compared: Compared) -> None:
    both = compared.both().filter(~pl.col("indicator").is_in(VALUE_NOT_TOLD))
    same = pl.col("value").eq_missing(pl.col("value_said")) | ((pl.col("value") - pl.col("value_said")).abs() < 1e-9)
    counted = both.group_by("indicator").agg(wrong=same.fill_null(False).not_().sum()).sort("indicator")
    assert counted.filter(pl.col("wrong") > 0).is_empty(), counted.filter(pl.col("wrong") > 0).rows()


def describe(compared: Compared) -> str:
    """Persons compared per indicator, by the true state."""
    wide = compared.truth.group_by("indicator", "state").len().pivot("state", index="indicator", values="len")
    rows = wide.select("indicator", "present", "absent", "not_known").fill_null(0).sort("indicator").rows()
    return "\n".join(
        f"{name}: {present} present, {absent} absent, {unknown} not known" for name, present, absent, unknown in rows
    )


def test_most_indicators_are_compared_on_both_sides(compared: Compared) -> None:
    """An indicator that is the same for everybody is hardly tested: two thirds of those that can be known are not."""
    sides = compared.truth.group_by("indicator").agg(
        pl.col("state").eq("present").sum().alias("present"), pl.col("state").eq("absent").sum().alias("absent")
    )
    known = sides.filter(pl.col("present") + pl.col("absent") > 0)
    assert known.filter(pl.col("present") >= 5, pl.col("absent") >= 5).height > 0.8 * len(known)


def test_a_wrong_state_would_be_found(compared: Compared) -> None:
    """One person's state changed is one row of difference."""
    last = pl.int_range(pl.len()) == pl.len() - 1
    spoilt = compared.truth.with_columns(state=pl.when(last).then(pl.lit("wrong")).otherwise("state"))
    both = Compared(spoilt, compared.said, compared.people).both()
    assert both.filter(pl.col("state").eq_missing(pl.col("state_said")).not_()).height == 1
    assert len(both) == len(compared.truth) > 50 * len(compared.people)
