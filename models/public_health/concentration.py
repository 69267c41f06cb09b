"""How unevenly use or cost is spread over people: Lorenz curve and Gini coefficient."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.patterns import FloatArray
from models.public_health.limits import read_floats, split_groups

TOP_PERCENTS = (1, 5, 10, 20)


def build_lorenz(
    use: pl.DataFrame, by: Sequence[str], value: str, persons: str | None = None, *, points: int = 100
) -> pl.DataFrame:
    """One row per group of `by` and point: `by`, people_percent, use_percent, both [0, 100], from the lowest users.

    `use`: one row per person, or per distinct `value` with how many `persons` have it. Users with equal use share
    it evenly. Nobody, or nothing used, gives no rows. Raises ValueError for missing or negative values.
    """
    asked = np.linspace(0, 1, points + 1)
    frames = []
    for key, rows in split_groups(use, by):
        people, spent = _accumulate(rows, value, persons)
        if spent[-1] > 0:
            share = np.interp(asked, people / people[-1], spent / spent[-1])
            curve = pl.DataFrame({"people_percent": 100 * asked, "use_percent": 100 * share})
            names = [pl.lit(each, use.schema[name]).alias(name) for name, each in zip(by, key, strict=True)]
            frames.append(curve.select(*names, "people_percent", "use_percent"))
    empty = pl.DataFrame(
        schema={name: use.schema[name] for name in by} | {"people_percent": pl.Float64, "use_percent": pl.Float64}
    )
    return pl.concat([empty, *frames])


def build_gini(use: pl.DataFrame, by: Sequence[str], value: str, persons: str | None = None) -> pl.DataFrame:
    """One row per group of `by`: `by`, persons, total, gini [0, 1), top_1_percent and so on (share of use, [0, 1]).

    gini = 1 - twice the area below the Lorenz curve; 0 where all use the same. top_5_percent: the share of all use
    that the highest 5 % of people account for. In small groups both are uncertain, and few very high users decide
    them: `persons` stands beside them. Null where nothing is used.
    """
    rows: list[tuple[object, ...]] = []
    for key, found in split_groups(use, by):
        people, spent = _accumulate(found, value, persons)
        total, size = float(spent[-1]), float(people[-1])
        figures: list[float | None] = [None] * (1 + len(TOP_PERCENTS))
        if total > 0:
            area = float(np.diff(people) @ (spent[1:] + spent[:-1])) / 2 / (size * total)
            tops = [1 - float(np.interp(1 - each / 100, people / size, spent / total)) for each in TOP_PERCENTS]
            figures = [1 - 2 * area, *tops]
        rows.append((*key, round(size), total, *figures))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {name: use.schema[name] for name in by}
    names = ["total", "gini", *(f"top_{each}_percent" for each in TOP_PERCENTS)]
    return pl.DataFrame(rows, schema={**schema, "persons": pl.Int64, **dict.fromkeys(names, pl.Float64)}, orient="row")


def _accumulate(rows: pl.DataFrame, value: str, persons: str | None) -> tuple[FloatArray, FloatArray]:
    """People and use added up from the lowest users on, both from 0."""
    amounts = read_floats(rows, value)
    sizes = np.ones(len(amounts)) if persons is None else read_floats(rows, persons)
    if not ((amounts >= 0).all() and (sizes >= 0).all()):
        wrong = int((~(amounts >= 0)).sum() + (~(sizes >= 0)).sum())
        raise ValueError(f"Expected use and persons from 0 on in {value}; {wrong} are negative or missing.")
    order = np.argsort(amounts, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(sizes[order])])
    return people, np.concatenate([[0.0], np.cumsum(sizes[order] * amounts[order])])
