"""Care processes and circumstances of life in the GP record, beside those that were always there.

Reviews, plans, checks, offers and facts of `data/care.csv`, each written with codes of its own list that stand for
nothing else: verified ones, which count, and unverified ones and made-up codes of another terminology, which must not.
How willing a person is to come, and how keen the practice is, differs between people and practices (assumptions).
"""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, Bools, Floats, Ints, draw_days
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.facts import load_data
from mltc.synthetic.journal import build_rows
from mltc.synthetic.spells import UNPLANNED_METHODS, Spells

NEVER_COMES = 0.15  # of people, for any one process that comes again (assumption)
NOISE_SHARE = 0.05  # entries beside the true ones, under codes that must not count (assumption)
RECONCILED = 0.4  # discharges from an unplanned stay with a reconciliation coded within RECONCILED_DAYS (assumption)
RECONCILED_DAYS = 35
OTHER_TERMINOLOGY = "ctv3"
NO_CODE = "999900000000"  # made up: on no list, for layouts that do not say which terminology a code is of
ADULT, OLDER, BURDENED = 18.0, 70.0, 3


def read_own_codes(chunk: Chunk) -> dict[str, tuple[list[str], list[str]]]:
    """SNOMED CT codes by list: those of it that are verified in no other, and those that are verified in none."""
    codes = chunk.facts.codelists.codes.filter(pl.col("code_system") == "snomed")
    lists = pl.col("key").filter(pl.col("verified") == "yes").n_unique()
    counted = codes.group_by("code").agg(lists=lists)
    found: dict[str, tuple[list[str], list[str]]] = {}
    listed = codes.filter(pl.col("kind") == "code").join(counted, on="code")
    listed = listed.filter(pl.col("lists") == (pl.col("verified") == "yes").cast(pl.UInt32))
    for key, code, verified in listed.select("key", "code", "verified").sort("key", "code").iter_rows():
        found.setdefault(key, ([], []))[verified != "yes"].append(code)
    return found


def find_group(chunk: Chunk, group: str) -> Bools:
    """People of whom a process is asked."""
    age = chunk.people.age_on(chunk.middle)
    members: dict[str, Bools] = {
        "adult": age >= ADULT,
        "older": age >= OLDER,
        "medicated": chunk.condition_count >= 1,
        "burdened": chunk.condition_count >= BURDENED,
    }
    return members[group]


def draw_processes(random: np.random.Generator, chunk: Chunk, spells: Spells) -> tuple[Ints, Ints, pl.Series]:
    """Person, day and process of everything that was done or is so."""
    count = chunk.people.count
    persons, days, names = [], [], []
    for row in load_data("care").iter_rows(named=True):
        since, able = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.bool_)
        if row["follows"] is not None:
            position = chunk.facts.position(row["follows"])
            since = chunk.recorded[:, position] if position >= 0 else np.full(count, NEVER)
        else:
            able = find_group(chunk, row["group"])
        if row["once"] is not None:
            person, day = draw_once(random, chunk, able & (random.random(count) < row["once"]))
        else:
            willing: Floats = random.gamma(2.0, 0.5, count) * (random.random(count) >= NEVER_COMES)
            keen = chunk.places.review[chunk.people.practice]
            person, day = chunk.scatter_once(random, row["yearly"] * willing * keen * able)
        kept = day >= since[person]
        persons.append(person[kept])
        days.append(day[kept])
        names.extend([row["process"]] * int(kept.sum()))
    person, day = draw_reconciled(random, chunk, spells)
    names.extend(["medicines_reconciliation"] * len(person))
    return np.concatenate([*persons, person]), np.concatenate([*days, day]), pl.Series(names, dtype=pl.String)


def draw_once(random: np.random.Generator, chunk: Chunk, chosen: Bools) -> tuple[Ints, Ints]:
    """One day in the records of each chosen person who has any."""
    person = np.flatnonzero(chosen & (chunk.course.end_day > chunk.course.start_day))
    return person, draw_days(random, chunk.course.start_day[person], chunk.course.end_day[person] - 1)


def draw_reconciled(random: np.random.Generator, chunk: Chunk, spells: Spells) -> tuple[Ints, Ints]:
    """Person and day of reconciliations after an unplanned stay."""
    ended = spells.method.is_in(UNPLANNED_METHODS).to_numpy() & (spells.discharge < NEVER)
    rows = np.flatnonzero(ended & (random.random(spells.count) < RECONCILED))
    person = spells.person[rows]
    day = spells.discharge[rows] + random.integers(0, RECONCILED_DAYS + 1, len(rows))
    inside = (day < chunk.course.end_day[person]) & (day >= chunk.course.start_day[person])
    return person[inside], day[inside]


def draw_care(random: np.random.Generator, chunk: Chunk, spells: Spells) -> pl.DataFrame:
    """One row per entry, once per person, day and code: person, day, process (null where it must not count), code.

    A code is written with its terminology, `code_system`.
    """
    codes = read_own_codes(chunk)
    person, day, process = draw_processes(random, chunk, spells)
    drawn = pl.DataFrame({"person": person, "day": day, "process": process})
    entries = write_entries(random, drawn, {key: pair[0] for key, pair in codes.items()}, "process")
    noise = drawn.filter(pl.Series(random.random(len(drawn)) < NOISE_SHARE))
    unverified = write_entries(random, noise, {key: pair[1] for key, pair in codes.items()}, None)
    # the right number in another terminology is another code
    foreign = write_entries(random, noise, {key: pair[0] for key, pair in codes.items()}, None)
    foreign = foreign.unique(["person", "day"], keep="first", maintain_order=True)
    written = pl.concat([entries, unverified, foreign.with_columns(code_system=pl.lit(OTHER_TERMINOLOGY))])
    return written.unique(["person", "day", "code", "code_system"], keep="first", maintain_order=True)


def write_entries(
    random: np.random.Generator, drawn: pl.DataFrame, codes: dict[str, list[str]], column: str | None
) -> pl.DataFrame:
    """The entries of processes that have codes, each under any of them; `column` None: entries of no process."""
    keys = sorted(key for key, listed in codes.items() if listed)
    sizes = {key: len(codes[key]) for key in keys}
    kept = drawn.filter(pl.col("process").is_in(keys))
    count = kept["process"].replace_strict(sizes, return_dtype=pl.Int64).to_numpy()
    chosen = np.floor(random.random(len(kept)) * count).astype(np.int64)
    starts = dict(zip(keys, np.cumsum([0, *sizes.values()])[:-1].tolist(), strict=True))
    place = kept["process"].replace_strict(starts, return_dtype=pl.Int64).to_numpy() + chosen
    every = pl.Series([code for key in keys for code in codes[key]], dtype=pl.String)
    return kept.select(
        "person",
        "day",
        process=pl.col(column) if column else pl.lit(None, pl.String),
        code=every.gather(place),
        code_system=pl.lit("snomed"),
    )


def make_care_rows(chunk: Chunk, care: pl.DataFrame) -> pl.DataFrame:
    """Rows of `gp_event`."""
    rows = build_rows(chunk, care["person"].to_numpy(), care["day"].to_numpy(), care["code"], "other")
    return rows.with_columns(care["code_system"])
