"""Tables of text as they arrive: comma, tab, semicolon or bar; UTF-8, UTF-16 or Windows; or an Excel workbook."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from mltc.errors import CodelistError

DELIMITERS = ("\t", ",", ";", "|")


@dataclass(frozen=True)
class SourceTable:
    """Columns as the file spells them, and rows with their number; row 2 stands below the header."""

    file: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]

    def find_column(self, *names: str) -> str | None:
        """The file's own spelling of the first of `names` that it has; case, blanks and underscores do not matter."""
        spelt = {fold_name(column): column for column in reversed(self.columns)}
        return next((spelt[fold_name(name)] for name in names if fold_name(name) in spelt), None)

    def require_column(self, what: str, *names: str) -> str:
        """Like find_column; raises CodelistError that says what is missing and what is there."""
        column = self.find_column(*names)
        if column is None:
            raise CodelistError(
                f"{self.file.name} has no column for {what} (looked for {', '.join(names)}); it has "
                f"{', '.join(self.columns)}. Check --as, or rename the column."
            )
        return column


def fold_name(name: str) -> str:
    """A column name without case, blanks and marks."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def read_source_table(file: Path) -> SourceTable:
    """The table in `file`. Raises CodelistError for a file that is missing, empty or ragged."""
    if not file.is_file():
        raise CodelistError(f"There is no file {file}.")
    lines = read_workbook(file) if file.suffix.lower() in {".xlsx", ".xlsm"} else read_delimited(file)
    numbered = [(number, values) for number, values in enumerate(lines, start=1) if any(values)]
    if not numbered:
        raise CodelistError(f"{file.name} is empty.")
    columns = tuple(numbered[0][1])
    return SourceTable(file, columns, tuple(_named(file, columns, number, values) for number, values in numbered[1:]))


def read_delimited(file: Path) -> Iterator[list[str]]:
    """Rows of a text file, values without blanks around them."""
    text = decode(file.read_bytes())
    first = text.lstrip("\r\n").split("\n", maxsplit=1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter):
        yield [value.strip() for value in row]


def decode(content: bytes) -> str:
    """Text in the encoding that it is most likely in: the reference set files of NHS England are Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_workbook(file: Path) -> Iterator[list[str]]:
    """Rows of the first sheet. A number is written out in full: whether it was rounded, the check digit tells."""
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(file, read_only=True, data_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise CodelistError(f"{file.name} cannot be read as a workbook ({type(error).__name__}).") from None
    try:
        for row in workbook.worksheets[0].iter_rows(values_only=True):
            yield [_written(value) for value in row]
    finally:
        workbook.close()


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _named(file: Path, columns: tuple[str, ...], number: int, values: list[str]) -> tuple[int, dict[str, str]]:
    given = values[: len(columns)] + [""] * (len(columns) - len(values))
    if any(values[len(columns) :]):
        raise CodelistError(
            f"{file.name}, row {number}: {len(values)} values under {len(columns)} columns; a term that holds the "
            "delimiter must stand in quotation marks."
        )
    return number, dict(zip(columns, given, strict=True))
