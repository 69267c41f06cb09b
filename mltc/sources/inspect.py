"""One pass over the bytes of a file before it is read: its hash, its encoding, a totals line at its end."""

import codecs
import csv
import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from mltc.dialect import ReadOptions
from mltc.errors import ExtractError

BLOCK = 1 << 20
TAIL = 1 << 14
# A first cell that says that its line sums up the file: "Total", "Record count", "Rows: 120", "EOF", "TRAILER".
_TOTALS = re.compile(
    r"^\W*((grand )?totals?|trailer|eof|end of (file|extract|report)|(row|record)s?( ?count)?)\b", re.I
)
_COUNTED = re.compile(r"^\W*((total )?(number of )?(row|record)s?( ?count)?|trailer)\b", re.I)


@dataclass(frozen=True)
class FileFacts:
    """What the bytes say. `totals_fields`: cells of a totals line at the end, 0 where there is none."""

    sha256: str
    byte_count: int
    encoding: str
    totals_fields: int = 0
    totals_rows: int | None = None
    has_short_totals: bool = False


def inspect_file(path: Path, options: ReadOptions) -> FileFacts:
    """Hash and size of the file as it lies there; of a CSV also its encoding and its totals line.

    Raises ExtractError for a file that cannot be opened or unpacked.
    """
    name = path.name.lower()
    try:
        if name.endswith(".parquet"):
            with path.open("rb") as stream:
                return FileFacts(hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size, "none")
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        encoding, head, tail = _read_text(path, options)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise ExtractError(f"{path.name} cannot be unpacked: it is damaged or cut short. Ask for it again.") from None
    except OSError as error:
        raise ExtractError(f"{path.name} cannot be opened ({type(error).__name__}).") from None
    fields, rows, short = _find_totals(head, tail, options)
    return FileFacts(digest, path.stat().st_size, encoding, fields, rows, short)


def _read_text(path: Path, options: ReadOptions) -> tuple[str, str, str]:
    """Encoding, first and last part of the text."""
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    head = tail = b""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = options.encoding == "auto"
    with opener(path, "rb") as stream:
        while block := stream.read(BLOCK):
            head = head or block[:TAIL]
            tail = (tail + block)[-TAIL:]
            try:
                if is_utf8:
                    utf8.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
    encoding: str = options.encoding
    if encoding == "auto":
        utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "utf-16" if utf16 else "utf-8" if is_utf8 else "latin-1"
    return encoding, head.decode(encoding, errors="replace"), tail.decode(encoding, errors="replace")


def _find_totals(head: str, tail: str, options: ReadOptions) -> tuple[int, int | None, bool]:
    lines = [line for line in tail.splitlines() if line.strip()]
    if len(lines) < 2:
        return 0, None, False
    try:
        header = next(csv.reader([head.splitlines()[0]], delimiter=options.delimiter))
        cells = next(csv.reader([lines[-1]], delimiter=options.delimiter))
    except (csv.Error, StopIteration, IndexError):
        return 0, None, False
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or not _TOTALS.match(cells[0].strip()) or len(filled) > max(2, len(header) // 3):
        return 0, None, False
    number = re.search(r"\d[\d,]*", " ".join(filled))
    counted = int(number[0].replace(",", "")) if number and _COUNTED.match(cells[0].strip()) else None
    return len(cells), counted, len(cells) < len(header)
