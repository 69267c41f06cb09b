"""A comparison group: for each person who got something, others alike who did not."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import logit

from models.patterns import FloatArray, IntArray
from models.public_health.balance import compare_means
from models.public_health.limits import read_floats

BoolArray = npt.NDArray[np.bool_]

CALIPER_SD = 0.2  # standard deviations of the log-odds: Austin PC. Pharm Stat 2011;10:150
_NEIGHBOURS = 10  # asked for at a time; who finds all of them taken is asked again
_EDGE = 1e-6  # keeps the log-odds of a risk of 0 or 1 finite


class Matches(NamedTuple):
    """members: set_id, the person column, is_treated, weight (treated 1, each comparison 1 / their number), distance.

    balance: one row per variable with standardised differences before and after; treated and matched count persons.
    """

    members: pl.DataFrame
    balance: pl.DataFrame
    treated: int
    matched: int


def match_people(
    people: pl.DataFrame,
    *,
    exact: Sequence[str],
    risk: str = "predicted_risk",
    near: Sequence[str] = (),
    balance: Sequence[str] = (),
    person: str = "person_id",
    ratio: int = 1,
    caliper_sd: float = CALIPER_SD,
) -> Matches:
    """Up to `ratio` comparisons for each treated person, each used once, nearest pairs first.

    `people`: one row per person with is_treated, the columns `exact` (equal; null equals null), `risk` in [0, 1] and
    further numbers `near`. Two people may differ by at most `caliper_sd` standard deviations of everyone in the
    log-odds of risk, and in each of `near`; distance is the largest of these differences. Everybody gets a first
    comparison before anyone a second. Who lacks a risk or a number, and treated people without anyone near enough,
    stay out: `matched` of `treated` says how many are left. Row order does not matter. `balance` names further
    numbers to compare; a standardised difference above 0.1 is imbalance.
    """
    if people[person].is_duplicated().any():
        raise ValueError(f"Expected one row per {person}; found several.")
    known = people.sort(person).filter(pl.all_horizontal(pl.col(risk, *near).is_not_null()))
    is_treated = known["is_treated"].fill_null(False).to_numpy()
    points = _standardise(known, risk, near)
    strata = _number_strata(known, exact)
    free = ~is_treated
    pairs: list[tuple[IntArray, IntArray, FloatArray]] = []
    asking = np.flatnonzero(is_treated)
    for _ in range(ratio):
        found = _match_round(points, strata, asking, free, caliper_sd)
        free[found[1]] = False
        pairs.append(found)
        asking = np.sort(found[0])
    treated, others, distance = (np.concatenate(each) for each in zip(*pairs, strict=True))
    members = _list_members(known[person], treated, others, distance)
    count = int(people["is_treated"].fill_null(False).sum())
    columns = list(dict.fromkeys([risk, *near, *balance]))
    return Matches(members, compare_means(people, members, person, columns), count, len(np.unique(treated)))


def _standardise(known: pl.DataFrame, risk: str, near: Sequence[str]) -> FloatArray:
    """(persons, 1 + near): log-odds of risk and the further numbers, in standard deviations."""
    values = read_floats(known, risk)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"Expected risks within [0, 1] in {risk}; found others.")
    columns = [logit(np.clip(values, _EDGE, 1 - _EDGE)), *(read_floats(known, name) for name in near)]
    points = np.column_stack(columns)
    spread = points.std(axis=0) if len(points) else np.ones(points.shape[1])
    return np.asarray(points / np.where(spread > 0, spread, 1.0), dtype=np.float64)


def _number_strata(known: pl.DataFrame, exact: Sequence[str]) -> IntArray:
    """(persons,): equal numbers for people who are equal in every column of `exact`, missing values among them."""
    if not exact:
        return np.zeros(known.height, dtype=np.int64)
    distinct = known.select(exact).unique(maintain_order=True).with_row_index("_stratum")
    joined = known.join(distinct, on=list(exact), how="left", nulls_equal=True, maintain_order="left")
    return joined["_stratum"].to_numpy().astype(np.int64)


def _match_round(
    points: FloatArray, strata: IntArray, asking: IntArray, is_free: BoolArray, caliper: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """One comparison each: (treated, comparison, distance) as positions in `points`."""
    free = is_free.copy()
    waiting = asking
    found: list[tuple[IntArray, IntArray, FloatArray]] = [(asking[:0], asking[:0], np.empty(0))]
    while len(waiting):
        treated, others, distance = _find_candidates(points, strata, waiting, np.flatnonzero(free), caliper)
        taken = _take_nearest(treated, others, distance)
        if not len(taken):
            break
        found.append((treated[taken], others[taken], distance[taken]))
        free[others[taken]] = False
        waiting = np.setdiff1d(waiting, treated[taken])
    first, second, third = (np.concatenate(each) for each in zip(*found, strict=True))
    return first, second, third


def _find_candidates(
    points: FloatArray, strata: IntArray, treated: IntArray, others: IntArray, caliper: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Pairs of one stratum within the caliper, each treated person's nearest few."""
    from sklearn.neighbors import NearestNeighbors

    found: list[tuple[IntArray, IntArray, FloatArray]] = [(treated[:0], others[:0], np.empty(0))]
    for stratum in np.unique(strata[treated]):
        asking, offered = treated[strata[treated] == stratum], others[strata[others] == stratum]
        if not len(offered):
            continue
        neighbours = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, len(offered)), metric="chebyshev")
        distance, place = neighbours.fit(points[offered]).kneighbors(points[asking])
        row, column = np.nonzero(distance <= caliper)
        found.append((asking[row], offered[place[row, column]], distance[row, column]))
    first, second, third = (np.concatenate(each) for each in zip(*found, strict=True))
    return first, second, third


def _take_nearest(treated: IntArray, others: IntArray, distance: FloatArray) -> IntArray:
    """Positions of pairs, each person in one, nearest first: pairs that are both people's best, again and again."""
    left = np.lexsort((others, treated, distance))
    taken: list[IntArray] = [left[:0]]
    while len(left):
        best_of_treated = np.unique(treated[left], return_index=True)[1]
        best_of_other = np.unique(others[left], return_index=True)[1]
        chosen = left[np.intersect1d(best_of_treated, best_of_other)]
        taken.append(chosen)
        is_used = np.isin(treated[left], treated[chosen]) | np.isin(others[left], others[chosen])
        left = left[~is_used]
    return np.concatenate(taken)


def _list_members(names: pl.Series, treated: IntArray, others: IntArray, distance: FloatArray) -> pl.DataFrame:
    """Sets numbered from 1 in the order of their treated person."""
    pairs = pl.DataFrame({"_treated": treated, "_other": others, "distance": distance})
    pairs = pairs.sort("_treated", "distance", "_other").with_columns(
        set_id=pl.col("_treated").rank("dense").cast(pl.Int64), weight=1 / pl.len().over("_treated")
    )
    heads = pairs.select("set_id", pl.col("_treated").alias("_place"), is_treated=True, weight=1.0, distance=0.0)
    rest = pairs.select(
        "set_id", pl.col("_other").alias("_place"), pl.lit(False).alias("is_treated"), "weight", "distance"
    )
    members = pl.concat([heads.unique(maintain_order=True), rest])
    named = members.with_columns(names.gather(members["_place"].cast(pl.UInt32)).alias(names.name))
    ordered = named.sort("set_id", "is_treated", "distance", names.name, descending=[False, True, False, False])
    return ordered.select("set_id", names.name, "is_treated", "weight", "distance")
