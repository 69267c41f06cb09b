"""The workbook: every published table on a sheet of its own, by the accessible-spreadsheet rules.

One marked-up table a sheet, title in A1, one heading row, no merged cells, no frozen panes, no filters, no
blank rows or columns inside a table (Government Analysis Function, Releasing statistics in spreadsheets).
Text is always written as text, so that no name can become a formula or a link.
"""

import io
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from mltc.disclosure import PublishedTable
from mltc.report.context import ReportContext
from mltc.report.wording import column_label, date_text, load_wording, look_up, say

SHEET_NAME_LENGTH = 31
COVER, CONTENTS, NOTES, DICTIONARY = "Cover", "Contents", "Notes", "Columns"
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


def render_workbook(context: ReportContext, tables: dict[str, PublishedTable]) -> bytes:
    """The workbook as xlsx bytes: cover, contents, notes, columns, then one sheet per table.

    An empty table has its sheet too, with words in place of rows. Same arguments, same bytes.
    """
    import xlsxwriter

    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, _OPTIONS)
    writer = _Writer(workbook)
    workbook.set_properties(
        {
            "title": f"{look_up('report.title')}, {context.icb_name}",
            "subject": date_text(context.index_date),
            "author": context.icb_name,
            "created": datetime.combine(context.index_date, time()),
        }
    )
    sheets = {name: _sheet_name(name) for name in tables}
    _write_cover(writer, context)
    _write_contents(writer, tables, sheets)
    _write_notes(writer, context)
    _write_dictionary(writer, tables, sheets)
    for name, table in tables.items():
        _write_table(writer, table, sheets[name])
    workbook.close()
    return stream.getvalue()


def _sheet_name(name: str) -> str:
    return name.replace("_", " ").capitalize()[:SHEET_NAME_LENGTH]


class _Writer:
    """Formats of the workbook, and the few ways in which its sheets are written."""

    def __init__(self, workbook: Any) -> None:
        base = {"font_name": "Arial", "font_size": 12}
        self.workbook = workbook
        self.text = workbook.add_format(base | {"text_wrap": True, "valign": "top"})
        self.title = workbook.add_format(base | {"bold": True, "font_size": 16})
        self.heading = workbook.add_format(base | {"bold": True, "text_wrap": True, "valign": "bottom"})
        self.link = workbook.add_format(base | {"font_color": "#005EB8", "underline": 1})
        self.count = workbook.add_format(base | {"num_format": "#,##0", "valign": "top"})
        self.number = workbook.add_format(base | {"num_format": "0.0##", "valign": "top"})
        self.mark = workbook.add_format(base | {"align": "right", "valign": "top"})

    def add_sheet(self, name: str, title: str, lines: Sequence[str] = ()) -> tuple[Any, int]:
        """A new sheet with its title in A1 and lines below; and the number of the next row."""
        sheet = self.workbook.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, title, self.title)
        plain = self.workbook.add_format({"font_name": "Arial", "font_size": 12})
        for row, line in enumerate(lines, start=1):
            sheet.write_string(row, 0, line, plain)
        return sheet, len(lines) + 1

    def write_marked_table(
        self, sheet: Any, first: int, name: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """A marked-up table from row `first`; each cell a text, a whole number or a number."""
        columns = [{"header": heading, "header_format": self.heading} for heading in headings]
        last = first + len(rows)
        sheet.add_table(
            first,
            0,
            last,
            len(headings) - 1,
            {"name": name, "columns": columns, "autofilter": False, "style": "Table Style Light 1"},
        )
        for row_number, row in enumerate(rows, start=first + 1):
            for column, value in enumerate(row):
                self._write_cell(sheet, row_number, column, value)
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, _width(heading, [row[column] for row in rows]))

    def _write_cell(self, sheet: Any, row: int, column: int, value: Any) -> None:
        if isinstance(value, int):
            sheet.write_number(row, column, value, self.count)
        elif isinstance(value, float):
            sheet.write_number(row, column, value, self.number)
        else:
            text = str(value)
            sheet.write_string(row, column, text, self.mark if text in ("[c]", "[x]") else self.text)


def _width(heading: str, values: Sequence[Any]) -> int:
    """Column width in characters: wide enough for words, never so wide that the table leaves the screen."""
    longest = max([len(str(value)) for value in values] + [len(heading) // 2])
    return min(60, max(12, longest + 2))


def _write_cover(writer: _Writer, context: ReportContext) -> None:
    title = f"{look_up('report.title')}: {context.icb_name}"
    lines = [look_up("report.synthetic")] if context.is_synthetic else []
    lines += [
        say("workbook.about", date=date_text(context.index_date), run=context.run_name),
        look_up("workbook.made"),
        say("workbook.definition", definition=context.definition, version=context.definition_version),
        say("workbook.versions", codelists=context.codelist_version, code=context.code_version),
        look_up("workbook.reading"),
    ]
    sheet, _ = writer.add_sheet(COVER, title, lines)
    sheet.set_column(0, 0, 100)
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, line, writer.text)


def _write_contents(writer: _Writer, tables: dict[str, PublishedTable], sheets: dict[str, str]) -> None:
    sheet, first = writer.add_sheet(CONTENTS, look_up("workbook.contents"), [look_up("workbook.one_table")])
    listed = [(NOTES, look_up("workbook.notes")), (DICTIONARY, look_up("workbook.columns"))]
    listed += [(sheets[name], table.spec.title) for name, table in tables.items()]
    writer.write_marked_table(sheet, first, "contents", [look_up("workbook.sheet"), look_up("workbook.title")], listed)
    for row, (name, _) in enumerate(listed, start=first + 1):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", writer.link, name)


def _write_notes(writer: _Writer, context: ReportContext) -> None:
    sheet, first = writer.add_sheet(NOTES, look_up("workbook.notes"), [look_up("workbook.one_table")])
    profiles = load_wording()["profile"]
    profile = profiles.get(context.profile, {}).get("text") or say(
        "profile.other.text", profile=context.profile, rule=context.profile_rule
    )
    notes = [*load_wording()["workbook"]["note"], profile]
    if context.is_synthetic:
        notes.insert(0, look_up("report.synthetic"))
    rows = [(number, note) for number, note in enumerate(notes, start=1)]
    writer.write_marked_table(sheet, first, "notes", [look_up("workbook.number"), look_up("workbook.note_text")], rows)
    sheet.set_column(1, 1, 100)


def _write_dictionary(writer: _Writer, tables: dict[str, PublishedTable], sheets: dict[str, str]) -> None:
    sheet, first = writer.add_sheet(DICTIONARY, look_up("workbook.columns"), [look_up("workbook.one_table")])
    rows = [
        (sheets[name], column_label(column), column, text)
        for name, table in tables.items()
        for column, text in table.spec.descriptions.items()
    ]
    headings = [look_up(f"workbook.{key}") for key in ("sheet", "heading", "column", "meaning")]
    if rows:
        writer.write_marked_table(sheet, first, "columns", headings, rows)
        sheet.set_column(3, 3, 80)


def _write_table(writer: _Writer, table: PublishedTable, sheet_name: str) -> None:
    spec, columns = table.spec, list(table.spec.kinds)
    rows = [
        [text if value is None else value for value, text in zip(values, texts, strict=True)]
        for values, texts in zip(table.frame.select(columns).rows(), table.text_frame().rows(), strict=True)
    ]
    lines = [spec.description, look_up("report.shorthand") if rows else look_up("workbook.empty")]
    sheet, first = writer.add_sheet(sheet_name, spec.title, lines)
    if rows:
        writer.write_marked_table(sheet, first, f"t_{spec.name}", _headings(columns), rows)


def _headings(columns: Sequence[str]) -> list[str]:
    """Headings of a table, which must differ: the column's name is added where two would read the same."""
    labels = [column_label(column) for column in columns]
    folded = [label.casefold() for label in labels]
    return [
        f"{label} ({column})" if folded.count(label.casefold()) > 1 else label
        for label, column in zip(labels, columns, strict=True)
    ]
