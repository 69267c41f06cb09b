"""Are the matched groups alike? Means and standardised differences before and after matching."""

from collections.abc import Sequence

import polars as pl


def compare_means(people: pl.DataFrame, members: pl.DataFrame, person: str, columns: Sequence[str]) -> pl.DataFrame:
    """Means and standardised differences, (treated - comparison) / the treated people's standard deviation.

    Who lacks a value is in no mean of that variable: `left_out` counts the matched people whose value is not known.
    """
    flag = pl.col("is_treated").fill_null(False)
    joined = members.drop("is_treated", "distance").join(people, on=person, how="left")
    rows = []
    for name in columns:
        value = pl.col(name).cast(pl.Float64)
        weight = pl.when(value.is_not_null()).then("weight")
        before = people.select(
            treated=value.filter(flag).mean(), other=value.filter(~flag).mean(), spread=value.filter(flag).std()
        )
        means = {
            side: joined.filter(chosen).select((value * weight).sum() / weight.sum()).item()
            for side, chosen in (("treated", flag), ("other", ~flag))
        }
        spread = before["spread"].item()
        scale = spread if spread else None

        def find_gap(treated: float | None, other: float | None, scale: float | None = scale) -> float | None:
            return (treated - other) / scale if None not in (treated, other, scale) else None  # type: ignore[operator]

        gap = (find_gap(before["treated"].item(), before["other"].item()), find_gap(means["treated"], means["other"]))
        rows.append((name, means["treated"], means["other"], *gap, joined[name].null_count()))
    names = ["treated_mean", "comparison_mean", "difference_before_matching", "difference_after_matching"]
    schema = {"variable": pl.String, **dict.fromkeys(names, pl.Float64), "left_out": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")
