"""The linear programs: between which ends can each protected count still lie?

Feasible interval of x: minimum and maximum of x over A x = 0, lower <= x <= upper (HiGHS through scipy).
Most counts need no program of their own: every solution found is a possible truth for all counts at once,
so a handful of programs with mixed directions shows for most that they can move far enough. Equations
that cannot bind are left out first, and what remains falls into independent components.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mltc.disclosure.knowledge import ALWAYS, Knowledge, Numbers
from mltc.disclosure.profile import Flags
from mltc.disclosure.solver import minimise
from mltc.disclosure.system import System, propagate, relax_sums

Indices = npt.NDArray[np.intp]

PATIENCE = 3  # programs in a row that settle nothing
SEED = 20180901  # steers only which possible truths are tried first; the findings do not depend on it
SLACK = 1e-6  # solver tolerance


class Searcher:
    """Finds intervals that are too narrow; remembers possible truths from call to call.

    Every call may know less than the one before (more cells suppressed), never about other equations:
    then what was possible stays possible, and counts shown to be safe need no second look. `lower` and
    `upper` hold what the last attacker knew before doing any arithmetic.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        size = system.size
        self.seen_low: Numbers = np.full(size, np.inf)
        self.seen_high: Numbers = np.full(size, -np.inf)
        self.lower: Numbers = np.full(size, np.inf)
        self.upper: Numbers = np.full(size, -np.inf)
        self.program_count = 0

    def find_narrow(self, known: Knowledge) -> tuple[Indices, Numbers, Numbers]:
        """Variables that are exposed, with lower and upper ends of all variables (exact for the exposed)."""
        lower, upper = relax_sums(self.system, known.lower, known.upper)
        return self.search(replace(known, lower=lower, upper=upper))

    def search(self, known: Knowledge, near: Flags | None = None) -> tuple[Indices, Numbers, Numbers]:
        """As `find_narrow`, with bounds under which the equations are known to hold.

        `near`: look only at variables that hang together with one of these; the others are known to be safe.
        """
        lower, upper = known.lower, known.upper
        self._forget_unless_wider(lower, upper)
        low, high = propagate(self.system, lower, upper)
        is_open = self._is_open(known, low, high)
        equations = self.system.binding_equations(lower, upper, low, high, is_open)
        for rows, variables in _components(self.system.matrix[equations], low < high):
            if is_open[variables].any() and (near is None or near[variables].any()):
                self._search(known, equations[rows], variables, low, high)
        exposed = self._is_open(known, low, high) & known.is_narrow(low, high, is_exact=True)
        return np.flatnonzero(exposed), low, high

    def _forget_unless_wider(self, lower: Numbers, upper: Numbers) -> None:
        if (lower > self.lower).any() or (upper < self.upper).any():
            self.seen_low[:], self.seen_high[:] = np.inf, -np.inf
        self.lower, self.upper = lower, upper

    def _is_open(self, known: Knowledge, low: Numbers, high: Numbers) -> Flags:
        """Checked variables that nothing has yet shown to be safe."""
        unproven = known.is_narrow(self.seen_low, self.seen_high, is_exact=False)
        is_settled = known.is_exempt(low, high)
        open_: Flags = unproven & ~is_settled
        return open_

    def _search(self, known: Knowledge, rows: Indices, variables: Indices, low: Numbers, high: Numbers) -> None:
        """Settle every open variable of one component; `low` and `high` become exact where needed."""
        program = _Program(self.system.matrix[rows], variables, low, high)
        self._try_mixed(known, program, variables, low, high)
        for place in np.flatnonzero(self._is_open(known, low, high)[variables]):
            if not self._is_certain(known, low, high)[variables[place]]:
                self._settle(known, program, variables, int(place), low, high)

    def _is_certain(self, known: Knowledge, low: Numbers, high: Numbers) -> Flags:
        """Variables that are exposed whatever the programs would say: passing bounds along was enough."""
        certain: Flags = known.is_narrow(low, high, is_exact=True) & (known.rule == ALWAYS)
        return certain

    def _settle(
        self,
        known: Knowledge,
        program: "_Program",
        variables: Indices,
        place: int,
        low: Numbers,
        high: Numbers,
    ) -> None:
        """Exact ends of one variable, unless it turns out to be safe on the way."""
        for sign, ends in ((1.0, low), (-1.0, high)):
            if not self._is_open(known, low, high)[variables[place]]:
                return
            direction = np.zeros(len(variables))
            direction[place] = sign
            solution = program.minimise(direction)
            self._note(variables, solution)
            end = sign * solution[place] - SLACK
            ends[variables[place]] = sign * np.ceil(end)

    def _try_mixed(
        self, known: Knowledge, program: "_Program", variables: Indices, low: Numbers, high: Numbers
    ) -> None:
        """Push all open variables at once, up or down, for as long as that settles some."""
        generator = np.random.default_rng(SEED)
        attempt = fruitless = 0
        open_before = len(variables) + 1
        while fruitless < PATIENCE:
            is_open = self._is_open(known, low, high)[variables]
            if is_open.sum() <= 2:
                break
            fruitless = 0 if is_open.sum() < open_before else fruitless + 1
            open_before = is_open.sum()
            direction = generator.choice([-1.0, 1.0], size=len(variables))
            if attempt < 2:
                direction[:] = 1.0 - 2.0 * attempt
            self._note(variables, program.minimise(direction * is_open))
            attempt += 1

    def _note(self, variables: Indices, solution: Numbers) -> None:
        self.program_count += 1
        self.seen_low[variables] = np.minimum(self.seen_low[variables], np.ceil(solution - SLACK))
        self.seen_high[variables] = np.maximum(self.seen_high[variables], np.floor(solution + SLACK))


class _Program:
    """The equations of one component, with what is fixed moved to the right-hand side."""

    def __init__(self, matrix: Any, variables: Indices, low: Numbers, high: Numbers) -> None:
        is_fixed = np.ones(matrix.shape[1], dtype=np.bool_)
        is_fixed[variables] = False
        self.equations = matrix[:, variables]
        self.right_hand_side = -(matrix @ np.where(is_fixed, low, 0.0))
        self.bounds = np.column_stack([low[variables], high[variables]])

    def minimise(self, direction: Numbers) -> Numbers:
        """A solution at which direction x is least."""
        return minimise(direction, self.equations, self.right_hand_side, self.bounds)


def _components(matrix: Any, is_free: Flags) -> Iterator[tuple[Indices, Indices]]:
    """Equations and free variables that hang together, one group after the other."""
    from scipy.sparse import bmat
    from scipy.sparse.csgraph import connected_components

    free = np.flatnonzero(is_free)
    reduced = abs(matrix[:, free])
    graph: Any = bmat([[None, reduced], [reduced.T, None]], format="csr") if reduced.nnz else None
    if graph is None:
        for variable in free:
            yield np.array([], dtype=np.intp), np.array([variable])
        return
    count, labels = connected_components(graph, directed=False)
    row_labels, column_labels = labels[: matrix.shape[0]], labels[matrix.shape[0] :]
    row_order, column_order = np.argsort(row_labels, kind="stable"), np.argsort(column_labels, kind="stable")
    row_ends = np.searchsorted(row_labels[row_order], np.arange(count + 1))
    column_ends = np.searchsorted(column_labels[column_order], np.arange(count + 1))
    for label in range(count):
        columns = column_order[column_ends[label] : column_ends[label + 1]]
        if columns.size:
            yield row_order[row_ends[label] : row_ends[label + 1]], free[columns]
