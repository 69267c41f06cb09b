"""Propensity: how likely each person was to be treated, by what was known before."""

import numpy as np
import polars as pl
import pytest

from models.public_health.propensity import estimate_propensity


def draw_people(count: int = 4_000) -> pl.DataFrame:
    """Odds of treatment rise by e with each unit of `use`; `same` does not vary."""
    random = np.random.default_rng(1)
    use = random.normal(size=count)
    chance = 1 / (1 + np.exp(1.5 - use))
    return pl.DataFrame({"is_treated": random.random(count) < chance, "use": use, "same": 3.0})


def test_it_finds_the_chance_that_people_were_drawn_with() -> None:
    people = draw_people()
    found = estimate_propensity(people, ["use", "same"])
    true = 1 / (1 + np.exp(1.5 - people["use"].to_numpy()))
    assert np.abs(found.to_numpy() - true).mean() < 0.02
    assert found.mean() == pytest.approx(people["is_treated"].mean(), abs=1e-3)  # so does any fit with an intercept


def test_where_nothing_varies_everybody_has_the_share_of_the_treated() -> None:
    people = draw_people(10)
    share = people["is_treated"].mean()
    assert estimate_propensity(people, ["same"]).to_list() == [share] * 10
    assert estimate_propensity(people, []).to_list() == [share] * 10
    everyone = people.with_columns(is_treated=True)
    assert estimate_propensity(everyone, ["use"]).to_list() == [1.0] * 10


def test_a_gap_is_refused() -> None:
    people = draw_people(10).with_columns(use=pl.when(pl.int_range(10) > 0).then("use"))
    with pytest.raises(ValueError, match="without gaps in use"):
        estimate_propensity(people, ["use"])
