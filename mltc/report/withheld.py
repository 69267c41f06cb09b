"""Tables that disclosure control withheld as a whole: said where they are missed."""

from dataclasses import replace

from mltc.disclosure import PublishedTable
from mltc.report.wording import say


def note_withheld(tables: dict[str, PublishedTable]) -> dict[str, PublishedTable]:
    """The tables with a run note for each that is withheld; its area is the table's name."""
    import polars as pl

    missing = [
        {"area": name, "note": say("report.withheld", title=table.spec.title)}
        for name, table in tables.items()
        if table.is_withheld
    ]
    if not missing:
        return tables
    notes = tables["run_note"]
    frame = pl.concat([notes.frame, pl.DataFrame(missing, schema=notes.frame.schema)]).sort("area", "note")
    return tables | {"run_note": replace(notes, frame=frame)}
