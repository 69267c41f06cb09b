"""Which planted defects a layout has no column for."""

import polars as pl

NOT_CARRIED = "not_carried"
# A GDPPR journal has no comparator, and no terminology or course length of a medicine; HES and SUS hold no cost of
# episodes and appointments.
NO_COLUMN = frozenset(
    {
        ("gp_event", "unlisted_comparator"),
        ("gp_prescription", "unlisted_code_system"),
        ("gp_prescription", "implausible_days"),
        ("hospital_episode", "negative_cost"),
        ("outpatient", "negative_cost"),
    }
)
LOST: dict[str, frozenset[tuple[str, str]]] = {
    "canonical": frozenset(),
    "hes": NO_COLUMN,
    "sus": NO_COLUMN,
    # A CDM states what it could map and leaves the rest empty; terms of other terminologies are dropped when read.
    "omop": frozenset(
        {
            ("gp_event", "unlisted_comparator"),
            ("gp_event", "unlisted_code_system"),
            ("gp_prescription", "unlisted_code_system"),
            ("hospital_episode", "negative_cost"),
            ("outpatient", "negative_cost"),
            ("emergency", "negative_cost"),
            ("person", "unlisted_sex"),
            ("person", "unlisted_ethnic_category"),
            ("person", "imd_out_of_range"),
            ("person", "malformed_lsoa"),
        }
    ),
}


def mark_not_carried(layout: str, log: pl.DataFrame) -> pl.DataFrame:
    """The log of defects with `not_carried` as kind, and the kind as detail, where the files do not show them."""
    lost = sorted(LOST[layout])
    if not lost:
        return log
    pairs = pl.DataFrame(lost, schema={"table": pl.String, "kind": pl.String}, orient="row")
    marked = log.join(pairs.with_columns(pl.lit(True).alias("is_lost")), on=["table", "kind"], how="left",
                      maintain_order="left")  # fmt: skip
    is_lost = pl.col("is_lost").fill_null(False)
    return marked.select(
        "table",
        "row_number",
        pl.when(is_lost).then(pl.lit(NOT_CARRIED)).otherwise("kind").alias("kind"),
        pl.when(is_lost).then("kind").otherwise("detail").alias("detail"),
    )
