"""The chart of net benefit over thresholds of risk: listing by risk, listing everyone, and nobody at zero."""

from collections.abc import Sequence
from dataclasses import dataclass

from mltc.report.charts import DARK_BLUE, ORANGE, QUIET_INK, Specification, finish

_BELOW = 0.25  # of the highest net benefit: how far below zero the axis goes


@dataclass(frozen=True)
class CurvePoint:
    """Net benefit per 1,000 people at a threshold in percent, of listing by risk and of listing everyone."""

    threshold: float
    by_risk: float
    everyone: float


def draw_curves(
    points: Sequence[CurvePoint], width: int, names: tuple[str, str], x_title: str, y_title: str
) -> Specification:
    """Both curves from the lowest threshold on; what lies far below zero is cut off, and said so beside the chart."""
    import altair as alt

    top = max(max(point.by_risk, point.everyone) for point in points) or 1.0
    floor = -_BELOW * top
    records = [
        {"x": point.threshold, "y": value, "series": name}
        for name, key in zip(names, ("by_risk", "everyone"), strict=True)
        for point in points
        if (value := getattr(point, key)) >= floor
    ]
    right = max(point.threshold for point in points)
    x = alt.X(
        "x:Q",
        title=x_title,
        scale=alt.Scale(domain=[0, right], nice=False),
        axis=alt.Axis(tickCount=5, grid=False, domain=False, labelExpr="datum.label + '%'"),
    )
    y = alt.Y(
        "y:Q",
        title=y_title,
        scale=alt.Scale(domain=[floor, top * 1.05], nice=False),
        axis=alt.Axis(tickCount=5, domain=False),
    )
    colour = alt.Color("series:N", scale=alt.Scale(domain=list(names), range=[DARK_BLUE, ORANGE]))
    base = alt.Chart(alt.Data(values=records))
    zero = alt.Data(values=[{"x": 0, "y": 0}, {"x": right, "y": 0}])
    nobody = alt.Chart(zero).mark_line(color=QUIET_INK, strokeDash=[5, 4], strokeWidth=1.5).encode(x=x, y=y)
    lines = base.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour)
    shape = alt.Shape("series:N", scale=alt.Scale(domain=list(names), range=["circle", "diamond"]))
    dots = base.mark_point(filled=True, size=55, opacity=1).encode(x=x, y=y, color=colour, shape=shape)
    padding = {"left": 66, "right": 14, "top": 34, "bottom": 50}
    return finish([nobody, lines, dots], width - 80, 260, padding)
