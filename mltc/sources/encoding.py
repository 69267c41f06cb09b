"""The bytes of a text file, seen once from begin to end: their encoding, their line ends, their ends."""

import codecs
import re

from mltc.dialect import ReadOptions
from mltc.errors import ExtractError
from mltc.sources.oddities import has_oddities, translation

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Letters of western Europe in UTF-8; in Latin-1 or Windows-1252 no text has these pairs.
_UTF8_LETTERS = re.compile(rb"[\xc3\xc2][\x80-\xbf]")
# Bytes that are no character of Windows-1252; those before them are controls in Latin-1 and letters in it.
_NO_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_CP1252 = re.compile(rb"[\x80-\x9f]")


class TextBytes:
    """Fed block by block with `add`; then `settle` names the encoding and `decode_ends` gives head and tail."""

    def __init__(self, head_bytes: int, tail_bytes: int, kept: str) -> None:
        self.byte_count = 0
        self.head = self.tail = b""
        self.is_odd = False
        self._sizes, self._kept = (head_bytes, tail_bytes), kept
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._wrong_line: int | None = None
        self._has_letters = self._has_cp1252 = self._has_no_cp1252 = False
        self._returns = self._feeds = self._pairs = 0

    def add(self, block: bytes) -> None:
        """The next bytes of the file."""
        self._count_line_ends(block)
        if not self.byte_count:
            self.head = block[: self._sizes[0]]
            block = block.removeprefix(codecs.BOM_UTF8)
            self.byte_count += len(self.head) - len(block[: self._sizes[0]])
        if not block.isascii() or self._decoder.getstate()[0]:
            self._look_at_letters(block)
        self.is_odd = self.is_odd or has_oddities(block, self._kept)
        self.tail = (self.tail + block)[-self._sizes[1] :]
        self.byte_count += len(block)

    @property
    def mixes_line_ends(self) -> bool:
        """Whether lines end in more than one way, or in a way of which the engine makes nothing."""
        return bool(self._returns) and not self._returns == self._feeds == self._pairs

    @property
    def line_count(self) -> int:
        """Line ends of every kind."""
        return self._feeds + self._returns - self._pairs

    def settle(self, name: str, options: ReadOptions) -> str:
        """Encoding of the file: as configured, else by its mark, its zero bytes, and what decodes.

        Raises ExtractError where the bytes are of no encoding that is read.
        """
        self._finish_letters()
        mark = next((encoding for begin, encoding in _MARKS.items() if self.head.startswith(begin)), None)
        wide = mark if mark not in {None, "utf-8"} else self._wide()
        if options.encoding in {"utf-16", "auto"} and wide:
            return wide
        if options.encoding == "utf-16":
            return "utf-16"
        if self._wrong_line is None and options.encoding in {"auto", "utf-8"}:
            return "utf-8"
        if options.encoding == "utf-8" or mark == "utf-8" or (options.encoding == "auto" and self._has_letters):
            raise ExtractError(
                f"{name} is not UTF-8 throughout: line {self._wrong_line} holds other bytes. It is damaged, or was put "
                "together from files of two encodings: ask the sender for it again. Where it is in fact "
                'Windows-1252 or Latin-1, set encoding = "latin-1".'
            )
        if self._has_no_cp1252:
            raise ExtractError(
                f"{name} is no text in UTF-8, UTF-16, Latin-1 or Windows-1252: it is damaged or of another type. "
                "Ask the sender for it again."
            )
        return "cp1252" if self._has_cp1252 else "latin-1"

    def decode_ends(self, encoding: str) -> tuple[str, str]:
        """First and last part of the text, with "\\n" for every line end."""
        codec = encoding
        if encoding in {"utf-16", "utf-32"}:
            big = self.head.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
            codec = f"{encoding}-be" if big else f"{encoding}-le"
        head, tail = (part.decode(codec, errors="replace") for part in (self.head, self.tail))
        table = translation(self._kept)
        return _plain(head).translate(table), _plain(tail).translate(table)

    def _count_line_ends(self, block: bytes) -> None:
        self._returns += block.count(b"\r")
        self._feeds += block.count(b"\n")
        self._pairs += block.count(b"\r\n") + (self.tail.endswith(b"\r") and block.startswith(b"\n"))

    def _look_at_letters(self, block: bytes) -> None:
        self._has_letters = self._has_letters or _UTF8_LETTERS.search(block) is not None
        self._has_cp1252 = self._has_cp1252 or _CP1252.search(block) is not None
        self._has_no_cp1252 = self._has_no_cp1252 or _NO_CP1252.search(block) is not None
        try:
            if self._wrong_line is None:
                self._decoder.decode(block)
        except UnicodeDecodeError as error:
            self._wrong_line = self._feeds - block.count(b"\n") + block.count(b"\n", 0, error.start) + 1

    def _finish_letters(self) -> None:
        try:
            if self._wrong_line is None:
                self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self._wrong_line = self._feeds + 1

    def _wide(self) -> str | None:
        """UTF-16 without its mark, by the zero bytes of western letters."""
        sample = self.head[: len(self.head) // 2 * 2][:64]
        low, high = sample[0::2], sample[1::2]
        half = len(low) // 2
        if len(sample) < 4 or (low.count(0) > half) == (high.count(0) > half):
            return None
        return "utf-16-be" if low.count(0) > half else "utf-16-le"


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
