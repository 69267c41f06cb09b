"""One pass over the bytes of a file before it is read: hash, packing, encoding, header, footer, oddities."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from mltc.checksums import hash_file
from mltc.dialect import ReadOptions
from mltc.errors import ExtractError
from mltc.sources.encoding import TextBytes
from mltc.sources.footer import NO_FOOTER, Footer, find_footer
from mltc.sources.header import NO_HEADER, Header, find_header

BLOCK = 1 << 20
HEAD = 1 << 18
TAIL = 1 << 16
PACKED = b"\x1f\x8b"
# First bytes of what is sent under the name of a CSV and is none.
_OTHER_KINDS = {
    b"PAR1": ("a Parquet file", "give it a name that ends in .parquet"),
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "unpack it, or save it as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "save it as CSV"),
    b"7z\xbc\xaf": ("a 7z archive", "unpack it"),
    b"BZh": ("packed with bzip2", "unpack it"),
    b"\xfd7zXZ": ("packed with xz", "unpack it"),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", "unpack it"),
    b"%PDF": ("a PDF", "ask for the data as CSV"),
    PACKED: ("packed twice with gzip", "unpack it once"),
}


@dataclass(frozen=True)
class FileFacts:
    """What the bytes say; of a CSV also where rows begin and end.

    `is_plain`: the engine can read the bytes as they lie there: UTF-8, one kind of line end, no lines above the
    header, none after the last row, no invisible characters. `kept`: control characters that part cells.
    `line_count` counts line ends, of which blank lines and cells of several lines have their share.
    """

    sha256: str
    byte_count: int
    encoding: str = "none"
    header: Header = NO_HEADER
    footer: Footer = NO_FOOTER
    is_packed: bool = False
    is_plain: bool = True
    kept: str = ""
    line_count: int = 0

    @property
    def totals_fields(self) -> int:
        """Cells of the totals line at the end; 0 where there is none."""
        return self.footer.cells


def inspect_file(path: Path, options: ReadOptions, wanted: frozenset[str] = frozenset(), *, has_header: bool = True) -> FileFacts:  # noqa: E501  # fmt: skip
    """Facts of one file. `wanted`: column names (of which some are looked for), to know the header by.

    Raises ExtractError for a file that cannot be opened, unpacked or decoded, or that has no header.
    """
    try:
        digest = hash_file(path)
        if path.name.lower().endswith(".parquet"):
            return FileFacts(digest, path.stat().st_size)
        text, is_packed = _read_bytes(path, options)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise ExtractError(f"{path.name} cannot be unpacked: it is damaged or cut short. Ask for it again.") from None
    except OSError as error:
        raise ExtractError(f"{path.name} cannot be opened ({type(error).__name__}).") from None
    encoding = text.settle(path.name, options)
    head, tail = text.decode_ends(encoding)
    delimiter = _delimiter(path, options)
    header = Header((), 0, delimiter)
    if has_header:
        header = find_header(path.name, head, options.model_copy(update={"delimiter": delimiter}), wanted)
    width = len(header.names) or head.split("\n", 1)[0].count(delimiter) + 1
    footer = find_footer(tail, width, header.delimiter, options.quote)
    is_plain = encoding == "utf-8" and not (header.lines_above or footer.lines or text.is_odd or text.mixes_line_ends)
    kept = header.delimiter + options.list_separator
    return FileFacts(digest, path.stat().st_size, encoding, header, footer, is_packed, is_plain, kept, text.line_count)


def hash_extract(path: Path) -> str:
    """SHA-256 of a file of an extract. Raises ExtractError where it cannot be opened."""
    try:
        return hash_file(path)
    except OSError as error:
        raise ExtractError(f"{path.name} cannot be opened ({type(error).__name__}).") from None


def open_bytes(path: Path, *, is_packed: bool) -> IO[bytes]:
    """The file, unpacked where it is packed."""
    return cast("IO[bytes]", gzip.open(path, "rb")) if is_packed else path.open("rb")


def _delimiter(path: Path, options: ReadOptions) -> str:
    is_tab = ".tsv" in path.name.lower() and options.delimiter == ","
    return "\t" if is_tab else options.delimiter


def _read_bytes(path: Path, options: ReadOptions) -> tuple[TextBytes, bool]:
    """What is packed is known by its first bytes, not by its name."""
    with path.open("rb") as stream:
        is_packed = stream.read(2) == PACKED
    text = TextBytes(HEAD, TAIL, _delimiter(path, options) + options.list_separator)
    with open_bytes(path, is_packed=is_packed) as stream:
        while block := stream.read(BLOCK):
            if not text.byte_count:
                _refuse_other_kinds(path.name, block)
            text.add(block)
    return text, is_packed


def _refuse_other_kinds(name: str, block: bytes) -> None:
    for begin, (kind, mend) in _OTHER_KINDS.items():
        if block.startswith(begin):
            raise ExtractError(f"{name} is {kind} by its contents, whatever its name says: {mend}.")
