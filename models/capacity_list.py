"""What a list of a given number of places finds, what it leaves, and who is on it.

Two kinds of evidence are kept apart: risks of the people of today (expected, not yet observed) and what happened to
the people who validated the model (observed, a year ago).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from mltc.intervals import find_z
from models.decision_curve import wilson
from models.family import Family
from models.outcome import Predictions
from models.patterns import FloatArray, IntArray

EFFECTS_PERCENT = (5.0, 10.0, 20.0)
_Z95 = find_z(0.95)
_MONTHS_A_YEAR = 12


class Bounded(NamedTuple):
    """A number with its 95 % limits; the limits are None where none can be given."""

    estimate: float
    lower: float | None = None
    upper: float | None = None


class Expected(NamedTuple):
    """What the predictions of today say of a list: persons, lowest (prediction on it), found (expected people with the
    outcome, or expected count), missed (expected among all others), mean (per listed person; of risks the PPV) and
    share (of all that is expected, [0, 1])."""

    persons: int
    lowest: float
    found: Bounded
    missed: Bounded
    mean: Bounded
    share: float


class Observed(NamedTuple):
    """What happened to those of the validation people whose prediction was at or above `threshold`.

    `ppv`: with the outcome, of those flagged (of counts: mean per flagged person). `sensitivity`: share of all that
    happened which the flagged had. `needed`: persons to review for one with the outcome, None where none had it or of
    counts. `net_benefit`, `net_benefit_all` (everyone reviewed; nobody reviewed is 0): per person, None of counts.
    """

    people: int
    flagged: int
    threshold: float
    ppv: Bounded
    sensitivity: Bounded
    needed: Bounded | None
    net_benefit: Bounded | None
    net_benefit_all: Bounded | None


def choose_highest(predicted: FloatArray, places: int) -> np.ndarray:
    """(persons,) whether a person is on the list: the first `places` rows, which come highest prediction first.

    Raises ValueError where rows are not in that order or there are more places than rows.
    """
    if places > len(predicted) or places < 1:
        raise ValueError(f"Expected 1 to {len(predicted)} places; found {places}.")
    if len(predicted) > 1 and (np.diff(predicted) > 0).any():
        raise ValueError("Expected the highest prediction first; found rows in another order.")
    return np.arange(len(predicted)) < places


def share_places(persons: Mapping[str, int], places: int) -> dict[str, int]:
    """Places by area in proportion to its persons, whole numbers that add up to `places`.

    By largest remainder (Hamilton's method): everyone gets the whole part of their share, and places left over go to
    the largest fractions, of equal ones to the area that comes first by name.
    """
    total = sum(persons.values())
    exact = {area: places * count / total for area, count in persons.items()}
    shared = {area: int(share + 1e-9) for area, share in exact.items()}
    left = places - sum(shared.values())
    by_fraction = sorted(persons, key=lambda area: (-(exact[area] - shared[area]), area))
    return {area: count + (area in by_fraction[:left]) for area, count in shared.items()}


def choose_by_area(area: pl.Series, shared: Mapping[str, int]) -> np.ndarray:
    """(persons,) whether a person is on the list of their area: its first places, highest prediction first."""
    rank = pl.DataFrame({"area": area}).select(pl.int_range(pl.len()).over("area")).to_series()
    places = area.replace_strict(dict(shared), default=0, return_dtype=pl.Int64)
    listed: np.ndarray = (rank < places).to_numpy()
    return listed


def expect(predicted: FloatArray, is_listed: np.ndarray, family: Family) -> Expected:
    """What today's predictions say of a list, if they are right.

    Limits are those of chance alone: of people, a sum of independent yes/no events with variance sum of
    p x (1 - p); of counts a Poisson sum, which is too narrow where nights come in long stays.
    """
    listed, others = predicted[is_listed], predicted[~is_listed]
    found = sum_by_chance(listed, family)
    count = len(listed)
    mean = Bounded(*(None if each is None else each / count for each in found))  # type: ignore[arg-type]
    total = float(predicted.sum())
    share = float(listed.sum()) / total if total else 0.0
    return Expected(count, float(listed.min()), found, sum_by_chance(others, family), mean, share)


def compare_lists(predicted: FloatArray, first: np.ndarray, second: np.ndarray, family: Family) -> Bounded:
    """How many more the first list is expected to find than the second; people on both do not count."""
    only_first, only_second = predicted[first & ~second], predicted[second & ~first]
    gap = float(only_first.sum() - only_second.sum())
    error = float(np.sqrt(_variance(only_first, family) + _variance(only_second, family)))
    return Bounded(gap, gap - _Z95 * error, gap + _Z95 * error)


def observe(predictions: Predictions, threshold: float, family: Family) -> Observed | None:
    """What the validation people at or above a threshold had; None where nobody stands there.

    Shares with Wilson's limits (JASA 1927;22:209), means with those of a mean. Net benefit per person (Vickers and
    Elkin, Med Decis Making 2006;26:565): (found - flagged without it x threshold / (1 - threshold)) / people.
    """
    flagged = predictions.risk >= threshold
    count, people = int(flagged.sum()), predictions.person_count
    if not count:
        return None
    had = predictions.outcome[flagged]
    total = float(predictions.outcome.sum())
    if family == "poisson":
        mean = average(had)
        share = Bounded(float(had.sum()) / total if total else 0.0)
        return Observed(people, count, threshold, mean, share, None, None, None)
    ppv, sensitivity = _share(float(had.sum()), count), _share(float(had.sum()), max(total, 1.0))
    benefit, everyone = (None, None)
    if 0 < threshold < 1:
        gained = predictions.outcome - (1 - predictions.outcome) * threshold / (1 - threshold)
        benefit, everyone = average(gained * flagged), average(gained)
    return Observed(people, count, threshold, ppv, sensitivity, _invert(ppv), benefit, everyone)


def average(values: FloatArray) -> Bounded:
    """A mean with its 95 % limits by the error of a mean; none of a single value."""
    mean = float(values.mean())
    if len(values) < 2:
        return Bounded(mean)
    error = float(values.std(ddof=1)) / len(values) ** 0.5
    return Bounded(mean, mean - _Z95 * error, mean + _Z95 * error)


def average_of_highest(predicted: FloatArray, counts: IntArray, sizes: Sequence[int]) -> pl.DataFrame:
    """One row per size: unplanned_admissions_per_person of so many of the highest predictions, _lower and _upper.

    Equal predictions at the border go by the order of rows.
    """
    order = np.argsort(-predicted, kind="stable")
    name = "unplanned_admissions_per_person"
    found = [average(counts[order[:size]].astype(np.float64)) for size in sizes]
    schema = dict.fromkeys((name, f"{name}_lower", f"{name}_upper"), pl.Float64)
    return pl.DataFrame([tuple(each) for each in found], schema=schema, orient="row")


def break_even(per_person: Bounded, unit_cost_gbp: float, effect_percent: float, horizon_months: int = 12) -> Bounded:
    """Pounds per listed person and year above which a programme costs more than the admissions it averts.

    effect x admissions (or nights) per listed person and year x unit cost; limits of the second, never below 0.
    Averted admissions alone: benefits to people and costs elsewhere are not in it.
    """
    factor = effect_percent / 100 * unit_cost_gbp * _MONTHS_A_YEAR / horizon_months
    return Bounded(*(None if each is None else max(each, 0.0) * factor for each in per_person))  # type: ignore[arg-type]


def weigh_groups(
    group: pl.Series, predicted: FloatArray, is_listed: np.ndarray, without: pl.Series | None = None
) -> pl.DataFrame:
    """One row per group, by name: persons, listed and the shares ([0, 1]) of population, of all that is expected and of
    the list, the last with Wilson's limits; is_under: the whole interval lies below the share of what is expected.
    `without`: groups of registered people who have no prediction; they count among persons and population alone.

    Of twenty groups that are listed in proportion, one is expected to be `is_under` or above by chance.
    """
    frame = pl.DataFrame({"group": group.fill_null("Not known"), "risk": predicted, "listed": is_listed})
    if without is not None:
        unknown = pl.DataFrame({"group": without.fill_null("Not known")})
        frame = pl.concat([frame, unknown.with_columns(risk=pl.lit(0.0), listed=pl.lit(value=False))])
    table = frame.group_by("group").agg(
        persons=pl.len().cast(pl.Int64), listed=pl.col("listed").sum().cast(pl.Int64), expected=pl.col("risk").sum()
    )
    table = table.sort("group")
    places = int(table["listed"].sum())
    lower, upper = wilson(table["listed"].to_numpy().astype(np.float64), np.full(table.height, float(places)))
    return table.with_columns(
        population_share=pl.col("persons") / pl.col("persons").sum(),
        expected_share=pl.col("expected") / pl.col("expected").sum(),
        list_share=pl.col("listed") / places,
        list_share_lower=pl.Series(lower),
        list_share_upper=pl.Series(upper),
    ).with_columns(is_under=pl.col("list_share_upper") < pl.col("expected_share"))


def count_by_area(area: pl.Series, predicted: FloatArray, lists: Sequence[np.ndarray]) -> pl.DataFrame:
    """One row per area, by name: persons, and for each list (0, 1, ...) listed_<n>, lowest_<n>, found_<n>."""
    frame = pl.DataFrame({"area": area, "risk": predicted}).with_columns(
        pl.Series(f"on_{number}", is_listed) for number, is_listed in enumerate(lists)
    )
    parts: list[pl.Expr] = [pl.len().cast(pl.Int64).alias("persons")]
    for number in range(len(lists)):
        on = pl.col("risk").filter(pl.col(f"on_{number}"))
        parts += [
            on.len().cast(pl.Int64).alias(f"listed_{number}"),
            on.min().alias(f"lowest_{number}"),
            on.sum().alias(f"found_{number}"),
        ]
    return frame.group_by("area").agg(parts).sort("area")


def sum_by_chance(predicted: FloatArray, family: Family) -> Bounded:
    """What is expected of so many predictions, with the limits of chance alone; 0 of nobody."""
    total = float(predicted.sum())
    error = _Z95 * _variance(predicted, family) ** 0.5
    highest = float(len(predicted)) if family == "binomial" else float("inf")
    return Bounded(total, max(0.0, total - error), min(highest, total + error))


def _variance(predicted: FloatArray, family: Family) -> float:
    return float((predicted * (1 - predicted) if family == "binomial" else predicted).sum())


def _share(found: float, of: float) -> Bounded:
    lower, upper = wilson(np.array([found]), np.array([float(of)]))
    return Bounded(found / of, float(lower[0]), float(upper[0]))


def _invert(share: Bounded) -> Bounded | None:
    if not share.estimate or not share.upper:
        return None
    return Bounded(1 / share.estimate, 1 / share.upper, 1 / share.lower if share.lower else None)
