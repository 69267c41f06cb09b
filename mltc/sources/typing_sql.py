"""SQL expressions that turn a source column into its canonical type, and say when they could not."""

from collections.abc import Sequence
from dataclasses import dataclass

from mltc.config import ColumnMapping, SourceSettings
from mltc.contract import Column
from mltc.sources.reader import quote_name, quote_text

TRUE_TOKENS = ("1", "t", "true", "y", "yes")
FALSE_TOKENS = ("0", "f", "false", "n", "no")


@dataclass(frozen=True)
class TypedColumn:
    """A canonical column: its text as it arrived, and its typed value (null where that failed)."""

    column: Column
    text: str
    value: str
    is_native: bool = False

    @property
    def failed(self) -> str:
        """True where something arrived that could not be read; a native value always could."""
        if self.is_native or self.column.type == "list":
            return "false"
        return f"({self.text}) is not null and ({self.value}) is null"


def build_typed_column(
    column: Column, mapping: ColumnMapping | None, source: SourceSettings, types: dict[str, str]
) -> TypedColumn:
    """Expressions for one canonical column from the source columns (`types`: engine type by name)."""
    if mapping is None:
        return TypedColumn(column, "cast(null as varchar)", f"cast(null as {column.sql_type})")
    if column.type == "list":
        return TypedColumn(column, "cast(null as varchar)", _list_value(mapping, source, types))
    text = _decoded(_origin_text(mapping, source), mapping)
    native = types.get(mapping.column or "", "VARCHAR")
    if _is_native(column, native) and not mapping.values:
        value = _without_null_dates(column, quote_name(str(mapping.column)), source)
        return TypedColumn(column, text, value, is_native=True)
    formats = mapping.date_formats or column.date_formats or source.date_formats
    return TypedColumn(column, _blank_null_dates(column, text, formats, source), _parsed(column, text, formats, source))


def _is_native(column: Column, native: str) -> bool:
    """Parquet columns that already have the canonical type need no parsing."""
    wanted = {
        "date": ("DATE",),
        "timestamp": ("TIMESTAMP",),
        "integer": ("BIGINT", "INTEGER", "SMALLINT", "TINYINT"),
        "number": ("DOUBLE", "FLOAT"),
        "boolean": ("BOOLEAN",),
    }
    return native in wanted.get(column.type, ())


def _clean(name: str, source: SourceSettings) -> str:
    text = f"trim(cast({quote_name(name)} as varchar))"
    tokens = ", ".join(quote_text(token) for token in dict.fromkeys(("", *source.null_tokens)))
    return f"case when {text} in ({tokens}) then null else {text} end"


def _origin_text(mapping: ColumnMapping, source: SourceSettings) -> str:
    if mapping.constant is not None:
        return quote_text(mapping.constant)
    if mapping.label_of_first:
        cases = " ".join(
            f"when ({_clean(name, source)}) is not null then {quote_text(label)}"
            for name, label in mapping.label_of_first.items()
        )
        return f"case {cases} end"
    if mapping.first_of:
        return f"coalesce({', '.join(_clean(name, source) for name in mapping.first_of)})"
    return _clean(str(mapping.column), source)


def _decoded(text: str, mapping: ColumnMapping) -> str:
    if not mapping.values:
        return text
    cases = " ".join(f"when {quote_text(old)} then {quote_text(new)}" for old, new in mapping.values.items())
    return f"nullif(case {text} {cases} else {text} end, '')"


def _parsed(column: Column, text: str, formats: Sequence[str], source: SourceSettings) -> str:
    match column.type:
        case "text":
            return text
        case "date":
            return _without_null_dates(column, f"cast({_strptime(text, formats)} as date)", source)
        case "timestamp":
            longer = [f"{day}{rest}" for day in formats for rest in ("T%H:%M:%S", " %H:%M:%S", " %H:%M", "")]
            return _without_null_dates(column, _strptime(text, longer), source)
        case "boolean":
            truths = ", ".join(quote_text(token) for token in TRUE_TOKENS)
            untruths = ", ".join(quote_text(token) for token in FALSE_TOKENS)
            return f"case when lower({text}) in ({truths}) then true when lower({text}) in ({untruths}) then false end"
        case _:
            return f"try_cast({text} as {column.sql_type})"


def _strptime(text: str, formats: Sequence[str]) -> str:
    return f"try_strptime({text}, [{', '.join(quote_text(item) for item in formats)}])"


def _null_dates(source: SourceSettings) -> str:
    return ", ".join(f"date '{day.isoformat()}'" for day in source.null_dates)


def _without_null_dates(column: Column, value: str, source: SourceSettings) -> str:
    """Sentinel dates of NHS feeds (1800-01-01, 9999-12-31 ...) mean `no date`, not that day."""
    if column.type not in {"date", "timestamp"} or not source.null_dates:
        return value
    return f"case when cast({value} as date) in ({_null_dates(source)}) then null else {value} end"


def _blank_null_dates(column: Column, text: str, formats: Sequence[str], source: SourceSettings) -> str:
    """A sentinel date did not fail to parse: it says that there is none."""
    if column.type not in {"date", "timestamp"} or not source.null_dates:
        return text
    return f"case when cast({_strptime(text, formats)} as date) in ({_null_dates(source)}) then null else {text} end"


def _list_value(mapping: ColumnMapping, source: SourceSettings, types: dict[str, str]) -> str:
    if mapping.list:
        parts = f"[{', '.join(_clean(name, source) for name in mapping.list)}]"
    elif types.get(str(mapping.column), "").endswith("[]"):
        parts = f"list_transform({quote_name(str(mapping.column))}, lambda item: cast(item as varchar))"
    else:
        separator = quote_text(mapping.split or source.list_separator)
        parts = f"string_split({_clean(str(mapping.column), source)}, {separator})"
    return f"list_filter({parts}, lambda item: item is not null and trim(item) <> '')"
