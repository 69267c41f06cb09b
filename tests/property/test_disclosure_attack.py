"""Whatever the counts, nothing that is published can be undone: random small areas, all sums taken."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mltc.disclosure import PROFILES, attack, load_table_specs, protect

SPECS = {"prevalence": load_table_specs()["prevalence"], "cluster": load_table_specs()["cluster"]}
COUNTS = ["persons", "mltc_persons", "complex_mltc_persons", "physical_mental_persons"]


@st.composite
def areas(draw):
    """People in cells network x age x sex, many of them empty, as a prevalence mart with all its totals."""
    networks = draw(st.integers(1, 4))
    ages = draw(st.integers(1, 3))
    scale = draw(st.sampled_from([2, 8, 30, 300]))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = []
    for network in range(networks):
        for age in range(ages):
            for sex in ("female", "male"):
                persons = int(generator.integers(0, scale + 1)) * int(generator.integers(0, 4) > 0)
                mltc = int(generator.binomial(persons, generator.choice([0.05, 0.5, 0.97])))
                rows.append(
                    (
                        f"P{network}", str(age), sex, persons, mltc,
                        int(generator.binomial(mltc, 0.3)), int(generator.binomial(mltc, 0.6)),
                    )
                )  # fmt: skip
    return pl.DataFrame(rows, schema=["network", "age_band", "sex", *COUNTS], orient="row")


def mart(cells):
    frames = []
    for kind, code in (("icb", pl.lit("A")), ("pcn", pl.col("network"))):
        for breakdown in ("all", "age_band", "sex"):
            value = pl.lit("all") if breakdown == "all" else pl.col(breakdown)
            named = cells.with_columns(geography_code=code, breakdown_value=value)
            totals = named.group_by("geography_code", "breakdown_value").agg(pl.col(COUNTS).sum())
            frames.append(totals.with_columns(geography_type=pl.lit(kind), breakdown=pl.lit(breakdown)))
    return pl.concat(frames).with_columns(geography_name=pl.lit(""), sort_key=pl.lit(0))


def is_possible(true, shown, profile):
    """A published count stands for the true one, a small one is never shown."""
    if shown is None:
        return True
    return abs(true - shown) <= 2 and not (profile.lowest <= true <= profile.highest)


@pytest.mark.parametrize("name", sorted(PROFILES))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cells=areas())
def test_nothing_can_be_worked_out(name, cells):
    profile = PROFILES[name]
    raw = mart(cells)
    tables = protect({"prevalence": raw}, SPECS, profile)
    assert attack(tables, SPECS, profile) == []
    keys = ["geography_type", "geography_code", "breakdown", "breakdown_value"]
    both = raw.join(tables["prevalence"].frame, on=keys, suffix="_shown")
    assert both.height == raw.height
    for count in COUNTS:
        pairs = both.select(count, f"{count}_shown").rows()
        assert all(is_possible(true, shown, profile) for true, shown in pairs)
    for part, whole in (("mltc_persons", "persons"), ("complex_mltc_persons", "mltc_persons")):
        small_rest = both.filter(
            (pl.col(whole) - pl.col(part)).is_between(profile.lowest, profile.highest) & (pl.col(part) > 0)
        )
        assert small_rest[f"{part}_shown"].null_count() == small_rest.height


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cells=areas(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(cells, seed):
    profile = PROFILES["hes"]
    raw = mart(cells)
    one = protect({"prevalence": raw}, SPECS, profile)["prevalence"].frame
    other = protect({"prevalence": raw.sample(fraction=1, shuffle=True, seed=seed)}, SPECS, profile)
    assert one.equals(other["prevalence"].frame)
