"""Which number of classes: the rule, in one place.

1. Classes are added one at a time; the search ends when the BIC has not improved for `PATIENCE` numbers in a row.
2. A solution is admissible when its smallest class and its relative entropy reach their floors.
3. Of the admissible ones the `CONTENDERS` with the lowest BIC are refitted on resampled persons; one whose stability
   (mean adjusted Rand index) is below its floor drops out, and the next in BIC takes its place.
4. Of those that are left, the fewest classes within `PLATEAU` of the lowest BIC win: a difference of less than ten is
   no very strong evidence for one more class (Kass and Raftery, J Am Stat Assoc 1995;90:773).
"""

from collections.abc import Callable
from typing import Any

PATIENCE = 3
CONTENDERS = 3
PLATEAU = 10.0

Solution = dict[str, Any]


def is_search_over(selection: list[Solution]) -> bool:
    """Whether the last `PATIENCE` numbers of classes all have a higher BIC than one before them."""
    if len(selection) <= PATIENCE:
        return False
    before, after = selection[:-PATIENCE], selection[-PATIENCE:]
    return min(float(row["bic"]) for row in before) < min(float(row["bic"]) for row in after)


def choose_solution(
    selection: list[Solution], measure_stability: Callable[[int], float | None], min_stability: float | None
) -> int | None:
    """Index of the chosen row; None if none is admissible. Sets `stability_ari`, `is_admissible` and `is_chosen`.

    `measure_stability(index)` gives the stability of one solution, None if it cannot be measured, which is no reason
    against it.
    """
    contenders: list[int] = []
    for index in sorted(range(len(selection)), key=lambda each: float(selection[each]["bic"])):
        row = selection[index]
        if len(contenders) == CONTENDERS or not row["is_admissible"]:
            continue
        row["stability_ari"] = measure_stability(index)
        row["is_admissible"] = not _is_unstable(row["stability_ari"], min_stability)
        if row["is_admissible"]:
            contenders.append(index)
    if not contenders:
        return None
    lowest = selection[contenders[0]]["bic"]
    near = [index for index in contenders if selection[index]["bic"] < lowest + PLATEAU]
    chosen = min(near, key=lambda index: int(selection[index]["class_count"]))
    selection[chosen]["is_chosen"] = True
    return chosen


def _is_unstable(stability: float | None, floor: float | None) -> bool:
    return stability is not None and floor is not None and stability < floor
