"""Which months of which practice or provider can be judged, and what it sent in them."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from mltc.config.gate import CoverageSettings

DAYS_A_MONTH = 30.4375
SHORTEST_MONTH_DAYS = 7  # a month of which a feed covers less than a week says nothing
END_QUANTILE = 0.75  # where most practices end, a feed ends: one that stopped, or dates ahead, moves it little
START_QUANTILE = 0.25
CHANGED_LIST = 0.5  # a list that halves or doubles within a month: opened, closed, merged


@dataclass(frozen=True)
class CoverageInput:
    """What the judgement reads; every frame may be empty.

    counts: table_name, organisation_code, month, row_count, last_date; months without a record are not in it.
    exposure: organisation_code, month, first_persons, last_persons, is_open.
    organisations: organisation_code, supplier.
    lags: expected lag in days by table_name and supplier (null where it holds for all).
    """

    counts: pl.DataFrame
    exposure: pl.DataFrame
    organisations: pl.DataFrame
    lags: pl.DataFrame
    index_date: date
    has_peer_rates: bool = True  # false for providers, which differ in what they are


def month_start(day: date, months_back: int = 0) -> date:
    """First day of the month of `day`, or of an earlier month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months_back, 12)
    return date(year, month + 1, 1)


def list_months(index_date: date, settings: CoverageSettings) -> pl.DataFrame:
    """Months of the window, first to last; the last is that of the day before the index date.

    One month more than the history: the first of a feed may be cut, and is no standard.
    """
    last = index_date - timedelta(days=1)
    months = [month_start(last, back) for back in range(settings.history_months + 1)]
    return pl.DataFrame({"month": sorted(months)}, schema={"month": pl.Date})


def build_grid(given: CoverageInput, settings: CoverageSettings) -> pl.DataFrame:
    """One row per table, organisation and month that is due, with rows (0 where none) and exposure.

    exposure: persons registered, times the share of the month that the feed covers, in person-months.
    own_first: first month with a record of the organisation; null where it never sent one.
    is_boundary: opened, closed or changed its list by half within the month.
    """
    first = given.counts.group_by("table_name", "organisation_code").agg(own_first=pl.col("month").min())
    starts = first.group_by("table_name").agg(
        feed_start=pl.col("own_first").quantile(START_QUANTILE, "lower").cast(pl.Date)
    )
    placed = given.exposure.join(given.organisations, on="organisation_code", how="left").with_columns(
        pl.col("supplier").fill_null("not known")
    )
    ends = find_due_ends(given, placed, settings)
    rows = given.counts.select("table_name", "organisation_code", "month", "row_count")
    grid = (
        placed.join(starts, how="cross")
        .join(ends, on=["table_name", "supplier"])
        .filter(pl.col("month").is_between("feed_start", "due_end"))
        .join(first, on=["table_name", "organisation_code"], how="left")
        .join(rows, on=["table_name", "organisation_code", "month"], how="left")
    )
    days = pl.min_horizontal(pl.col("month").dt.month_end(), "due_end") - pl.col("month")
    least, most = pl.min_horizontal("first_persons", "last_persons"), pl.max_horizontal("first_persons", "last_persons")
    return (
        grid.with_columns(
            pl.col("row_count").fill_null(0),
            days=days.dt.total_days() + 1,
            persons=(pl.col("first_persons") + pl.col("last_persons")) / 2,
            is_boundary=~pl.col("is_open") | (least < CHANGED_LIST * most),
        )
        .filter(pl.col("days") >= SHORTEST_MONTH_DAYS)
        .with_columns(exposure=pl.col("persons") * pl.col("days") / DAYS_A_MONTH)
        .filter(pl.col("exposure") > 0)
        .sort("table_name", "organisation_code", "month")
    )


def find_due_ends(given: CoverageInput, placed: pl.DataFrame, settings: CoverageSettings) -> pl.DataFrame:
    """Last day that each table and supplier should have sent by now: table_name, supplier, due_end.

    A feed that ends within its expected lag is due until where it ends; one that ends earlier is due until
    the day before the index date, and so fails from its end on.
    """
    last_day = given.index_date - timedelta(days=1)
    suppliers = placed.select("organisation_code", "supplier").unique()
    ends = (
        given.counts.group_by("table_name", "organisation_code")
        .agg(end=pl.col("last_date").max())
        .join(suppliers, on="organisation_code")
    )
    of_table = ends.group_by("table_name").agg(table_end=_usual_end())
    of_supplier = (
        ends.group_by("table_name", "supplier")
        .agg(supplier_end=_usual_end(), senders=pl.len())
        .filter(pl.col("senders") >= settings.minimum_peers)
    )
    pairs = of_table.join(suppliers.select("supplier").unique(), how="cross")
    joined = join_lags(pairs, given.lags).join(of_supplier, on=["table_name", "supplier"], how="left")
    earliest = pl.lit(last_day) - pl.duration(days=pl.col("expected_lag_days"))
    end_of_table = pl.when(pl.col("table_end") >= earliest).then("table_end").otherwise(pl.lit(last_day))
    due = pl.when(pl.col("supplier_end") >= earliest).then("supplier_end").otherwise(end_of_table)
    return joined.select("table_name", "supplier", due_end=due)


def _usual_end() -> pl.Expr:
    return pl.col("end").quantile(END_QUANTILE, "higher").cast(pl.Date)


def join_lags(pairs: pl.DataFrame, lags: pl.DataFrame) -> pl.DataFrame:
    """`pairs` of table_name and supplier with expected_lag_days: the supplier's own, else the table's, else 31."""
    own = lags.filter(pl.col("supplier").is_not_null())
    general = lags.filter(pl.col("supplier").is_null()).select("table_name", general_lag="expected_lag_days")
    return (
        pairs.join(own, on=["table_name", "supplier"], how="left")
        .join(general, on="table_name", how="left")
        .with_columns(pl.coalesce("expected_lag_days", "general_lag", pl.lit(31)).alias("expected_lag_days"))
        .drop("general_lag")
    )
