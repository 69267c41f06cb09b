"""What could be commissioned: all services side by side."""

from mltc.disclosure import PublishedTable
from mltc.report.figures import Row, Rows, pick
from mltc.report.findings import absent
from mltc.report.known import Known, as_known, known_of
from mltc.report.views import Cell, TableView, cell_text, shorthand_note
from mltc.report.wording import count_text, load_wording, look_up, say

Tables = dict[str, PublishedTable]


def commission_lede(rows: Rows) -> str:
    """How many services there are and for how many the evidence is strong or moderate; or that nothing is known."""
    catalogue = pick(rows, "innovation_catalogue")
    if not pick(rows, "innovation", geography_type="icb"):
        return absent(rows, "need", look_up("title.commission"))
    strengths = [str(row["strength"]) for row in catalogue]
    return say(
        "commission.lede",
        count=len(catalogue),
        moderate=sum(strength in ("strong", "moderate") for strength in strengths),
        none=strengths.count("none found"),
    )


def service_table(tables: Tables, rows: Rows) -> TableView | None:
    """All services side by side, those with the surest evidence first; None where nothing was counted."""
    whole = {str(row["innovation"]): row for row in pick(rows, "innovation", geography_type="icb")}
    if not whole:
        return None
    order = list(look_up_strengths())
    catalogue = sorted(pick(rows, "innovation_catalogue"), key=lambda row: order.index(str(row["strength"])))
    body = [
        _service_cells(tables, row, whole[str(row["innovation"])]) for row in catalogue if row["innovation"] in whole
    ]
    names = ("service", "strength", "known", "eligible", "share", "one_wte", "wte")
    headings = [Cell(look_up(f"commission.heading.{name}"), name not in names[:3]) for name in names]
    return TableView("table-services", look_up("title.services"), headings, body, "innovation", shorthand_note(body))


def look_up_strengths() -> dict[str, str]:
    """Words for each strength of evidence, the surest first."""
    return dict(load_wording()["strength"])


def _service_cells(tables: Tables, row: Row, whole: Row) -> list[Cell]:
    known = known_of(whole)
    return [
        Cell(str(row["innovation_name"])),
        Cell(look_up_strengths()[str(row["strength"])]),
        Cell(str(whole["known_share"])),
        Cell(as_known(known, count_text(whole["eligible_persons"]), is_count=True), is_number=True),
        Cell(as_known(known, cell_text(tables["innovation"], whole, "eligible_percent")), is_number=True),
        Cell(_one_text(row), is_number=True),
        Cell(wte_text(row, whole), is_number=True),
    ]


def _one_text(row: Row) -> str:
    people = row["people_per_wte"]
    return look_up("commission.no_staff") if people is None else f"{people:,}"


def wte_text(row: Row, whole: Row) -> str:
    """Whole-time equivalents for everyone eligible, reckoned from the published count, as far as that is known."""
    people, eligible = row["people_per_wte"], whole["eligible_persons"]
    if people is None:
        return look_up("commission.no_staff")
    return as_known(known_of(whole), count_text(None) if eligible is None else f"{eligible / people:,.1f}")


def has_wte(row: Row, whole: Row) -> bool:
    """Whether whole-time equivalents for everyone eligible can be told."""
    is_counted = row["people_per_wte"] is not None and whole["eligible_persons"] is not None
    return is_counted and known_of(whole) in (Known.MOST, Known.ALL)
