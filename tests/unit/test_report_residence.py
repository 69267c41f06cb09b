"""Where registered people live, as the page of places shows it."""

import runpy
from pathlib import Path
from types import SimpleNamespace

from mltc.report import render_report

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))


def test_the_report_shows_where_registered_people_live_and_hides_what_is_small():
    rows = [
        {"resident_area": "ZZA", "resident_area_name": "North", "sort_key": 1, "persons": 900, "mltc_persons": 250},
        {"resident_area": "another ICB", "resident_area_name": "Another ICB", "sort_key": 3, "persons": None}
        | {"mltc_persons": None},
    ]
    page = str(render_report(drawn.draw_context(), {"residence": drawn.publish("residence", rows)})["places.html"])
    table = page[page.index("table-residence") :]
    assert "Another ICB" in table
    assert table.index("900") < table.index("[c]")
