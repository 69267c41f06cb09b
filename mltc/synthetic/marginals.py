"""What the synthetic people look like beside what is published of England: totals, gradients, MLTC, age and sex.

Everything is measured on the truth and the GP record of the people alive and registered on the index date, before
any defect. Each comparison gives `published`, `found` and the standard error of `found` (`standard_error`), in the
unit of the figure, so that a reader can tell chance from a difference.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Bools, Floats, Ints
from mltc.synthetic.facts import DATA, IMD_SCORES, load_data

AGE_BAND = 5
AGE_GROUPS = ((0, 19), (20, 44), (45, 64), (65, 79), (80, 120))
SCORES = (IMD_SCORES - IMD_SCORES.mean()) / 10  # tens of points of IMD score, by decile


@dataclass(frozen=True)
class Registered:
    """People alive and registered on the index date; arrays are one entry per person.

    practice: any number that is the same for people of one practice. coded: (persons, conditions) the condition
    has a code in the GP record; keys names the conditions.
    """

    age: Floats
    sex: Ints
    imd: Ints
    practice: Ints
    coded: Bools
    keys: tuple[str, ...]

    def has_any(self, conditions: str) -> Bools:
        """People with a code for any of the conditions, which are parted by |."""
        columns = [self.keys.index(key) for key in conditions.split("|") if key in self.keys]
        return np.asarray(self.coded[:, columns].any(axis=1), dtype=np.bool_)


def load_registered(folder: Path) -> Registered:
    """The people of a synthetic ICB in `folder`, from its `truth/`."""
    person = pl.read_parquet(folder / "truth" / "person.parquet").filter("is_registered").with_row_index("row")
    onset = pl.read_parquet(folder / "truth" / "onset.parquet").filter("is_gp_coded")
    keys = tuple(onset["condition"].unique().sort())
    coded = np.zeros((len(person), len(keys)), dtype=np.bool_)
    found = onset.join(person.select("person_id", "row"), on="person_id")
    order = found["condition"].replace_strict({key: place for place, key in enumerate(keys)}, return_dtype=pl.Int64)
    coded[found["row"].to_numpy(), order.to_numpy()] = True
    return Registered(
        age=person["age_years"].to_numpy(),
        sex=person["sex"].to_numpy(),
        imd=person["imd_decile"].to_numpy(),
        practice=person["practice_code"].rank("dense").cast(pl.Int64).to_numpy() - 1,
        coded=coded,
        keys=keys,
    )


def read_published(name: str) -> pl.DataFrame:
    """One of the files `published_*.csv` or `list_of_35.csv` of `data/`."""
    return pl.read_csv(DATA / f"{name}.csv")


def compare_totals(people: Registered) -> pl.DataFrame:
    """Prevalence of every QOF register (percent)."""
    rows = []
    for row in read_published("published_registers").iter_rows(named=True):
        old_enough = people.age >= row["minimum_age"]
        found, error = estimate_share(people.has_any(row["conditions"])[old_enough])
        rows.append({**pick_names(row), "published": row["published_percent"], "found": found, "standard_error": error})
    return pl.DataFrame(rows)


def compare_gradients(people: Registered) -> pl.DataFrame:
    """Prevalence ratio per 10 points of IMD score at equal age, of every QOF register."""
    rows = []
    for row in read_published("published_registers").iter_rows(named=True):
        old_enough = people.age >= row["minimum_age"]
        has = people.has_any(row["conditions"])
        slope, error = fit_gradient(people.age[old_enough], people.imd[old_enough], has[old_enough])
        found = float(np.exp(slope))
        rows.append(
            {**pick_names(row), "published": row["imd_multiplier"], "found": found, "standard_error": found * error}
        )
    return pl.DataFrame(rows)


def compare_practice_fifths(people: Registered) -> pl.DataFrame:
    """Crude prevalence in the most deprived fifth of practices over that in the least deprived fifth."""
    published = read_published("published_deciles")
    fifth = find_practice_fifths(people)
    rows = []
    for row in read_published("published_registers").iter_rows(named=True):
        has, old_enough = people.has_any(row["conditions"]), people.age >= row["minimum_age"]
        counts = [int((has & old_enough & (fifth == end)).sum()) for end in (1, 5)]
        sizes = [int((old_enough & (fifth == end)).sum()) for end in (1, 5)]
        found = counts[0] / sizes[0] / (counts[1] / sizes[1])
        error = found * np.sqrt(1 / counts[0] + 1 / counts[1])
        ends = [
            published.filter(pl.col("register") == row["register"], pl.col("practice_imd_decile").is_in(deciles))
            for deciles in ([1, 2], [9, 10])
        ]
        cases, lists = ([int(end[name].sum()) for end in ends] for name in ("register_count", "list_size"))
        ratio = cases[0] / lists[0] / (cases[1] / lists[1])
        rows.append({**pick_names(row), "published": ratio, "found": found, "standard_error": error})
    return pl.DataFrame(rows)


def compare_mltc(people: Registered) -> pl.DataFrame:
    """Share with two conditions or more (percent): of the list of 35, and of every condition of the generator."""
    listed = read_published("list_of_35").filter(pl.col("conditions").is_not_null())["conditions"]
    of_list = np.column_stack([people.has_any(conditions) for conditions in listed]).sum(axis=1) >= 2
    of_all = people.coded.sum(axis=1) >= 2
    rows = []
    for row in read_published("published_mltc").iter_rows(named=True):
        inside = (people.age >= row["age_from"]) & (people.age < row["age_to"] + 1)
        if row["sex"] is not None:
            inside &= people.sex == row["sex"]
        if row["imd_fifth"] is not None:
            inside &= (people.imd + 1) // 2 == row["imd_fifth"]
        found, error = estimate_share(of_list[inside])
        whole, _ = estimate_share(of_all[inside])
        names = {"study": row["study"], "group": row["group"], "published": row["percent"]}
        rows.append({**names, "found": found, "found_all_conditions": whole, "standard_error": error})
    return pl.DataFrame(rows)


def compare_age_sex(people: Registered) -> pl.DataFrame:
    """Share of the registered population in groups of age and sex (percent)."""
    england = load_data("population")
    everybody = float(england["registered_patients"].to_numpy().sum())
    rows = []
    for sex in (1, 2):
        for first, last in AGE_GROUPS:
            band = england.filter(pl.col("sex") == sex, pl.col("age_from") >= first, pl.col("age_from") <= last)
            inside = (people.sex == sex) & (people.age >= first) & (people.age < last + 1)
            found, error = estimate_share(inside)
            published = 100 * float(band["registered_patients"].to_numpy().sum()) / everybody
            name = f"{first}-{last}" if last < 120 else f"{first}+"
            rows.append({"sex": sex, "age": name, "published": published, "found": found, "standard_error": error})
    return pl.DataFrame(rows)


def pick_names(row: dict[str, object]) -> dict[str, object]:
    """What names a register."""
    return {
        "register": row["register"],
        "label": row["label"],
        "is_same_definition": row["is_same_definition"] == "yes",
    }


def estimate_share(has: Bools) -> tuple[float, float]:
    """Percent and its standard error; at no case, that of one case."""
    count, size = int(has.sum()), max(len(has), 1)
    share = max(count, 1) / size
    return 100 * count / size, 100 * float(np.sqrt(share * (1 - share) / size))


def find_practice_fifths(people: Registered) -> Ints:
    """Fifth of the practice by mean IMD score, 1 the most deprived, each with a fifth of the people."""
    sizes = np.bincount(people.practice)
    means = np.bincount(people.practice, IMD_SCORES[people.imd - 1]) / np.maximum(sizes, 1)
    order = np.argsort(-means, kind="stable")
    middle = (np.cumsum(sizes[order]) - sizes[order] / 2) / sizes.sum()
    fifth = np.empty(len(sizes), dtype=np.int64)
    fifth[order] = np.minimum((middle * 5).astype(np.int64), 4) + 1
    return fifth[people.practice]


def fit_gradient(age: Floats, imd: Ints, has: Bools) -> tuple[float, float]:
    """Log prevalence ratio per 10 points of IMD score at equal age, and its standard error.

    Poisson model of the cases in each five-year age band and IMD decile, log(cases) = log(persons) + band +
    slope * score / 10; the bands are profiled out, the slope is found by halving [-1, 1].
    """
    cell = (age // AGE_BAND).astype(np.int64) * 10 + imd - 1
    bands = int(cell.max()) // 10 + 1
    persons = np.bincount(cell, minlength=bands * 10).reshape(bands, 10)
    cases = np.bincount(cell, has, minlength=bands * 10).reshape(bands, 10)
    low, high = -1.0, 1.0
    for _ in range(40):
        slope = (low + high) / 2
        weights = persons * np.exp(slope * SCORES)
        expected = weights * (cases.sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12))[:, None]
        low, high = (slope, high) if ((cases - expected) @ SCORES).sum() > 0 else (low, slope)
    shares = expected / np.maximum(expected.sum(axis=1, keepdims=True), 1e-12)
    spread = shares @ SCORES**2 - (shares @ SCORES) ** 2
    information = float((cases.sum(axis=1) * spread).sum())
    return slope, float(1 / np.sqrt(max(information, 1e-12)))
