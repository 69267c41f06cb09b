"""The one call to the linear-programming solver (HiGHS through scipy)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mltc.errors import DisclosureError

Numbers = npt.NDArray[np.float64]


def minimise(direction: Numbers, equations: Any, right_hand_side: Numbers, bounds: Numbers) -> Numbers:
    """A solution of `equations` x = `right_hand_side` within `bounds` (n, 2) at which direction x is least.

    Raises DisclosureError where there is none: an attack that cannot be computed shows nothing to be safe.
    """
    from scipy import optimize

    if not len(direction):
        return direction
    solve: Any = optimize.linprog  # the published types reject sparse matrices, which the function accepts
    has_equations = equations.shape[0] > 0
    result = solve(
        direction,
        A_eq=equations if has_equations else None,
        b_eq=right_hand_side if has_equations else None,
        bounds=bounds,
        method="highs",
    )
    if result.status != 0:
        raise DisclosureError(
            f"No true counts fit what is published ({result.message.strip()}): {equations.shape[0]} sums over "
            f"{equations.shape[1]} counts. A part may be larger than its whole, or a row of a published table "
            "was changed; check the sums and nested columns that reports/tables.toml declares."
        )
    solution: Numbers = result.x
    return solution
