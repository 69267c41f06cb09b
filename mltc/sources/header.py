"""Where the column names of a text file stand, what stands above them, and which of them may be repeated."""

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mltc.dialect import ReadOptions
from mltc.errors import ExtractError

DELIMITERS = ",;\t|^~"
LINES_LOOKED_AT = 30
# Excel's own first line, which it writes for the sake of countries with decimal commas.
_SEPARATOR_LINE = re.compile(r'^"?sep=(.)"?\W*$', re.I)
# A name as people give them. A cell of data nearly always has more digits, or begins with one.
_NAME = re.compile(r"[^\W\d][\w .,()/#&%+:'-]{0,63}")


@dataclass(frozen=True)
class Header:
    """Column names in file order, the lines above them, and what parts the cells."""

    names: tuple[str, ...]
    lines_above: int
    delimiter: str


NO_HEADER = Header((), 0, ",")


def find_header(file: str, text: str, options: ReadOptions, wanted: Collection[str] = ()) -> Header:
    """The first line that holds most of the `wanted` names; without these, the first that is not blank.

    `text` is the begin of the file, its line ends "\\n". Title lines above the header and Excel's `sep=;` are
    passed over. Raises ExtractError where there is no header, or rows of data stand above it.
    """
    delimiter, above = options.delimiter, 0
    if found := _SEPARATOR_LINE.match(text.split("\n", 1)[0]):
        delimiter, above, text = found[1], 1, text.partition("\n")[2]
    wanted = {name.casefold() for name in wanted}
    lines = [(start, cells) for start, cells in read_lines(text, delimiter, options.quote) if any(cells)]
    if not lines:
        raise ExtractError(f"{file} is empty: it has no header line. Ask the sender for the file again.")
    scores = [_score(cells, wanted) for _, cells in lines]
    best = scores.index(max(scores))
    if wanted and not scores[best]:
        raise ExtractError(_tell_no_header(file, text, delimiter, options, wanted))
    start, cells = lines[best]
    if any(sum(map(bool, other)) > max(2, len(cells) // 3) for _, other in lines[:best]):
        raise ExtractError(
            f"{file} has rows of data above the line of column names (line {above + start + 1}): it was put together "
            "wrongly. Ask the sender for it again."
        )
    return Header(_named(_without_blank_end(cells, lines[best + 1 :])), above + start, delimiter)


def read_lines(text: str, delimiter: str, quote: str) -> Iterator[tuple[int, list[str]]]:
    """Trimmed cells of the first lines, with the number of lines before each; stops where a line cannot be cut."""
    quoting = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    reader, start = csv.reader(text.split("\n"), delimiter=delimiter, **quoting), 0
    try:
        for number, cells in enumerate(reader):
            if number > LINES_LOOKED_AT:
                return
            yield start, [cell.strip() for cell in cells]
            start = reader.line_num
    except csv.Error:
        return


def check_names(file: str, names: tuple[str, ...]) -> None:
    """Raise ExtractError where two columns have the same name but for the case of its letters."""
    folded = [name.casefold() for name in names]
    places = next(([n for n, other in enumerate(folded, start=1) if other == name] for name in folded
                   if folded.count(name) > 1), [])  # fmt: skip
    if places:
        told = f"the column {names[places[0] - 1]}" if are_names(names) else "a column"
        listed = " and ".join(str(place) for place in places)
        raise ExtractError(f"{file} has {told} more than once in its header (columns {listed}).")


def are_names(names: Collection[str]) -> bool:
    """Whether all of them look like column names and none like data, so that a message may repeat them."""
    return all(_NAME.fullmatch(name) and sum(map(str.isdigit, name)) < 5 for name in names)


def _score(cells: list[str], wanted: Collection[str]) -> int:
    return len({cell.casefold() for cell in cells} & set(wanted))


def _without_blank_end(cells: list[str], below: list[tuple[int, list[str]]]) -> list[str]:
    """A delimiter at the end of the header names no column where the rows have none there."""
    if cells and not cells[-1] and below and len(below[0][1]) == len(cells) - 1:
        return cells[:-1]
    return cells


def _named(cells: list[str]) -> tuple[str, ...]:
    """Columns without a name are called by their place."""
    taken = {cell.casefold() for cell in cells}
    names = []
    for place, cell in enumerate(cells, start=1):
        name = cell or f"unnamed_{place}"
        while not cell and name in taken:
            name += "_"
        names.append(name)
    return tuple(names)


def _tell_no_header(file: str, text: str, delimiter: str, options: ReadOptions, wanted: Collection[str]) -> str:
    for other in DELIMITERS:
        lines = read_lines(text, other, options.quote)
        if other != delimiter and max((_score(cells, wanted) for _, cells in lines), default=0) > 1:
            return (
                f"{file} has its cells parted by {other!r}, and the configuration says {delimiter!r}: "
                f"set delimiter = {other!r} there."
            )
    named = sorted(wanted)
    return (
        f"{file} has no header line: none of its first lines holds a column name that is wanted "
        f"({', '.join(named[:12])}{' ...' if len(named) > 12 else ''}). Those lines are not shown, since they may be "
        "data. Ask the sender for the file with its header, or map its column names in the configuration."
    )
