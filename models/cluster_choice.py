"""Which number of classes: the rule, in one place.

1. Classes are added one at a time; the search ends when the BIC has not improved for `PATIENCE` numbers in a row.
2. A solution is admissible when its smallest class and its relative entropy reach their floors.
3. Of the admissible ones that with the lowest BIC is refitted on resampled persons; when its stability (mean adjusted
   Rand index) is below its floor it drops out, and the next in BIC takes its place.
4. Of those that are left, the fewest classes within `PLATEAU` of the lowest BIC win: a difference of less than ten is
   no very strong evidence for one more class (Kass and Raftery, J Am Stat Assoc 1995;90:773). Classes that are shared
   with everyone are fewer than any of one's own, and no floor on the size of a class holds for them.
5. What the last accepted run chose (so many classes, or the shared ones) stays, as long as it comes up to `LENIENCY`
   of every floor and its BIC is not above that of the winner by more than sampling explains: people read these classes
   from month to month, and a number that changes because of a hundred persons helps nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PATIENCE = 2
PLATEAU = 10.0
LENIENCY = 0.8

Solution = dict[str, Any]


def is_search_over(selection: list[Solution]) -> bool:
    """Whether the last `PATIENCE` numbers of classes all have a higher BIC than one before them."""
    if len(selection) <= PATIENCE:
        return False
    before, after = selection[:-PATIENCE], selection[-PATIENCE:]
    return min(float(row["bic"]) for row in before) < min(float(row["bic"]) for row in after)


@dataclass(frozen=True)
class Floors:
    """What a solution must reach; no floor on stability where it is None."""

    share: float
    entropy: float
    stability: float | None

    def admit(self, row: Solution, leniency: float = 1.0) -> bool:
        """Whether share, entropy and, where it was measured, stability reach `leniency` times their floors."""
        stability = row["stability_ari"]
        is_stable = stability is None or self.stability is None or stability >= leniency * self.stability
        is_large = bool(row["is_shared"] or row["smallest_share"] >= leniency * self.share)
        return is_large and bool(row["entropy"] >= leniency * self.entropy) and bool(is_stable)


@dataclass(frozen=True)
class LastChoice:
    """What the last accepted run chose."""

    class_count: int
    is_shared: bool
    measure_noise: Callable[[int, int], float]
    """How much lower the BIC of the second solution may be than that of the first by sampling alone."""

    def is_of_kind(self, row: Solution) -> bool:
        """Shared classes as before, or as many of one's own."""
        if self.is_shared or row["is_shared"]:
            return self.is_shared == bool(row["is_shared"])
        return bool(row["class_count"] == self.class_count)


def choose_solution(
    selection: list[Solution],
    measure_stability: Callable[[int], float | None],
    floors: Floors,
    last: LastChoice | None = None,
) -> int | None:
    """Index of the chosen row; None if none is admissible. Sets `stability_ari`, `is_admissible` and `is_chosen`.

    `measure_stability(index)` gives the stability of one solution, None if it cannot be measured, which is no reason
    against it; it is asked of no more than could be chosen.
    """
    for row in selection:
        row["is_admissible"] = floors.admit(row)
    chosen: int | None = None
    lowest: float | None = None
    for index in sorted(range(len(selection)), key=lambda each: float(selection[each]["bic"])):
        row = selection[index]
        if not row["is_admissible"] or (chosen is not None and not _is_simpler(row, selection[chosen])):
            continue
        if lowest is not None and row["bic"] >= lowest + PLATEAU:
            break
        row["stability_ari"] = measure_stability(index)
        row["is_admissible"] = floors.admit(row)
        if row["is_admissible"]:
            lowest = row["bic"] if lowest is None else lowest
            chosen = index
    if last is not None:
        chosen = _stay(selection, measure_stability, floors, last, chosen)
    if chosen is not None:
        selection[chosen] |= {"is_admissible": True, "is_chosen": True}
    return chosen


def _is_simpler(row: Solution, other: Solution) -> bool:
    return (not row["is_shared"], row["class_count"]) < (not other["is_shared"], other["class_count"])


def _stay(
    selection: list[Solution],
    measure_stability: Callable[[int], float | None],
    floors: Floors,
    last: LastChoice,
    chosen: int | None,
) -> int | None:
    """The solution of the kind that the last run chose, where nothing speaks against it; else `chosen`."""
    index = next((place for place, row in enumerate(selection) if last.is_of_kind(row)), chosen)
    if index is None or index == chosen:
        return chosen
    row = selection[index]
    if not floors.admit(row, LENIENCY):
        return chosen
    if chosen is not None:
        excess = row["bic"] - selection[chosen]["bic"]
        if excess > max(PLATEAU, last.measure_noise(index, chosen)):
            return chosen
    if row["stability_ari"] is None:
        row["stability_ari"] = measure_stability(index)
    return index if floors.admit(row, LENIENCY) else chosen
