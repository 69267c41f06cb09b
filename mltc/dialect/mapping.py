"""How one canonical column is made from source columns, and how text in a file is read."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mltc.dialect.expression import Expression

Encoding = Literal["auto", "utf-8", "latin-1", "utf-16"]
Quote = Literal['"', "'", ""]
OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]
_NUMBERED = re.compile(r"^(.*?)(\d+)\.\.(.*?)(\d+)$")
_QUOTED = re.compile(r'"((?:[^"]|"")+)"')


# What databases, spreadsheets and statistics packages write for nothing. "none" and "unknown" are words of codes.
NULL_TOKENS = ("", "NULL", "null", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "-", ".", "\\N", "<NA>")


class Section(BaseModel):
    """A part of a settings file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnMapping(Section):
    """How one canonical column is made from the columns of an extract. Exactly one origin is given.

    `column`: one source column. `first_of`: the first that is not empty. `label_of_first`: a constant
    for the first column that is not empty (the code system of `first_of`). `list`: several columns
    folded in order; "DIAG_01..DIAG_20" stands for a numbered range, of which at least one must exist.
    `constant`: the same text on every row. `sql`: an expression over source columns in double quotes.

    Then `pad` fills with zeros from the left to that many characters, `values` replaces codes, and
    `date_formats` reads dates. `optional`: a delivery without the column reads as empty.
    """

    column: str | None = None
    first_of: tuple[str, ...] = ()
    label_of_first: dict[str, str] = {}
    list: tuple[str, ...] = ()
    constant: str | None = None
    sql: Expression | None = None
    values: dict[str, str] = {}
    split: str | None = None
    pad: Annotated[int, Field(ge=1, le=32)] | None = None
    date_formats: tuple[str, ...] = ()
    optional: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = [self.column, self.first_of, self.label_of_first, self.list, self.constant, self.sql]
        if sum(bool(origin) for origin in origins) != 1:
            raise ValueError("give exactly one of column, first_of, label_of_first, list, constant, sql")
        return self

    @property
    def source_columns(self) -> tuple[str, ...]:
        """Names of the source columns that this mapping reads, ranges written out."""
        single = (self.column,) if self.column else ()
        listed = tuple(name for item in self.list for name in expand_range(item))
        return single + self.first_of + tuple(self.label_of_first) + listed + quoted_names(self.sql)

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """Names that a delivery must have: none of an optional mapping or of a range."""
        if self.optional:
            return ()
        ranged = {name for item in self.list if ".." in item for name in expand_range(item)}
        return tuple(name for name in self.source_columns if name not in ranged)


def expand_range(item: str) -> tuple[str, ...]:
    """ "DIAG_01..DIAG_03" as its three names; anything else as it is."""
    found = _NUMBERED.match(item)
    if not found or found[1] != found[3]:
        return (item,)
    width = len(found[2])
    return tuple(f"{found[1]}{number:0{width}}" for number in range(int(found[2]), int(found[4]) + 1))


def quoted_names(expression: str | None) -> tuple[str, ...]:
    """Source columns that a SQL expression names, which it writes in double quotes."""
    names = (name.replace('""', '"') for name in _QUOTED.findall(expression or ""))
    return tuple(dict.fromkeys(names))


class ReadOptions(Section):
    """How text in a file is read.

    `encoding = "auto"`: UTF-8 where the bytes are that, UTF-16 by its mark or its zero bytes, else Latin-1 with
    the letters of Windows-1252. `quote = ""`: quotes are characters like any other, and nothing is quoted.
    """

    delimiter: OneCharacter = ","
    quote: Quote = '"'
    encoding: Encoding = "auto"
    null_tokens: tuple[str, ...] = NULL_TOKENS
    null_dates: tuple[date, ...] = (
        date(1800, 1, 1),
        date(1801, 1, 1),
        date(1900, 1, 1),
        date(9999, 1, 1),
        date(9999, 12, 31),
    )
    date_formats: tuple[str, ...] = ("%Y-%m-%d", "%Y%m%d")
    list_separator: OneCharacter = "|"


class ReadOverrides(Section):
    """What a delivery does otherwise than its layout says; None leaves the layout's own."""

    delimiter: OneCharacter | None = None
    quote: Quote | None = None
    encoding: Encoding | None = None
    null_tokens: tuple[str, ...] | None = None
    null_dates: tuple[date, ...] | None = None
    date_formats: tuple[str, ...] | None = None
    list_separator: OneCharacter | None = None

    def apply_to(self, options: ReadOptions) -> ReadOptions:
        """The layout's options with what is given here in their place."""
        given = {name: getattr(self, name) for name in ReadOverrides.model_fields}
        return options.model_copy(update={name: value for name, value in given.items() if value is not None})
