"""Did the codes of a column shift since the last accepted run?

Population stability index: sum over codes of (this - last) x ln(this / last). Samples of n and m rows of one
population have an index of about (1/n + 1/m) times a chi-square with (codes - 1) degrees of freedom (Yurdakul
2018, Statistical Properties of Population Stability Index, Western Michigan University), so that small tables
must exceed that as well.
"""

import polars as pl

from mltc.config.gate import DriftSettings
from mltc.quality.drift.profile import PLACE

SMALLEST_SHARE = 1e-4  # stands for a share of 0, of which there is no logarithm
CHI_SQUARE_SD = 4
KEYS = [*PLACE, "column_name"]


def find_code_drift(
    codes: tuple[pl.DataFrame, pl.DataFrame], columns: pl.DataFrame, settings: DriftSettings
) -> pl.DataFrame:
    """Shifts and new codes; `columns` has row_count and null_share of both runs (suffix _now for this one)."""
    last, this = codes
    # A column that one of the runs did not have is told of as a column, and its codes are no news.
    compared = columns.filter((pl.col("null_share") < 1) & (pl.col("null_share_now") < 1)).select(
        *KEYS,
        rows=pl.col("row_count") * (1 - pl.col("null_share")),
        rows_now=pl.col("row_count_now") * (1 - pl.col("null_share_now")),
    )
    shares = (
        last.join(this, on=[*KEYS, "code"], how="full", coalesce=True, suffix="_now")
        .with_columns(pl.col("share", "share_now").fill_null(0))
        .join(compared, on=KEYS)
    )
    return pl.concat([_find_shifts(shares, settings), _find_new_codes(shares, settings)])


def _find_shifts(shares: pl.DataFrame, settings: DriftSettings) -> pl.DataFrame:
    old, new = (pl.max_horizontal(name, pl.lit(SMALLEST_SHARE)) for name in ("share", "share_now"))
    index = shares.group_by(KEYS).agg(
        index=((new - old) * (new / old).log()).sum(),
        freedom=pl.len() - 1,
        sampling=(1 / pl.col("rows") + 1 / pl.col("rows_now")).first(),
    )
    chance = pl.col("sampling") * (pl.col("freedom") + CHI_SQUARE_SD * (2 * pl.col("freedom")).sqrt())
    shifted = index.filter((pl.col("index") > settings.stability_index) & (pl.col("index") > chance))
    return shifted.select(
        *KEYS,
        rule=pl.lit("value_drift"),
        change=pl.lit("the codes are spread otherwise (population stability index)"),
        last_value=pl.lit("0"),
        this_value=pl.col("index").round(3).cast(pl.String),
    )


def _find_new_codes(shares: pl.DataFrame, settings: DriftSettings) -> pl.DataFrame:
    new = shares.filter((pl.col("share") == 0) & (pl.col("share_now") > settings.new_code_share))
    return new.select(
        *KEYS,
        rule=pl.lit("value_drift"),
        change=pl.format("the code {} is new", "code"),
        last_value=pl.lit("0"),
        this_value=pl.col("share_now").round(4).cast(pl.String),
    )
