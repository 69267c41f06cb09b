"""Published tables as CSV text: written so that no spreadsheet runs a name, and read back for the attack."""

import contextlib
import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mltc.disclosure.exposure import attack
from mltc.disclosure.improper import Exposure
from mltc.disclosure.marts import schema_of
from mltc.disclosure.profile import Profile, read_profile
from mltc.disclosure.table import NOT_AVAILABLE, SUPPRESSED, PublishedTable, TableSpec, load_table_specs
from mltc.errors import DisclosureError

if TYPE_CHECKING:
    import polars as pl

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
DICTIONARY = "dictionary"


def escape_formula(text: str) -> str:
    """`text` with an apostrophe in front if a spreadsheet could run it; that start itself escapes too.

    Source: OWASP, CSV injection.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def restore_formula(text: str) -> str:
    """The text that `escape_formula` was given."""
    is_escaped = text.startswith("'") and text[1:].startswith(FORMULA_STARTS)
    return text[1:] if is_escaped else text


def write_csv(rows: list[list[str]]) -> bytes:
    """UTF-8, line feeds, quoted where needed."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode("utf-8")


def table_csv(table: PublishedTable) -> bytes:
    """The table with `[c]` and `[x]` for numbers that are not there; text dimensions escaped."""
    kinds, spec = table.spec.kinds, table.spec
    texts = {n for n, kind in kinds.items() if kind == "dimension" and n not in spec.integer_dimensions}
    columns = {
        name: [escape_formula(text) if name in texts else text for text in values]
        for name, values in table.text_frame().to_dict(as_series=False).items()
    }
    return write_csv([list(columns), *map(list, zip(*columns.values(), strict=True))])


def dictionary_csv(specs: Mapping[str, TableSpec]) -> bytes:
    """One row per column of every table: its kind and its meaning."""
    header = ["table", "table_title", "column", "kind", "description"]
    rows = [
        [spec.name, spec.title, column, spec.kinds[column], text]
        for spec in specs.values()
        for column, text in spec.descriptions.items()
    ]
    return write_csv([header, *[[escape_formula(text) for text in row] for row in rows]])


def read_table(path: Path, spec: TableSpec) -> PublishedTable:
    """A table as `table_csv` wrote it. Suppressed, withheld and absent numbers are null."""
    import polars as pl

    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DisclosureError(
            f"{path.name} cannot be read ({type(error).__name__}), so nothing shows it safe."
        ) from None
    if header != list(spec.kinds) or any(len(row) != len(header) for row in rows):
        raise DisclosureError(f"{path.name}: columns {header} where {list(spec.kinds)} were expected.")
    columns: dict[str, pl.Series] = {}
    for (name, dtype), values in zip(
        schema_of(spec, with_rates=True).items(), zip(*rows, strict=True) if rows else [()] * len(header), strict=True
    ):
        if dtype == pl.String:
            columns[name] = pl.Series(name, [restore_formula(value) for value in values], dtype=pl.String)
        else:
            columns[name] = _numbers(path, name, dtype, values, may_be_blank=name in spec.dimensions)
    return PublishedTable(spec, pl.DataFrame(columns))


def _numbers(
    path: Path, name: str, dtype: "pl.DataType | type[pl.DataType]", values: tuple[str, ...], *, may_be_blank: bool
) -> "pl.Series":
    import polars as pl

    marks = (SUPPRESSED, NOT_AVAILABLE, *([""] if may_be_blank else []))
    shown = [None if value in marks else value for value in values]
    try:
        return pl.Series(name, shown, dtype=pl.String).cast(dtype)
    except pl.exceptions.PolarsError as error:
        raise DisclosureError(
            f"tables/{path.name}: column {name} holds something else than {dtype}, {SUPPRESSED} or {NOT_AVAILABLE}."
        ) from error


def read_release(folder: Path, specs: Mapping[str, TableSpec] | None = None) -> dict[str, PublishedTable]:
    """Every table of a release folder. Raises DisclosureError for one that no specification describes."""
    specs = specs or load_table_specs()
    paths = find_tables(folder)
    if not paths:
        raise DisclosureError(f"{folder} holds no tables/*.csv: is it a release folder?")
    if unknown := [path.name for path in paths if path.stem not in specs]:
        raise DisclosureError(f"{folder}: tables {unknown} are described nowhere, so nothing can show them safe.")
    return {path.stem: read_table(path, specs[path.stem]) for path in paths}


def read_previous(folder: Path, specs: Mapping[str, TableSpec] | None = None) -> dict[str, PublishedTable]:
    """Tables of an earlier release for `protect(previous=...)`: those that still have today's columns.

    A table of another shape cannot be held against today's, and is no error.
    """
    specs = specs or load_table_specs()
    tables: dict[str, PublishedTable] = {}
    for path in find_tables(folder):
        with contextlib.suppress(DisclosureError, KeyError):
            tables[path.stem] = read_table(path, specs[path.stem])
    return tables


def find_tables(folder: Path) -> list[Path]:
    """CSV files of published tables, without the dictionary."""
    return sorted(path for path in (folder / "tables").glob("*.csv") if path.stem != DICTIONARY)


def attack_release(
    folder: Path,
    profile: Profile | None = None,
    specs: Mapping[str, TableSpec] | None = None,
    previous: Path | None = None,
) -> list[Exposure]:
    """The attack on a release as it lies in `folder`, laid beside the one in `previous` if that is given.

    The profile is the manifest's unless given.
    """
    specs = specs or load_table_specs()
    before = read_release(previous, specs) if previous else None
    return attack(read_release(folder, specs), specs, profile or _profile_of(folder), before)


def _profile_of(folder: Path) -> Profile:
    import json

    path = folder / "manifest.json"
    if not path.is_file():
        raise DisclosureError(f"{folder} has no manifest.json; name the disclosure profile.")
    try:
        name = str(json.loads(path.read_text(encoding="utf-8"))["profile"]["name"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise DisclosureError(f"{path} does not say by which disclosure profile it was written.") from None
    return read_profile(name)
