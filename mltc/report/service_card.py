"""One service: for how many people it is meant, how sure its effect is, what it would take, who they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mltc.disclosure import PublishedTable
from mltc.report.commission import has_wte, look_up_strengths, wte_text
from mltc.report.figures import Row, Rows, pick, read_rate
from mltc.report.known import Known, as_known, known_of
from mltc.report.people import place_name
from mltc.report.views import TableView, cell_text, table_view
from mltc.report.wording import count_text, look_up, percent_text, say, value_label

Tables = dict[str, PublishedTable]
Words = Callable[[Row], str]
NOTABLE = ("75% or more", "50% to 74%", "25% to 49%")


@dataclass(frozen=True)
class ServiceCard:
    """One service in words, with its two tables."""

    id: str
    name: str
    what: str
    needs: str
    rule: str
    count: str
    strength: str
    evidence: str
    capacity: str
    overlaps: str
    equity: str
    does_not: str
    groups: TableView | None
    places: TableView | None


def service_cards(tables: Tables, rows: Rows) -> list[ServiceCard]:
    """One card per service, in the order of the catalogue."""
    whole = {str(row["innovation"]): row for row in pick(rows, "innovation", geography_type="icb")}
    return [
        _card(tables, rows, row, whole[str(row["innovation"])], number)
        for number, row in enumerate(pick(rows, "innovation_catalogue"), start=1)
        if str(row["innovation"]) in whole
    ]


def _card(tables: Tables, rows: Rows, row: Row, whole: Row, number: int) -> ServiceCard:
    key = str(row["innovation"])
    return ServiceCard(
        id=f"service-{number}",
        name=str(row["innovation_name"]),
        what=str(row["what"]),
        needs=str(row["needs"]),
        rule=str(row["rule"]),
        count=_count_sentence(whole),
        strength=look_up_strengths()[str(row["strength"])],
        evidence=" ".join(filter(None, (str(row["evidence"]), _citation(row)))),
        capacity=_capacity_sentence(row, whole),
        overlaps=_overlap_sentence(rows, whole),
        equity=_equity_sentence(rows, whole),
        does_not=str(row["does_not"]),
        groups=_group_table(tables, rows, whole, number, str(row["innovation_name"])),
        places=_place_table(tables, rows, key, number, str(row["innovation_name"])),
    )


def _citation(row: Row) -> str:
    return f"({row['citation']}.)" if row["citation"] else ""


def _count_sentence(whole: Row) -> str:
    known, rate, share = known_of(whole), read_rate(whole, "eligible_percent"), str(whole["known_share"])
    eligible = whole["eligible_persons"]
    if known is Known.NOBODY:
        return look_up("commission.count.nobody")
    if eligible is None or (rate.percent is None and known is not Known.FEW):
        return look_up("commission.count.withheld")
    if known is Known.FEW:
        unknown = look_up(f"commission.count.{'some' if share == 'not all' else 'fifth'}")
        return f"{say('commission.count.few', eligible=eligible)} {unknown}"
    key = "least" if known is Known.MOST else "text"
    told = say(f"commission.count.{key}", eligible=eligible, rate=rate.text)
    return told if share == "all" else f"{told} {say('commission.count.unknown', share=share)}"


def _capacity_sentence(row: Row, whole: Row) -> str:
    note = {"note": str(row["capacity_note"])}
    if row["people_per_wte"] is None:
        return say("commission.capacity.none", **note)
    source = str(row["capacity_source"])
    origin = look_up("commission.capacity.assumed") if source == "assumption" else source
    one = say("commission.capacity.one", people=row["people_per_wte"], origin=origin, **note)
    if has_wte(row, whole):
        return f"{one} {say('commission.capacity.all', wte=wte_text(row, whole))}"
    return f"{one} {look_up('commission.capacity.unknown')}" if known_of(whole) in (Known.NOBODY, Known.FEW) else one


def _overlap_sentence(rows: Rows, whole: Row) -> str:
    """The other services that most of the same people are eligible for, those with the largest share first."""
    if known_of(whole) is Known.NOBODY:
        return look_up("commission.overlap.nobody")
    pairs = [
        row
        for row in pick(rows, "innovation_overlap", innovation=whole["innovation"])
        if row["overlap_share"] in NOTABLE
    ]
    pairs = sorted(pairs, key=lambda row: NOTABLE.index(str(row["overlap_share"])))
    if not pairs:
        return look_up("commission.overlap.none")
    listed = "; ".join(f"{row['other_innovation_name']} ({row['overlap_share']})" for row in pairs)
    return say("commission.overlap.text", listed=listed)


def _equity_sentence(rows: Rows, whole: Row) -> str:
    """The most deprived fifth among those eligible, beside their share of everyone with MLTC."""
    if known_of(whole) is Known.NOBODY:
        return look_up("commission.equity.nobody")
    if not pick(rows, "innovation_group"):
        return look_up("commission.equity.absent")
    groups = pick(rows, "innovation_group", innovation=whole["innovation"], breakdown="imd_quintile")
    first = [row for row in groups if int(row["sort_key"]) == 1]
    if not first or None in (first[0]["eligible_share_percent"], first[0]["mltc_share_percent"]):
        return look_up("commission.equity.withheld")
    shares = {name: percent_text(float(first[0][f"{name}_share_percent"])) for name in ("eligible", "mltc")}
    return say("commission.equity.text", **shares)


def _group_table(tables: Tables, rows: Rows, whole: Row, number: int, name: str) -> TableView | None:
    """Eligible people by group, as far as they are known in the whole area; none where they are of nobody."""
    known = known_of(whole)
    if known is Known.NOBODY:
        return None
    groups = pick(rows, "innovation_group", innovation=whole["innovation"])
    groups = sorted(groups, key=lambda row: (row["breakdown"] != "imd_quintile", int(row["sort_key"])))
    columns = (
        "breakdown_value",
        "mltc_persons",
        "eligible_persons",
        "eligible_percent",
        "mltc_share_percent",
        "eligible_share_percent",
    )
    table = tables["innovation_group"]
    words = {"breakdown_value": _group_label} | _eligible_words(table, lambda _: known)
    return _table(table, groups, columns, f"table-service-group-{number}", name, words)


def _group_label(row: Row) -> str:
    kind, value = str(row["breakdown"]), str(row["breakdown_value"])
    return f"{look_up(f'groups.{kind}')}: {value_label(kind, value)}"


def _place_table(tables: Tables, rows: Rows, key: str, number: int, name: str) -> TableView | None:
    places = pick(rows, "innovation", geography_type="pcn", innovation=key)
    places = sorted(places, key=lambda row: (str(row["geography_name"]).casefold(), str(row["geography_code"])))
    columns = ("geography_name", "known_share", "mltc_persons", "eligible_persons", "eligible_percent")
    table = tables["innovation"]
    words = {"geography_name": place_name} | _eligible_words(table, known_of)
    return _table(table, places, columns, f"table-service-place-{number}", name, words)


def _eligible_words(table: PublishedTable, known: Callable[[Row], Known]) -> dict[str, Words]:
    """Words of the cells of eligible people: "at least" or "not known" where that is all that can be said."""
    return {
        "eligible_persons": lambda row: as_known(known(row), count_text(row["eligible_persons"]), is_count=True),
        "eligible_percent": lambda row: as_known(known(row), cell_text(table, row, "eligible_percent")),
    }


def _table(
    table: PublishedTable,
    rows: Sequence[Row],
    columns: Sequence[str],
    view_id: str,
    name: str,
    words: Mapping[str, Words],
) -> TableView | None:
    if not rows:
        return None
    caption = f"{name}: {table.spec.title[0].lower()}{table.spec.title[1:]}"
    return table_view(table, rows, columns, view_id, caption=caption, labels=words)
