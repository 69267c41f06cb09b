"""The arithmetic of ageing a population forward by single years of age: arrays (draws, sexes, ages)."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from models.patterns import FloatArray

OLDEST = 95  # years; everyone older is counted there
BAND_STARTS = (0, 1, *range(5, OLDEST + 1, 5))  # 0, 1-4, 5-9 ... 90-94, 95+: rates are pooled within them
_BAND = np.searchsorted(BAND_STARTS, np.arange(OLDEST + 1), side="right") - 1
_IS_IN_BAND = (_BAND[:, np.newaxis] == np.arange(len(BAND_STARTS))).astype(np.float64)


class Account(NamedTuple):
    """Counts (sexes, ages 0 to OLDEST): people and cases today, and what became of last year's people.

    all_persons and all_cases: those of every place, for age bands in which this one has nobody today.
    """

    persons: FloatArray
    cases: FloatArray
    exposed: FloatArray
    deaths: FloatArray
    leavers: FloatArray
    joiners: FloatArray
    all_persons: FloatArray
    all_cases: FloatArray


class Outlook(NamedTuple):
    """People and the prevalence among them, both (draws, sexes, ages)."""

    people: FloatArray
    share: FloatArray


def age_forward(kept: FloatArray, joiners: FloatArray) -> FloatArray:
    """People (..., ages) a year later: those kept, a year older, and the joiners, who are told at their new age."""
    older = np.zeros_like(kept)
    older[..., 1:] = kept[..., :-1]
    older[..., -1] += kept[..., -1]
    return older + joiners


def run_years(
    account: Account, years: Collection[int], random: np.random.Generator | None = None, draws: int = 1
) -> dict[int, Outlook]:
    """The outlook of each asked year.

    With `random` each of `draws` has rates of its own (what a year's count leaves open), and in every year its own
    deaths, leavers and joiners (what chance adds).
    """
    exposed = _pool(account.exposed)
    deaths = _find_shares(_pool(account.deaths), exposed, random, draws)
    leaving = _find_shares(_pool(account.leavers), exposed, random, draws)
    staying = np.clip(1 - deaths - leaving, 0.0, 1.0)
    share = _find_shares(*_find_cases(account), random, draws)
    shape = (draws, *account.joiners.shape)
    people = np.broadcast_to(account.persons, shape).astype(np.float64)
    expected = np.broadcast_to(account.joiners, shape) if random is None else random.poisson(account.joiners, shape)
    found = {}
    for year in range(1, max(years) + 1):
        if random is None:
            people = age_forward(people * staying, np.asarray(expected, dtype=np.float64))
        else:
            kept = random.binomial(np.rint(people).astype(np.int64), staying)
            people = age_forward(kept.astype(np.float64), random.poisson(expected).astype(np.float64))
        if year in years:
            found[year] = Outlook(people, share)
    return found


def _pool(cells: FloatArray) -> FloatArray:
    """Sums (sexes, bands) of the ages of each band."""
    return np.asarray(cells @ _IS_IN_BAND, dtype=np.float64)


def _find_cases(account: Account) -> tuple[FloatArray, FloatArray]:
    """Cases and people (sexes, bands) whose share is the prevalence: the place's own, or of all where it has nobody."""
    cases, persons = _pool(account.cases), _pool(account.persons)
    has_people = persons > 0
    return (
        np.where(has_people, cases, _pool(account.all_cases)),
        np.where(has_people, persons, _pool(account.all_persons)),
    )


def _find_shares(found: FloatArray, size: FloatArray, random: np.random.Generator | None, draws: int) -> FloatArray:
    """Share per age, that of its sex and age band, (draws, sexes, ages).

    Where nobody is in a band, the share of the next younger one; 0 where there is none. Drawn as the binomial count
    that as many people with that share would show: unbiased, and 0 stays 0.
    """
    share = np.divide(found, size, out=np.zeros_like(found), where=size > 0)[np.newaxis]
    if random is not None:
        drawn = random.binomial(np.rint(size).astype(np.int64), np.minimum(share, 1.0), (draws, *size.shape))
        share = np.divide(drawn, size, out=np.zeros(drawn.shape), where=size > 0)
    last_known = np.maximum.accumulate(np.where(size > 0, np.arange(size.shape[-1]), 0), axis=-1)
    carried = np.take_along_axis(share, np.broadcast_to(last_known, share.shape), axis=-1)
    return np.asarray(carried[..., _BAND], dtype=np.float64)
