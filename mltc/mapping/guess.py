"""Which canonical table a file is of, by the names of its columns."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mltc.contract import load_contract
from mltc.dialect import ReadOptions, list_dialects, load_dialect
from mltc.errors import ConfigError
from mltc.sources.inspect import inspect_file
from mltc.sources.reader import build_reader, read_columns
from mltc.warehouse import open_warehouse


@dataclass(frozen=True)
class Guess:
    """A table, the layout it would be read with (None: columns of canonical names), and how well it fits."""

    table: str
    dialect: str | None
    missing: tuple[str, ...]
    found: int

    @property
    def told(self) -> str:
        """In words, for the screen."""
        layout = "" if self.dialect is None else f" in the layout {self.dialect}"
        return f"{self.table}{layout}, by {self.found} of its column names"


def guess_table(path: Path, dialect: str | None = None) -> Guess:
    """The table that needs nothing which the file lacks, and knows most of its columns.

    Canonical names come before layouts. Raises ConfigError, with the nearest tables, where none fits.
    """
    names = read_names(path, load_dialect(dialect, Path.cwd()).options if dialect else ReadOptions())
    dialects = [dialect] if dialect else list_dialects()
    guesses = [
        *([] if dialect else _canonical(names)),
        *(guess for name in dialects for guess in _of_layout(name, names)),
    ]
    fitting = [guess for guess in guesses if not guess.missing and guess.found > 1]
    if fitting:
        return max(fitting, key=lambda guess: guess.found)
    nearest = sorted(guesses, key=lambda guess: (-guess.found, len(guess.missing)))[:3]
    told = "; ".join(f"{guess.told} (lacks {', '.join(guess.missing)})" for guess in nearest if guess.found)
    if dialect:
        raise ConfigError(f"{path.name} is like no file of the layout {dialect}. Nearest: {told or 'none'}.")
    raise ConfigError(
        f"{path.name} is like no table by its column names. Give --table, and --dialect for a supplier's own names. "
        f"Nearest: {told or 'none'}."
    )


def read_names(path: Path, options: ReadOptions) -> set[str]:
    """Column names of a file, in lower case. Raises ExtractError."""
    with open_warehouse(Path(":memory:")) as warehouse:
        facts = inspect_file(path, options)
        found = read_columns(warehouse, path, facts, build_reader(path, options, facts))
    return {name.casefold() for name in found}


def _canonical(names: set[str]) -> list[Guess]:
    return [
        _guess(table.table, None, names, [c.name for c in table.column if c.required], table.columns)
        for table in load_contract().values()
    ]


def _of_layout(dialect: str, names: set[str]) -> list[Guess]:
    layout = load_dialect(dialect, Path.cwd())
    guesses = []
    for table, parts in layout.table.items():
        for part in parts:
            own = set(filter(part.is_own, part.mentioned))
            required = load_contract()[table].columns
            needed = {
                name
                for column, mapping in part.mappings.items()
                if required[column].required
                for name in mapping.needed_columns
                if part.is_own(name)
            }
            guesses.append(_guess(table, dialect, names, needed, own))
    return guesses


def _guess(table: str, dialect: str | None, names: set[str], needed: Iterable[str], known: Iterable[str]) -> Guess:
    missing = tuple(sorted(name for name in needed if name.casefold() not in names))
    return Guess(table, dialect, missing, sum(name.casefold() in names for name in set(known)))
