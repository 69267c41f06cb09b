"""Warnings of the gate stand beside the figures that they affect, and nowhere else."""

import runpy
from pathlib import Path
from types import SimpleNamespace

from mltc.report.figures import load_rows
from mltc.report.warnings import page_warnings

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))


def draw_rules(*rows: tuple[str, str, str, str, str]):
    keys = ("table_name", "level", "status", "why", "affects")
    table = drawn.publish("gate_rule", [dict(zip(keys, row, strict=True)) | {"rule": "r"} for row in rows])
    return load_rows({"gate_rule": table})


def test_a_page_shows_failed_warnings_of_its_outputs() -> None:
    rows = draw_rules(
        ("gp_event", "warn", "failed", "Late.", "risk, needs"),
        ("emergency", "warn", "failed", "Late.", "risk"),
        ("person", "warn", "failed", "No sex.", "prevalence"),
        ("opt_out", "warn", "failed", "Not said.", "every output"),
        ("death", "warn", "passed", "Passed.", "risk"),
        ("death", "quarantine", "failed", "Held.", "risk"),
    )
    assert page_warnings(rows, "risk.html") == ["emergency and gp_event: Late.", "opt_out: Not said."]
    assert page_warnings(rows, "needs.html") == ["gp_event: Late.", "opt_out: Not said."]
    assert page_warnings(rows, "who.html") == ["person: No sex.", "opt_out: Not said."]
    assert page_warnings(rows, "methods.html") == []
    assert page_warnings({}, "risk.html") == []


def test_a_table_name_stands_for_the_outputs_made_from_it() -> None:
    rows = draw_rules(("outpatient", "warn", "failed", "Late.", "outpatient, comparison with earlier releases"))
    assert page_warnings(rows, "needs.html") == ["outpatient: Late."]
    assert page_warnings(rows, "index.html") == ["outpatient: Late."]
    assert page_warnings(rows, "who.html") == []
