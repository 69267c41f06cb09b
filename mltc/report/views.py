"""What templates show: tables of cells, and figures made of chart, summary, note, source and table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mltc.disclosure import PublishedTable
from mltc.report.figures import Row, read_rate
from mltc.report.wording import SUPPRESSED, UNAVAILABLE, column_label, look_up, percent_text

WIDE = 760
HALF = 500
NARROW = 288


@dataclass(frozen=True)
class Cell:
    """One cell: its text, whether it is a number, and a shade from 0 to 5 (heat table), if any."""

    text: str
    is_number: bool = False
    shade: int | None = None


@dataclass(frozen=True)
class TableView:
    """A table to show: caption, headings, rows; `name` of the published table behind it."""

    id: str
    caption: str
    headings: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    name: str
    note: str = ""


@dataclass(frozen=True)
class FigureView:
    """A chart at two widths with everything that must stand beside it."""

    id: str
    title: str
    summary: str
    wide: str
    narrow: str
    table: TableView
    notes: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Missing:
    """Words in the place of something that could not be shown."""

    sentence: str


Draw = Callable[[int], Any]


def table_view(
    table: PublishedTable,
    rows: Sequence[Row],
    columns: Sequence[str],
    view_id: str,
    *,
    caption: str = "",
    labels: Mapping[str, Callable[[Row], str]] | None = None,
) -> TableView:
    """Rows of a published table as cells, a rate together with its interval in one cell.

    `labels` words the text of a column from its row (for instance "1, most deprived").
    """
    labels = labels or {}
    body = [[_cell(table, row, column, labels.get(column)) for column in columns] for row in rows]
    headings = [Cell(column_label(column), column not in table.spec.dimensions) for column in columns]
    return TableView(view_id, caption or table.spec.title, headings, body, table.spec.name, shorthand_note(body))


def cell_text(table: PublishedTable, row: Row, column: str) -> str:
    """The text of one cell as tables show it."""
    return _cell(table, row, column).text


def _cell(table: PublishedTable, row: Row, column: str, label: Callable[[Row], str] | None = None) -> Cell:
    if label is not None:
        return Cell(label(row), is_number=column not in table.spec.dimensions)
    if column in table.spec.dimensions:
        return Cell(row.text(column))
    if row[column] is None:
        return Cell(row.text(column), is_number=True)
    if column in {rate.name for rate in table.spec.rates}:
        rate = read_rate(row, column)
        text = f"{percent_text(rate.percent)} ({rate.limits})" if rate.has_interval else percent_text(rate.percent)
        return Cell(text, is_number=True)
    decimals = {measure.name: measure.decimals for measure in table.spec.measures}
    value = row[column]
    return Cell(f"{value:,.{decimals[column]}f}" if column in decimals else f"{value:,}", is_number=True)


def shorthand_note(body: Sequence[Sequence[Cell]]) -> str:
    """What the marks in a table mean; empty where it has none."""
    texts = {cell.text for row in body for cell in row}
    marks = (SUPPRESSED in texts, UNAVAILABLE in texts)
    key = {(True, True): "shorthand", (True, False): "shorthand_c", (False, True): "shorthand_x"}.get(marks)
    return look_up(f"report.{key}") if key else ""


def figure_view(
    view_id: str,
    title: str,
    summary: str,
    draw: Draw,
    table: TableView,
    *,
    notes: Sequence[str] = (),
    width: int = WIDE,
) -> FigureView:
    """A figure drawn at its wide and its narrow width."""
    from altair.utils.schemapi import debug_mode
    from markupsafe import Markup

    from mltc.report.svg import draw_svg

    # Markup: `draw_svg` keeps only drawing elements, and its text was escaped when it was written.
    with debug_mode(False):  # Altair checks every part against its schema: slower than drawing, and tested
        wide, narrow = (
            Markup(draw_svg(draw(pixels), f"{view_id}-{size}", title))  # noqa: S704
            for size, pixels in (("wide", width), ("narrow", NARROW))
        )
    return FigureView(view_id, title, summary, wide, narrow, table, [note for note in notes if note])
