"""Did the matched groups move together before the start, and did use peak just before it?"""

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.stats import t

from models.patterns import FloatArray

FEWEST_QUARTERS = 4


class Drift(NamedTuple):
    """Per quarter before the start: change of treated minus comparison in events per person, with 95 % limits.

    peak: the treated people's last quarter over the mean of their earlier ones; null where these had none.
    """

    slope: float
    lower: float
    upper: float
    quarters: int
    peak: float | None

    @property
    def is_parallel(self) -> bool:
        """True where the groups moved together as far as chance allows to tell."""
        return self.lower <= 0 <= self.upper


def check_parallel(quarters: pl.DataFrame, *, level: float = 0.95) -> Drift | None:
    """Did the groups move together before the start? The drift of their difference, or None below four quarters.

    `quarters`: one row per member and quarter before the start, with set_id, is_treated, weight, quarter (a whole
    number that rises to the last one before the start) and event_count. Each set's difference is fitted by a line;
    the limits are those of the mean of the lines (t, sets - 1). No drift seen is no proof of none: small groups
    hide much.
    """
    value = (pl.col("event_count").cast(pl.Float64) * pl.col("weight")).sum()
    per = quarters.group_by("set_id", "quarter", "is_treated").agg(value=value, weight=pl.col("weight").sum())
    mean = per.with_columns(pl.col("value") / pl.col("weight"))
    sign = pl.when(pl.col("is_treated")).then(1.0).otherwise(-1.0)
    gaps = mean.group_by("set_id", "quarter").agg(gap=(sign * pl.col("value")).sum(), sides=pl.len())
    wide = gaps.filter(pl.col("sides") == 2).pivot("quarter", index="set_id", values="gap").drop_nulls()
    times = np.array(sorted(int(name) for name in wide.columns if name != "set_id"), dtype=np.float64)
    if len(times) < FEWEST_QUARTERS or wide.height < 2:
        return None
    values = wide.select([f"{time:.0f}" for time in times]).to_numpy()
    centred = times - times.mean()
    slopes = values @ centred / (centred @ centred)
    error = float(slopes.std(ddof=1)) / len(slopes) ** 0.5
    margin = float(t.ppf(0.5 + level / 2, len(slopes) - 1)) * error
    slope = float(slopes.mean())
    return Drift(slope, slope - margin, slope + margin, len(times), _find_peak(mean, times))


def _find_peak(mean: pl.DataFrame, times: FloatArray) -> float | None:
    treated = mean.filter("is_treated").group_by("quarter").agg(pl.col("value").mean()).sort("quarter")
    earlier = treated.filter(pl.col("quarter") < times[-1])["value"].mean()
    last = treated.filter(pl.col("quarter") == times[-1])["value"].item()
    return float(last) / float(earlier) if earlier else None  # type: ignore[arg-type]
