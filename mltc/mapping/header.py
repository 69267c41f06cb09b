"""Whether the first line of a file names its columns or is data already."""

import re
from collections.abc import Sequence

from mltc.errors import ExtractError

# A cell that is a value and no name: a number, a date, a long identifier, a GUID.
_VALUE = re.compile(
    r"^([-+]?[\d.,]+([eE][-+]?\d+)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{1,2} [A-Za-z]{3} \d{2,4}.*"
    r"|[0-9a-fA-F]{16,}|\{?[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}\}?)$"
)


def looks_like_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether the cells of the first line are names: none is a value, all differ, few come again below.

    When in doubt it is data: a line of data taken for names would show a person's values.
    """
    filled = [cell for cell in first if cell]
    if not filled or any(is_value(cell) for cell in filled) or len(set(filled)) < len(filled):
        return False
    if not all(re.search(r"[A-Za-z]", cell) and len(cell) <= 120 for cell in filled):
        return False
    below = list(rest[:500])
    again = sum(any(cells[place] == cell for cells in below) for place, cell in enumerate(first) if cell)
    blank = len(first) - len(filled)
    return again <= len(filled) * 0.2 and (blank <= len(first) * 0.2 or not below)


def is_value(cell: str) -> bool:
    """Whether a header cell is a value by its shape."""
    return _VALUE.match(cell.strip()) is not None


def refuse_repeated(file: str, names: Sequence[str]) -> None:
    """Raise ExtractError where two columns have one name: the reader cannot tell them apart."""
    folded = [name.casefold() for name in names]
    repeated = sorted({name for name, fold in zip(names, folded, strict=True) if folded.count(fold) > 1})
    if repeated:
        raise ExtractError(f"{file} has the column {repeated[0]} more than once in its header.")
