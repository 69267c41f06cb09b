"""What happened to every row received, as a table: a feed that was not supplied has no numbers, and no small ones."""

from collections.abc import Callable, Mapping

from mltc.disclosure import PublishedTable
from mltc.report.figures import Row, Rows
from mltc.report.views import TableView, cell_text, table_view
from mltc.report.wording import look_up


def row_table(tables: Mapping[str, PublishedTable], rows: Rows) -> TableView | None:
    """One row per table of the contract; None where nothing was accounted for."""
    if not rows.get("row_account"):
        return None
    table = tables["row_account"]
    labels = {column: _words(table, column) for column in table.spec.counts}
    return table_view(table, rows["row_account"], list(table.spec.columns), "table-rows", labels=labels)


def _words(table: PublishedTable, column: str) -> Callable[[Row], str]:
    return lambda row: cell_text(table, row, column) if row["feed_status"] == "read" else look_up("report.not_supplied")
