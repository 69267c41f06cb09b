"""The workbook by the accessible-spreadsheet rules, read back with openpyxl."""

import io
import runpy
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openpyxl import load_workbook

from mltc.report import render_workbook

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))


@pytest.fixture(scope="module")
def content() -> bytes:
    return render_workbook(drawn.draw_context(), drawn.draw_tables())


@pytest.fixture(scope="module")
def book(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def test_sheets(book: Any) -> None:
    assert book.sheetnames[:4] == ["Cover", "Contents", "Notes", "Columns"]
    assert book.sheetnames[4:] == [
        "Prevalence",
        "Condition",
        "Cluster",
        "Cluster condition",
        "Cluster selection",
        "Cluster outcome",
        "Cluster use",
        "Cluster comparison",
        "Risk band",
        "Risk calibration",
        "Risk performance",
        "Risk capacity",
        "Risk decision curve",
        "Risk equity",
        "Risk month",
        "Risk month decile",
        "Risk stability",
        "Risk checklist",
        "Need",
        "Innovation",
        "Innovation catalogue",
        "Innovation overlap",
        "Innovation group",
        "Segment",
        "Standardised",
        "Inequality",
        "Activity",
        "Projection",
        "Recorded published",
        "Month",
        "Definition",
        "Change",
        "Row account",
        "Gate rule",
        "Run note",
    ]


def test_one_marked_table_a_sheet_without_merged_or_frozen_or_filtered_cells(book: Any) -> None:
    for sheet in book.worksheets:
        assert sheet["A1"].value
        assert len(sheet.tables) == (0 if sheet.title == "Cover" else 1)
        assert not sheet.merged_cells.ranges
        assert sheet.freeze_panes is None
        for table in sheet.tables.values():
            assert table.autoFilter is None
            cells = [[cell.value for cell in row] for row in sheet[table.ref]]
            assert all(any(value is not None for value in row) for row in cells)
            headings = [str(value).casefold() for value in cells[0]]
            assert len(headings) == len(set(headings))


def test_numbers_are_numbers_and_marks_are_text(book: Any) -> None:
    rows = list(book["Condition"].iter_rows(values_only=True))
    heading = next(row for row in rows if row[0] == "Condition key")
    by_condition = {row[0]: dict(zip(heading, row, strict=True)) for row in rows}
    assert by_condition["diabetes"]["With the condition"] == 5_510  # 0.072 * 76,500 = 5,508
    assert by_condition["diabetes"]["With the condition, %"] == pytest.approx(100 * 5_510 / 76_500)
    assert by_condition["tuberculosis"]["With the condition"] == "[c]"
    assert by_condition["tuberculosis"]["Published, %"] == "[x]"


def test_hostile_names_are_text_and_not_formulas(book: Any) -> None:
    cells = [cell for row in book["Prevalence"].iter_rows() for cell in row]
    names = {cell.value for cell in cells if cell.data_type == "s"}
    assert {drawn.FORMULA, drawn.HOSTILE} <= names
    assert not [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_contents_link_to_every_sheet(book: Any) -> None:
    names = book.sheetnames[2:]
    links = [cell.hyperlink.location for (cell,) in book["Contents"][f"A4:A{3 + len(names)}"]]
    assert links == [f"'{name}'!A1" for name in names]


def test_notes_explain_the_marks_and_the_profile(book: Any) -> None:
    text = " ".join(str(cell.value) for row in book["Notes"].iter_rows() for cell in row)
    assert "[c] stands for" in text and "[x] stands for" in text
    assert "Counts of 1 to 7 are not shown" in text
    assert "Synthetic data" in text


def test_same_tables_give_the_same_bytes(content: bytes, book: Any) -> None:
    assert render_workbook(drawn.draw_context(), drawn.draw_tables()) == content
    assert book.properties.created == datetime(2026, 10, 1)


def test_an_empty_table_has_words_in_place_of_rows() -> None:
    book = load_workbook(io.BytesIO(render_workbook(drawn.draw_context(), drawn.draw_empty_tables())))
    assert not book["Cluster"].tables
    assert book["Cluster"]["A3"].value.startswith("This table is empty: it could not be computed")


def test_a_combined_profile_states_its_rule() -> None:
    rule = "Counts of 0 to 7 are not shown; all other counts are rounded to the nearest 5."
    context = replace(drawn.draw_context(), profile="community+hes+opensafely", profile_rule=rule)
    book = load_workbook(io.BytesIO(render_workbook(context, drawn.draw_tables())))
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert any(rule in text for text in cells)
