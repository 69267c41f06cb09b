"""Charts: valid for Altair's schema, exactly as wide as asked, honest axes, nothing but drawing in the picture."""

import xml.etree.ElementTree as ET

import pytest

from mltc.report.bars import Mark, Scale, draw_bars
from mltc.report.charts import Point, draw_calibration, draw_line
from mltc.report.svg import SVG, clean_svg, draw_svg

MARKS = [Mark("First", 30.0, 28.0, 32.0, "A"), Mark("First", 15.0, series="B"), Mark("Second", 20.0, 19.0, 21.0, "A")]
SCALE = Scale("Percentage")


def texts(svg: str) -> list[str]:
    """All text of a picture but its title, a label of several lines as one."""
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{{{SVG}}}text")]  # noqa: S314 - our own picture


@pytest.mark.parametrize("width", [288, 500, 760])
def test_every_kind_of_chart_is_as_wide_as_asked(width: int) -> None:
    # drawn outside `debug_mode(False)`: Altair checks each part against the Vega-Lite schema
    points = [Point(1.0, 1.2, 0.8, 1.6), Point(10.0, 9.0, None, None)]
    charts = [
        draw_bars(MARKS, width, SCALE, average=25.0),
        draw_bars(MARKS, width, SCALE, is_dots=True),
        draw_calibration(points, width, "Predicted", "Observed"),
        draw_line([(2, 100.0), (3, 90.0)], 3, width, "Number", "BIC"),
    ]
    for chart in charts:
        root = ET.fromstring(draw_svg(chart, "a", "Title"))  # noqa: S314 - our own picture
        assert float(root.get("width", "0")) == width
        assert all(float(n.get("font-size", "0").removesuffix("px")) >= 13 for n in root.iter(f"{{{SVG}}}text"))


def test_bars_start_at_zero_and_end_past_the_longest_interval() -> None:
    domains = [
        layer["encoding"]["x"]["scale"]["domain"]
        for layer in draw_bars(MARKS, 760, SCALE, average=25.0)["layer"]
        if "scale" in layer["encoding"]["x"]
    ]
    assert domains and all(domain == [0.0, 32.0] for domain in domains)


def test_calibration_has_equal_axes_from_zero() -> None:
    layer = draw_calibration([Point(30.0, 20.0, 18.0, 22.0)], 500, "x", "y")["layer"][0]
    assert layer["encoding"]["x"]["scale"]["domain"] == layer["encoding"]["y"]["scale"]["domain"] == [0, 31.5]


def test_labels_and_values_are_drawn_in_order() -> None:
    drawn = texts(draw_svg(draw_bars([Mark("Low", 1.0), Mark("High", 2.5)], 760, SCALE), "a", "Title"))
    assert [text for text in drawn if text in ("Low", "High")] == ["Low", "High"]
    assert {"1%", "2.5%"} <= set(drawn)


def test_rows_that_share_a_label_keep_their_own_bar() -> None:
    marks = [Mark("Twin", 1.0, key="U1"), Mark("Twin", 2.0, key="U2")]
    assert texts(draw_svg(draw_bars(marks, 760, SCALE), "a", "Title")).count("Twin") == 2


def test_one_mark_of_zero_draws() -> None:
    assert "0%" in texts(draw_svg(draw_bars([Mark("Only", 0.0, 0.0, 0.0)], 288, SCALE), "a", "Title"))


def test_long_label_is_cut_with_a_sign() -> None:
    drawn = texts(draw_svg(draw_bars([Mark("word " * 40, 1.0)], 760, SCALE), "a", "Title"))
    assert any(text.endswith("…") for text in drawn)


def test_picture_has_a_name_and_no_other_role() -> None:
    svg = draw_svg(draw_bars(MARKS, 288, SCALE), "chart-1", 'A "title" <b>')
    root = ET.fromstring(svg)  # noqa: S314 - our own picture
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "chart-1-title"
    assert root[0].text == 'A "title" <b>'
    assert svg.count("role=") == 1


def test_only_drawing_is_kept() -> None:
    dirty = (
        f'<svg xmlns="{SVG}" onload="x()"><script>x()</script><a href="https://example.org"><text>t</text></a>'
        '<image href="https://example.org/a.png"/><style>*{}</style><g style="fill:red" onclick="x()">'
        '<text fill="#000" transform="translate(1.23456,-0.98765)">kept</text></g></svg>'
    )
    clean = clean_svg(dirty, "a", "Title")
    assert not [word for word in ("script", "href", "image", "style", "onload", "onclick") if word in clean]
    assert 'transform="translate(1.23,-0.99)"' in clean
    assert texts(clean) == ["kept"]


def test_same_marks_give_the_same_picture() -> None:
    first, second = (draw_svg(draw_bars(MARKS, 500, SCALE), "a", "Title") for _ in range(2))
    assert first == second
