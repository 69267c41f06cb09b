"""Characters that no one sees: what they are read as, and how to tell from the bytes that there are some."""

import re

# Blanks of every kind are blanks, and so are control characters: a value keeps its place but not its noise.
_BLANKS = (*range(0x20), 0x7F, 0x85, 0xA0, 0x2007, 0x2028, 0x2029, 0x202F, 0x3000)
# Marks of byte order, of direction and of no width mean nothing inside a code, a number or a name.
_NOTHING = (0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF)
_IN_UTF8 = re.compile(
    rb"\xc2[\x85\xa0]|\xe2\x80[\x87\x8b\x8e\x8f\xa8-\xaf]|\xe2\x81[\xa0\xa6-\xa9]|\xe3\x80\x80|\xef\xbb\xbf"
)


def translation(kept: str) -> dict[int, str]:
    """For `str.translate`; the characters of `kept` (delimiter, list separator) and line ends stay."""
    table = dict.fromkeys(_BLANKS, " ") | dict.fromkeys(_NOTHING, "")
    return {code: text for code, text in table.items() if chr(code) not in f"\n\r{kept}"}


def has_oddities(block: bytes, kept: str) -> bool:
    """Whether UTF-8 text holds such characters."""
    controls = bytes(code for code in (*range(0x20), 0x7F) if chr(code) not in f"\n\r{kept}")
    if len(block.translate(None, controls)) != len(block):
        return True
    return not block.isascii() and _IN_UTF8.search(block) is not None
