"""Record batches of a query into one Parquet file, a bounded number of rows at a time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mltc.landing.attempts import OutsideFault

if TYPE_CHECKING:
    import pyarrow as pa

# A row group is what DuckDB reads in one thread: 122,880 rows is its own, and 1,048,576 the common upper limit. Wide
# rows end a group earlier, by bytes.
GROUP_ROWS = 250_000
GROUP_BYTES = 64 * 1024 * 1024
TELL_EVERY_ROWS = 1_000_000


def write_batches(
    path: Path, schema: "pa.Schema", batches: "Iterator[pa.RecordBatch]", tell_rows: Callable[[int], None]
) -> int:
    """Write every batch to `path` (Parquet, zstd) and return the number of rows.

    `tell_rows` hears the number of rows so far, every million.
    """
    import pyarrow.parquet as pq

    rows, held, told = 0, [], 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            rows += batch.num_rows
            held.append(batch)
            if sum(item.num_rows for item in held) >= GROUP_ROWS or sum(item.nbytes for item in held) >= GROUP_BYTES:
                _write_group(writer, schema, held)
                held = []
            if rows - told >= TELL_EVERY_ROWS:
                told = rows
                tell_rows(rows)
        _write_group(writer, schema, held)
    return rows


def _write_group(writer: "pa.parquet.ParquetWriter", schema: "pa.Schema", held: "list[pa.RecordBatch]") -> None:
    import pyarrow as pa

    if held:
        writer.write_table(pa.Table.from_batches(held, schema=schema), row_group_size=4 * GROUP_ROWS)


def check_column_names(names: list[str]) -> None:
    """Raise OutsideFault unless every column has a name of its own."""
    lowered = [name.casefold() for name in names]
    repeated = sorted({name for name in names if lowered.count(name.casefold()) > 1})
    if repeated:
        raise OutsideFault(
            f"the query gives more than one column called {', '.join(repeated)}. Name each column once, with "
            "`as` where two tables have the same name.",
            is_transient=False,
        )
    if not names or "" in names:
        raise OutsideFault(
            "the query gives a column without a name, or none at all. Name every column.", is_transient=False
        )
