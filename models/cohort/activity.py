"""What cohorts use: activity and cost per head by point of delivery, and how few people account for how much."""

import polars as pl

from models.public_health.concentration import build_gini

PLACE = ["geography_type", "geography_code"]
KEYS = ["cohort", *PLACE, "activity"]


def build_activity(sizes: pl.DataFrame, known: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """One row per cohort, place and known kind of activity: persons, users, per head, cost, concentration.

    `sizes`: cohort, place, geography_name, persons. `known`: activity with its name, unit, sort_key, is_known and
    has_cost. `counts`: per cohort, place, activity and number of it the persons who had that many and what it cost.
    mean_per_head is over everybody of the cohort, users or not; gbp_per_head null where the feed bears no costs.
    gini and top_5_percent (share of all of it that the 5 % with most account for, in percent) for the ICB alone:
    in a small place they tell of single people. An activity whose feed cannot speak of the year has no row.
    """
    grid = sizes.join(known.filter("is_known"), how="cross")
    used = counts.group_by(KEYS).agg(
        pl.col("persons").sum().alias("users"),
        (pl.col("activity_count") * pl.col("persons")).sum().alias("_total"),
        pl.col("cost_gbp").sum().alias("_cost"),
    )
    told = grid.join(used, on=KEYS, how="left", maintain_order="left").with_columns(
        pl.col("users", "_total", "_cost").fill_null(0)
    )
    told = told.with_columns(
        users=pl.col("users").cast(pl.Int64),
        mean_per_head=pl.col("_total") / pl.col("persons"),
        gbp_per_head=pl.when("has_cost").then(pl.col("_cost") / pl.col("persons")),
    )
    shares = _concentrate(told, counts)
    return told.join(shares, on=KEYS, how="left", maintain_order="left").sort("cohort", *PLACE, "sort_key")


def _concentrate(told: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    whole = told.filter(pl.col("geography_type") == "icb")
    none = whole.select(
        *KEYS,
        activity_count=pl.lit(0, pl.Int64),
        persons=(pl.col("persons") - pl.col("users")).cast(pl.Int64),
    )
    some = counts.join(whole.select(KEYS), on=KEYS, how="semi").select(
        *KEYS, pl.col("activity_count").cast(pl.Int64), pl.col("persons").cast(pl.Int64)
    )
    found = build_gini(pl.concat([none, some]), KEYS, "activity_count", "persons")
    return found.select(*KEYS, "gini", top_5_percent=100 * pl.col("top_5_percent"))
