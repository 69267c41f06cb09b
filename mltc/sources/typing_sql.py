"""SQL expressions that turn a source column into its canonical type, and say when they could not.

They come in four steps, each a select over the one before, so that none is written out twice: `raw` reads source
columns, `text` reads `raw_<column>`, `parsed` reads `text_<column>`, `value` reads `parsed_<column>`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mltc.contract import Column
from mltc.dialect import ColumnMapping, ReadOptions
from mltc.sources.cleaning_sql import build_list, build_raw, clean_raw, drop_missing
from mltc.sources.reader import quote_name, quote_text

TRUE_TOKENS = ("1", "t", "true", "y", "yes")
TIMES = (" %H:%M:%S", "T%H:%M:%S", " %H:%M:%S.%f", "T%H:%M:%S.%f", "T%H:%M:%SZ", " %H:%M", "T%H:%M")
CLOCK = "Europe/London"
FALSE_TOKENS = ("0", "f", "false", "n", "no")
# A day outside is a slip of a format or of a hand: 0020-01-05 for 5 January 2020, 44197 for a day of Excel.
FIRST_DAY, LAST_DAY = "1800-01-01", "9999-12-31"
NEVER = "false"


@dataclass(frozen=True)
class TypedColumn:
    """A canonical column: as it arrived, its text, what the engine reads in that, and its typed value.

    `value` is null where nothing could be read. `is_unread` holds where something arrived that could not be; it
    reads the text, what was parsed, and `value_<column>`.
    """

    column: Column
    raw: str
    text: str
    parsed: str
    value: str
    is_unread: str = NEVER


def build_typed_column(
    column: Column, mapping: ColumnMapping | None, options: ReadOptions, types: Mapping[str, str]
) -> TypedColumn:
    """Expressions for one canonical column from the source columns (`types`: engine type by case-folded name).

    An optional mapping whose columns are missing reads as empty.
    """
    raw, text, parsed = (f"{step}_{column.name}" for step in ("raw", "text", "parsed"))
    mapping = drop_missing(mapping, types)
    if mapping is None:
        return TypedColumn(column, f"cast(null as {column.sql_type})", raw, text, parsed)
    if column.type == "list":
        return TypedColumn(column, build_list(mapping, options, types), raw, text, parsed)
    native = types.get((mapping.column or "").casefold(), "VARCHAR")
    is_native = _is_native(column, native) and not mapping.values and not mapping.pad
    if is_native:
        arrived, cleaned, read = _native(column, str(mapping.column), native), raw, text
    else:
        arrived, cleaned = build_raw(mapping, options, types), clean_raw(mapping, raw, options)
        formats = _with_times(mapping.date_formats or tuple(dict.fromkeys(options.date_formats + column.date_formats)))
        read = _parsed(column, text, formats)
    if column.type == "text":
        return TypedColumn(column, arrived, cleaned, text, parsed)
    value, says_nothing = _checked(column, parsed, options)
    if is_native and column.type in {"integer", "boolean"}:
        return TypedColumn(column, arrived, cleaned, read, value)
    is_unread = f"{text} is not null and value_{column.name} is null and not coalesce({says_nothing}, false)"
    return TypedColumn(column, arrived, cleaned, read, value, is_unread)


def _native(column: Column, source: str, native: str) -> str:
    # A moment with its zone is told by the clock of the NHS, as everything else in an extract is.
    zoned = f" at time zone '{CLOCK}'" if native.endswith("WITH TIME ZONE") else ""
    return f"cast({quote_name(source)}{zoned} as {column.sql_type})"


def _is_native(column: Column, native: str) -> bool:
    """Parquet columns that already have the canonical type need no parsing."""
    wanted = {
        "date": ("DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
        "timestamp": ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE"),
        "integer": ("BIGINT", "INTEGER", "SMALLINT", "TINYINT"),
        "number": ("DOUBLE", "FLOAT"),
        "boolean": ("BOOLEAN",),
    }
    return native in wanted.get(column.type, ())


def _parsed(column: Column, text: str, formats: Sequence[str]) -> str:
    match column.type:
        case "date":
            return f"cast({_strptime(text, formats)} as date)"
        case "timestamp":
            return _strptime(text, formats)
        case "boolean":
            truths = ", ".join(quote_text(token) for token in TRUE_TOKENS)
            untruths = ", ".join(quote_text(token) for token in FALSE_TOKENS)
            return f"case when lower({text}) in ({truths}) then true when lower({text}) in ({untruths}) then false end"
        case "integer":
            # The engine would round 5.7 to 6.
            whole = f"try_cast({text} as double) = round(try_cast({text} as double))"
            return f"case when {whole} then try_cast({text} as bigint) end"
        case _:
            return f"try_cast({text} as double)"


def _checked(column: Column, name: str, options: ReadOptions) -> tuple[str, str]:
    """The value from what was read, and the condition by which something was read that says `nothing`.

    Sentinel dates of NHS feeds (1800-01-01, 9999-12-31 ...) mean `no date`, and no-number is no number; neither is
    a fault. Infinity is one, and so is a day outside the calendar.
    """
    if column.type == "number":
        return f"case when isfinite({name}) then {name} end", f"isnan({name})"
    if column.type not in {"date", "timestamp"}:
        return name, NEVER
    day = f"cast({name} as date)"
    sentinels = ", ".join(f"date '{sentinel.isoformat()}'" for sentinel in options.null_dates)
    is_none = f"{day} in ({sentinels})" if sentinels else NEVER
    within = f"{day} between date '{FIRST_DAY}' and date '{LAST_DAY}'"
    return f"case when {within} and not ({is_none}) then {name} end", is_none


def _with_times(formats: Sequence[str]) -> list[str]:
    """Databases export a date as midnight of that day, so every format may be followed by a time."""
    return [*formats, *(f"{day}{rest}" for rest in TIMES for day in formats)]


def _strptime(text: str, formats: Sequence[str]) -> str:
    moment = f"try_strptime({text}, [{', '.join(quote_text(item) for item in formats)}])"
    # A trailing Z says that the clock of the text is UTC.
    return f"case when {text} like '%Z' then timezone('{CLOCK}', timezone('UTC', {moment})) else {moment} end"
