"""What the risk models may know and what they predict, as data: codelists/features.toml and outcomes.toml."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mltc.errors import CodelistError
from mltc.paths import CODELISTS, SQL

KEY_PATTERN = r"^[a-z][a-z0-9_]*$"
TABLE_PATTERN = r"^[a-z]+\.[a-z][a-z0-9_]*$"
FEATURE_FILE, OUTCOME_FILE = "features.toml", "outcomes.toml"
FEATURE_KEYS = ("index_date", "person_id", "practice_code")
"""Columns of features.person_feature that come before the features."""


class Feature(BaseModel):
    """One column of features.person_feature.

    window: the time up to the index date that it looks at, in words. source: the table that it is read from. shape:
    `flag` is 0 or 1; `count` a number of things, from 0; `continuous` and `ordinal` any number. direction: `rising`
    where more of it never lowers the risk of an unplanned admission, other things equal. is_evidence_dated: a date can
    be shown beside it.
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


class Outcome(BaseModel):
    """One outcome of features.outcome, built by sql/features/outcome_<key>.sql.

    kind: `binary` (0 or 1) or `count`. horizon_months: null is the horizon of the run. main: the one that reports lead
    with. excludes: who has no row, in words.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    kind: Literal["binary", "count"]
    horizon_months: int | None = Field(default=None, ge=1, le=60)
    table: str = Field(pattern=TABLE_PATTERN)
    main: bool = False
    excludes: str = Field(min_length=1)

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

    Raises CodelistError that names every problem at once, also an outcome without its SQL file and a file without
    its entry.
    """
    outcomes, problems = _read_entries(folder / OUTCOME_FILE, "outcome", Outcome)
    main = [outcome.key for outcome in outcomes if outcome.main]
    if len(main) != 1:
        problems.append(f"{OUTCOME_FILE}: one outcome has main = true, found {', '.join(main) or 'none'}")
    problems += _compare_files(outcomes, sql)
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


def _refuse(name: str, problems: Sequence[str]) -> None:
    if problems:
        raise CodelistError(f"{len(problems)} problem(s) in {name}:\n  " + "\n  ".join(problems))
