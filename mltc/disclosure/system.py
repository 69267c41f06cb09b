"""The system of equations that a release is: bounds passed along sums, sums that do not hold let go."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mltc.disclosure.cells import REST_OF_AT_MOST, REST_OF_SUM, Cells
from mltc.disclosure.knowledge import Numbers
from mltc.disclosure.profile import Flags
from mltc.disclosure.solver import minimise

Indices = npt.NDArray[np.intp]

PASSES = 20


@dataclass(frozen=True)
class System:
    """A x = 0 with entries -1 and 1; `rests` are the variables that sums of rows may leave out."""

    matrix: Any
    rows: Indices
    columns: Indices
    signs: Numbers
    rests: Indices
    hidden_of_row: Indices  # -1 where an equation has no hidden variable

    @property
    def size(self) -> int:
        """Number of variables."""
        return int(self.matrix.shape[1])

    def row_range(self, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
        """Least and greatest value of each left-hand side."""
        least, greatest = self.entry_range(low, high)
        count = self.matrix.shape[0]
        row_least: Numbers = np.bincount(self.rows, weights=least, minlength=count).astype(np.float64)
        row_greatest: Numbers = np.bincount(self.rows, weights=greatest, minlength=count).astype(np.float64)
        return row_least, row_greatest

    def entry_range(self, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
        """Least and greatest value of each entry (sign x variable)."""
        is_positive = self.signs > 0
        at_low, at_high = low[self.columns], high[self.columns]
        return np.where(is_positive, at_low, -at_high), np.where(is_positive, at_high, -at_low)

    def binding_equations(self, lower: Numbers, upper: Numbers, low: Numbers, high: Numbers, is_open: Flags) -> Indices:
        """Equations that restrict something.

        An equation whose hidden variable nobody checks, and which may take any value that the others can
        leave it, restricts nothing: a whole of 1,000 and a part of 300 never meet.
        """
        hidden = self.hidden_of_row
        has_hidden = hidden >= 0
        without_low, without_high = low.copy(), high.copy()
        without_low[hidden[has_hidden]] = without_high[hidden[has_hidden]] = 0.0
        least, greatest = self.row_range(without_low, without_high)
        is_idle = has_hidden & (least >= lower[hidden]) & (greatest <= upper[hidden]) & ~is_open[hidden]
        return np.flatnonzero(~is_idle)


def build_system(cells: Cells) -> System:
    """Equations of a release, ready for the attack."""
    entries = cells.matrix.tocoo()
    hidden_of_row = np.full(cells.matrix.shape[0], -1, dtype=np.intp)
    is_hidden = entries.col >= cells.visible_count
    hidden_of_row[entries.row[is_hidden]] = entries.col[is_hidden]
    return System(
        matrix=cells.matrix,
        rows=entries.row.astype(np.intp),
        columns=entries.col.astype(np.intp),
        signs=entries.data,
        rests=np.flatnonzero((cells.kind == REST_OF_SUM) | (cells.kind == REST_OF_AT_MOST)),
        hidden_of_row=hidden_of_row,
    )


def propagate(system: System, lower: Numbers, upper: Numbers) -> tuple[Numbers, Numbers]:
    """Bounds passed along every equation until little changes; never narrower than the true interval."""
    low, high = lower.copy(), upper.copy()
    for _ in range(PASSES):
        before = low.sum() - high.sum()
        least, greatest = system.entry_range(low, high)
        row_least, row_greatest = system.row_range(low, high)
        # an entry is minus the sum of the others, which lies between row_least - least and row_greatest - greatest
        new_least = greatest - row_greatest[system.rows]
        new_greatest = least - row_least[system.rows]
        is_positive = system.signs > 0
        np.maximum.at(low, system.columns, np.where(is_positive, new_least, -new_greatest))
        np.minimum.at(high, system.columns, np.where(is_positive, new_greatest, -new_least))
        if low.sum() - high.sum() - before < 0.5 or (low > high).any():
            break
    return low, high


def relax_sums(system: System, lower: Numbers, upper: Numbers, tolerance: float = 0.5) -> tuple[Numbers, Numbers]:
    """Bounds under which the equations can hold.

    Declared sums of rows may not be true of the data (a person without a network is in no network's row).
    A reader who finds them contradicted stops believing those: the fewest persons that reconcile all
    published counts are let into the rests, and the rests that need more than `tolerance` are set free.
    """
    slack = _least_slack(system, lower, upper)
    relaxed_lower, relaxed_upper = lower.copy(), upper.copy()
    is_untrue = np.abs(slack) > tolerance
    untrue = system.rests[is_untrue]
    bound = float(upper.max(initial=0.0))
    relaxed_lower[untrue], relaxed_upper[untrue] = -bound, bound
    return relaxed_lower, relaxed_upper


def _least_slack(system: System, lower: Numbers, upper: Numbers) -> Numbers:
    """How far each rest must leave its bounds for all equations to hold (least sum of absolute values)."""
    from scipy.sparse import csr_matrix, hstack

    rest_columns: Any = csr_matrix(system.matrix[:, system.rests])
    size, rest_count = system.size, len(system.rests)
    solution = minimise(
        np.concatenate([np.zeros(size), np.ones(2 * rest_count)]),
        hstack([system.matrix, rest_columns, -rest_columns], format="csr"),
        np.zeros(system.matrix.shape[0]),
        np.column_stack(
            [
                np.concatenate([lower, np.zeros(2 * rest_count)]),
                np.concatenate([upper, np.full(2 * rest_count, np.inf)]),
            ]
        ),
    )
    slack: Numbers = solution[size : size + rest_count] - solution[size + rest_count :]
    return slack
