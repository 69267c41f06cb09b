"""Conditions that another one contains: metastatic cancer is cancer, and end stage kidney disease is kidney disease.

Latent classes take conditions of one class to be independent. A condition recorded with its parent by definition would
make a class of its own out of one disease, so it is left out of the fit and described all the same.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.patterns import FloatArray

_CONTAINED = 0.8  # of the persons with a condition, the share that has the parent as well
_LIFT = 3.0  # times the share of those with MLTC that has the parent: a common condition contains nothing
_FEWEST = 20  # persons with a condition, below which nothing is concluded


def find_implied(
    matrix: npt.NDArray[np.bool_], weights: FloatArray, reported: FloatArray, condition_names: Sequence[str]
) -> dict[str, str]:
    """Conditions to leave out, each with the condition that contains it.

    `matrix` (rows, conditions); `weights` (rows,) persons; `reported` (rows,) of them, those with MLTC. A condition is
    contained in a more common one when at least 80 % of the persons with it have that one too, and at least three times
    the share of those with MLTC who have it.
    """
    present = matrix.astype(np.float64)
    together = (present * weights[:, np.newaxis]).T @ present
    persons = np.diag(together)
    overall = reported @ present / max(float(reported.sum()), 1.0)
    found: dict[str, str] = {}
    for child, name in enumerate(condition_names):
        if persons[child] < _FEWEST:
            continue
        share = together[child] / persons[child]
        is_parent = (share >= _CONTAINED) & (share >= _LIFT * overall) & (persons > persons[child])
        if is_parent.any():
            found[name] = condition_names[int(np.where(is_parent, share, -1.0).argmax())]
    return found
