"""How the truth of an indicator is said: one row per person to whom it applies, with its state and figure."""

import polars as pl

NEED_SCHEMA = {"person_id": pl.String, "indicator": pl.String, "state": pl.String, "value": pl.Float64}
PRESENT, ABSENT, NOT_KNOWN = "present", "absent", "not_known"


def say(
    people: pl.DataFrame, indicator: str, present: pl.Expr, absent: pl.Expr, value: pl.Expr | None = None
) -> pl.DataFrame:
    """Rows of the truth: present where it is, else absent where that can be told, else not known."""
    state = (
        pl.when(present.fill_null(False)).then(pl.lit(PRESENT))
        .when(absent.fill_null(False)).then(pl.lit(ABSENT))
        .otherwise(pl.lit(NOT_KNOWN))
    )  # fmt: skip
    figure = pl.lit(None, pl.Float64) if value is None else value.cast(pl.Float64)
    return people.select("person_id", indicator=pl.lit(indicator), state=state, value=figure).cast(NEED_SCHEMA)  # type: ignore[arg-type]


def say_count(people: pl.DataFrame, indicator: str, count: pl.Expr, least: int, known: bool | pl.Expr) -> pl.DataFrame:
    """`say` for a number of things found: so many are present, fewer are absent where the window is known."""
    is_known = pl.lit(known) if isinstance(known, bool) else known
    found = count.fill_null(0)
    enough = found >= least
    return say(people, indicator, enough, is_known, pl.when(enough | is_known).then(found))
