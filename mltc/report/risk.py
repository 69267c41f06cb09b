"""Figures of predicted risk: bands, calibration, performance by group."""

from mltc.disclosure import PublishedTable
from mltc.report.bars import Mark, Scale, draw_bars
from mltc.report.charts import Point, draw_calibration
from mltc.report.figures import Row, Rows, pick, read_rate
from mltc.report.findings import absent
from mltc.report.sentences import band_sentence, calibration_sentence, hidden_sentence, performance_sentence
from mltc.report.views import FigureView, Missing, TableView, figure_view, table_view
from mltc.report.wording import group_label, look_up, say, value_label


def risk_group_name(row: Row) -> str:
    """ "Age 65-79", "Deprivation 1, most deprived", "Everyone"."""
    group = str(row["group_type"])
    value = value_label(group, str(row["group_value"]))
    return group_label("all") if group == "all" else f"{group_label(group)}: {value}"


def band_figure(tables: dict[str, PublishedTable], rows: Rows) -> FigureView | Missing:
    """Mean predicted risk by band."""
    bands = pick(rows, "risk_band")
    title = look_up("title.band")
    marks = [
        Mark(str(row["risk_band"]), float(row["mean_predicted_percent"]))
        for row in bands
        if row["mean_predicted_percent"] is not None
    ]
    if not marks:
        return Missing(band_sentence(rows) if bands else absent(rows, "risk", title))
    columns = (
        "risk_band",
        "persons",
        "mean_predicted_percent",
        "mltc_persons",
        "mltc_percent",
        "most_deprived_persons",
        "most_deprived_percent",
    )
    return figure_view(
        "bands",
        title,
        band_sentence(rows),
        lambda pixels: draw_bars(marks, pixels, Scale(look_up("axis.predicted"))),
        table_view(tables["risk_band"], bands, columns, "table-bands", caption=title),
        notes=[hidden_sentence(len(bands) - len(marks))],
    )


def calibration_figure(tables: dict[str, PublishedTable], rows: Rows) -> FigureView | Missing:
    """Observed against predicted admissions in tenths of predicted risk."""
    deciles = sorted(pick(rows, "risk_calibration"), key=lambda row: int(row["decile"]))
    title = look_up("title.calibration")
    points = []
    for row in deciles:
        rate = read_rate(row, "observed_percent")
        if rate.percent is not None and row["mean_predicted_percent"] is not None:
            points.append(Point(float(row["mean_predicted_percent"]), rate.percent, rate.lower, rate.upper))
    if not points:
        return Missing(calibration_sentence(rows) if deciles else absent(rows, "risk", title))
    columns = ("decile", "persons", "admitted_persons", "mean_predicted_percent", "observed_percent")
    return figure_view(
        "calibration",
        title,
        calibration_sentence(rows),
        lambda pixels: draw_calibration(points, pixels, look_up("axis.predicted_x"), look_up("axis.observed_y")),
        table_view(tables["risk_calibration"], deciles, columns, "table-calibration", caption=title),
        notes=[look_up("report.validation_note"), hidden_sentence(len(deciles) - len(points))],
        width=520,
    )


def performance_figure(tables: dict[str, PublishedTable], rows: Rows) -> FigureView | Missing:
    """c-statistic of the model in use, for everyone and by group."""
    groups = pick(rows, "risk_performance", is_chosen="yes")
    groups = sorted(groups, key=lambda row: (row["group_type"] != "all", int(row["sort_key"])))
    title = look_up("title.performance")
    marks = [
        Mark(
            risk_group_name(row),
            float(row["c_statistic"]),
            row["c_statistic_lower"],
            row["c_statistic_upper"],
            key=f"{row['group_type']} {row['group_value']}",
        )
        for row in groups
        if row["c_statistic"] is not None and row["group_type"] != "pcn"  # networks are in the table: they are many
    ]
    networks = sum(row["group_type"] == "pcn" for row in groups)
    if not marks:
        return Missing(performance_sentence(rows) if groups else absent(rows, "risk", title))
    floor = min([0.5, *(mark.lower if mark.lower is not None else mark.value for mark in marks)])
    scale = Scale(look_up("axis.c_statistic"), ".2f", "", floor=floor, ceiling=1.0)
    columns = (
        "group_type",
        "warning",
        "persons",
        "events",
        "c_statistic",
        "c_statistic_lower",
        "c_statistic_upper",
        "observed_expected",
        "calibration_slope",
        "ici",
    )
    table = tables["risk_performance"]
    return figure_view(
        "performance",
        title,
        performance_sentence(rows),
        lambda pixels: draw_bars(marks, pixels, scale, is_dots=True),
        table_view(table, groups, columns, "table-performance", caption=title, labels={"group_type": risk_group_name}),
        notes=[
            say("report.c_interval_note", floor=f"{floor:.2g}"),
            hidden_sentence(len(groups) - networks - len(marks)),
        ],
    )


def model_table(tables: dict[str, PublishedTable], rows: Rows) -> TableView | None:
    """All models on everyone, the model in use first; None where there is none."""
    models = pick(rows, "risk_performance", group_type="all")
    if not models:
        return None
    models = sorted(models, key=lambda row: (row["is_chosen"] != "yes", -(row["c_statistic"] or 0.0)))
    columns = (
        "model_name",
        "is_chosen",
        "c_statistic",
        "c_statistic_lower",
        "c_statistic_upper",
        "calibration_slope",
        "calibration_intercept",
        "observed_expected",
        "brier",
        "scaled_brier",
        "ici",
    )
    return table_view(tables["risk_performance"], models, columns, "table-models", caption=look_up("title.models"))
