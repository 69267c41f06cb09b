"""What the risk models may know and what they predict, as data: codelists/features.toml and outcomes.toml."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mltc.errors import CodelistError
from mltc.paths import CODELISTS, SQL

KEY_PATTERN = r"^[a-z][a-z0-9_]*$"
TABLE_PATTERN = r"^[a-z]+\.[a-z][a-z0-9_]*$"
MARKS = ("{value}", "{percent}")
FEATURE_FILE, OUTCOME_FILE = "features.toml", "outcomes.toml"
FEATURE_KEYS = ("index_date", "person_id", "practice_code")
"""Columns of features.person_feature that come before the features."""


class Words(BaseModel):
    """What is said of a person with a value of the feature, as a clinician would say it.

    none: of 0. one: of 1. many: of any other value. less, same, more: of a ratio under, at and over 1. unknown: of none
    given. `{value}` stands for the value, `{percent}` for it in hundredths.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    none: str | None = None
    one: str | None = None
    many: str | None = None
    less: str | None = None
    same: str | None = None
    more: str | None = None
    unknown: str | None = None

    @model_validator(mode="after")
    def _check(self) -> "Words":
        given = self.model_dump(exclude_none=True)
        strange = sorted({mark for text in given.values() for mark in re.findall(r"\{[^}]*\}?", text)} - set(MARKS))
        if strange:
            raise ValueError(f"only {' and '.join(MARKS)} stand for something")
        ratio = [name for name in ("less", "same", "more") if name in given]
        if ratio and (len(ratio) < 3 or {"none", "one", "many"} & set(given)):
            raise ValueError("less, same and more go together, and without none, one and many")
        return self


class Feature(BaseModel):
    """One column of features.person_feature.

    window: the time up to the index date that it looks at, in words. source: the table that it is read from. shape:
    `flag` is 0 or 1; `count` a number of things, from 0; `continuous` and `ordinal` any number. direction: `rising`
    where more of it never lowers the risk of an unplanned admission, other things equal. is_evidence_dated: a date can
    be shown beside it. group: the fact that it tells of together with others; left out, it tells of one by itself.
    time: `age` where the calendar alone changes it, `since` where it counts the time since a record.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    window: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    source: str = Field(pattern=TABLE_PATTERN)
    why: str = Field(min_length=1)
    shape: Literal["count", "flag", "continuous", "ordinal"]
    direction: Literal["rising", "free"]
    is_evidence_dated: bool
    group: str | None = Field(default=None, pattern=KEY_PATTERN)
    time: Literal["age", "since"] | None = None
    words: Words = Words()

    @property
    def fact(self) -> str:
        """What it tells of: its group, or itself."""
        return self.group or self.key

    @property
    def said(self) -> Words:
        """The words for every value, made from the name where none are given."""
        name = _begin_small(self.name)
        given = self.words.model_dump(exclude_none=True)
        if self.shape == "flag":
            made = {"none": f"no {name} recorded", "one": f"{name} recorded"}
        else:
            made = {} if "less" in given else {"many": f"{name} {{value}}"}
        return Words(**{**made, "unknown": f"{name} not known", **given})


class Outcome(BaseModel):
    """One outcome of features.outcome, built by sql/features/outcome_<key>.sql.

    kind: `binary` (0 or 1) or `count`. horizon_months: null is the horizon of the run. main: the one that reports lead
    with. excludes: who has no row, in words. already: the feature (a flag) of those who have it on the index date, and
    so cannot have it anew: nobody of them is scored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    kind: Literal["binary", "count"]
    horizon_months: int | None = Field(default=None, ge=1, le=60)
    table: str = Field(pattern=TABLE_PATTERN)
    main: bool = False
    excludes: str = Field(min_length=1)
    already: str | None = Field(default=None, pattern=KEY_PATTERN)

    @property
    def model(self) -> str:
        """Table that holds its rows, of the SQL file of that name."""
        return f"features.outcome_{self.key}"


Entry = TypeVar("Entry", Feature, Outcome)


def load_features(folder: Path = CODELISTS) -> tuple[Feature, ...]:
    """Features in the order of the columns. Raises CodelistError that names every problem at once."""
    features, problems = _read_entries(folder / FEATURE_FILE, "feature", Feature)
    problems += [f"{FEATURE_FILE} {key}: is a key of the table and no feature" for key in _keys_used(features)]
    _refuse(FEATURE_FILE, problems)
    return features


def load_outcomes(folder: Path = CODELISTS, sql: Path = SQL) -> tuple[Outcome, ...]:
    """Outcomes in the order of the file, of which one is the main one.

    Raises CodelistError that names every problem at once, also an outcome without its SQL file, a file without its
    entry, and an `already` that is no flag of features.toml.
    """
    outcomes, problems = _read_entries(folder / OUTCOME_FILE, "outcome", Outcome)
    main = [outcome.key for outcome in outcomes if outcome.main]
    if len(main) != 1:
        problems.append(f"{OUTCOME_FILE}: one outcome has main = true, found {', '.join(main) or 'none'}")
    problems += _compare_files(outcomes, sql)
    problems += _check_already(outcomes, folder)
    _refuse(OUTCOME_FILE, problems)
    return outcomes


def main_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome that reports lead with."""
    return next(outcome for outcome in outcomes if outcome.main)


def _read_entries(path: Path, name: str, kind: type[Entry]) -> tuple[tuple[Entry, ...], list[str]]:
    """Entries that are sound, and what is wrong with the others."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else type(error).__name__
        raise CodelistError(f"{path.name} cannot be read: {reason}.") from None
    problems = [f"{path.name}: there is no [[{found}]] here, only [[{name}]]" for found in content if found != name]
    given = content.get(name)
    if not isinstance(given, list) or not given:
        raise CodelistError(f"{path.name} holds no [[{name}]].")
    entries: list[Entry] = []
    for number, item in enumerate(given, start=1):
        try:
            entries.append(kind(**item))
        except ValidationError as error:
            problems += _describe(f"{path.name} [[{name}]] {number}", item, error)
    counts = Counter(entry.key for entry in entries)
    problems += [f"{path.name} {key}: stands there {count} times" for key, count in counts.items() if count > 1]
    return tuple(entries), problems


def _describe(place: str, item: dict[str, Any], error: ValidationError) -> Iterator[str]:
    for each in error.errors():
        field = ".".join(str(part) for part in each["loc"])
        found = "" if each["type"] in {"missing", "extra_forbidden"} else f", found {each['input']!r}"
        yield f"{place} ({item.get('key', 'no key')}) {field}: {each['msg']}{found}"


def _keys_used(features: Sequence[Feature]) -> list[str]:
    return [feature.key for feature in features if feature.key in FEATURE_KEYS]


def _compare_files(outcomes: Sequence[Outcome], sql: Path) -> Iterator[str]:
    """Every outcome has its SQL file and every file its outcome."""
    held = {path.stem.removeprefix("outcome_") for path in sql.glob("features/outcome_*.sql")}
    named = {outcome.key for outcome in outcomes}
    for key in sorted(named - held):
        yield f"{OUTCOME_FILE} {key}: there is no sql/features/outcome_{key}.sql"
    for key in sorted(held - named):
        yield f"sql/features/outcome_{key}.sql: {OUTCOME_FILE} does not name it"


def _check_already(outcomes: Sequence[Outcome], folder: Path) -> Iterator[str]:
    """The feature of people who have an outcome already is declared, and a flag."""
    if not any(outcome.already for outcome in outcomes):
        return
    shapes = {feature.key: feature.shape for feature in load_features(folder)}
    for outcome in outcomes:
        if outcome.already and shapes.get(outcome.already) != "flag":
            found = f"a {shapes[outcome.already]}" if outcome.already in shapes else "not there"
            place = f"{OUTCOME_FILE} {outcome.key} already: {outcome.already}"
            yield f"{place} must be a feature of {FEATURE_FILE} of shape flag, and is {found}"


def _begin_small(name: str) -> str:
    """A name within a sentence: a small first letter, unless it begins with an acronym or somebody's name."""
    first = name.split(maxsplit=1)[0]
    return name if first.endswith("'s") or not first[1:].islower() else name[0].lower() + name[1:]


def _refuse(name: str, problems: Sequence[str]) -> None:
    if problems:
        raise CodelistError(f"{len(problems)} problem(s) in {name}:\n  " + "\n  ".join(problems))
