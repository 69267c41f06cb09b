"""Spoils rows on purpose, at a known rate, and keeps a log of every one.

A defect is one of the ways in which real extracts are wrong. `data/defect_kinds.csv` lists them: table, kind, how
the row is changed, and what must become of it: `quarantined` by the named rule, found to be a `duplicate`, staged
with a `warned` rule, or staged with the value `nulled` or `cleaned`. Each spoilt row has exactly one defect, and no
other row breaks a rule because of it.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Ints
from mltc.synthetic.facts import DATA
from mltc.synthetic.spoilers import FINDERS, SPOILERS, Spoiling, contradict, set_column

MAIN_DATES = {
    "gp_event": "event_date", "gp_prescription": "issue_date", "gp_consultation": "consultation_date",
    "hospital_episode": "admission_date", "outpatient": "appointment_date", "emergency": "arrival_at",
}  # fmt: skip
DEFECT_SCHEMA = {"table": pl.String, "row_number": pl.Int64, "kind": pl.String, "detail": pl.String}
COPY, TEXT = "copy", "text"
SCARCE = ("event_after_death", "end_before_start")  # few rows can carry them, so they choose first


@dataclass(frozen=True)
class DefectKind:
    """One line of `data/defect_kinds.csv`.

    change: `copy` adds the row again, `missing` empties `column`, `value` puts one of `values` there, `text` too
    (but of another type, so only where all values are written as text), `special` is a function of its own.
    """

    table: str
    kind: str
    column: str
    change: str
    values: tuple[str, ...]
    fate: str
    rule: str


@cache
def load_defect_kinds() -> tuple[DefectKind, ...]:
    """Every kind of defect, by table."""
    table = pl.read_csv(DATA / "defect_kinds.csv", infer_schema=False).fill_null("").drop("description")
    return tuple(
        DefectKind(**{**row, "values": tuple(row["values"].split("|"))}) for row in table.iter_rows(named=True)
    )


def load_copy_kinds() -> list[str]:
    """Names of the kinds that add a row again."""
    return sorted({kind.kind for kind in load_defect_kinds() if kind.change == COPY})


def inject_defects(spoiling: Spoiling, frame: pl.DataFrame, rate: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table with defects and its log; `row_number` counts from 1 within the frame."""
    kinds = [
        kind
        for kind in load_defect_kinds()
        if kind.table == spoiling.table and (spoiling.as_text or kind.change != TEXT)
    ]
    if rate == 0 or not kinds or frame.is_empty():
        return frame, pl.DataFrame(schema=DEFECT_SCHEMA)
    chosen = choose_rows(spoiling, frame, kinds, rate)
    for kind in sorted(chosen, key=lambda kind: kind.change == TEXT):  # columns of text take no dates any more
        if kind.change != COPY and len(chosen[kind]):
            frame = spoil(spoiling, frame, chosen[kind], kind)
    return repeat_rows(spoiling, frame, chosen)


def choose_rows(
    spoiling: Spoiling, frame: pl.DataFrame, kinds: list[DefectKind], rate: float
) -> dict[DefectKind, Ints]:
    """Rows per kind of defect: about `rate` of the table in all, at least one of each, no row twice."""
    taken = np.zeros(len(frame), dtype=np.bool_)
    chosen: dict[DefectKind, Ints] = {}
    for kind in sorted(kinds, key=lambda kind: kind.kind not in SCARCE):
        wanted = max(1, int(spoiling.random.poisson(rate * len(frame) / len(kinds))))
        free = find_candidates(spoiling, frame, kind)
        free = free[~taken[free]]
        chosen[kind] = np.sort(spoiling.random.choice(free, min(wanted, len(free)), replace=False)).astype(np.int64)
        taken[chosen[kind]] = True
    return chosen


def find_candidates(spoiling: Spoiling, frame: pl.DataFrame, kind: DefectKind) -> Ints:
    """Rows that can carry a defect."""
    able = FINDERS[kind.kind](spoiling, frame, kind.column) if kind.kind in FINDERS else None
    if kind.change in ("value", TEXT) and frame[kind.column].count():
        able = frame[kind.column].is_not_null()
    rows = np.arange(len(frame)) if able is None else able.arg_true().to_numpy()
    return np.asarray(rows, dtype=np.int64)


def spoil(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, kind: DefectKind) -> pl.DataFrame:
    """The frame with the defect at `rows`."""
    if kind.change == "special":
        return SPOILERS[kind.kind](spoiling, frame, rows, kind.column)
    if kind.change == "missing":
        return set_column(frame, rows, kind.column, pl.Series([None] * len(rows), dtype=pl.String))
    texts = pl.Series(kind.values).gather(np.arange(len(rows)) % len(kind.values))
    if kind.change == TEXT:
        frame = write_as_text(frame, kind.column)
    elif frame.schema[kind.column] in (pl.Date, pl.Datetime):
        texts = texts.str.to_date("%Y-%m-%d")
    return set_column(frame, rows, kind.column, texts)


def write_as_text(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """A column as it is written in a text file."""
    forms = {pl.Date: "%Y-%m-%d", pl.Datetime: "%Y-%m-%dT%H:%M:%S"}
    form = forms.get(frame.schema[column].base_type())
    text = pl.col(column).dt.strftime(form) if form else pl.col(column).cast(pl.String)
    return frame.with_columns(text)


def repeat_rows(
    spoiling: Spoiling, frame: pl.DataFrame, chosen: dict[DefectKind, Ints]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Adds copies right after their originals, and writes the log with the rows' final numbers."""
    times = np.ones(len(frame), dtype=np.int64)
    for kind, rows in chosen.items():
        if kind.change == COPY:
            times[rows] = 2
    final = np.cumsum(times)  # number of the last copy of each row, from 1
    logs = [
        pl.DataFrame({"row_number": final[rows]}, {"row_number": pl.Int64}).with_columns(
            pl.lit(kind.kind).alias("kind"), pl.lit(kind.column or None, pl.String).alias("detail")
        )
        for kind, rows in chosen.items()
    ]
    log = pl.concat(logs).sort("row_number").with_columns(pl.lit(spoiling.table).alias("table"))
    frame = frame.rechunk()[np.repeat(np.arange(len(frame)), times)]
    for kind, rows in chosen.items():
        if kind.kind == "key_collision" and len(rows):
            frame = contradict(spoiling, frame, final[rows] - 1)
    return frame, log.select(list(DEFECT_SCHEMA))
