"""A plain copy of a file that the engine would read wrongly or not at all: UTF-8, rows and their header alone."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mltc.errors import ExtractError
from mltc.sources.footer import Footer
from mltc.sources.inspect import FileFacts, open_bytes
from mltc.sources.oddities import translation

BLOCK = 1 << 20
HELD = 1 << 17
# Western letters, digits, commas and line ends of UTF-16 from which a byte is missing: rows would merge into a cell.
_WESTERN = b",\n\r123456789ABCDEFGHIJKLMNOPQRSTUVWXYZaeinorst"
SHIFTED = re.compile("[" + "".join(chr(code << 8) for code in _WESTERN) + "]")


def write_plain(path: Path, facts: FileFacts, copy: Path) -> FileFacts:
    """Write the header and the rows of `path` to `copy`; the facts of the copy, its hash that of the original.

    Raises ExtractError where the bytes are not of the encoding, or the copy cannot be written.
    """
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with copy.open("w", encoding="utf-8", newline="") as target:
            for block in _without_footer(_read_blocks(path, facts), facts.footer):
                target.write(block)
    except UnicodeError:
        raise ExtractError(
            f"{path.name} cannot be read with encoding {facts.encoding}: it is damaged or cut short, or `encoding` of "
            "this source is wrong. Ask for the file again if it is damaged."
        ) from None
    except OSError as error:
        raise ExtractError(
            f"{path.name} must be rewritten before it can be read, and {copy.parent} cannot be written "
            f"({type(error).__name__}): make room there."
        ) from None
    return replace(facts, is_plain=True, is_packed=False)


def _read_blocks(path: Path, facts: FileFacts) -> Iterator[str]:
    """Text from the header on, in blocks, with every line end as one character."""
    table = translation(facts.kept)
    encoding = "utf-8-sig" if facts.encoding == "utf-8" else facts.encoding
    with io.TextIOWrapper(open_bytes(path, is_packed=facts.is_packed), encoding=encoding, newline=None) as text:
        for _ in range(facts.header.lines_above):
            text.readline()
        while block := text.read(BLOCK):
            if facts.encoding.startswith("utf-16") and SHIFTED.search(block):
                raise UnicodeError
            yield block.translate(table)


def _without_footer(blocks: Iterator[str], footer: Footer) -> Iterator[str]:
    held = ""
    for block in blocks:
        held += block
        yield held[:-HELD]
        held = held[-HELD:]
    lines = held.removesuffix("\n").split("\n")
    kept = lines[: len(lines) - footer.lines]
    yield "".join(f"{line}\n" for line in kept)
