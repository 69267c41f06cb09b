"""Two hundred random releases and the same again a month later; and what small counts alone would give away."""

import numpy as np
import polars as pl
import pytest

from mltc.disclosure import PROFILES, PublishedTable, attack, load_table_specs, protect
from mltc.disclosure.cells import build_cells
from mltc.disclosure.marts import check_marts
from mltc.disclosure.protection import find_primary
from mltc.disclosure.rates import add_rates

HES = PROFILES["hes"]
SPEC = load_table_specs()["prevalence"]
SPECS = {"prevalence": SPEC}
COUNTS = list(SPEC.counts)


def draw_people(seed: int) -> pl.DataFrame:
    """People in cells network x age x sex, many of them empty: one to four networks of 0 to 300 people a cell."""
    generator = np.random.default_rng(seed)
    scale = int(generator.choice([2, 8, 30, 300]))
    rows = []
    for network in range(int(generator.integers(1, 5))):
        for age in ("0", "1", "2"):
            for sex in ("female", "male"):
                persons = int(generator.integers(0, scale + 1)) * int(generator.integers(0, 4) > 0)
                mltc = int(generator.binomial(persons, generator.choice([0.05, 0.5, 0.97])))
                parts = int(generator.binomial(mltc, 0.3)), int(generator.binomial(mltc, 0.6))
                rows.append((f"P{network}", age, sex, persons, mltc, *parts))
    return pl.DataFrame(rows, schema=["network", "age_band", "sex", *COUNTS], orient="row")


def draw_later(people: pl.DataFrame, seed: int) -> pl.DataFrame:
    """A month later: a fifth of the cells have gained one to three people."""
    generator = np.random.default_rng(seed + 1_000_000)
    gained = generator.integers(1, 4, people.height) * (generator.random(people.height) < 0.2)
    return people.with_columns(pl.col("persons") + pl.Series(gained))


def build_mart(people: pl.DataFrame) -> pl.DataFrame:
    """The prevalence mart with all its totals."""
    frames = []
    for kind, code in (("icb", pl.lit("A")), ("pcn", pl.col("network"))):
        for breakdown in ("all", "age_band", "sex"):
            value = pl.lit("all") if breakdown == "all" else pl.col(breakdown)
            named = people.with_columns(geography_code=code, breakdown_value=value)
            totals = named.group_by("geography_code", "breakdown_value").agg(pl.col(COUNTS).sum())
            frames.append(totals.with_columns(geography_type=pl.lit(kind), breakdown=pl.lit(breakdown)))
    return pl.concat(frames).with_columns(geography_name=pl.lit(""), sort_key=pl.lit(0))


def hide_small_alone(raw: pl.DataFrame) -> PublishedTable:
    """Small counts, and parts that leave a small rest, suppressed; all others rounded; nothing to protect them."""
    checked = check_marts({"prevalence": raw}, SPECS)
    cells = build_cells(checked, SPECS)
    counts = cells.gather(checked)
    shown = np.where(find_primary(cells, counts, HES), -1, HES.round(counts))
    columns = {name: pl.Series(shown[cells.rows("prevalence", name)]) for name in COUNTS}
    frame = checked["prevalence"].with_columns(
        pl.when(column >= 0).then(column).alias(name) for name, column in columns.items()
    )
    return PublishedTable(SPEC, add_rates(frame, SPEC, HES).select(*SPEC.kinds))


def test_small_counts_alone_are_given_away():
    """Without complementary suppression the attack works numbers out; with it, on the same people, none."""
    given_away = 0
    for seed in range(20):
        raw = build_mart(draw_people(seed))
        found = attack({"prevalence": hide_small_alone(raw)}, SPECS, HES)
        given_away += any(each.reason == "worked out from sums" for each in found)
        assert attack(protect({"prevalence": raw}, SPECS, HES), SPECS, HES) == []
    assert given_away >= 5


@pytest.mark.parametrize("seed", range(3))
def test_the_same_people_a_month_later_are_shown_alike(seed):
    """Nothing is learnt by laying the months side by side."""
    check_months(seed)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_two_hundred_releases_and_the_month_after():
    for seed in range(200):
        check_months(seed)


def check_months(seed: int) -> None:
    people = draw_people(seed)
    first = protect({"prevalence": build_mart(people)}, SPECS, HES)
    assert attack(first, SPECS, HES) == [], seed
    again = protect({"prevalence": build_mart(people)}, SPECS, HES, first)
    assert again["prevalence"].frame.equals(first["prevalence"].frame), seed
    later = protect({"prevalence": build_mart(draw_later(people, seed))}, SPECS, HES, first)
    assert attack(later, SPECS, HES) == [], seed
