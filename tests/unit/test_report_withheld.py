"""A table that was withheld as a whole is said to be, where it is missed."""

from dataclasses import replace

import polars as pl

from mltc.disclosure import PROFILES, load_table_specs, protect
from mltc.report import note_withheld
from mltc.report.figures import load_rows
from mltc.report.findings import absent


def test_a_withheld_table_is_noted_beside_the_other_notes():
    notes = pl.DataFrame({"area": ["needs"], "note": ["No list."]})
    tables = protect({"run_note": notes}, load_table_specs(), PROFILES["hes"])
    assert note_withheld(tables) is tables
    tables |= {"innovation_group": replace(tables["innovation_group"], is_withheld=True)}
    noted = note_withheld(tables)
    assert noted["run_note"].frame["area"].to_list() == ["innovation_group", "needs"]
    told = absent(load_rows(noted), "need", "Who is eligible")
    assert "“Who is eligible, by deprivation and ethnic group” is withheld: with so few people" in told
    assert "No list." in told
