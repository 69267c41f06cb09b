"""A bounded sample of a file that nobody described: how its text is written, its columns, some of its rows."""

import csv
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import polars as pl

from mltc.dialect import ReadOptions
from mltc.errors import ExtractError
from mltc.mapping.header import looks_like_header, refuse_repeated
from mltc.sources.inspect import PACKED, inspect_file, open_bytes
from mltc.sources.reader import CSV_ENDINGS, PARQUET_ENDINGS

HEAD_ROWS = 2_000  # rows from the beginning of the file
PLACES = 8  # further places, spread evenly over it
PLACE_ROWS = 250  # rows from each of them
HEAD_BYTES = 1 << 16
GZIP_BYTES = 1 << 26  # how far a packed file, which cannot be entered in its middle, is unpacked
DELIMITERS = (",", "\t", "|", ";")
WIDE = ("utf-16", "utf-32")  # encodings that cannot be entered in the middle of a file


@dataclass(frozen=True)
class Sample:
    """What was read of a file. `rows`: the sampled cells, CSV as trimmed text, Parquet with its own types."""

    path: Path
    encoding: str
    delimiter: str
    has_header: bool
    totals_line: bool
    rows: pl.DataFrame

    @property
    def columns(self) -> list[str]:
        """Names of the columns; column_1, column_2 ... where the file has no header line."""
        return self.rows.columns

    @property
    def is_text(self) -> bool:
        """Whether it is a kind of CSV."""
        return not self.path.name.lower().endswith(PARQUET_ENDINGS)


def read_sample(path: Path) -> Sample:
    """At most HEAD_ROWS + PLACES * PLACE_ROWS rows of a CSV or Parquet file, always the same ones.

    Raises ExtractError for a file that is missing, empty, of another type or damaged.
    """
    name = path.name.lower()
    if not path.is_file():
        raise ExtractError(f"There is no file {path}.")
    if name.endswith(PARQUET_ENDINGS):
        return _read_parquet(path)
    if not name.endswith(CSV_ENDINGS):
        endings = ", ".join(CSV_ENDINGS + PARQUET_ENDINGS)
        raise ExtractError(f"{path.name} is of an unknown type: an extract file ends in one of {endings}.")
    try:
        sample = _read_text(path)
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise ExtractError(
            f"{path.name} cannot be read to its end ({type(error).__name__}): it is damaged or cut short, or a quote "
            "is not closed. Ask the sender for it again."
        ) from None
    if sample.rows.is_empty() and path.stat().st_size > HEAD_BYTES:
        raise ExtractError(
            f"No row of {path.name} could be told from the next: a line is longer than any record, or a quote is not "
            "closed. Look at its first lines in an editor."
        )
    return sample


def _read_parquet(path: Path) -> Sample:
    try:
        scan = pl.scan_parquet(path, glob=False)
        height = int(scan.select(pl.len()).collect().item())
        starts = [height * place // (PLACES + 1) for place in range(1, PLACES + 1)]
        parts = [scan.slice(0, HEAD_ROWS)]
        parts += [scan.slice(max(start, HEAD_ROWS), PLACE_ROWS) for start in starts if height > HEAD_ROWS]
        rows = pl.concat([part.collect() for part in parts])
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ExtractError(f"{path.name} cannot be read as Parquet ({type(error).__name__}).") from None
    return Sample(path, "none", ",", True, False, rows)


def _read_text(path: Path) -> Sample:
    with _open(path) as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip():
        raise ExtractError(f"{path.name} is empty: it has no header line. Ask the sender for the file again.")
    delimiter = sniff_delimiter(_decode_roughly(head))
    facts = inspect_file(path, ReadOptions(delimiter=delimiter), has_header=False)
    lines = [cells for cells in _read_cells(path, facts.encoding, delimiter) if any(cells)]
    width = _usual_width(lines)
    first, *rest = (cells for cells in lines if len(cells) == width)
    has_header = looks_like_header(first, rest)
    names = [name or f"unnamed_{position}" for position, name in enumerate(first, start=1)]
    if not has_header:
        names, rest = [f"column_{position}" for position in range(1, width + 1)], [first, *rest]
    refuse_repeated(path.name, names)
    if facts.totals_fields == width and rest:
        rest = [cells for cells in rest if not _is_totals(cells)]
    frame = pl.DataFrame(rest, schema=dict.fromkeys(names, pl.String), orient="row")
    return Sample(path, facts.encoding, delimiter, has_header, bool(facts.totals_fields), frame)


def sniff_delimiter(text: str) -> str:
    """The one of , tab | ; that cuts the first lines into the most fields, as many in each."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    lines = lines[:-1] if len(lines) > 2 else lines  # the last one may be cut off
    best, best_fields = ",", 1.0
    for delimiter in DELIMITERS:
        counts = [len(cells) for cells in csv.reader(lines, delimiter=delimiter)]
        usual = max(set(counts), key=counts.count)
        fields = usual * counts.count(usual) / len(counts)
        if usual > 1 and fields > best_fields:
            best, best_fields = delimiter, fields
    return best


def _read_cells(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """Trimmed cells of the head, then of places spread over the file; broken lines at the edges are left out."""
    with _open(path) as stream:
        text = _lines(stream, encoding)
        for number, cells in enumerate(_cut(text, delimiter)):
            if number > HEAD_ROWS:
                break
            yield cells
        if number <= HEAD_ROWS or encoding in WIDE:
            return
        if _is_packed(path):
            yield from _read_on(text, delimiter)
            return
        size = path.stat().st_size
        head_end = stream.tell()  # what was read ahead of the head may be skipped; nothing is read twice
        for place in range(1, PLACES + 1):
            start = max(size * place // (PLACES + 1), head_end, stream.tell())
            stream.seek(start)
            stream.readline()
            block = [stream.readline() for _ in range(PLACE_ROWS)]
            yield from _cut((line.decode(encoding, errors="replace") for line in block), delimiter)


def _read_on(text: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """Rows of a packed file after the head: PLACE_ROWS out of ten times as many, as far as GZIP_BYTES."""
    read = taken = 0
    for number, line in enumerate(text):
        read += len(line)
        if read > GZIP_BYTES or taken >= PLACES * PLACE_ROWS:
            return
        if number % (10 * PLACE_ROWS) < PLACE_ROWS:
            taken += 1
            yield from _cut([line], delimiter)


def _lines(stream: IO[bytes], encoding: str) -> Iterator[str]:
    if encoding in WIDE:
        yield from stream.read(HEAD_BYTES * 16).decode(encoding, errors="replace").splitlines(keepends=True)
        return
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    while line := stream.readline():
        yield line.decode(codec, errors="replace")


def _cut(lines: "Iterator[str] | list[str]", delimiter: str) -> Iterator[list[str]]:
    """Cells of each line; a quote that is never closed ends the block instead of swallowing it."""
    try:
        for cells in csv.reader((line.replace("\0", "") for line in lines), delimiter=delimiter):
            yield [cell.strip() for cell in cells]
    except csv.Error:
        return


def _open(path: Path) -> IO[bytes]:
    try:
        return open_bytes(path, is_packed=_is_packed(path))
    except OSError as error:
        raise ExtractError(f"{path.name} cannot be opened ({type(error).__name__}).") from None


def _is_packed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == PACKED


def _decode_roughly(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="replace")
    return head.decode("utf-8-sig", errors="replace")


def _usual_width(lines: list[list[str]]) -> int:
    widths = [len(cells) for cells in lines]
    return max(dict.fromkeys(widths), key=widths.count)


def _is_totals(cells: list[str]) -> bool:
    return re.match(r"^\W*((grand )?totals?|trailer|eof|end of|(row|record)s?( ?count)?)\b", cells[0], re.I) is not None
