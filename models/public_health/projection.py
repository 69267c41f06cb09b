"""How many people in 1, 3 and 5 years if all goes on as now: the register's people aged forward.

A cohort-component projection from the register's own account of one year: those who were on it a year ago and have
died or left, and those who have joined (moved in or been born). Each year everyone becomes a year older, loses
deaths and leavers at the rates of their sex and age band, and gains the joiners of last year again. The share with
MLTC stays what it is now at each sex and age band, or follows the trend of `models.public_health.trend`.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.patterns import FloatArray
from models.public_health.ageing import OLDEST, Account, Outlook, run_years
from models.public_health.limits import check_counts, read_floats, split_groups
from models.public_health.trend import Trend

YEARS = (1, 3, 5)
DRAWS = 1000
SEED = 20_111_027
HELD = "constant prevalence"
TRENDING = "trend of prevalence"


def project(
    people: pl.DataFrame,
    movement: pl.DataFrame,
    by: Sequence[str] = (),
    *,
    years: Sequence[int] = YEARS,
    trend: Trend | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    level: float = 0.95,
) -> pl.DataFrame:
    """One row per group of `by`, scenario and year (0 is today): persons and persons_with, each with limits.

    `people`: one row per `by`, sex and age_years: persons and persons_with (MLTC, or a cohort) today.
    `movement`: one row per `by`, sex and age_years: persons_a_year_ago, deaths and leavers (of those, by their age
    then), joiners (registered today and not a year ago, by their age today). Death and leaving rates are pooled over
    all groups by sex and age band, since places are small; joiners are each place's own, and so is prevalence but for
    bands in which a place has nobody (all groups', else the next younger band's). `trend`: adds the scenario `trend
    of prevalence`; it is not carried on for longer than it was seen.

    Limits (`level`) by seeded simulation: chance in the deaths, leavers and joiners of the year, in the prevalence
    of each sex and age band, in the slope of the trend, and in who gets the condition. Not in them: changes in
    policy, coding, list cleaning, housing or migration. Joiners are taken to be as ill as residents of their age.
    Raises ValueError for missing figures, or more deaths and leavers than people.
    """
    check_counts(people, ["persons", "persons_with"])
    check_counts(movement, ["persons_a_year_ago", "deaths", "leavers", "joiners"])
    sexes = sorted(set(people["sex"].to_list()) | set(movement["sex"].to_list()))
    exposed, deaths, leavers = (_spread(movement, sexes, name) for name in ("persons_a_year_ago", "deaths", "leavers"))
    if (deaths + leavers > exposed).any():
        raise ValueError("More deaths and leavers than people a year ago, at one sex and age or more.")
    everyone = [_spread(people, sexes, name) for name in ("persons", "persons_with")]
    moved = dict(split_groups(movement, by))
    rows: list[tuple[object, ...]] = []
    for number, (key, own) in enumerate(split_groups(people, by)):
        persons, cases = (_spread(own, sexes, name) for name in ("persons", "persons_with"))
        joiners = _spread(moved.get(key, movement.clear()), sexes, "joiners")
        account = Account(persons, cases, exposed, deaths, leavers, joiners, *everyone)
        random = np.random.default_rng([seed, number])
        rows += [(*key, *row) for row in _project_place(account, years, trend, draws, random, level)]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {name: people.schema[name] for name in by}
    figures = [f"{name}{end}" for name in ("persons", "persons_with") for end in ("", "_lower", "_upper")]
    schema |= {"scenario": pl.String, "year": pl.Int64, **dict.fromkeys(figures, pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _spread(frame: pl.DataFrame, sexes: Sequence[str], column: str) -> FloatArray:
    """(sexes, ages) of a column, summed; the oldest together."""
    cells = np.zeros((len(sexes), OLDEST + 1))
    ages = np.minimum(frame["age_years"].cast(pl.Int64).to_numpy(), OLDEST)
    sex = frame["sex"].replace_strict(list(sexes), list(range(len(sexes))), return_dtype=pl.Int64).to_numpy()
    np.add.at(cells, (sex, ages), read_floats(frame, column))
    return cells


def _project_place(
    account: Account,
    years: Sequence[int],
    trend: Trend | None,
    draws: int,
    random: np.random.Generator,
    level: float,
) -> list[tuple[object, ...]]:
    best, drawn = run_years(account, years), run_years(account, years, random, draws)
    scenarios = [(HELD, None), *([(TRENDING, trend)] if trend else [])]
    ends = [(1 - level) / 2, (1 + level) / 2]
    today = (float(account.persons.sum()), float(account.cases.sum()))
    rows: list[tuple[object, ...]] = []
    for scenario, chosen in scenarios:
        rows.append((scenario, 0, *(each for each in today for _ in range(3))))
        for year in sorted(years):
            total = drawn[year].people.sum(axis=(1, 2))
            cases = _count_cases(drawn[year], chosen, year, random)
            middle = (float(best[year].people.sum()), float(_count_cases(best[year], chosen, year, None)[0]))
            limits = [[float(each) for each in np.quantile(values, ends)] for values in (total, cases)]
            rows.append((scenario, year, middle[0], *limits[0], middle[1], *limits[1]))
    return rows


def _count_cases(outlook: Outlook, trend: Trend | None, year: int, random: np.random.Generator | None) -> FloatArray:
    """Persons with the condition (draws,); with `random`, with the chance of the slope and of who has it."""
    factor = np.ones(len(outlook.people)) if trend is None else trend.find_factors(year, len(outlook.people), random)
    share = np.minimum(outlook.share * factor[:, np.newaxis, np.newaxis], 1.0)
    mean = np.asarray((outlook.people * share).sum(axis=(1, 2)), dtype=np.float64)
    if random is None:
        return mean
    spread = np.sqrt((outlook.people * share * (1 - share)).sum(axis=(1, 2)))
    return np.asarray(np.maximum(mean + spread * random.standard_normal(len(mean)), 0.0), dtype=np.float64)
