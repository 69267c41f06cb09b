"""Failed checks of level warn, beside the figures that they affect."""

from mltc.quality.outputs import outputs_of_page, split_outputs
from mltc.report.figures import Rows, pick
from mltc.report.wording import join_words, say


def page_warnings(rows: Rows, page: str) -> list[str]:
    """One sentence per reason, with the tables that it was found in; in the order of the published table."""
    shown = outputs_of_page(page)
    tables: dict[str, list[str]] = {}
    for row in pick(rows, "gate_rule", status="failed", level="warn"):
        if shown.intersection(split_outputs(str(row["affects"]))):
            tables.setdefault(str(row["why"]), []).append(str(row["table_name"]))
    return [say("report.data_warning", tables=join_words(sorted(set(found))), why=why) for why, found in tables.items()]
