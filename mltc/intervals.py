"""Limits of proportions and counts: one formula in one place, for arrays and for polars expressions alike.

The formulas are those of OHID's technical guide for Fingertips (Confidence intervals, Association of Public Health
Observatories, Technical Briefing 3, 2008), which PHEindicatormethods and PHStatsMethods also compute. Here, and not
in `models`, because disclosure control needs them and may not import models.
"""

from statistics import NormalDist
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    FloatArray = npt.NDArray[np.float64]

Values = TypeVar("Values", "FloatArray", "pl.Expr")

FEWEST_FOR_BYAR = 10  # events; below this the exact limits are used (OHID; NHS Digital changes at 389)


def find_z(level: float) -> float:
    """Standard normal deviate of a two-sided level in (0, 1): 1.959964 for 0.95, 3.090232 for 0.998."""
    if not 0 < level < 1:
        raise ValueError(f"Expected a level between 0 and 1, as 0.95 or 0.998; found {level}.")
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson_limits(share: Values, whole: Values, level: float = 0.95) -> tuple[Values, Values]:
    """Lower and upper limit, in [0, 1], of `share` in [0, 1] of `whole` > 0 persons: Wilson's score method.

    (p + z^2 / 2n -/+ sqrt(z^2 p (1 - p) / n + (z^2 / 2n)^2)) / (1 + z^2 / n).
    Source: Wilson EB. J Am Stat Assoc 1927;22:209-12, doi 10.1080/01621459.1927.10502953.
    """
    square = find_z(level) ** 2
    shift, stretch = square / (2 * whole), 1 + square / whole
    half = (square * share * (1 - share) / whole + shift**2) ** 0.5  # exactly the shift where the share is 0
    return ((share + shift - half) / stretch).clip(0, 1), ((share + shift + half) / stretch).clip(0, 1)


def byar_limits(count: Values, level: float = 0.95) -> tuple[Values, Values]:
    """Lower and upper limit of the mean of a Poisson `count` > 0: Byar's approximation, good from 10 on.

    O (1 - 1/9O - z/3 sqrt(O))^3 and (O+1) (1 - 1/9(O+1) + z/3 sqrt(O+1))^3; never below 0.
    Source: Breslow NE, Day NE. Statistical methods in cancer research, volume II. IARC 1987, page 69.
    """
    z = find_z(level)
    above = count + 1
    lower = count * (1 - 1 / (9 * count) - z / (3 * count**0.5)) ** 3
    upper = above * (1 - 1 / (9 * above) + z / (3 * above**0.5)) ** 3
    return lower.clip(0, None), upper.clip(0, None)


def exact_limits(count: "FloatArray", level: float = 0.95) -> tuple["FloatArray", "FloatArray"]:
    """Lower and upper limit of the mean of a Poisson `count` >= 0: exact (Garwood 1936, Biometrika 28:437).

    chi-squared quantiles halved: of 2 O degrees of freedom at (1 - level) / 2, of 2 O + 2 at (1 + level) / 2.
    """
    import numpy as np
    from scipy.special import gammainccinv, gammaincinv

    tail = (1 - level) / 2
    lower = np.where(count > 0, gammaincinv(np.maximum(count, 1e-9), tail), 0.0)
    return lower, np.asarray(gammainccinv(count + 1, tail), dtype=np.float64)


def poisson_limits(count: "FloatArray", level: float = 0.95) -> tuple["FloatArray", "FloatArray"]:
    """Byar's limits from `FEWEST_FOR_BYAR` events on, exact ones below: the convention of OHID."""
    import numpy as np

    low, high = exact_limits(count, level)
    byar_low, byar_high = byar_limits(np.maximum(count, 1.0), level)
    is_many = count >= FEWEST_FOR_BYAR
    return np.where(is_many, byar_low, low), np.where(is_many, byar_high, high)
