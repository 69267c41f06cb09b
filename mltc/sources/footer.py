"""Lines at the end of a file that are no rows: totals, notes after them, blank lines, the end mark of DOS."""

import re
from dataclasses import dataclass

from mltc.sources.header import read_lines

LINES_LOOKED_AT = 12
# A first cell that says that its line sums up the file: "Total", "Record count", "Rows: 120", "EOF", "TRAILER".
_OF = r"( (number )?(of )?(rows?|records?|lines|count|patients|persons|episodes|events|file|extract|report|data))*"
_TOTALS = re.compile(rf"\W*((grand )?totals?{_OF}|trailer|tlr|eof|end{_OF}|(number of )?(row|record|line)s?{_OF})"
                     r"[\W\d]*", re.I)  # fmt: skip
_COUNTED = re.compile(r"\W*((total )?(number of )?(row|record|line)s?( ?count)?|trailer)\b", re.I)
_BLANK = " \t\x1a\x00\xa0\ufeff"


@dataclass(frozen=True)
class Footer:
    """`lines`: how many at the end are no rows, `told` of them not blank; `cells` and `rows` of a totals line."""

    lines: int = 0
    told: int = 0
    cells: int = 0
    rows: int | None = None


NO_FOOTER = Footer()


def find_footer(text: str, columns: int, delimiter: str, quote: str) -> Footer:
    """The footer of a file from its end `text`, its line ends "\\n"; the header has `columns` names.

    A totals line opens it; notes may follow. Other short lines at the end are rows that were cut off, which
    reading then refuses.
    """
    lines = text.removesuffix("\n").split("\n")
    last = len(lines)
    while last and not lines[last - 1].strip(_BLANK):
        last -= 1
    blank = Footer(lines=len(lines) - last if any(lines[last:]) else 0)
    for first in range(max(1, last - LINES_LOOKED_AT), last):
        cells = [row for _, row in read_lines("\n".join(lines[first:last]), delimiter, quote)]
        if cells and _is_totals(cells[0], columns) and all(_is_note(row, columns) for row in cells):
            told = sum(any(row) for row in cells)
            return Footer(len(lines) - first, told, len(cells[0]), _counted(cells[0]))
    return blank


def _is_totals(cells: list[str], columns: int) -> bool:
    return bool(cells and _TOTALS.fullmatch(cells[0])) and len(cells) <= columns + 1


def _is_note(cells: list[str], columns: int) -> bool:
    return sum(map(bool, cells)) <= max(2, columns // 3)


def _counted(cells: list[str]) -> int | None:
    number = re.search(r"\d[\d,]*", " ".join(cells))
    return int(number[0].replace(",", "")) if number and _COUNTED.match(cells[0]) else None
