"""A person's value of a feature in words, made once for every value that occurs and not once per person."""

from __future__ import annotations

import polars as pl

CASES = ("none", "one", "many", "less", "same", "more", "unknown")


def say_values(values: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """feature, value, words: one row per row of `values` (feature, value; null = not known), in its order.

    `words`: one row per feature: feature, unit, shape and, where they exist, the words for a value of none (0), one (1)
    and many, of a ratio less, same and more than 1, and unknown. `{value}` is the value without idle decimals: whole
    numbers for counts and whole years, else at most one decimal, two below 1; `{percent}` is 100 x the value. Null
    where a feature has no words.
    """
    told = values.join(words, on="feature", how="left", maintain_order="left")
    value = pl.when(pl.col("unit") == "years").then(pl.col("value").floor()).otherwise(pl.col("value"))
    said = (
        pl.when(value.is_null())
        .then("unknown")
        .when(pl.col("more").is_not_null())
        .then(pl.when(value < 1).then("less").when(value > 1).then("more").otherwise("same"))
        .when((value == 0) & pl.col("none").is_not_null())
        .then("none")
        .when((value == 1) & pl.col("one").is_not_null())
        .then("one")
        .otherwise("many")
    )
    percent = (100 * value).round(0).cast(pl.Int64).cast(pl.String)
    filled = said.str.replace_all("{value}", _show(value).fill_null(""), literal=True)
    filled = filled.str.replace_all("{percent}", percent.fill_null(""), literal=True)
    return told.select("feature", "value", words=filled)


def _show(value: pl.Expr) -> pl.Expr:
    """A number as people write it: 3, 31.2, 0.18."""
    rounded = pl.when(value.abs() < 1).then(value.round(2)).otherwise(value.round(1))
    is_whole = rounded == rounded.round(0)
    return pl.when(is_whole).then(rounded.cast(pl.Int64).cast(pl.String)).otherwise(rounded.cast(pl.String))
