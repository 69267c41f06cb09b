"""What marks each pattern of conditions, what its people use, and how sure the patterns are."""

from mltc.disclosure import PublishedTable
from mltc.report.figures import Row, Rows, pick, read_rate
from mltc.report.views import Cell, TableView, shorthand_note, table_view
from mltc.report.wording import column_label, look_up, percent_text, say

MARKING_CONDITIONS = 5
LEAST_PERCENT = 20.0  # as for the names of patterns: one in five of its people
LEAST_RATIO = 1.2  # times as common as among all people with MLTC, below which nothing is said to mark a pattern
OFTEN_UNCERTAIN_PERCENT = 25.0
_SHARES = ("unplanned_admitted_percent", "polypharmacy_percent", "most_deprived_percent")


def marking_conditions(rows: Rows, cluster_id: str) -> list[str]:
    """The conditions that mark a pattern, in words: how common, how many times expected, and how exclusive."""
    found = [row for row in pick(rows, "cluster_condition") if row["cluster_id"] == cluster_id]
    marked = [row for row in found if _is_marking(row)]
    marked.sort(key=lambda row: -float(row["observed_expected"]))
    return [
        say(
            "card.condition",
            name=row["condition_name"],
            percent=percent_text(row["condition_percent"]),
            ratio=f"{row['observed_expected']:.1f}",
            exclusivity=percent_text(row["exclusivity_percent"]),
        )
        for row in marked[:MARKING_CONDITIONS]
    ]


def certainty_sentence(rows: Rows, cluster_id: str) -> str:
    """For how many of its people no pattern fits well; empty where that is not published."""
    rate = next((read_rate(row, "outcome_percent") for row in _outcomes(rows, cluster_id, "uncertain")), None)
    if rate is None or rate.percent is None:
        return ""
    key = "uncertain_often" if rate.percent >= OFTEN_UNCERTAIN_PERCENT else "uncertain"
    return say(f"card.{key}", percent=percent_text(rate.percent))


def outcome_table(rows: Rows) -> TableView | None:
    """Pattern by what is true of its people, percentages with intervals; None without patterns."""
    clusters = pick(rows, "cluster")
    told = list(dict.fromkeys(str(row["outcome"]) for row in pick(rows, "cluster_outcome")))
    if not clusters:
        return None
    headings = [Cell(column_label("cluster_name"))]
    headings += [Cell(column_label(name), is_number=True) for name in _SHARES]
    headings += [Cell(look_up(f"outcome.{name}"), is_number=True) for name in told]
    body = []
    for row in clusters:
        cells = [_rate_cell(row, name) for name in _SHARES]
        for name in told:
            found = _outcomes(rows, str(row["cluster_id"]), name)
            cells.append(_rate_cell(found[0], "outcome_percent") if found else Cell(look_up("report.blank"), True))
        body.append([Cell(str(row["cluster_name"])), *cells])
    title = look_up("title.cluster_outcome")
    return TableView("table-cluster-outcome", title, headings, body, "cluster_outcome", shorthand_note(body))


def use_table(rows: Rows) -> TableView | None:
    """Pattern by mean use per person with its interval; None where nothing is known."""
    found = pick(rows, "cluster_use")
    kinds = list(dict.fromkeys(str(row["outcome"]) for row in found))
    clusters = {str(row["cluster_id"]): str(row["cluster_name"]) for row in found}
    if not kinds:
        return None
    cells = {(str(row["cluster_id"]), str(row["outcome"])): _mean_cell(row) for row in found}
    blank = Cell(look_up("report.blank"), is_number=True)
    headings = [Cell(column_label("cluster_name"))]
    headings += [Cell(look_up(f"outcome.{kind}"), is_number=True) for kind in kinds]
    body = [[Cell(name), *(cells.get((cluster, kind), blank) for kind in kinds)] for cluster, name in clusters.items()]
    return TableView(
        "table-cluster-use", look_up("title.cluster_use"), headings, body, "cluster_use", shorthand_note(body)
    )


def comparison_table(tables: dict[str, PublishedTable], rows: Rows) -> TableView | None:
    """The patterns beside other methods; None where nothing was compared."""
    found = sorted(pick(rows, "cluster_comparison"), key=lambda row: -float(row["adjusted_rand"] or 0.0))
    if not found:
        return None
    columns = ("method", "class_count", "largest_share", "adjusted_rand", "silhouette")
    return table_view(
        tables["cluster_comparison"],
        found,
        columns,
        "table-comparison",
        caption=look_up("title.cluster_comparison"),
        labels={"method": lambda row: look_up(f"method.{row['method']}")},
    )


def stability_sentence(rows: Rows) -> str:
    """How alike the patterns come out of another sample of the same people; empty where it was not measured."""
    chosen = [row for row in pick(rows, "cluster_selection") if row["is_chosen"] == 1]
    if not chosen or chosen[0]["stability_ari"] is None:
        return ""
    value = float(chosen[0]["stability_ari"])
    key = "high" if value >= 0.8 else "fair" if value >= 0.6 else "low"
    return say(f"stability.{key}", value=f"{value:.2f}")


def _is_marking(row: Row) -> bool:
    if None in (row["condition_percent"], row["observed_expected"], row["exclusivity_percent"]):
        return False
    return float(row["condition_percent"]) >= LEAST_PERCENT and float(row["observed_expected"]) >= LEAST_RATIO


def _outcomes(rows: Rows, cluster_id: str, outcome: str) -> list[Row]:
    found = pick(rows, "cluster_outcome")
    return [row for row in found if row["cluster_id"] == cluster_id and row["outcome"] == outcome]


def _rate_cell(row: Row, name: str) -> Cell:
    rate = read_rate(row, name)
    if rate.percent is None:
        return Cell(row.text(name), is_number=True)
    limits = f" ({rate.limits})" if rate.has_interval else ""
    return Cell(percent_text(rate.percent) + limits, is_number=True)


def _mean_cell(row: Row) -> Cell:
    if row["mean_use"] is None:
        return Cell(row.text("mean_use"), is_number=True)
    if row["mean_use_lower"] is None or row["mean_use_upper"] is None:
        return Cell(f"{row['mean_use']:,.1f}", is_number=True)
    return Cell(
        f"{row['mean_use']:,.1f} ({row['mean_use_lower']:,.1f} to {row['mean_use_upper']:,.1f})", is_number=True
    )
