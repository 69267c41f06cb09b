"""Whether a file is one of a shipped layout: which of the columns that the layout reads it has."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from mltc.contract import load_contract
from mltc.dialect import Dialect, list_dialects, load_dialect
from mltc.sources.locate import matches

LEAST_SHARE, LEAST_COLUMNS = 0.6, 3


@dataclass(frozen=True)
class KnownLayout:
    """A file of a shipped layout: share of what is read of it (0-1), and how many columns of the file that are."""

    dialect: str
    file: str
    share: float
    columns: int
    tables: tuple[str, ...]
    name_fits: bool

    @property
    def advice(self) -> str:
        """What to write in the configuration."""
        return (
            f"looks like [file.{self.file}] of {self.dialect}: {self.share:.0%} of its columns: use "
            f'[feed.<name>] dialect = "{self.dialect}"'
        ).replace("%", " %")


def find_layouts(path: Path, columns: Sequence[str], without: Collection[str] = ()) -> list[KnownLayout]:
    """Shipped layouts whose file it may be, best first; empty where none has enough of its columns here."""
    here = {name.casefold() for name in columns}
    if _is_canonical(here):
        return []
    found = []
    for name in list_dialects():
        if name in without:
            continue
        dialect = load_dialect(name)
        for key, spec in dialect.file.items():
            share, count = _share_present(dialect, key, here)
            if share >= LEAST_SHARE and count >= min(LEAST_COLUMNS, len(here)):
                tables = [table for table, parts in dialect.table.items() if any(part.file == key for part in parts)]
                fits = matches(path.name, spec.path or key, anchored=False)
                found.append(KnownLayout(name, key, share, count, tuple(tables), fits))
    return sorted(found, key=lambda item: (-_weigh(item), item.dialect))


def _is_canonical(here: Collection[str]) -> bool:
    """Whether the names are those of a canonical table, which some layouts share by chance."""
    return any(
        len(here & table.columns.keys()) >= max(LEAST_COLUMNS, 0.8 * len(here))
        and all(name in here for name, column in table.columns.items() if column.required)
        for table in load_contract().values()
    )


def _weigh(item: KnownLayout) -> float:
    """Columns in common count most; a file name of the layout decides between short files."""
    return item.columns * item.share**2 * (1.5 if item.name_fits else 1.0)


def _share_present(dialect: Dialect, key: str, here: Collection[str]) -> tuple[float, int]:
    """Share of the mappings of a layout's file that its columns allow, and the columns of the file in use."""
    parts = [part for parts in dialect.table.values() for part in parts if part.file == key]
    wanted: dict[tuple[str, ...], bool] = {}
    used: set[str] = set()
    for part in parts:
        for mapping in part.mappings.values():
            names = [name for name in mapping.source_columns if part.is_own(name)]
            if not names:
                continue
            present = {name for name in names if name.casefold() in here}
            used |= {name.casefold() for name in present}
            some = bool(mapping.first_of or mapping.list)
            found = bool(present) if some else len(present) == len(names)
            if found or not mapping.optional:
                wanted[tuple(sorted(names))] = found
    for name in {name for part in parts for join in part.joins for name in join.on if part.is_own(name)}:
        wanted[(name,)] = name.casefold() in here
    return (sum(wanted.values()) / len(wanted), len(used)) if wanted else (0.0, 0)
