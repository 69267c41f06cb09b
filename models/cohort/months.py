"""Months of use by people with MLTC as XmR charts."""

import polars as pl

from models.public_health.xmr import build_xmr

PER = 1000  # people


def build_months(months: pl.DataFrame) -> pl.DataFrame:
    """One row per series and month: persons, events, events per 1,000 people, mean, limits, variation in words.

    `months`: series, month_date, persons and events (null where the feed cannot speak of the month: no row of the
    result). Words of Making Data Count where no direction is judged: common cause, higher, lower (special cause); not
    known under 12 months. Nothing is judged since people who died are missing from earlier months, which alone makes
    use rise. `month` is text, `2026-08`.
    """
    known = months.filter(pl.col("events").is_not_null(), pl.col("persons") > 0)
    rated = known.with_columns(rate=PER * pl.col("events") / pl.col("persons"))
    chart = build_xmr(rated, ["series"], "month_date", "rate", improvement="neither")
    last = pl.col("month_date") == pl.col("month_date").max().over("series")
    return chart.select(
        "series",
        pl.col("month_date").dt.strftime("%Y-%m").alias("month"),
        pl.when(last).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("is_latest"),
        pl.col("variation").fill_null("not known"),
        "persons",
        "events",
        rate_per_1000="rate",
        mean_per_1000="mean",
        lower_per_1000=pl.col("lower").clip(lower_bound=0.0),
        upper_per_1000="upper",
    )
