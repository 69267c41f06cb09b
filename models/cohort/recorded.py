"""Is what practices record what is published? Recorded over expected people, against the spread of practices."""

import polars as pl

from models.cohort.standardised import LEVELS, POSITIONS, RoundCounts
from models.public_health.funnel import add_overdispersed_funnel
from models.public_health.rate import add_rate

FEWEST_EXPECTED = 5.0  # below, a funnel is so wide that it says nothing


def build_recorded(practices: pl.DataFrame, round_counts: RoundCounts) -> pl.DataFrame:
    """One row per practice and condition: `practices` with ratio, its 95 % limits and funnel_position.

    ratio = recorded / expected at the prevalence of England, of the recorded count as it is published (rounded), and
    so are its limits (Byar, exact below 10). funnel_position (-2 to 2): outside the 95 % or 99.8 % limits around
    England, widened where practices differ by more than chance. Null where fewer than 5 are expected.
    """
    rounded = pl.Series(round_counts(practices["recorded_persons"].cast(pl.Int64).to_numpy()), dtype=pl.Int64)
    is_enough = pl.col("expected_persons") >= FEWEST_EXPECTED
    told = practices.with_columns(_rounded=rounded).with_columns(
        observed=pl.when(is_enough).then(pl.col("_rounded")).cast(pl.Float64),
        expected=pl.when(is_enough).then(pl.col("expected_persons")),
    )
    told = add_rate(told, "observed", "expected", "ratio", per=1.0, levels=(0.95,))
    keys = ["practice_code", "condition"]
    judged = told.filter(pl.col("observed").is_not_null()).select(*keys, "observed", "expected")
    placed = judged.select(keys).with_columns(funnel_position=pl.lit(None, pl.Int64))
    if judged.height:
        position = pl.col("position").replace_strict(POSITIONS, default=2, return_dtype=pl.Int64)
        placed = add_overdispersed_funnel(judged, ["condition"], LEVELS).select(*keys, funnel_position=position)
    joined = told.join(placed, on=keys, how="left", maintain_order="left")
    return joined.drop("_rounded", "observed", "expected").sort("condition", "practice_code")
