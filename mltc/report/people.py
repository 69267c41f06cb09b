"""Figures of the prevalence table: who lives with MLTC, inequalities, places."""

from collections.abc import Callable, Sequence

from mltc.disclosure import PublishedTable
from mltc.report.bars import Mark, Scale, draw_bars
from mltc.report.figures import Row, Rows, pcn_rows, pick, read_rate, shown, whole_area
from mltc.report.findings import absent, deprivation_sentence, places_sentence
from mltc.report.sentences import hidden_sentence, range_sentence
from mltc.report.views import HALF, WIDE, FigureView, Missing, TableView, figure_view, table_view
from mltc.report.wording import group_label, look_up, percent_text, say, value_label

PREVALENCE_COLUMNS = (
    "persons",
    "mltc_persons",
    "mltc_percent",
    "complex_mltc_persons",
    "complex_mltc_percent",
    "physical_mental_persons",
    "physical_mental_percent",
)
MOST_PLACES_IN_SUMMARY = 12


def group_name(row: Row) -> str:
    """The wording of a breakdown's value."""
    return value_label(str(row["breakdown"]), str(row["breakdown_value"]))


def is_unknown(row: Row) -> bool:
    """Whether the group is of people about whom the records do not say: shown, but compared with nobody."""
    return group_name(row) == look_up("values.any.unknown")


def place_name(row: Row) -> str:
    """The name of a place."""
    return str(row["geography_name"])


def rate_marks(
    pairs: Sequence[tuple[Row, str]], rate_name: str, series: str = "", key: str = "breakdown_value"
) -> list[Mark]:
    """One mark per row that has a published rate."""
    names = {id(row): label for row, label in pairs}
    return [
        Mark(names[id(row)], rate.percent or 0.0, rate.lower, rate.upper, series, key=str(row[key]))
        for row, rate in shown([row for row, _ in pairs], rate_name)
    ]


def breakdown_figure(
    tables: dict[str, PublishedTable],
    rows: Rows,
    area: str,
    breakdown: str,
    title: str,
    *,
    width: int = WIDE,
    is_sorted: bool = False,
    has_complex: bool = False,
) -> FigureView | Missing:
    """MLTC (and complex MLTC) by one breakdown of the whole area."""
    found = pick(rows, "prevalence", geography_type="icb", breakdown=breakdown)
    if is_sorted:
        found = sorted(found, key=lambda row: (is_unknown(row), -(row["mltc_percent"] or -1.0)))
    named = [(row, group_name(row)) for row in found]
    marks = rate_marks(named, "mltc_percent", "MLTC")
    if not marks:
        return Missing(_breakdown_summary(rows, breakdown, found) if found else absent(rows, "prevalence", title))
    hidden = len(found) - len(marks)
    if has_complex:
        marks += rate_marks(named, "complex_mltc_percent", "Complex MLTC")
    return figure_view(
        f"by-{breakdown.replace('_', '-')}",
        title,
        _breakdown_summary(rows, breakdown, found),
        lambda pixels: draw_bars(
            marks, pixels, Scale(look_up("axis.percent")), average=None if has_complex else _average(rows)
        ),
        _breakdown_table(tables["prevalence"], found, breakdown, title),
        notes=[
            look_up("report.interval_note"),
            "" if has_complex else average_note(rows, area),
            hidden_sentence(hidden),
            look_up("report.crude_note") if breakdown == "imd_quintile" else "",
        ],
        width=width,
    )


def _breakdown_summary(rows: Rows, breakdown: str, found: Sequence[Row]) -> str:
    if breakdown == "imd_quintile" and (sentence := deprivation_sentence(rows)):
        return sentence
    key = "age" if breakdown == "age_band" else "range"
    return range_sentence(key, [row for row in found if not is_unknown(row)], "mltc_percent", group_name)


def _breakdown_table(table: PublishedTable, found: Sequence[Row], breakdown: str, title: str) -> TableView:
    view_id = f"table-{breakdown.replace('_', '-')}"
    labels: dict[str, Callable[[Row], str]] = {"breakdown_value": group_name}
    columns = ("breakdown_value", *PREVALENCE_COLUMNS)
    return table_view(
        table, found, columns, view_id, caption=f"{title}: {group_label(breakdown).lower()}", labels=labels
    )


def _average(rows: Rows) -> float | None:
    row = whole_area(rows)
    return None if row is None else row["mltc_percent"]


def average_note(rows: Rows, area: str) -> str:
    """What the dashed line is; empty where there is none."""
    average = _average(rows)
    return "" if average is None else say("report.average_note", area=area, percent=percent_text(average))


def places_figure(
    tables: dict[str, PublishedTable], rows: Rows, area: str, title: str, *, width: int = WIDE, is_short: bool = False
) -> FigureView | Missing:
    """MLTC by PCN, highest first; `is_short` draws the six highest and six lowest where there are many."""
    everyone = pcn_rows(rows)
    sentence = places_sentence(rows)
    ranked = [row for row, _ in sorted(shown(everyone, "mltc_percent"), key=lambda p: -(p[1].percent or 0.0))]
    if sentence is None or not ranked:
        return Missing(sentence or absent(rows, "prevalence", title))
    drawn = ranked
    if is_short and len(ranked) > MOST_PLACES_IN_SUMMARY:
        drawn = ranked[:6] + ranked[-6:]
    marks = rate_marks([(row, place_name(row)) for row in drawn], "mltc_percent", key="geography_code")
    cut = say("report.places_cut", count=len(ranked)) if len(drawn) < len(ranked) else ""
    columns = ("geography_name", "geography_code", *PREVALENCE_COLUMNS)
    return figure_view(
        "by-pcn",
        title,
        sentence,
        lambda pixels: draw_bars(marks, pixels, Scale(look_up("axis.percent")), average=_average(rows)),
        table_view(tables["prevalence"], everyone, columns, "table-pcn", caption=title),
        notes=[
            look_up("report.interval_note"),
            average_note(rows, area),
            cut,
            hidden_sentence(len(everyone) - len(ranked)),
        ],
        width=width,
    )


def summary_figures(tables: dict[str, PublishedTable], rows: Rows, area: str) -> list[FigureView | Missing]:
    """The two charts of the first screen."""
    return [
        breakdown_figure(tables, rows, area, "imd_quintile", look_up("title.deprivation"), width=HALF),
        places_figure(tables, rows, area, look_up("title.places"), width=HALF, is_short=True),
    ]


def tiles(rows: Rows) -> list[dict[str, str]]:
    """Key figures of the whole area: number, label and a second line with percentage and interval."""
    row = whole_area(rows)
    if row is None:
        return []
    keys = (("mltc", "mltc"), ("complex", "complex_mltc"), ("both", "physical_mental"))
    found = [{"number": row.text("persons"), "label": look_up("tile.persons"), "more": ""}]
    for key, column in keys:
        found.append(_tile(row, key, column))
    for tile in found:
        tile["number"] = _thousands(tile["number"])
    return found


def _tile(row: Row, key: str, column: str) -> dict[str, str]:
    rate = read_rate(row, f"{column}_percent")
    more = look_up("tile.withheld")
    if rate.is_shown:
        more = say("tile.percent", percent=percent_text(rate.percent))
    if rate.has_interval:
        lower, upper = percent_text(rate.lower), percent_text(rate.upper)
        more = f"{more}; {say('tile.interval', lower=lower, upper=upper)}"
    return {"number": row.text(f"{column}_persons"), "label": look_up(f"tile.{key}"), "more": more}


def _thousands(text: str) -> str:
    return f"{int(text):,}" if text.isdecimal() else text
