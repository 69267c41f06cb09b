"""Everyone registered, in the segments of each scheme."""

from mltc.disclosure import PublishedTable
from mltc.report.figures import Row, Rows, pick
from mltc.report.views import TableView, table_view

COLUMNS = (
    "segment_name",
    "segment_rule",
    "persons",
    "mean_unplanned_admissions",
    "mean_unplanned_bed_days",
    "mean_cost_gbp",
    "certain_share",
)


def segment_sections(tables: dict[str, PublishedTable], rows: Rows) -> list[dict[str, object]]:
    """One section per scheme of the whole area: name, limits, table and the limits of its segments."""
    everywhere = pick(rows, "segment", geography_type="icb")
    schemes = {str(row["scheme"]): row for row in everywhere}
    return [
        _section(tables["segment"], first, [row for row in everywhere if row["scheme"] == scheme], number)
        for number, (scheme, first) in enumerate(sorted(schemes.items()), start=1)
    ]


def _section(table: PublishedTable, first: Row, segments: list[Row], number: int) -> dict[str, object]:
    name = str(first["scheme_name"])
    view: TableView = table_view(table, segments, COLUMNS, f"table-segment-{number}", caption=name)
    return {
        "id": f"scheme-{number}",
        "name": name,
        "limits": str(first["scheme_limits"]),
        "table": view,
        "segments": [(str(row["segment_name"]), str(row["segment_limits"])) for row in segments],
    }
