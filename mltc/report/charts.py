"""Colours and type of the report's charts, and the charts of points: calibration and a line.

Charts take already published numbers and a width in pixels and come out exactly that wide.
Colours: Government Analysis Function, data visualisation colours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DARK_BLUE = "#12436D"
ORANGE = "#F46A25"
INK = "#212B32"
QUIET_INK = "#4C6272"
GRID = "#D8DDE0"

FONT_SIZE = 14
SMALL_SIZE = 13


CONFIG = {
    "font": "Arial, sans-serif",
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": SMALL_SIZE,
        "titleFontSize": SMALL_SIZE,
        "titleFontWeight": "normal",
        "labelColor": QUIET_INK,
        "titleColor": QUIET_INK,
        "gridColor": GRID,
        "domainColor": QUIET_INK,
        "tickColor": GRID,
        "titlePadding": 8,
    },
    "legend": {
        "orient": "top",
        "direction": "horizontal",
        "title": None,
        "labelFontSize": SMALL_SIZE,
        "labelColor": INK,
        "labelLimit": 0,
        "symbolSize": 120,
    },
}

Specification = dict[str, Any]


def finish(layers: Sequence[Any], width: int, height: int, padding: Mapping[str, int]) -> Specification:
    """The layers as a Vega-Lite specification in the report's type and colours.

    `width` and `height` are of the plotting area. The theme is put on the dictionary: each of Altair's
    `configure_` steps would copy the chart and its data again.
    """
    import altair as alt

    chart: Specification = alt.layer(*layers).to_dict(validate=False)
    frame = {"width": width, "height": height, "padding": dict(padding), "autosize": "none"}
    return chart | frame | {"config": CONFIG}


@dataclass(frozen=True)
class Point:
    """A group's predicted and observed percentage, the observed with its interval."""

    predicted: float
    observed: float
    lower: float | None
    upper: float | None


def draw_calibration(points: Sequence[Point], width: int, x_title: str, y_title: str) -> Specification:
    """Observed against predicted percentages on equal axes from zero, with the diagonal of agreement."""
    import altair as alt

    top = max(max(p.predicted, p.observed, p.upper or 0.0) for p in points) * 1.05 or 1.0
    records = [{"x": p.predicted, "y": p.observed, "lower": p.lower, "upper": p.upper} for p in points]
    scale = alt.Scale(domain=[0, top], nice=False)
    axis = alt.Axis(tickCount=5, grid=True, domain=False, labelExpr="datum.label + '%'")
    x = alt.X("x:Q", scale=scale, title=x_title, axis=axis)
    y = alt.Y("y:Q", scale=scale, title=y_title, axis=axis)
    base = alt.Chart(alt.Data(values=records))
    ends = alt.Data(values=[{"x": 0, "y": 0}, {"x": top, "y": top}])
    diagonal = alt.Chart(ends).mark_line(color=QUIET_INK, strokeDash=[5, 4], strokeWidth=1.5).encode(x=x, y=y)
    interval = base.transform_filter("isValid(datum.lower)").mark_rule(color=DARK_BLUE, strokeWidth=2)
    dots = base.mark_point(filled=True, size=80, opacity=1, color=DARK_BLUE).encode(x=x, y=y)
    layers = [diagonal, interval.encode(x=x, y=alt.Y("lower:Q", title=y_title), y2=alt.Y2("upper:Q")), dots]
    side = width - 66 - 14
    return finish(layers, side, side, {"left": 66, "right": 14, "top": 10, "bottom": 50})


def draw_line(
    points: Sequence[tuple[int, float]], chosen: int | None, width: int, x_title: str, y_title: str
) -> Specification:
    """A line over whole numbers; the chosen one is ringed. The value axis need not start at zero."""
    import altair as alt

    records = [{"x": x, "y": y, "chosen": x == chosen} for x, y in points]
    base = alt.Chart(alt.Data(values=records))
    x = alt.X(
        "x:Q",
        title=x_title,
        scale=alt.Scale(nice=False, padding=14, zero=False),
        axis=alt.Axis(values=[p[0] for p in points], format="d", grid=False, domain=False),
    )
    y = alt.Y(
        "y:Q", title=y_title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=4, format=",.0f", domain=False)
    )
    line = base.mark_line(color=DARK_BLUE, strokeWidth=2).encode(x=x, y=y)
    dots = base.mark_point(filled=True, size=60, opacity=1, color=DARK_BLUE).encode(x=x, y=y)
    ring = base.transform_filter("datum.chosen").mark_point(
        filled=False, size=320, color=ORANGE, strokeWidth=3, opacity=1
    )
    padding = {"left": 96, "right": 14, "top": 14, "bottom": 50}
    return finish([line, dots, ring.encode(x=x, y=y)], width - 110, 240, padding)
