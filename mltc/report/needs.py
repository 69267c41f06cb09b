"""Figures of care needs, of places one by one, and of the data behind the report."""

from collections.abc import Callable

from mltc.disclosure import PublishedTable
from mltc.report.bars import Mark, Scale, draw_bars
from mltc.report.figures import Row, Rows, pcn_rows, pick, read_rate, shown
from mltc.report.filters import Filter, make_options
from mltc.report.known import Known, known_of
from mltc.report.people import PREVALENCE_COLUMNS, group_name, place_name
from mltc.report.sentences import (
    hidden_sentence,
    need_sentence,
    not_known_sentence,
    place_sentence,
    unknown_share_sentence,
)
from mltc.report.views import Cell, FigureView, Missing, TableView, cell_text, figure_view, shorthand_note, table_view
from mltc.report.wording import column_label, group_label, look_up, percent_text

NEED_COLUMNS = (
    "indicator_name",
    "indicator_rule",
    "applies_to",
    "known_share",
    "known_persons",
    "present_persons",
    "present_percent",
)


def need_sections(tables: dict[str, PublishedTable], rows: Rows) -> list[dict[str, object]]:
    """One section per need of the whole area: name and figure, or words where none can be shown."""
    everywhere = pick(rows, "need", geography_type="icb")
    names = {str(row["need"]): str(row["need_name"]) for row in everywhere}
    sections: list[dict[str, object]] = []
    for number, (need, name) in enumerate(names.items(), start=1):
        indicators = [row for row in everywhere if row["need"] == need]
        figure = _need_figure(tables["need"], indicators, number, name)
        sections.append({"id": f"need-{number}", "name": name, "figure": figure})
    return sections


def _need_figure(table: PublishedTable, indicators: list[Row], number: int, name: str) -> FigureView | Missing:
    pairs = sorted(shown(indicators, "present_percent"), key=lambda pair: -(pair[1].percent or 0.0))
    if not pairs:
        return Missing(need_sentence(indicators))
    marks = [
        Mark(str(row["indicator_name"]), rate.percent or 0.0, rate.lower, rate.upper, key=str(row["indicator"]))
        for row, rate in pairs
    ]
    nobody = sum(known_of(row) is Known.NOBODY for row in indicators)
    title = f"{name}: {look_up('title.need')}"
    return figure_view(
        f"need-{number}",
        title,
        f"{need_sentence(indicators)} {unknown_share_sentence(indicators)}".strip(),
        lambda pixels: draw_bars(marks, pixels, Scale(look_up("axis.need"), ceiling=100.0)),
        table_view(table, indicators, NEED_COLUMNS, f"table-need-{number}", caption=name, labels=_known_words(table)),
        notes=[
            look_up("report.interval_note"),
            hidden_sentence(len(indicators) - len(pairs) - nobody),
            not_known_sentence(nobody),
        ],
    )


def _known_words(table: PublishedTable) -> dict[str, Callable[[Row], str]]:
    """Words of the cells of an indicator: "not known" where it is known of nobody, which is no small number."""

    def words(column: str) -> Callable[[Row], str]:
        return lambda row: look_up("known.nobody") if known_of(row) is Known.NOBODY else cell_text(table, row, column)

    return {column: words(column) for column in ("known_persons", "present_persons", "present_percent")}


def place_filter(rows: Rows) -> Filter | None:
    """The list of PCNs; None where there are fewer than two."""
    places = pcn_rows(rows)
    if len(places) < 2:
        return None
    options = make_options("place", [place_name(place) for place in places])
    return Filter("place", look_up("filter.place"), look_up("filter.all_places"), options)


def place_sections(tables: dict[str, PublishedTable], rows: Rows, area: str) -> list[dict[str, object]]:
    """One section per PCN: sentence, breakdowns, needs beside the whole area."""
    sections: list[dict[str, object]] = []
    for number, place in enumerate(pcn_rows(rows), start=1):
        code = place["geography_code"]
        split = [
            row
            for row in pick(rows, "prevalence", geography_type="pcn", geography_code=code)
            if row["breakdown"] != "all"
        ]
        sections.append(
            {
                "id": f"place-{number}",
                "name": place_name(place),
                "code": str(code),
                "sentence": place_sentence(rows, place, area),
                "split": _split_table(tables["prevalence"], [place, *split], number, place_name(place)),
                "needs": _place_needs(rows, str(code), number, place_name(place), area),
            }
        )
    return sections


def _split_table(table: PublishedTable, rows: list[Row], number: int, name: str) -> TableView:
    labels = {
        "breakdown": lambda row: group_label(str(row["breakdown"])),
        "breakdown_value": group_name,
    }
    columns = ("breakdown", "breakdown_value", *PREVALENCE_COLUMNS)
    title = f"{look_up('title.place_table')}: {name}"
    return table_view(table, rows, columns, f"table-place-{number}", caption=title, labels=labels)


def _place_needs(rows: Rows, code: str, number: int, name: str, area: str) -> TableView | None:
    here = pick(rows, "need", geography_type="pcn", geography_code=code)
    if not here:
        return None
    everywhere = {(row["need"], row["indicator"]): row for row in pick(rows, "need", geography_type="icb")}
    body = [_need_cells(row, everywhere.get((row["need"], row["indicator"]))) for row in here]
    headings = [
        Cell(column_label("indicator_name")),
        Cell(column_label("need_name")),
        Cell(column_label("known_persons"), is_number=True),
        Cell(column_label("present_percent"), is_number=True),
        Cell(area, is_number=True),
    ]
    title = f"{look_up('title.place_need')}: {name}"
    return TableView(f"table-place-need-{number}", title, headings, body, "need", shorthand_note(body))


def _need_cells(row: Row, whole: Row | None) -> list[Cell]:
    rate = read_rate(row, "present_percent")
    interval = f" ({rate.limits})" if rate.has_interval else ""
    known = f"{row['known_persons']:,}" if row["known_persons"] is not None else row.text("known_persons")
    share = f"{percent_text(rate.percent, rate.mark)}{interval}"
    if known_of(row) is Known.NOBODY:
        known = share = look_up("known.nobody")
    return [
        Cell(str(row["indicator_name"])),
        Cell(str(row["need_name"])),
        Cell(known, is_number=True),
        Cell(share, is_number=True),
        Cell(_whole_share(whole), is_number=True),
    ]


def _whole_share(whole: Row | None) -> str:
    if whole is None:
        return look_up("report.blank")
    if known_of(whole) is Known.NOBODY:
        return look_up("known.nobody")
    rate = read_rate(whole, "present_percent")
    return percent_text(rate.percent, rate.mark)
