"""One function per kind of defect that is more than a value out of `data/defect_kinds.csv`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Ints

EARLY_DAYS = (60, 3000)  # an event before birth lies so long before it
LATE_DAYS = 40  # an event after death is at least this many days after it
FUTURE_DAYS = (400, 2000)  # a date in the future lies so long after the index date
OLDEST_YEARS = (122, 160)  # an implausible birth lies so long before the index date
YOUNGEST_COLLISION = 100  # years before the index date: a colliding birth date must stay plausible itself


@dataclass(frozen=True)
class Spoiling:
    """What the defects of one table may draw on; frames have the canonical columns.

    births and deaths hold the persons whose date of birth, or death, is right in the extract. as_text: dates and
    numbers are written as text, so a text that is neither can be planted.
    """

    random: np.random.Generator
    table: str
    births: pl.DataFrame
    deaths: pl.DataFrame
    index_day: int
    as_text: bool

    def draw_between(self, bounds: tuple[int, int], size: int) -> Ints:
        """Days, uniform on [first, last)."""
        return self.random.integers(*bounds, size)


Spoiler = Callable[[Spoiling, pl.DataFrame, Ints, str], pl.DataFrame]
Finder = Callable[[Spoiling, pl.DataFrame, str], pl.Series]


def set_column(frame: pl.DataFrame, rows: Ints, column: str, values: pl.Series) -> pl.DataFrame:
    """The frame with `values` at `rows` of one column."""
    old = frame[column]
    places = np.arange(len(old))
    places[rows] = len(old) + np.arange(len(rows))
    joined = pl.concat([old, values.cast(old.dtype)], rechunk=True)
    return frame.with_columns(joined.gather(places).alias(column))


def set_days(frame: pl.DataFrame, rows: Ints, column: str, days: Ints) -> pl.DataFrame:
    """The frame with days since 1970-01-01 at `rows` of a date column."""
    return set_column(frame, rows, column, pl.Series(days.astype("datetime64[D]")))


def move_row(frame: pl.DataFrame, rows: Ints, column: str, days: Ints) -> pl.DataFrame:
    """The frame with new days at `rows` of a date column; the other dates of these rows move as far with it."""
    by = pl.Series(days - days_of(frame, rows, column))
    for other, kind in frame.schema.items():
        if kind == pl.Date and other != column:
            old = frame[other].gather(rows).to_physical().cast(pl.Int64)
            frame = set_column(frame, rows, other, (old + by).cast(pl.Int32).cast(pl.Date))
    return set_days(frame, rows, column, days)


def days_of(frame: pl.DataFrame, rows: Ints, column: str) -> Ints:
    """Days since 1970-01-01 at `rows` of a date column without gaps there."""
    return np.asarray(frame[column].gather(rows).cast(pl.Date).to_physical().to_numpy(), dtype=np.int64)


def look_up_days(frame: pl.DataFrame, rows: Ints, dates: pl.DataFrame, column: str) -> Ints:
    """Days since 1970-01-01 of the persons at `rows`."""
    persons = frame.select("person_id")[rows]
    found = persons.join(dates, on="person_id", how="left", maintain_order="left")[column]
    return np.asarray(found.to_physical().to_numpy(), dtype=np.int64)


def spoil_before_birth(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """A date before birth."""
    born = look_up_days(frame, rows, spoiling.births, "birth_date")
    return move_row(frame, rows, column, born - spoiling.draw_between(EARLY_DAYS, len(rows)))


def spoil_after_death(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """A date after death and before the index date."""
    first = look_up_days(frame, rows, spoiling.deaths, "death_date") + LATE_DAYS
    days = first + np.floor(spoiling.random.random(len(rows)) * (spoiling.index_day - first)).astype(np.int64)
    return move_row(frame, rows, column, days)


def spoil_future(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """A date that nothing can have happened on yet."""
    return move_row(frame, rows, column, spoiling.index_day + spoiling.draw_between(FUTURE_DAYS, len(rows)))


def spoil_unknown_person(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """A pseudonym that no person has."""
    numbers = spoiling.random.integers(0, 10**10, len(rows))
    return set_column(frame, rows, column, pl.Series([f"UNK{number:010d}" for number in numbers], dtype=pl.String))


def spoil_scientific(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """A code as a spreadsheet shows it: 7.32E+07."""
    codes = frame[column].gather(rows).to_list()
    return set_column(frame, rows, column, pl.Series([f"{float(code):.5E}" for code in codes], dtype=pl.String))


def spoil_recorded(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """Recorded before it happened."""
    days = days_of(frame, rows, "event_date") - spoiling.draw_between((2, 400), len(rows))
    return set_days(frame, rows, column, days)


def spoil_discharge(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """Discharge before admission."""
    days = days_of(frame, rows, "admission_date") - spoiling.draw_between((1, 60), len(rows))
    return set_days(frame, rows, column, days)


def spoil_episode(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """An episode that starts before its spell."""
    days = days_of(frame, rows, "admission_date") - spoiling.draw_between((1, 30), len(rows))
    return set_days(frame, rows, column, days)


def spoil_icd10(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """Five ways in which providers dress the main diagnosis."""
    lists = frame[column].gather(rows).to_list()
    styles: tuple[Callable[[str], str], ...] = (
        lambda code: f" {code.lower()} ",
        lambda code: f"{code}-",
        lambda code: code.lower(),
        lambda code: f"{code}+",
        lambda code: f"{code}*",
    )
    dirty = [[styles[number % len(styles)](codes[0]), *codes[1:]] for number, codes in enumerate(lists)]
    return set_column(frame, rows, column, pl.Series(dirty, dtype=pl.List(pl.String)))


def spoil_birth(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """Older than anybody has ever been."""
    years = spoiling.random.uniform(*OLDEST_YEARS, len(rows))
    return set_days(frame, rows, column, spoiling.index_day - np.floor(years * 365.25).astype(np.int64))


def spoil_registration(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints, column: str) -> pl.DataFrame:
    """A registration that starts after it ended."""
    days = days_of(frame, rows, "registered_to") + spoiling.draw_between((2, 400), len(rows))
    return set_days(frame, rows, column, days)


def contradict(spoiling: Spoiling, frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """Another sex and a birth date one to twenty years earlier, for the copies of persons at `rows`."""
    sex = frame["sex"].gather(rows).replace({"1": "2", "2": "1"})
    days = days_of(frame, rows, "birth_date") - spoiling.draw_between((366, 7300), len(rows))
    return set_days(set_column(frame, rows, "sex", sex), rows, "birth_date", days)


def has_one_row(spoiling: Spoiling, frame: pl.DataFrame, column: str) -> pl.Series:
    """Persons with one registration: another one of theirs would seem to have ended too soon."""
    return frame["person_id"].is_unique() if spoiling.table == "registration" else frame["person_id"].is_not_null()


def has_birth(spoiling: Spoiling, frame: pl.DataFrame, column: str) -> pl.Series:
    """Persons whose birth date is right, so that a date before it can be told."""
    return frame["person_id"].is_in(spoiling.births["person_id"].implode())


def has_died(spoiling: Spoiling, frame: pl.DataFrame, column: str) -> pl.Series:
    """One row of each person who died long enough before the index date: two could fall on the same day."""
    early = spoiling.deaths.filter(pl.col("death_date").to_physical() < spoiling.index_day - LATE_DAYS - 1)
    return frame["person_id"].is_in(early["person_id"].implode()) & frame["person_id"].is_first_distinct()


def has_not_died(spoiling: Spoiling, frame: pl.DataFrame, column: str) -> pl.Series:
    """Persons alive, whose future date is nothing else as well."""
    return ~frame["person_id"].is_in(spoiling.deaths["person_id"].implode())


def has_end(spoiling: Spoiling, frame: pl.DataFrame, column: str) -> pl.Series:
    """Rows with a date of discharge, or of the end of a registration."""
    return frame["registered_to" if spoiling.table == "registration" else "discharge_date"].is_not_null()


def can_collide(spoiling: Spoiling, frame: pl.DataFrame, column: str) -> pl.Series:
    """Persons of known sex, young enough that an earlier birth date is plausible."""
    young = frame["birth_date"].to_physical() > spoiling.index_day - int(YOUNGEST_COLLISION * 365.25)
    return young & frame["sex"].is_in(["1", "2"])


SPOILERS: dict[str, Spoiler] = {
    "event_before_birth": spoil_before_birth,
    "event_after_death": spoil_after_death,
    "future_date": spoil_future,
    "unknown_person": spoil_unknown_person,
    "scientific_code": spoil_scientific,
    "recorded_before_event": spoil_recorded,
    "discharge_before_admission": spoil_discharge,
    "episode_before_spell": spoil_episode,
    "dirty_icd10": spoil_icd10,
    "implausible_birth_date": spoil_birth,
    "end_before_start": spoil_registration,
}
FINDERS: dict[str, Finder] = {
    "missing_person": has_one_row,
    "unknown_person": has_one_row,
    "event_before_birth": has_birth,
    "event_after_death": has_died,
    "future_date": has_not_died,
    "discharge_before_admission": has_end,
    "end_before_start": has_end,
    "key_collision": can_collide,
}
