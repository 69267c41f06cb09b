"""SQL expressions that turn a source column into its canonical type, and say when they could not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mltc.contract import Column
from mltc.dialect import ColumnMapping, ReadOptions
from mltc.dialect.mapping import expand_range
from mltc.sources.reader import quote_name, quote_text

TRUE_TOKENS = ("1", "t", "true", "y", "yes")
TIMES = (" %H:%M:%S", "T%H:%M:%S", " %H:%M:%S.%f", "T%H:%M:%S.%f", "T%H:%M:%SZ", " %H:%M", "T%H:%M")
CLOCK = "Europe/London"
FALSE_TOKENS = ("0", "f", "false", "n", "no")
# A day outside is a slip of a format or of a hand: 0020-01-05 for 5 January 2020, 44197 for a day of Excel.
FIRST_DAY, LAST_DAY = "1800-01-01", "9999-12-31"
# Below these a float holds every whole number, so that a code which passed through one is still whole.
EXACT_FLOATS = {"DOUBLE": 2**53, "FLOAT": 2**24}


@dataclass(frozen=True)
class TypedColumn:
    """A canonical column: its text as it arrived, and its typed value (null where that failed)."""

    column: Column
    text: str
    value: str
    native: str | None = None

    @property
    def failed(self) -> str:
        """True where something arrived that could not be read. `native` is what came with a type of its own."""
        if self.column.type == "list" or self.native == "null":
            return "false"
        return f"({self.native or self.text}) is not null and ({self.value}) is null"


def build_typed_column(
    column: Column, mapping: ColumnMapping | None, options: ReadOptions, types: dict[str, str]
) -> TypedColumn:
    """Expressions for one canonical column from the source columns (`types`: engine type by case-folded name).

    An optional mapping whose columns are missing reads as empty.
    """
    mapping = _without_missing(mapping, types)
    if mapping is None:
        return TypedColumn(column, "cast(null as varchar)", f"cast(null as {column.sql_type})")
    if column.type == "list":
        return TypedColumn(column, "cast(null as varchar)", _list_value(mapping, options, types))
    text = _decoded(_origin_text(mapping, options, types), mapping)
    native = types.get((mapping.column or "").casefold(), "VARCHAR")
    if _is_native(column, native) and not mapping.values and not mapping.pad:
        return _native_column(column, str(mapping.column), native, text, options)
    formats = _with_times(mapping.date_formats or tuple(dict.fromkeys(options.date_formats + column.date_formats)))
    return TypedColumn(
        column, _blank_null_dates(column, text, formats, options), _parsed(column, text, formats, options)
    )


def _native_column(column: Column, name: str, native: str, text: str, options: ReadOptions) -> TypedColumn:
    # A moment with its zone is told by the clock of the NHS, as everything else in an extract is.
    zoned = f" at time zone '{CLOCK}'" if native.endswith("WITH TIME ZONE") else ""
    own = f"cast({quote_name(name)}{zoned} as {column.sql_type})"
    if column.type == "number":
        # Not-a-number is what some programs write for nothing; infinity is a fault.
        return TypedColumn(column, text, f"case when isfinite({own}) then {own} end",
                           native=f"case when not isnan({own}) then {own} end")  # fmt: skip
    if column.type in {"date", "timestamp"}:
        return TypedColumn(column, text, _within_calendar(_without_null_dates(column, own, options)),
                           native=_without_null_dates(column, own, options))  # fmt: skip
    return TypedColumn(column, text, own, native="null")


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


def _without_missing(mapping: ColumnMapping | None, types: dict[str, str]) -> ColumnMapping | None:
    """The mapping without columns that the delivery lacks; None where nothing is left to read."""
    if mapping is None or mapping.constant is not None:
        return mapping
    here = types.keys()
    if mapping.list:
        names = tuple(name for item in mapping.list for name in expand_range(item) if name.casefold() in here)
        return mapping.model_copy(update={"list": names}) if names else None
    if not mapping.optional or all(name.casefold() in here for name in mapping.source_columns):
        return mapping
    if mapping.first_of:
        names = tuple(name for name in mapping.first_of if name.casefold() in here)
        return mapping.model_copy(update={"first_of": names}) if names else None
    if mapping.label_of_first:
        labels = {name: label for name, label in mapping.label_of_first.items() if name.casefold() in here}
        return mapping.model_copy(update={"label_of_first": labels}) if labels else None
    return None


def _clean(name: str, options: ReadOptions, types: Mapping[str, str]) -> str:
    return _clean_expression(_whole(quote_name(name), types.get(name.casefold(), "")), options)


def _whole(own: str, native: str) -> str:
    """Numbers with a fraction type are whole where they can be: 73211009.0 is the code 73211009."""
    if native in EXACT_FLOATS:
        is_whole = f"{own} = round({own}) and abs({own}) < {EXACT_FLOATS[native]}"
        whole, other = f"cast(try_cast({own} as bigint) as varchar)", f"cast({own} as varchar)"
        return f"case when {is_whole} then {whole} when not isnan({own}) then {other} end"
    if native.startswith("DECIMAL"):
        return f"regexp_replace(cast({own} as varchar), '\\.0*$', '')"
    return own


def _clean_expression(expression: str, options: ReadOptions) -> str:
    text = f"trim(cast({expression} as varchar))"
    tokens = ", ".join(quote_text(token) for token in dict.fromkeys(("", *options.null_tokens)))
    return f"case when list_contains([{tokens}], {text}) then null else {text} end"


def _origin_text(mapping: ColumnMapping, options: ReadOptions, types: Mapping[str, str]) -> str:
    if mapping.constant is not None:
        return quote_text(mapping.constant)
    if mapping.sql is not None:
        return _clean_expression(f"({mapping.sql})", options)
    if mapping.label_of_first:
        cases = " ".join(
            f"when ({_clean(name, options, types)}) is not null then {quote_text(label)}"
            for name, label in mapping.label_of_first.items()
        )
        return f"case {cases} end"
    if mapping.first_of:
        return f"coalesce({', '.join(_clean(name, options, types) for name in mapping.first_of)})"
    return _clean(str(mapping.column), options, types)


def _decoded(text: str, mapping: ColumnMapping) -> str:
    if mapping.pad:
        text = f"case when length({text}) < {mapping.pad} then lpad({text}, {mapping.pad}, '0') else {text} end"
    if not mapping.values:
        return text
    cases = " ".join(f"when {quote_text(old)} then {quote_text(new)}" for old, new in mapping.values.items())
    return f"nullif(case {text} {cases} else {text} end, '')"


def _parsed(column: Column, text: str, formats: Sequence[str], options: ReadOptions) -> str:
    match column.type:
        case "text":
            return text
        case "date":
            day = f"cast({_strptime(text, formats)} as date)"
            return _within_calendar(_without_null_dates(column, day, options))
        case "timestamp":
            return _within_calendar(_without_null_dates(column, _strptime(text, formats), options))
        case "boolean":
            truths = ", ".join(quote_text(token) for token in TRUE_TOKENS)
            untruths = ", ".join(quote_text(token) for token in FALSE_TOKENS)
            return f"case when lower({text}) in ({truths}) then true when lower({text}) in ({untruths}) then false end"
        case "integer":
            # The engine would round 5.7 to 6.
            number = f"try_cast({text} as double)"
            return f"case when {number} = round({number}) then try_cast({text} as bigint) end"
        case _:
            number = f"try_cast({text} as double)"
            return f"case when isfinite({number}) then {number} end"


def _within_calendar(value: str) -> str:
    return f"case when cast({value} as date) between date '{FIRST_DAY}' and date '{LAST_DAY}' then {value} end"


def _with_times(formats: Sequence[str]) -> list[str]:
    """Databases export a date as midnight of that day, so every format may be followed by a time."""
    return [*formats, *(f"{day}{rest}" for rest in TIMES for day in formats)]


def _strptime(text: str, formats: Sequence[str]) -> str:
    return f"try_strptime({text}, [{', '.join(quote_text(item) for item in formats)}])"


def _null_dates(options: ReadOptions) -> str:
    return ", ".join(f"date '{day.isoformat()}'" for day in options.null_dates)


def _without_null_dates(column: Column, value: str, options: ReadOptions) -> str:
    """Sentinel dates of NHS feeds (1800-01-01, 9999-12-31 ...) mean `no date`, not that day."""
    if column.type not in {"date", "timestamp"} or not options.null_dates:
        return value
    return f"case when cast({value} as date) in ({_null_dates(options)}) then null else {value} end"


def _blank_null_dates(column: Column, text: str, formats: Sequence[str], options: ReadOptions) -> str:
    """A sentinel date did not fail to parse: it says that there is none."""
    if column.type not in {"date", "timestamp"} or not options.null_dates:
        return text
    return f"case when cast({_strptime(text, formats)} as date) in ({_null_dates(options)}) then null else {text} end"


def _list_value(mapping: ColumnMapping, options: ReadOptions, types: dict[str, str]) -> str:
    if mapping.list:
        parts = f"[{', '.join(_clean(name, options, types) for name in mapping.list)}]"
    elif types.get(str(mapping.column).casefold(), "").endswith("[]"):
        parts = f"list_transform({quote_name(str(mapping.column))}, lambda item: cast(item as varchar))"
    else:
        separator = quote_text(mapping.split or options.list_separator)
        parts = f"string_split({_clean(str(mapping.column), options, types)}, {separator})"
    return f"list_filter({parts}, lambda item: item is not null and trim(item) <> '')"
