"""Extracts of the same synthetic people as they were known on an earlier day: what a feed sent then."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl

# The day on which a row of a table is first in a feed; a table that is not named is sent whole.
KNOWN_FROM: dict[str, pl.Expr] = {
    "registration": pl.col("registered_from"),
    "gp_event": pl.coalesce("recorded_date", "event_date"),
    "gp_prescription": pl.col("issue_date"),
    "gp_consultation": pl.col("consultation_date"),
    "hospital_episode": pl.coalesce("discharge_date", "episode_end", "admission_date"),
    "outpatient": pl.col("appointment_date"),
    "emergency": pl.col("arrival_at").cast(pl.Date),
    "death": pl.col("death_date"),
    "mental_health_contact": pl.col("contact_date"),
    "community_contact": pl.col("contact_date"),
    "waiting_list": pl.max_horizontal("clock_start", "snapshot_date"),
}
# Ends that nobody knew of before their day.
ENDS = {"registration": ("registered_to",), "person": ("registered_to", "death_date")}


def read_known(folder: Path, table: str, day: date) -> pl.LazyFrame:
    """Rows of one table, in their order, that were known before `day`; ends on or after it are not known yet.

    A row without a date is there from the beginning. Opt-outs are those of today, stated by the day before.
    """
    rows = pl.scan_parquet(folder / f"{table}.parquet")
    if table in KNOWN_FROM:
        rows = rows.filter((KNOWN_FROM[table] < day).fill_null(value=True))
    if table == "person":
        registered = pl.scan_parquet(folder / "registration.parquet").filter(pl.col("registered_from") < day)
        rows = rows.join(registered.select("person_id").unique(), on="person_id", how="semi", maintain_order="left")
    if table == "opt_out":
        rows = rows.with_columns(pl.min_horizontal("as_of", pl.lit(day - timedelta(days=1))).alias("as_of"))
    return rows.with_columns(pl.when(pl.col(name) < day).then(pl.col(name)).alias(name) for name in ENDS.get(table, ()))


def write_known(folder: Path, target: Path, day: date) -> None:
    """Every table of `folder` as known before `day`, into `target`; in streams, so that memory stays small."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.parquet")):
        read_known(folder, path.stem, day).sink_parquet(target / path.name, compression="zstd", maintain_order=True)
