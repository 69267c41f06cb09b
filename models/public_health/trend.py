"""The trend of prevalence over the register's past index dates, age and sex held still."""

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.stats import t

from models.patterns import FloatArray
from models.public_health.limits import read_floats

FEWEST_DATES = 6
SHORTEST_YEARS = 2.0  # a trend of one year cannot be told from a season or a coding drive


class Trend(NamedTuple):
    """Change of the log of age-sex-standardised prevalence.

    slope: per year (0.02 is 2 % more of it a year); error: standard error; freedom: degrees of freedom;
    years: from the first index date to the last, beyond which the trend is not carried on.
    """

    slope: float
    error: float
    freedom: int
    years: float

    def find_factors(self, year: int, draws: int, random: np.random.Generator | None) -> FloatArray:
        """What prevalence is multiplied by after `year` years (draws,): at the slope, or drawn around it."""
        steepness = np.full(draws, self.slope)
        if random is not None:
            steepness = steepness + self.error * random.standard_t(self.freedom, draws)
        return np.asarray(np.exp(steepness * min(float(year), self.years)), dtype=np.float64)

    def find_limits(self, level: float = 0.95) -> tuple[float, float]:
        """Limits of the slope per year."""
        margin = float(t.ppf(0.5 + level / 2, self.freedom)) * self.error
        return self.slope - margin, self.slope + margin


def fit_trend(history: pl.DataFrame) -> Trend | None:
    """Log-linear trend of `history`: one row per index_date, sex and age_band, with persons and persons_with.

    Per date, observed over expected at the prevalences of all dates together; least squares of its log on time in
    years. The months share most of their people, so errors run on: the standard error is widened by
    sqrt((1 + r) / (1 - r)), r the lag-one correlation of what is left over, from 0 to 0.9. None with fewer than 6
    dates, less than 2 years, or a date without a case. Dates on which feeds had failed must be left out before: a
    gap looks like a fall.
    """
    cell = ["sex", "age_band"]
    rate = pl.col("persons_with").sum().over(cell) / pl.col("persons").sum().over(cell)
    dates = (
        history.filter(pl.col("persons") > 0)
        .with_columns(_expected=pl.col("persons") * rate)
        .group_by("index_date")
        .agg(pl.col("persons_with").sum().alias("_observed"), pl.col("_expected").sum())
        .sort("index_date")
    )
    if dates.height < FEWEST_DATES or (dates["_observed"] == 0).any():
        return None
    first = dates["index_date"].min()
    time = (dates["index_date"] - first).dt.total_days().cast(pl.Float64).to_numpy() / 365.25
    if time[-1] < SHORTEST_YEARS:
        return None
    return _fit(time, np.log(read_floats(dates, "_observed") / read_floats(dates, "_expected")))


def _fit(time: FloatArray, value: FloatArray) -> Trend:
    centred = time - time.mean()
    slope = float(centred @ value / (centred @ centred))
    left = value - value.mean() - slope * centred
    freedom = len(time) - 2
    error = float(np.sqrt(left @ left / freedom / (centred @ centred)))
    square = float(left @ left)
    run_on = float(np.clip(left[1:] @ left[:-1] / square, 0.0, 0.9)) if square > 0 else 0.0
    return Trend(slope, error * ((1 + run_on) / (1 - run_on)) ** 0.5, freedom, float(time[-1]))
