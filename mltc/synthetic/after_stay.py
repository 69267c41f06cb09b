"""Medicines that are started in hospital and go on for two months: what there is to reconcile after a discharge."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.spells import UNPLANNED_METHODS, Spells

STARTED_SHARE = 0.35  # discharges from an unplanned stay with a new medicine (assumption)
FIRST_DAYS, ISSUES, DAYS = 21, 2, 28  # the first issue comes within FIRST_DAYS (assumption)
# On no list of medicines, so that no condition, score or rule of prescribing hangs on them.
STARTED = (("0901011F0", "Ferrous fumarate"), ("0906040G0", "Colecalciferol"), ("0901020G0", "Folic acid"))


def start_medicines(random: np.random.Generator, chunk: Chunk, spells: Spells) -> pl.DataFrame:
    """More rows of `gp_prescription`."""
    ended = spells.method.is_in(UNPLANNED_METHODS).to_numpy() & (spells.discharge < NEVER)
    rows = np.flatnonzero(ended & (random.random(spells.count) < STARTED_SHARE))
    first = spells.discharge[rows] + random.integers(0, FIRST_DAYS + 1, len(rows))
    medicine = np.repeat(random.integers(0, len(STARTED), len(rows)), ISSUES)
    person = np.repeat(spells.person[rows], ISSUES)
    day = np.repeat(first, ISSUES) + np.tile(np.arange(ISSUES) * DAYS, len(rows))
    issues = pl.DataFrame(
        {
            "person": person,
            "issue_date": pl.Series(to_dates(day)).cast(pl.Date),
            "code": pl.Series([code for code, _ in STARTED]).gather(medicine),
            "code_system": pl.Series(["bnf"]).new_from_index(0, len(day)),
            "name": pl.Series([name for _, name in STARTED]).gather(medicine),
            "quantity": np.full(len(day), float(DAYS)),
            "days": np.full(len(day), DAYS, dtype=np.int64),
            "is_repeat": np.zeros(len(day), dtype=np.bool_),
        }
    )
    inside = (day < chunk.course.end_day[person]) & (day >= chunk.course.start_day[person])
    return issues.filter(pl.Series(inside)).unique(["person", "issue_date", "code"], keep="first", maintain_order=True)
