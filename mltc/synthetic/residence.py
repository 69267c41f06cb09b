"""Where synthetic people live: real LSOA codes, lent to the synthetic ICB by its own look-up of LSOA to neighbourhood.

The codes are real so that both deprivation look-ups can be exercised; people, practices and areas are made up.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from mltc.paths import CODELISTS
from mltc.synthetic.arrays import Bools, Ints

DECILES = 10
IN_BOTH, ONLY_2021, ONLY_2011 = 5, 1, 1  # LSOAs of a PCN and decile: code in both vintages, or in one
LSOAS = IN_BOTH + ONLY_2021 + ONLY_2011
OUTSIDE = 20  # LSOAs of a decile outside the ICB
# All shares below are assumptions
OTHER_PCN, ELSEWHERE, NOT_KNOWN = 0.11, 0.025, 0.015  # of people: live near another PCN, outside the ICB, nobody knows
DECILE_GIVEN = 0.6  # of people with an LSOA; the others' decile must be looked up


@dataclass(frozen=True)
class Residences:
    """LSOA codes in one series: by PCN, decile and number for those of the ICB, then by decile for those outside.

    Every LSOA is of its decile in IMD 2025, or in IMD 2019 where its code is of 2011 only.
    """

    codes: pl.Series
    pcns: int

    @property
    def inside(self) -> int:
        """LSOAs of the ICB, the first of `codes`."""
        return self.pcns * DECILES * LSOAS


def choose_residences(random: np.random.Generator, pcns: int) -> Residences:
    """LSOAs for every PCN and decile, none twice."""
    older = pl.read_csv(CODELISTS / "geography" / "imd2019_lsoa11.csv")
    newer = pl.read_csv(CODELISTS / "geography" / "imd2025_lsoa21.csv")
    both = newer.join(older, on="lsoa_code", how="semi", maintain_order="left")
    only_2021 = newer.join(older, on="lsoa_code", how="anti", maintain_order="left")
    only_2011 = older.join(newer, on="lsoa_code", how="anti", maintain_order="left")
    inside = np.empty((pcns, DECILES, LSOAS), dtype=object)
    outside = np.empty((DECILES, OUTSIDE), dtype=object)
    for decile in range(DECILES):
        shared = _choose(random, both, decile + 1, pcns * IN_BOTH + OUTSIDE)
        inside[:, decile, :IN_BOTH] = shared[OUTSIDE:].reshape(pcns, IN_BOTH)
        inside[:, decile, IN_BOTH] = _choose(random, only_2021, decile + 1, pcns)
        inside[:, decile, IN_BOTH + ONLY_2021] = _choose(random, only_2011, decile + 1, pcns)
        outside[decile] = shared[:OUTSIDE]
    return Residences(pl.Series("lsoa_code", [*inside.ravel(), *outside.ravel()], dtype=pl.String), pcns)


def _choose(random: np.random.Generator, frame: pl.DataFrame, decile: int, count: int) -> np.ndarray:
    codes = frame.filter(imd_decile=decile)["lsoa_code"].to_numpy()
    return np.asarray(random.permutation(codes)[:count], dtype=object)


def draw_residences(
    random: np.random.Generator, residences: Residences, pcn: Ints, decile: Ints
) -> tuple[pl.Series, Bools]:
    """LSOA of each person (missing for a few), of the person's decile; and whether the decile is given besides.

    Most live near the PCN where they are registered.
    """
    count = len(pcn)
    kind = random.random(count)
    other = (pcn + random.integers(1, max(residences.pcns, 2), count)) % residences.pcns
    near = np.where(kind < OTHER_PCN, other, pcn)
    inside = (near * DECILES + decile - 1) * LSOAS + random.integers(0, LSOAS, count)
    outside = residences.inside + (decile - 1) * OUTSIDE + random.integers(0, OUTSIDE, count)
    position = np.where(kind > 1 - ELSEWHERE, outside, inside)
    unknown = random.random(count) < NOT_KNOWN
    codes = residences.codes.gather(position).set(pl.Series(unknown), None)
    return codes, np.asarray(unknown | (random.random(count) < DECILE_GIVEN), dtype=np.bool_)


def make_neighbourhoods(residences: Residences, organisation: pl.DataFrame) -> pl.DataFrame:
    """Rows of `neighbourhood_lsoa`: the ICB's LSOAs with the neighbourhood and sub-ICB location of their PCN."""
    areas = organisation.unique("pcn_code", keep="first", maintain_order=True)
    pcn = np.repeat(np.arange(residences.pcns), DECILES * LSOAS)
    return pl.DataFrame(
        {
            "lsoa_code": residences.codes.head(residences.inside),
            "neighbourhood": areas["neighbourhood"].gather(pcn),
            "sub_icb": areas["sub_icb"].gather(pcn),
            "icb": areas["icb"].gather(pcn),
            "effective_from": areas["effective_from"].gather(pcn),
            "effective_to": pl.Series([None], dtype=pl.Date).new_from_index(0, residences.inside),
        }
    )
