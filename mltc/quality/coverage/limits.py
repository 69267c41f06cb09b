"""What a practice or provider is expected to send in a month, and how far chance may carry it from that.

expected = exposure x usual rate of the organisation x season of its peers x its own last twelve months. Medians
and median absolute deviations (times 1.4826, a standard deviation in normal data) keep months that were wrong
from becoming the standard. Records come in bunches (one contact makes many), so that counts vary more than
Poisson counts: the variance of a share of the expected is overdispersion / expected, as in a quasi-Poisson model
(McCullagh and Nelder 1989, Generalized Linear Models, chapter 6). Limits are set on the power 2/3 of the count,
on which Poisson counts are symmetric (Anscombe 1953, J. R. Stat. Soc. B 15: 229).
"""

import polars as pl

from mltc.config.gate import CoverageSettings

MAD_TO_SD = 1.4826
MEDIAN_EFFICIENCY = 1.57  # variance of a median over that of a mean, normal data (pi / 2)
LARGE_ROWS = 20  # a month; below it medians of counts jump, and sums are used
UNUSABLE_SHARE = 0.25  # of its own 90th percentile: a month far below it was not sent whole, and is no standard
HISTORY_MONTHS = 12
PRIOR_MONTHS = 12  # weight, in months, of what all organisations vary by, beside the organisation's own spread
KEYS = ["table_name", "organisation_code"]


def add_limits(grid: pl.DataFrame, settings: CoverageSettings) -> pl.DataFrame:
    """Adds season, history (months), overdispersion, expected, lower, upper, peer_expected to the grid, in rows.

    expected, lower and upper are null where the organisation has no usable month before; peer_expected is null
    where there are too few peers.
    """
    levelled = _add_season(_add_level(grid), settings)
    histories = _read_history(levelled)
    spread = levelled.join(histories, on=[*KEYS, "month"], how="left").join(
        _find_overdispersion(levelled), on="table_name", how="left"
    )
    base = pl.when("is_large").then("median").otherwise("mean")
    expected = spread.with_columns(
        pl.col("history").fill_null(0),
        expected=pl.col("exposure") * pl.col("level") * pl.col("season") * base,
        peer_expected=pl.col("exposure") * pl.col("peer_level") * pl.col("season"),
    )
    return _bound(expected, settings)


def _add_level(grid: pl.DataFrame) -> pl.DataFrame:
    """rate, is_large, is_usable and level: the organisation's usual rows per person-month."""
    sent = ~pl.col("is_boundary") & (pl.col("month") > pl.col("own_first")).fill_null(False)
    rated = grid.with_columns(rate=pl.col("row_count") / pl.col("exposure"), is_sent=sent)
    high_rate = pl.col("rate").filter("is_sent").quantile(0.9).over(KEYS)
    high_rows = pl.col("row_count").filter("is_sent").quantile(0.9).over(KEYS)
    marked = rated.with_columns(is_large=(high_rows >= LARGE_ROWS).fill_null(False), high_rate=high_rate)
    whole = ~pl.col("is_large") | (pl.col("rate") >= UNUSABLE_SHARE * pl.col("high_rate"))
    usable = marked.with_columns(is_usable=pl.col("is_sent") & whole)
    mean = pl.col("row_count").filter("is_usable").sum() / pl.col("exposure").filter("is_usable").sum()
    median = pl.col("rate").filter("is_usable").median()
    return usable.with_columns(
        level=pl.when("is_large").then(median.over(KEYS)).otherwise(mean.over(KEYS)).fill_nan(None)
    )


def _add_season(grid: pl.DataFrame, settings: CoverageSettings) -> pl.DataFrame:
    """season: median of rate over usual rate of large organisations that sent; 1 where they are too few."""
    peer = grid.filter(pl.col("is_usable") & pl.col("is_large"))
    seasons = peer.group_by("table_name", "month").agg(
        season=(pl.col("rate") / pl.col("level")).median(), senders=pl.len()
    )
    levels = (
        peer.group_by(KEYS)
        .agg(pl.col("level").first())
        .group_by("table_name")
        .agg(peer_level=pl.col("level").median(), peers=pl.len())
        .filter(pl.col("peers") >= settings.minimum_peers)
        .select("table_name", "peer_level")
    )
    season = pl.when(pl.col("senders") >= settings.minimum_peers).then("season").otherwise(1.0)
    widest = settings.seasonal_range
    return (
        grid.join(seasons, on=["table_name", "month"], how="left")
        .join(levels, on="table_name", how="left")
        .with_columns(season=season.fill_null(1.0).clip(1 / widest, widest))
        .with_columns(adjusted=pl.col("rate") / (pl.col("level") * pl.col("season")))
    )


def _read_history(grid: pl.DataFrame) -> pl.DataFrame:
    """Per month: number, median, mean and spread of the last 12 usable months before it."""
    past = grid.filter(pl.col("is_usable") & pl.col("adjusted").is_finite()).select(
        *KEYS,
        "adjusted",
        past_month="month",
        past_rows="row_count",
        past_expected=pl.col("exposure") * pl.col("level") * pl.col("season"),
    )
    pairs = grid.select(*KEYS, "month").join(past, on=KEYS).filter(pl.col("past_month") < pl.col("month"))
    recency = pl.col("past_month").rank("ordinal", descending=True).over(*KEYS, "month")
    latest = pairs.filter(recency <= HISTORY_MONTHS)
    median = pl.col("adjusted").median()
    return latest.group_by(*KEYS, "month").agg(
        history=pl.len().cast(pl.Int64),
        median=median,
        mean=pl.col("past_rows").sum() / pl.col("past_expected").sum(),
        spread=MAD_TO_SD * (pl.col("adjusted") - median).abs().median(),
    )


def _find_overdispersion(grid: pl.DataFrame) -> pl.DataFrame:
    """overdispersion per table: median over organisations of variance over expected; at least 1."""
    usable = grid.filter(pl.col("is_usable") & pl.col("adjusted").is_finite()).with_columns(
        usual=pl.col("exposure") * pl.col("level") * pl.col("season")
    )
    large = MAD_TO_SD**2 * (pl.col("adjusted") - pl.col("adjusted").median()).abs().median() ** 2
    small = ((pl.col("row_count") - pl.col("usual")) ** 2 / pl.col("usual")).mean()
    each = usable.group_by(KEYS).agg(
        ratio=pl.when(pl.col("is_large").first()).then(large * pl.col("usual").mean()).otherwise(small)
    )
    return each.group_by("table_name").agg(overdispersion=pl.col("ratio").median().clip(1.0, None))


def _bound(grid: pl.DataFrame, settings: CoverageSettings) -> pl.DataFrame:
    months = pl.col("history")
    shared = pl.col("overdispersion") / pl.col("expected")
    own = (PRIOR_MONTHS * shared + months * pl.col("spread") ** 2) / (PRIOR_MONTHS + months)
    variance = pl.when("is_large").then(own).otherwise(shared) * (1 + MEDIAN_EFFICIENCY / months)
    width = 2 / 3 * settings.limit_sd * (variance + settings.minimum_spread**2).sqrt()
    limited = grid.with_columns(width=width)
    return limited.with_columns(
        lower=pl.col("expected") * (1 - pl.col("width")).clip(0, None) ** 1.5,
        upper=pl.col("expected") * (1 + pl.col("width")) ** 1.5,
    )
