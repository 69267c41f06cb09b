"""The checklists of the model in use as a page: items, answers, and how many are left to the ICB."""

from dataclasses import dataclass

from mltc.disclosure import PublishedTable
from mltc.report.figures import Rows, pick
from mltc.report.views import TableView, table_view
from mltc.report.wording import say


@dataclass(frozen=True)
class ChecklistView:
    """One checklist: heading, where it is published, how many items the ICB must answer, and the table."""

    title: str
    source: str
    summary: str
    table: TableView


def checklist_views(tables: dict[str, PublishedTable], rows: Rows) -> list[ChecklistView]:
    """One view per checklist, in the order of their names; none where no model is in use."""
    items = sorted(pick(rows, "risk_checklist"), key=lambda row: (str(row["checklist"]), int(row["sort_key"])))
    found = []
    for title in dict.fromkeys(str(row["checklist"]) for row in items):
        own = [row for row in items if row["checklist"] == title]
        left = sum(row["answered_by"] == "ICB" for row in own)
        view_id = f"table-{title.casefold().replace('+', '-')}"
        columns = ("number", "section", "item", "answer", "answered_by")
        table = table_view(tables["risk_checklist"], own, columns, view_id, caption=title)
        summary = say("summary.checklist.text", items=len(own), left=left)
        found.append(ChecklistView(title, str(own[0]["source"]), summary, table))
    return found
