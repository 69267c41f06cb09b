"""Figures of what predicted risk is used for: lists by capacity, net benefit, who is left out, months, features."""

from mltc.disclosure import PublishedTable
from mltc.report.curve_chart import CurvePoint, draw_curves
from mltc.report.figures import Row, Rows, pick, read_rate
from mltc.report.findings import absent
from mltc.report.views import FigureView, Missing, TableView, figure_view, table_view
from mltc.report.wording import group_label, join_words, look_up, percent_text, say, value_label

Tables = dict[str, PublishedTable]


def group_name(row: Row) -> str:
    """ "Deprivation: 1, most deprived", "Everyone"."""
    kind, value = str(row["breakdown"]), str(row["breakdown_value"])
    return group_label("all") if kind == "all" else f"{group_label(kind)}: {value_label(kind, value)}"


def capacity_table(tables: Tables, rows: Rows) -> TableView | None:
    """What lists of five lengths would find, and what a programme for them may cost; None without a model."""
    lists = sorted(pick(rows, "risk_capacity"), key=lambda row: int(row["sort_key"]))
    if not lists:
        return None
    columns = [
        "capacity_percent",
        "persons",
        "ppv_percent",
        "sensitivity_percent",
        "number_needed_to_review",
        "lowest_risk_percent",
        "net_benefit",
        "admissions_per_person",
    ]
    if has_costs(rows):
        columns += ["break_even_5_gbp", "break_even_10_gbp", "break_even_20_gbp"]
    caption = look_up("title.capacity")
    return table_view(tables["risk_capacity"], lists, columns, "table-capacity", caption=caption)


def has_costs(rows: Rows) -> bool:
    """Whether the configuration gave the cost of an unplanned admission."""
    return any(row["cost_source"] for row in pick(rows, "risk_capacity"))


def capacity_sentences(rows: Rows) -> list[str]:
    """The list of 5 % in words, and what the pounds rest on or why there are none."""
    told = []
    for row in pick(rows, "risk_capacity", capacity_percent="5"):
        ppv = read_rate(row, "ppv_percent")
        if ppv.percent is not None and row["sensitivity_percent"] is not None:
            told.append(
                say("summary.capacity.text", ppv=ppv.text, found=percent_text(float(row["sensitivity_percent"])))
            )
    sources = sorted({str(row["cost_source"]) for row in pick(rows, "risk_capacity") if row["cost_source"]})
    if sources:
        told.append(say("summary.capacity.costs", source=join_words(sources)))
    else:
        told.append(look_up("summary.capacity.no_costs"))
    return told


def curve_figure(tables: Tables, rows: Rows) -> FigureView | Missing:
    """Net benefit of listing by risk and of listing everyone, over thresholds of risk."""
    curve = sorted(pick(rows, "risk_decision_curve"), key=lambda row: int(row["position"]))
    title = look_up("title.curve")
    points = [
        CurvePoint(
            float(row["threshold_percent"]), 1000 * float(row["net_benefit"]), 1000 * float(row["net_benefit_all"])
        )
        for row in curve
        if None not in (row["threshold_percent"], row["net_benefit"], row["net_benefit_all"])
    ]
    if not points:
        return Missing(absent(rows, "risk", title))
    names = (look_up("series.by_risk"), look_up("series.everyone"))
    is_better = [point.by_risk > max(0.0, point.everyone) for point in points]
    last = is_better.index(False) if False in is_better else len(points)
    above = [point.threshold for point in points[:last]]
    summary = look_up("summary.curve.none")
    if above:
        limits = {"low": percent_text(min(above)), "high": percent_text(max(above))}
        summary = say("summary.curve.text", **limits)
    columns = ("threshold_percent", "net_benefit", "net_benefit_all")
    return figure_view(
        "decision-curve",
        title,
        summary,
        lambda pixels: draw_curves(points, pixels, names, look_up("axis.threshold"), look_up("axis.net_benefit")),
        table_view(tables["risk_decision_curve"], curve, columns, "table-decision-curve", caption=title),
        notes=[look_up("report.curve_note")],
        width=520,
    )


def equity_table(tables: Tables, rows: Rows) -> TableView | None:
    """Share of the list, of everyone and of expected admissions by group; None without a model."""
    groups = [row for row in pick(rows, "risk_equity") if row["breakdown"] != "all"]
    groups = sorted(groups, key=lambda row: (row["breakdown"] != "imd_quintile", int(row["sort_key"])))
    if not groups:
        return None
    columns = (
        "breakdown",
        "persons",
        "listed_persons",
        "population_share_percent",
        "expected_share_percent",
        "list_share_percent",
    )
    labels = {"breakdown": group_name}
    caption = look_up("title.equity")
    return table_view(tables["risk_equity"], groups, columns, "table-equity", caption=caption, labels=labels)


def equity_sentences(rows: Rows) -> list[str]:
    """Groups that hold less of the list than of expected admissions, beyond chance; or that there is none."""
    groups = [row for row in pick(rows, "risk_equity") if row["breakdown"] != "all"]
    shown = [row for row in groups if read_rate(row, "list_share_percent").has_interval]
    shown = [row for row in shown if row["expected_share_percent"] is not None]
    if not shown:
        return []
    under = [row for row in shown if _is_under(row)]
    told = [
        say(
            "summary.equity.under",
            group=group_name(row),
            listed=read_rate(row, "list_share_percent").text,
            expected=percent_text(float(row["expected_share_percent"])),
        )
        for row in under
    ]
    return told or [say("summary.equity.none", shown=len(shown))]


def _is_under(row: Row) -> bool:
    upper = read_rate(row, "list_share_percent").upper
    return upper is not None and upper < float(row["expected_share_percent"])


def warned_table(tables: Tables, rows: Rows) -> TableView | None:
    """Groups whose risks are wrong by much or beyond chance, with the words; None where nothing was found."""
    warned = [row for row in pick(rows, "risk_performance", is_chosen="yes") if row["warning"]]
    if not warned:
        return None
    columns = ("group_type", "group_value", "warning", "persons", "events", "observed_expected")
    labels = {"group_type": lambda row: group_label(str(row["group_type"]))}
    caption = look_up("title.warned")
    return table_view(tables["risk_performance"], warned, columns, "table-warned", caption=caption, labels=labels)


def month_tables(tables: Tables, rows: Rows) -> list[TableView]:
    """Observed over predicted month by month, and the tenths in words."""
    months = pick(rows, "risk_month")
    found = []
    if months:
        ratio = ("observed_expected", "observed_expected_lower", "observed_expected_upper")
        columns = ("known_month", "model_version", "persons", "events", *ratio)
        found.append(table_view(tables["risk_month"], months, columns, "table-months", caption=look_up("title.months")))
    off = [row for row in pick(rows, "risk_month_decile") if "beyond chance" in str(row["reading"])]
    if off:
        table, caption = tables["risk_month_decile"], look_up("title.month_deciles")
        found.append(
            table_view(table, off, ("known_month", "decile", "reading"), "table-month-deciles", caption=caption)
        )
    return found


def stability_table(tables: Tables, rows: Rows, most: int = 10) -> TableView | None:
    """The features whose people changed most since training; None without a model."""
    features = [row for row in pick(rows, "risk_stability") if row["stability_index"] is not None]
    if not features:
        return None
    features = sorted(features, key=lambda row: -float(row["stability_index"]))[:most]
    columns = ("feature", "stability_index", "chance_upper", "reading")
    caption = say("title.stability", count=len(features))
    return table_view(tables["risk_stability"], features, columns, "table-stability", caption=caption)
