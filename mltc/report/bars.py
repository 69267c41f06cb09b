"""Horizontal bars and dots with intervals, drawn with Altair.

Below `NARROW` pixels labels stand above their bar, so that text keeps its size on a phone.
The axis of bars starts at zero.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mltc.report.charts import DARK_BLUE, FONT_SIZE, INK, ORANGE, QUIET_INK, Specification, finish
from mltc.report.wording import percent_text

DUO = (DARK_BLUE, ORANGE)
NARROW = 400
CHARACTER_WIDTH = 7.3  # mean width of Arial 14 px, rounded up
VALUE_GUTTER = 58
LINE_HEIGHT = 17


@dataclass(frozen=True)
class Mark:
    """One bar or dot: label, value and the limits of its interval, in the unit of the axis.

    Marks with the same `key` (the label, unless two rows share one) stand in the same row.
    """

    label: str
    value: float
    lower: float | None = None
    upper: float | None = None
    series: str = ""
    key: str = ""

    @property
    def row(self) -> str:
        """What tells rows apart."""
        return self.key or self.label

    @property
    def top(self) -> float:
        """The largest number to be drawn."""
        return max(self.value, self.upper or self.value)


@dataclass(frozen=True)
class Scale:
    """How the value axis reads: title, d3 number format with a suffix, and a floor (0 for bars)."""

    title: str
    number: str = ".1f"
    suffix: str = "%"
    floor: float = 0.0
    ceiling: float | None = None


def _wrap(label: str, characters: int) -> list[str]:
    return textwrap.wrap(label, characters, max_lines=2, placeholder="…", break_long_words=True) or [" "]


@dataclass(frozen=True)
class _Layout:
    """Where rows stand, in pixels: wrapped labels, top of each row, place of its bars."""

    labels: list[list[str]]
    tops: list[int]
    bar_tops: list[int]
    band: int
    side: int
    height: int
    is_narrow: bool


def _lay_out(labels: Sequence[str], series_count: int, width: int) -> _Layout:
    """Rows as high as their label needs; on a narrow chart the label stands above its bars."""
    is_narrow = width < NARROW
    wrapped = [_wrap(label, 36 if width > 560 or is_narrow else 21) for label in labels]
    band = 22 if series_count == 1 else 19 * series_count
    tops, bar_tops, position = [], [], 0
    for lines in wrapped:
        text = LINE_HEIGHT * len(lines)
        above = text + 3 if is_narrow else max(0, (text - band) // 2)
        below = 12 if is_narrow else above + 12
        tops.append(position)
        bar_tops.append(position + above)
        position += above + band + below
    longest = max(len(line) for lines in wrapped for line in lines)
    side = 0 if is_narrow else min(260, max(40, int(longest * CHARACTER_WIDTH) + 10))
    return _Layout(wrapped, tops, bar_tops, band, side, position, is_narrow)


def draw_bars(
    marks: Sequence[Mark],
    width: int,
    scale: Scale,
    *,
    average: float | None = None,
    is_dots: bool = False,
    colours: Sequence[str] = DUO,
) -> Specification:
    """Horizontal bars (or dots) with 95% intervals, in the order given; `average` is a dashed line.

    Marks that share a label stand under one another, coloured by series.
    """
    import altair as alt

    labels = {mark.row: mark.label for mark in marks}
    series = list(dict.fromkeys(mark.series for mark in marks))
    layout = _lay_out(list(labels.values()), len(series), width)
    records = [_record(mark, scale, layout, list(labels).index(mark.row), series) for mark in marks]
    x = alt.X(
        "value:Q",
        title=scale.title,
        scale=alt.Scale(domain=[scale.floor, _axis_top(marks, scale, average)], nice=False, zero=False),
        axis=alt.Axis(tickCount=3 if layout.is_narrow else 5, domain=False, labelFlush=True, labelOverlap=True),
    )
    y_scale = alt.Scale(domain=[layout.height, 0], nice=False)
    layers = [] if average is None else [_average_rule(average, x, layout.height, y_scale)]
    layers += _value_layers(alt.Data(values=records), x, y_scale, series, is_dots, scale.floor, colours)
    layers += _label_layers(layout, y_scale)
    padding = {
        "left": layout.side + 8,
        "right": VALUE_GUTTER,
        "top": 34 if len(series) > 1 else 6,
        "bottom": 46,
    }
    return finish(layers, width - layout.side - VALUE_GUTTER - 8, layout.height, padding)


def _axis_top(marks: Sequence[Mark], scale: Scale, average: float | None) -> float:
    if scale.ceiling is not None:
        return scale.ceiling
    return max([mark.top for mark in marks] + [average or 0.0, 1e-6])


def _record(mark: Mark, scale: Scale, layout: _Layout, row: int, series: Sequence[str]) -> dict[str, Any]:
    """One line of chart data: the numbers, and where the bar stands in pixels from the top."""
    thickness = layout.band / len(series)
    first = layout.bar_tops[row] + series.index(mark.series) * thickness
    return {
        "value": mark.value,
        "lower": mark.lower,
        "upper": mark.upper,
        "end": mark.top,
        "text": _value_text(mark.value, scale),
        "series": mark.series,
        "y": first + 1,
        "y2": first + thickness - 1,
        "middle": first + thickness / 2,
    }


def _value_text(value: float, scale: Scale) -> str:
    return percent_text(value) if scale.suffix == "%" else f"{value:{scale.number}}{scale.suffix}"


def _value_layers(
    data: Any, x: Any, y_scale: Any, series: Sequence[str], is_dots: bool, floor: float, colours: Sequence[str]
) -> list[Any]:
    import altair as alt

    y = alt.Y("middle:Q", scale=y_scale, axis=None)
    base = alt.Chart(data)
    colour: Any = alt.ColorValue(colours[0])
    shape = {}
    if len(series) > 1:
        colour = alt.Color("series:N", scale=alt.Scale(domain=list(series), range=list(colours[: len(series)])))
        shape = {"shape": alt.Shape("series:N", scale=alt.Scale(domain=list(series), range=["circle", "diamond"]))}
    if is_dots:
        bars = base.mark_point(filled=True, size=95, opacity=1).encode(x=x, y=y, color=colour, **shape)
    else:
        band = {"y": alt.Y("y:Q", scale=y_scale, axis=None), "y2": alt.Y2("y2:Q")}
        bars = base.mark_bar(orient="horizontal").encode(x=x, x2=alt.X2Datum(floor), color=colour, **band)
    rules = base.transform_filter("isValid(datum.lower)").encode(y=y, x=alt.X("lower:Q"), x2=alt.X2("upper:Q"))
    halo = rules.mark_rule(color="#FFFFFF", strokeWidth=4, opacity=0.75)
    line = rules.mark_rule(color=INK, strokeWidth=1.6)
    text = {"align": "left", "baseline": "middle", "dx": 7, "fontSize": FONT_SIZE}
    at_end = {"x": alt.X("end:Q"), "y": y, "text": alt.Text("text:N")}
    values = [base.mark_text(**text, color=INK).encode(**at_end)]
    if len(series) == 1:  # a pale edge keeps a value legible where the dashed line crosses it
        values.insert(0, base.mark_text(**text, color="#FFFFFF", stroke="#FFFFFF", strokeWidth=4).encode(**at_end))
    return [halo, line, bars, *values] if is_dots else [bars, halo, line, *values]


def _average_rule(average: float, x: Any, height: int, y_scale: Any) -> Any:
    import altair as alt

    data = alt.Data(values=[{"value": average, "y": 0, "y2": height}])
    rule = alt.Chart(data).mark_rule(color=QUIET_INK, strokeDash=[5, 4], strokeWidth=1.5)
    return rule.encode(x=x, y=alt.Y("y:Q", scale=y_scale, axis=None), y2=alt.Y2("y2:Q"))


def _label_layers(layout: _Layout, y_scale: Any) -> list[Any]:
    """Row labels as text: left of the bars, or above them on a narrow chart."""
    import altair as alt

    values = []
    for lines, top, bar_top in zip(layout.labels, layout.tops, layout.bar_tops, strict=True):
        middle = bar_top + layout.band / 2 - (len(lines) - 1) * LINE_HEIGHT / 2
        values.append({"label": "\n".join(lines), "y": top if layout.is_narrow else middle})
    style = {
        "align": "left" if layout.is_narrow else "right",
        "baseline": "top" if layout.is_narrow else "middle",
        "lineBreak": "\n",
        "lineHeight": LINE_HEIGHT,
        "fontSize": FONT_SIZE,
    }
    place = {
        "x": alt.XValue(0 if layout.is_narrow else -8),
        "y": alt.Y("y:Q", scale=y_scale, axis=None),
        "text": alt.Text("label:N"),
    }
    base = alt.Chart(alt.Data(values=values))
    halo = base.mark_text(**style, color="#FFFFFF", stroke="#FFFFFF", strokeWidth=4).encode(**place)
    text = base.mark_text(**style, color=INK).encode(**place)
    return [halo, text] if layout.is_narrow else [text]
