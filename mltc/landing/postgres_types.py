"""How PostgreSQL's types land: exactly, in types that Parquet has.

Conversions that need it are asked of the server, so that nothing passes through Python.
"""

from typing import TYPE_CHECKING

from mltc.landing.attempts import OutsideFault

if TYPE_CHECKING:
    import pyarrow as pa

MAXIMUM_DECIMAL_DIGITS = 38

# ADBC 1.13 adds the epoch of PostgreSQL (2000-01-01) to `infinity` without looking; the sum wraps around.
INFINITE_DATES = {-2147472692: 2932896, -2147472691: -719162}  # 9999-12-31, 0001-01-01
INFINITE_TIMES = {
    -9222425352054775809: 253402300799999999,  # 9999-12-31 23:59:59.999999
    -9222425352054775808: -62135596800000000,  # 0001-01-01 00:00:00
}


def build_wrapped_query(sql: str, source: "pa.Schema") -> str:
    """The query, inside another that casts on the server what does not land as it is; itself if nothing does not."""
    casts = [_server_cast(field) for field in source]
    if not any(casts):
        return f"{sql}\n"
    listed = ", ".join(
        template.format(name=_quote(name)) + f" as {_quote(name)}" if template else _quote(name)
        for name, template in zip(source.names, casts, strict=True)
    )
    return f"select {listed} from (\n{sql}\n) as landed"


def landed_schema(source: "pa.Schema") -> "pa.Schema":
    """Schema of the landed file: decimals for `numeric(p, s)`, text for a numeric without limits."""
    import pyarrow as pa

    return pa.schema([pa.field(field.name, _landed_type(field)) for field in source])


def convert_batch(batch: "pa.RecordBatch", schema: "pa.Schema") -> "pa.RecordBatch":
    """Batch as it lands. Raises OutsideFault where a numeric(p, s) holds NaN, which no decimal can."""
    import pyarrow as pa

    columns = [_convert_column(column, field) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _server_cast(field: "pa.Field") -> str:
    """Template of the cast that the server must make; empty where the column lands as it arrives."""
    import pyarrow as pa

    kind = _source_type(field)
    if kind == "money":
        return "cast({name} as numeric)"
    if kind == "bytea":
        return "encode({name}, 'hex')"
    if kind == "numeric" or _lands_as_it_is(field.type, kind):
        return ""
    is_array = pa.types.is_list(field.type)
    if is_array and kind != "_bytea" and _lands_as_it_is(field.type.value_type, kind.removeprefix("_")):
        return ""
    return "cast({name} as text[])" if is_array else "cast({name} as text)"


def _lands_as_it_is(kind: "pa.DataType", source: str) -> bool:
    import pyarrow as pa

    simple = (
        pa.types.is_boolean,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_string,
        pa.types.is_date32,
        pa.types.is_timestamp,
        pa.types.is_time64,
    )
    # ADBC gives the unsigned oid as a signed 32-bit integer, and the extension types have a storage of their own.
    return source not in {"oid", "money"} and any(check(kind) for check in simple)


def _landed_type(field: "pa.Field") -> "pa.DataType":
    import pyarrow as pa

    if _source_type(field) == "numeric":
        return _decimal_type(field) or pa.string()
    if pa.types.is_list(field.type):
        return pa.list_(field.type.value_type)
    return field.type


def _decimal_type(field: "pa.Field") -> "pa.DataType | None":
    """decimal(p, s) of a numeric(p, s); None for one without limits, or beyond 38 digits.

    PostgreSQL packs both into the type modifier: precision in the upper 16 bits, scale in the lower 11, plus 4.
    """
    import pyarrow as pa

    modifier = int((field.metadata or {}).get(b"POSTGRESQL:typmod", b"-1"))
    if modifier < 4:
        return None
    precision, scale = ((modifier - 4) >> 16) & 0xFFFF, (modifier - 4) & 0x7FF
    is_plain = 0 < precision <= MAXIMUM_DECIMAL_DIGITS and scale <= precision
    return pa.decimal128(precision, scale) if is_plain else None


def _convert_column(column: "pa.Array", field: "pa.Field") -> "pa.Array":
    import pyarrow as pa

    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_decimal(field.type):
        return _to_decimal(column, field)
    if pa.types.is_date32(field.type):
        return _replace_infinite(column, pa.int32(), INFINITE_DATES)
    if pa.types.is_timestamp(field.type):
        return _replace_infinite(column, pa.int64(), INFINITE_TIMES)
    return column if column.type == field.type else column.cast(field.type)


def _to_decimal(column: "pa.Array", field: "pa.Field") -> "pa.Array":
    import pyarrow as pa

    try:
        return column.cast(field.type)
    except pa.ArrowInvalid:
        says = f"column {field.name} holds NaN, which is no number. Write nullif({field.name}, 'NaN') into the query."
    raise OutsideFault(says, is_transient=False)


def _replace_infinite(column: "pa.Array", number: "pa.DataType", values: dict[int, int]) -> "pa.Array":
    """PostgreSQL's infinity becomes the last or first day that a calendar of four digits has."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = column.view(number)
    if len(column) == column.null_count or pc.min(numbers).as_py() > max(values):
        return column
    for found, meant in values.items():
        numbers = pc.if_else(pc.equal(numbers, pa.scalar(found, number)), pa.scalar(meant, number), numbers)
    return numbers.view(column.type)


def _source_type(field: "pa.Field") -> str:
    return bytes((field.metadata or {}).get(b"POSTGRESQL:type", b"")).decode()


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
