"""Since the last run: who joined, who left, and how much of it is records rather than people."""

from collections.abc import Mapping
from datetime import date

from mltc.disclosure import PublishedTable
from mltc.report.figures import Row, Rows, pick, whole_area
from mltc.report.views import TableView, table_view
from mltc.report.wording import count_text, date_text, load_wording, look_up, say


def change_sentences(rows: Rows) -> list[str]:
    """What moved, what of it is records only, and how to read it; one sentence where there is no last run."""
    found = pick(rows, "change")
    if not found:
        return [look_up("change.first")]
    now = whole_area(rows)
    since = date_text(date.fromisoformat(str(found[0]["since"])))
    figures = {
        "before": _sum(found, "last run"),
        "joined": _sum(found, "joined"),
        "left": _sum(found, "left"),
        "now": now["mltc_persons"] if now else None,
    }
    if None in figures.values():
        told = [say("change.hidden", since=since)]
    else:
        told = [say("change.lede", since=since, **{key: count_text(value) for key, value in figures.items()})]
    if records := _sum([row for row in found if row["why"] == "records"]):
        told.append(say("change.records", records=count_text(records)))
    if held := _sum(found, "held over"):
        told.append(say("change.held", held=count_text(held)))
    return [*told, look_up("change.no_cause")]


def change_table(tables: Mapping[str, PublishedTable], rows: Rows) -> TableView | None:
    """Every way in or out with its people; None where there is no last run."""
    found = pick(rows, "change")
    if not found:
        return None
    what: Mapping[str, str] = load_wording()["change"]["what"]
    labels = {"change": lambda row: what[f"{row['change']}.{row['why']}"]}
    return table_view(tables["change"], found, ("change", "persons"), "table-change", labels=labels)


def _sum(found: list[Row], change: str | None = None) -> int | None:
    """People of the rows; None where any of them is suppressed."""
    counts = [row["persons"] for row in found if change in (None, row["change"])]
    return None if None in counts else sum(counts)
