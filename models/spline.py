"""Restricted cubic splines: smooth in the middle, straight at both ends."""

import numpy as np

from models.patterns import FloatArray

# Knot places for five knots: Harrell, Regression Modeling Strategies, 2015, table 2.3.
_KNOT_QUANTILES = (0.05, 0.275, 0.5, 0.725, 0.95)


def place_knots(values: FloatArray) -> FloatArray:
    """Up to five ascending knots at fixed quantiles; none if `values` have too few distinct ones."""
    knots: FloatArray = np.unique(np.quantile(values, _KNOT_QUANTILES, method="lower"))
    return knots if len(knots) >= 3 and knots[-1] - knots[0] > 1e-6 else np.empty(0)


def spread_spline(values: FloatArray, knots: FloatArray) -> FloatArray:
    """(persons, 1 + knots - 2): the value itself and one bend per inner segment; straight beyond the knots.

    Source: Harrell, Regression Modeling Strategies, 2015, section 2.4.5.
    """
    columns = [values]
    if len(knots):
        last, before_last = knots[-1], knots[-2]
        beyond_last, beyond_before = _cube_above(values, last), _cube_above(values, before_last)
        for knot in knots[:-2]:
            cubic = (
                _cube_above(values, knot)
                - beyond_before * ((last - knot) / (last - before_last))
                + beyond_last * ((before_last - knot) / (last - before_last))
            )
            columns.append(cubic / (last - knots[0]) ** 2)
    return np.column_stack(columns)


def _cube_above(values: FloatArray, knot: float) -> FloatArray:
    """As two products: numpy's power takes ten times as long."""
    above = np.maximum(values - knot, 0)
    cubed: FloatArray = above * above * above
    return cubed
