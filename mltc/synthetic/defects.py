"""Spoils rows on purpose, at a known rate, and keeps a log of every one.

A defect is one of the ways in which real extracts are wrong. Each spoilt row has exactly one defect.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Ints

MAIN_DATES = {
    "gp_event": "event_date", "gp_prescription": "issue_date", "gp_consultation": "consultation_date",
    "hospital_episode": "admission_date", "outpatient": "appointment_date", "emergency": "arrival_at",
}  # fmt: skip
LATE_DAYS = 30  # an event after death is at least this many days after it
BAD_DATE = "31/02/2025"  # no such day, and not in the format of the file
DEFECT_SCHEMA = {"table": pl.String, "row_number": pl.Int64, "kind": pl.String, "detail": pl.String}


@dataclass(frozen=True)
class Spoiling:
    """What the defects of one table may draw on; frames have the canonical columns."""

    random: np.random.Generator
    table: str
    births: pl.DataFrame
    deaths: pl.DataFrame
    index_day: int
    as_text: bool


Spoiler = Callable[[Spoiling, pl.DataFrame, Ints], pl.DataFrame]


def set_column(frame: pl.DataFrame, rows: Ints, column: str, values: pl.Series) -> pl.DataFrame:
    """The frame with `values` at `rows` of one column."""
    old = frame[column]
    places = np.arange(len(old))
    places[rows] = len(old) + np.arange(len(rows))
    return frame.with_columns(pl.concat([old, values.cast(old.dtype)]).gather(places).alias(column))


def spoil_sentinel(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """1800-01-01 or 9999-01-01, which stand for no date."""
    column = MAIN_DATES[spoiling.table]
    days = np.where(np.arange(len(rows)) % 2 == 0, np.datetime64("1800-01-01"), np.datetime64("9999-01-01"))
    return set_column(frame, rows, column, pl.Series(days.astype("datetime64[D]")))


def spoil_before_birth(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """A date 30 to 3,000 days before birth."""
    born = frame[rows].join(spoiling.births, on="person_id", how="left", maintain_order="left")["birth_date"]
    days = born.to_numpy().astype("datetime64[D]") - spoiling.random.integers(30, 3000, len(rows))
    return set_column(frame, rows, MAIN_DATES[spoiling.table], pl.Series(days))


def spoil_after_death(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """A date after death and before the index date."""
    died = frame[rows].join(spoiling.deaths, on="person_id", how="left", maintain_order="left")["death_date"]
    first = died.to_numpy().astype("datetime64[D]").astype(np.int64) + LATE_DAYS
    days = first + np.floor(spoiling.random.random(len(rows)) * (spoiling.index_day - first)).astype(np.int64)
    return set_column(frame, rows, MAIN_DATES[spoiling.table], pl.Series(days.astype("datetime64[D]")))


def spoil_unknown_person(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """A pseudonym that no person has."""
    numbers = spoiling.random.integers(0, 10**10, len(rows))
    return set_column(frame, rows, "person_id", pl.Series([f"UNK{number:010d}" for number in numbers], dtype=pl.String))


def spoil_missing_person(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """No pseudonym."""
    return set_column(frame, rows, "person_id", pl.Series([None] * len(rows), dtype=pl.String))


def spoil_discharge(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """Discharge before admission."""
    admitted = frame["admission_date"].gather(rows).to_numpy().astype("datetime64[D]")
    days = admitted - spoiling.random.integers(1, 60, len(rows))
    return set_column(frame, rows, "discharge_date", pl.Series(days))


def spoil_icd10(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """Lower case, spaces around, or a trailing dash on the first diagnosis."""
    lists = frame["diagnoses"].gather(rows).to_list()
    styles = (lambda code: f" {code.lower()} ", lambda code: f"{code}-", lambda code: code.lower())
    dirty = [[styles[number % 3](codes[0]), *codes[1:]] for number, codes in enumerate(lists)]
    return set_column(frame, rows, "diagnoses", pl.Series(dirty, dtype=pl.List(pl.String)))


def spoil_method(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """An admission method that is not on the list."""
    return set_column(frame, rows, "admission_method", pl.Series(["2X"] * len(rows)))


def spoil_sex(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """A sex that is not on the list."""
    return set_column(frame, rows, "sex", pl.Series(["3"] * len(rows)))


def spoil_unparseable(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """A text that is not a date: only where dates are written as text."""
    return set_column(frame, rows, MAIN_DATES[spoiling.table], pl.Series([BAD_DATE] * len(rows)))


SPOILERS: dict[str, Spoiler] = {
    "sentinel_date": spoil_sentinel,
    "event_before_birth": spoil_before_birth,
    "event_after_death": spoil_after_death,
    "unknown_person": spoil_unknown_person,
    "missing_person": spoil_missing_person,
    "discharge_before_admission": spoil_discharge,
    "dirty_icd10": spoil_icd10,
    "unlisted_admission_method": spoil_method,
    "unlisted_sex": spoil_sex,
    "unparseable_date": spoil_unparseable,
}
EVENT_KINDS = ("sentinel_date", "event_before_birth", "event_after_death", "unknown_person", "missing_person")
KINDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(MAIN_DATES, ("duplicate_row", *EVENT_KINDS)),
    "hospital_episode": (
        "duplicate_row", *EVENT_KINDS, "discharge_before_admission", "dirty_icd10", "unlisted_admission_method",
    ),
    "person": ("duplicate_row", "unlisted_sex"),
    "registration": ("duplicate_row", "unknown_person", "missing_person"),
}  # fmt: skip


def find_candidates(spoiling: Spoiling, frame: pl.DataFrame, kind: str) -> Ints:
    """Rows that can carry a defect."""
    if kind == "event_after_death":
        day = pl.col("death_date").to_physical()
        early = spoiling.deaths.filter(day < spoiling.index_day - LATE_DAYS - 1)["person_id"]
        return frame["person_id"].is_in(early.implode()).arg_true().to_numpy().astype(np.int64)
    if kind == "discharge_before_admission":
        return frame["discharge_date"].is_not_null().arg_true().to_numpy().astype(np.int64)
    return np.arange(len(frame), dtype=np.int64)


def choose_rows(spoiling: Spoiling, frame: pl.DataFrame, rate: float) -> dict[str, Ints]:
    """Rows per kind of defect: about `rate` of the table in all, no row twice."""
    kinds = (*KINDS.get(spoiling.table, ()), *(("unparseable_date",) if is_dated_text(spoiling) else ()))
    taken = np.zeros(len(frame), dtype=np.bool_)
    chosen: dict[str, Ints] = {}
    for kind in sorted(kinds, key=lambda name: name != "event_after_death"):
        free = find_candidates(spoiling, frame, kind)
        free = free[~taken[free]]
        wanted = min(int(spoiling.random.poisson(rate * len(frame) / len(kinds))), len(free))
        chosen[kind] = np.sort(spoiling.random.choice(free, wanted, replace=False)).astype(np.int64)
        taken[chosen[kind]] = True
    return chosen


def is_dated_text(spoiling: Spoiling) -> bool:
    """Dates of this table are written as text."""
    return spoiling.as_text and spoiling.table in MAIN_DATES


def inject_defects(spoiling: Spoiling, frame: pl.DataFrame, rate: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table with defects and its log; `row_number` counts from 1 within the frame."""
    if rate == 0 or spoiling.table not in KINDS or frame.is_empty():
        return frame, pl.DataFrame(schema=DEFECT_SCHEMA)
    chosen = choose_rows(spoiling, frame, rate)
    if is_dated_text(spoiling):
        chosen = dict(sorted(chosen.items(), key=lambda item: item[0] == "unparseable_date"))
    for kind, rows in chosen.items():
        if kind == "unparseable_date":
            column = MAIN_DATES[spoiling.table]
            form = "%Y-%m-%dT%H:%M:%S" if column == "arrival_at" else "%Y-%m-%d"
            frame = frame.with_columns(pl.col(column).dt.strftime(form))
        if kind in SPOILERS and len(rows):
            frame = SPOILERS[kind](spoiling, frame, rows)
    return repeat_rows(spoiling.table, frame, chosen)


def repeat_rows(table: str, frame: pl.DataFrame, chosen: dict[str, Ints]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Writes duplicates right after their originals, and the log with the rows' final numbers."""
    twice = chosen["duplicate_row"]
    times = np.ones(len(frame), dtype=np.int64)
    times[twice] = 2
    final = np.cumsum(times)  # number of the last copy of each row
    logs = [
        pl.DataFrame(
            {"row_number": final[rows], "kind": [kind] * len(rows)}, {"row_number": pl.Int64, "kind": pl.String}
        )
        for kind, rows in chosen.items()
    ]
    log = (
        pl.concat(logs)
        .sort("row_number")
        .with_columns(pl.lit(table).alias("table"), pl.lit(None, pl.String).alias("detail"))
    )
    return frame[np.repeat(np.arange(len(frame)), times)], log.select(list(DEFECT_SCHEMA))
