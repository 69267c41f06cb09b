"""The months of the activity window."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from mltc.synthetic.arrays import Ints

BURN_IN = 12  # months simulated before the window, so that earlier admissions are felt in its first year
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Window:
    """Month edges in days since 1970-01-01.

    edges: first day of each month from BURN_IN months before the window to the index date itself, so month m
    of the window runs from `edges[BURN_IN + m]` to `edges[BURN_IN + m + 1] - 1`.
    """

    months: int
    edges: Ints

    @property
    def first_day(self) -> int:
        """First day of the window."""
        return int(self.edges[BURN_IN])

    @property
    def index_day(self) -> int:
        """The index date, the day after the window."""
        return int(self.edges[-1])


def make_window(index_date: date, months: int) -> Window:
    """Window of `months` months that ends on the day before `index_date`."""
    back = range(months + BURN_IN, -1, -1)
    return Window(months, np.array([(step_back(index_date, n) - EPOCH).days for n in back], dtype=np.int64))


def step_back(day: date, months: int) -> date:
    """The same day of the month `months` earlier, the 28th at the latest when months lie between."""
    if months == 0:
        return day
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))
