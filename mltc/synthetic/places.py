"""Fictional practices, PCNs and places: every name and code is made up and says so."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Floats, Ints
from mltc.synthetic.residence import Residences, choose_residences

TOWNS = (
    "Alderbrook", "Northmarsh", "Hollowdale", "Eastwick Vale", "Thornmere", "Saltby", "Millhaven", "Ravensford",
    "Copperhill", "Wexcombe", "Larkfield", "Stonewater", "Ashdene", "Brackenfold", "Foxley", "Harrowgate End",
    "Oakmoor", "Pellham", "Quarry Bank", "Silverdene",
)  # fmt: skip
KINDS = ("Surgery", "Medical Centre", "Health Centre", "Group Practice", "Family Practice")
PERSONS_PER_PRACTICE = 450
# Made-up names in the shares that EMIS, TPP and Medicus-like systems roughly have (assumption): 5, 4 and 1 of ten.
SUPPLIERS = ("Emmis", "Emmis", "Teepee", "Emmis", "Teepee", "Emmis", "Teepee", "Medikus", "Teepee", "Emmis")


@dataclass(frozen=True)
class Places:
    """Practices with what differs between them; arrays are one entry per practice.

    weight: relative list size. deprivation: mean of the latent deprivation of its people (0 is average, up is
    more deprived). age_tilt: log weight per 25 years of age above 45. minority: factor on the odds of every
    ethnic group but White British. continuity: chance that a GP contact is with the usual GP. coding: log odds
    added to the chance that a condition is coded. lag: factor on the delay of coding. review: factor on reviews.
    stopped: the practice whose GP feed stops.
    """

    codes: tuple[str, ...]
    pcn: Ints
    weight: Floats
    deprivation: Floats
    age_tilt: Floats
    minority: Floats
    continuity: Floats
    coding: Floats
    lag: Floats
    review: Floats
    gp_count: Ints
    stopped: int
    organisation: pl.DataFrame
    residences: Residences


def count_pcns(persons: int) -> int:
    """8 PCNs at 20,000 persons, 38 at a million, never under 2."""
    return int(np.clip(round(8 * (persons / 20_000) ** 0.4), 2, 60))


def make_places(random: np.random.Generator, persons: int) -> Places:
    """Practices of 2 to 60 PCNs, PCNs ordered at random from most to least deprived."""
    pcns = count_pcns(persons)
    most = int(np.clip(persons // pcns // PERSONS_PER_PRACTICE, 2, 5))
    sizes = np.clip(most - random.integers(0, 2, pcns), 2, 5)
    pcn = np.repeat(np.arange(pcns), sizes)
    count = len(pcn)
    levels = random.permutation(np.linspace(-0.9, 0.9, pcns))
    tilts = -0.2 * levels + random.normal(0, 0.12, pcns)
    weight = np.exp(random.normal(0, 0.12, count))
    codes = tuple(f"Y9{9000 + number:04d}" for number in range(1, count + 1))
    return Places(
        codes=codes,
        pcn=pcn,
        weight=weight,
        deprivation=levels[pcn] + random.normal(0, 0.2, count),
        age_tilt=tilts[pcn] + random.normal(0, 0.08, count),
        minority=np.exp(0.7 * levels[pcn] + random.normal(0, 0.3, count)),
        continuity=random.uniform(0.3, 0.85, count),
        coding=random.normal(0, 0.3, count),
        lag=np.exp(random.normal(0, 0.4, count)),
        review=np.exp(random.normal(0, 0.15, count)),
        gp_count=np.maximum(3, np.round(weight / weight.sum() * persons / 1500).astype(np.int64)),
        stopped=int(np.argsort(weight)[count // 2]),
        organisation=make_organisation(codes, pcn),
        residences=choose_residences(random.spawn(1)[0], pcns),  # a stream of its own: nothing else changes
    )


def make_organisation(codes: tuple[str, ...], pcn: Ints) -> pl.DataFrame:
    """One row per practice and period; the last practice took a new name on 1 April 2024."""
    rows = []
    for number, code in enumerate(codes):
        town = TOWNS[number % len(TOWNS)]
        area = TOWNS[int(pcn[number]) % len(TOWNS)]
        row = {
            "practice_code": code,
            "name": f"{town} {KINDS[number % len(KINDS)]} (synthetic)",
            "pcn_code": f"U99{int(pcn[number]) + 1:03d}",
            "pcn_name": f"Synthetic PCN {int(pcn[number]) + 1}: {area}",
            "place": f"Synthetic place {int(pcn[number]) % 3 + 1}",
            "neighbourhood": f"{area} neighbourhood",
            "sub_icb": f"ZZ{'ABC'[int(pcn[number]) % 3]}",  # no sub-ICB location of England has such a code
            "icb": "QZZ",
            "supplier": SUPPLIERS[number % len(SUPPLIERS)],
            "effective_from": date(2013, 4, 1),
            "effective_to": None,
        }
        if number == len(codes) - 1:
            former = {**row, "name": f"{town} Old Surgery (synthetic)", "effective_to": date(2024, 3, 31)}
            rows.append(former)
            row["effective_from"] = date(2024, 4, 1)
        rows.append(row)
    schema = {**dict.fromkeys(rows[0], pl.String), "effective_from": pl.Date, "effective_to": pl.Date}
    return pl.DataFrame(rows, schema=schema)
