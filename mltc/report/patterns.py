"""Figures of conditions and of the patterns (clusters) that they form."""

from mltc.disclosure import PublishedTable
from mltc.report.bars import Mark, Scale, draw_bars
from mltc.report.charts import draw_line
from mltc.report.figures import Row, Rows, pick, read_rate, shown, whole_area
from mltc.report.findings import absent
from mltc.report.pattern_people import certainty_sentence, marking_conditions
from mltc.report.sentences import (
    cluster_sentence,
    condition_sentence,
    hidden_sentence,
    published_sentence,
    selection_sentence,
)
from mltc.report.views import Cell, FigureView, Missing, TableView, cell_text, figure_view, shorthand_note, table_view
from mltc.report.wording import column_label, look_up, percent_text, say

CHARTED_CONDITIONS = 15
HEAT_CONDITIONS = 20
SHADES = 5


def condition_figure(tables: dict[str, PublishedTable], rows: Rows) -> FigureView | Missing:
    """The most common conditions; the table has them all."""
    ranked = _by_rate(pick(rows, "condition"))
    pairs = shown(ranked, "condition_percent")
    if not pairs:
        return Missing(absent(rows, "condition", look_up("title.condition")))
    drawn = pairs[:CHARTED_CONDITIONS]
    marks = [
        Mark(str(row["condition_name"]), rate.percent or 0.0, rate.lower, rate.upper, key=str(row["condition"]))
        for row, rate in drawn
    ]
    columns = (
        "condition_name",
        "body_system",
        "condition_kind",
        "persons_with_condition",
        "condition_percent",
        "mltc_persons_with_condition",
    )
    title = look_up("title.condition")
    return figure_view(
        "conditions",
        title,
        condition_sentence(rows, len(drawn)),
        lambda pixels: draw_bars(marks, pixels, Scale(look_up("axis.condition"))),
        table_view(tables["condition"], ranked, columns, "table-conditions", caption=title),
        notes=[look_up("report.interval_note"), hidden_sentence(len(ranked) - len(pairs))],
    )


def _by_rate(found: list[Row], rate_name: str = "condition_percent") -> list[Row]:
    """Highest first; withheld last, by name."""
    return sorted(found, key=lambda row: (-(row[rate_name] or -1.0), str(row["condition_name"])))


def published_figure(tables: dict[str, PublishedTable], rows: Rows) -> FigureView | Missing | None:
    """Recorded beside published percentages; None where no condition has a published one."""
    compared = [row for row in _by_rate(pick(rows, "condition")) if row["published_percent"]]
    pairs = shown(compared, "condition_percent")
    if not pairs:
        return None
    recorded, published = look_up("series.recorded"), look_up("series.published")
    marks = []
    for row, rate in pairs:
        name, key = str(row["condition_name"]), str(row["condition"])
        marks.append(Mark(name, rate.percent or 0.0, rate.lower, rate.upper, recorded, key=key))
        marks.append(Mark(name, row["published_percent"], series=published, key=key))
    title = look_up("title.published")
    columns = ("condition_name", "condition_percent", "published_percent", "published_source")
    return figure_view(
        "published",
        title,
        published_sentence(pairs),
        lambda pixels: draw_bars(marks, pixels, Scale(look_up("axis.condition")), is_dots=True),
        table_view(tables["condition"], compared, columns, "table-published", caption=title),
        notes=[look_up("report.interval_note"), hidden_sentence(len(compared) - len(pairs))],
    )


def cluster_figure(tables: dict[str, PublishedTable], rows: Rows) -> FigureView | Missing:
    """Unplanned admission by pattern, with the table that describes every pattern."""
    clusters = pick(rows, "cluster")
    title = look_up("title.cluster")
    if not clusters:
        return Missing(absent(rows, "cluster", title))
    pairs = sorted(shown(clusters, "unplanned_admitted_percent"), key=lambda pair: -(pair[1].percent or 0.0))
    if not pairs:
        return Missing(cluster_sentence(rows))
    marks = [
        Mark(str(row["cluster_name"]), rate.percent or 0.0, rate.lower, rate.upper, key=str(row["cluster_id"]))
        for row, rate in pairs
    ]
    return figure_view(
        "clusters",
        title,
        cluster_sentence(rows),
        lambda pixels: draw_bars(marks, pixels, Scale(look_up("axis.cluster"))),
        table_view(
            tables["cluster"], clusters, _CLUSTER_COLUMNS, "table-clusters", caption=look_up("title.cluster_table")
        ),
        notes=[look_up("report.interval_note"), hidden_sentence(len(clusters) - len(pairs))],
    )


_CLUSTER_COLUMNS = (
    "cluster_name",
    "top_conditions",
    "persons",
    "mean_age_years",
    "mean_condition_count",
    "unplanned_admitted_percent",
    "polypharmacy_percent",
    "most_deprived_percent",
    "mean_certainty",
)


def cluster_cards(tables: dict[str, PublishedTable], rows: Rows) -> list[dict[str, str | list[str]]]:
    """One short description per pattern: name, typical conditions, size and share, age, conditions, certainty."""
    area = whole_area(rows)
    everyone = area["mltc_persons"] if area else None
    return [
        {
            "name": str(row["cluster_name"]),
            "top_conditions": str(row["top_conditions"]),
            "persons": _people(row),
            "age": cell_text(tables["cluster"], row, "mean_age_years"),
            "conditions": cell_text(tables["cluster"], row, "mean_condition_count"),
            "share": _share(row, everyone),
            "marks": marking_conditions(rows, str(row["cluster_id"])),
            "certainty": certainty_sentence(rows, str(row["cluster_id"])),
            "admitted": read_rate(row, "unplanned_admitted_percent").text,
        }
        for row in pick(rows, "cluster")
    ]


def _share(row: Row, everyone: int | None) -> str:
    """Of all people with MLTC, from published counts; empty where one is withheld."""
    if row["persons"] is None or not everyone:
        return ""
    return say("card.share", percent=f"{100 * row['persons'] / everyone:.0f}%")


def _people(row: Row) -> str:
    if row["persons"] is None:
        return look_up("tile.withheld")
    return say("card.people", persons=row["persons"])


def heat_table(rows: Rows) -> TableView | None:
    """Condition by pattern, shaded by percentage; None where there is nothing to show."""
    found = pick(rows, "cluster_condition")
    clusters = {str(row["cluster_id"]): str(row["cluster_name"]) for row in found}
    cells = {(str(row["condition"]), str(row["cluster_id"])): row for row in found}
    names = {str(row["condition"]): str(row["condition_name"]) for row in found}
    peak = {key: max(cells[at]["condition_percent"] or 0.0 for at in cells if at[0] == key) for key in names}
    conditions = sorted(names, key=lambda key: (-peak[key], names[key]))[:HEAT_CONDITIONS]
    if not conditions or not any(peak.values()):
        return None
    body = [[Cell(names[key]), *(_heat_cell(cells.get((key, cluster))) for cluster in clusters)] for key in conditions]
    headings = [Cell(column_label("condition_name")), *(Cell(name, is_number=True) for name in clusters.values())]
    title = look_up("title.cluster_condition")
    return TableView("table-heat", title, headings, body, "cluster_condition", shorthand_note(body))


def _heat_cell(row: Row | None) -> Cell:
    if row is None or row["condition_percent"] is None:
        return Cell(row.text("condition_percent") if row else look_up("report.blank"), is_number=True)
    percent = float(row["condition_percent"])
    return Cell(percent_text(percent), is_number=True, shade=min(SHADES - 1, int(percent // (100 / SHADES))))


def selection_figure(tables: dict[str, PublishedTable], rows: Rows) -> FigureView | None:
    """BIC by number of patterns; None where no choice was made."""
    tried = sorted(pick(rows, "cluster_selection"), key=lambda row: int(row["class_count"]))
    points = [(int(row["class_count"]), float(row["bic"])) for row in tried if row["bic"] is not None]
    if len(points) < 2:
        return None
    chosen = [int(row["class_count"]) for row in tried if row["is_chosen"] == 1]
    title = look_up("title.cluster_selection")
    labels = {"is_chosen": lambda row: look_up("card.yes" if row["is_chosen"] == 1 else "card.no")}
    columns = ("class_count", "bic", "entropy", "smallest_share", "stability_ari", "is_chosen")
    return figure_view(
        "selection",
        title,
        selection_sentence(rows),
        lambda pixels: draw_line(
            points, chosen[0] if chosen else None, pixels, look_up("axis.class_count"), look_up("axis.bic")
        ),
        table_view(tables["cluster_selection"], tried, columns, "table-selection", caption=title, labels=labels),
        notes=[look_up("report.bic_note")],
        width=560,
    )
