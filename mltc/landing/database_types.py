"""Arrow columns from the rows that a Python database driver gives, exactly or as text."""

import datetime
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

Description = Sequence[Sequence[Any]] | None
MAXIMUM_DECIMAL_DIGITS = 38


class UnlikeFirstError(Exception):
    """A column holds something that the type of its first rows cannot hold."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


def first_schema(
    names: list[str], first: Sequence[Sequence[Any]], description: Description, as_text: frozenset[str]
) -> "pa.Schema":
    """Types of the columns: the driver's where it says, else of the first rows, else text."""
    import pyarrow as pa

    described = description or [()] * len(names)
    fields = []
    for name, values, told in zip(names, first, described, strict=True):
        kind = None if name in as_text else _told_type(told) or _seen_type(values, told)
        fields.append(pa.field(name, kind or pa.string()))
    return pa.schema(fields)


def convert_chunk(chunk: Sequence[Sequence[Any]], schema: "pa.Schema") -> "pa.RecordBatch":
    """Batch of the schema from columns of Python values. Raises UnlikeFirstError."""
    import pyarrow as pa

    return pa.RecordBatch.from_arrays(
        [_convert_column(values, field) for values, field in zip(chunk, schema, strict=True)], schema=schema
    )


def _told_type(told: Sequence[Any]) -> "pa.DataType | None":
    """Type that the driver describes as a Python type (pyodbc does), with the precision of a decimal."""
    import pyarrow as pa

    kind = told[1] if len(told) > 1 else None
    if kind is Decimal:
        return _decimal_type(told)
    types = {
        str: pa.string(),
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        datetime.date: pa.date32(),
        datetime.time: pa.time64("us"),
        bytes: pa.string(),
        bytearray: pa.string(),
        uuid.UUID: pa.string(),
    }
    return types.get(kind) if isinstance(kind, type) else None


def _decimal_type(told: Sequence[Any]) -> "pa.DataType":
    import pyarrow as pa

    precision, scale = (told[4], told[5]) if len(told) > 5 else (None, None)
    if isinstance(precision, int) and isinstance(scale, int) and 0 <= scale <= precision <= MAXIMUM_DECIMAL_DIGITS:
        return pa.decimal128(precision, scale) if precision else pa.string()
    return pa.string()


def _seen_type(values: Sequence[Any], told: Sequence[Any]) -> "pa.DataType | None":
    """Type of the first rows; text where they are mixed, empty, or of a kind that has no exact column."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if len(kinds) != 1:
        return None
    kind = kinds.pop()
    if kind is Decimal:
        return _decimal_type(told)
    if kind is datetime.datetime:
        has_zone = any(value.tzinfo is not None for value in values if value is not None)
        return pa.timestamp("us", tz="UTC" if has_zone else None)
    return _told_type(("", kind))


def _convert_column(values: Sequence[Any], field: "pa.Field") -> "pa.Array":
    """Column of the field's type. Only the type's own Python type is let in: pyarrow would cut the time off a date."""
    import pyarrow as pa

    kinds = {type(value) for value in values} - {type(None)}
    if pa.types.is_string(field.type):
        return pa.array(values if kinds <= {str} else [_to_text(value) for value in values], type=field.type)
    try:
        if kinds <= _python_types(field.type) and _has_one_clock(values, field.type):
            return pa.array(values, type=field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    raise UnlikeFirstError(field.name)


def _python_types(kind: "pa.DataType") -> set[type]:
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        return {Decimal}
    types: dict[pa.DataType, type] = {
        pa.bool_(): bool,
        pa.int64(): int,
        pa.float64(): float,
        pa.date32(): datetime.date,
        pa.time64("us"): datetime.time,
    }
    return {types.get(kind, datetime.datetime)}


def _has_one_clock(values: Sequence[Any], kind: "pa.DataType") -> bool:
    """Whether every time has a zone, or none has, as the column's type says."""
    import pyarrow as pa

    if not pa.types.is_timestamp(kind):
        return True
    return {value.tzinfo is not None for value in values if value is not None} <= {kind.tz is not None}


def _to_text(value: Any) -> str | None:
    """Text of one value, as an extract in text would write it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat(" ") if isinstance(value, datetime.datetime) else str(value)
