"""One service: for how many people it is meant, how sure its effect is, what it would take, who they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mltc.disclosure import PublishedTable
from mltc.report.commission import look_up_strengths, wte_text
from mltc.report.figures import Row, Rows, pick, read_rate
from mltc.report.people import place_name
from mltc.report.views import TableView, table_view
from mltc.report.wording import look_up, percent_text, say, value_label

Tables = dict[str, PublishedTable]
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
        overlaps=_overlap_sentence(rows, key),
        equity=_equity_sentence(rows, key),
        does_not=str(row["does_not"]),
        groups=_group_table(tables, rows, key, number, str(row["innovation_name"])),
        places=_place_table(tables, rows, key, number, str(row["innovation_name"])),
    )


def _citation(row: Row) -> str:
    return f"({row['citation']}.)" if row["citation"] else ""


def _count_sentence(whole: Row) -> str:
    rate = read_rate(whole, "eligible_percent")
    if whole["eligible_persons"] is None or rate.percent is None:
        return look_up("commission.count.withheld")
    told = say("commission.count.text", eligible=whole["eligible_persons"], rate=rate.text)
    share = str(whole["known_share"])
    return told if share == "all" else f"{told} {say('commission.count.unknown', share=share)}"


def _capacity_sentence(row: Row, whole: Row) -> str:
    note = {"note": str(row["capacity_note"])}
    if row["people_per_wte"] is None:
        return say("commission.capacity.none", **note)
    source = str(row["capacity_source"])
    origin = look_up("commission.capacity.assumed") if source == "assumption" else source
    one = say("commission.capacity.one", people=row["people_per_wte"], origin=origin, **note)
    eligible = whole["eligible_persons"]
    return one if eligible is None else f"{one} {say('commission.capacity.all', wte=wte_text(row, whole))}"


def _overlap_sentence(rows: Rows, key: str) -> str:
    """The other services that most of the same people are eligible for, those with the largest share first."""
    pairs = [row for row in pick(rows, "innovation_overlap", innovation=key) if row["overlap_share"] in NOTABLE]
    pairs = sorted(pairs, key=lambda row: NOTABLE.index(str(row["overlap_share"])))
    if not pairs:
        return look_up("commission.overlap.none")
    listed = "; ".join(f"{row['other_innovation_name']} ({row['overlap_share']})" for row in pairs)
    return say("commission.overlap.text", listed=listed)


def _equity_sentence(rows: Rows, key: str) -> str:
    """The most deprived fifth among those eligible, beside their share of everyone with MLTC."""
    groups = pick(rows, "innovation_group", innovation=key, breakdown="imd_quintile")
    first = [row for row in groups if int(row["sort_key"]) == 1]
    if not first or None in (first[0]["eligible_share_percent"], first[0]["mltc_share_percent"]):
        return look_up("commission.equity.withheld")
    shares = {name: percent_text(float(first[0][f"{name}_share_percent"])) for name in ("eligible", "mltc")}
    return say("commission.equity.text", **shares)


def _group_table(tables: Tables, rows: Rows, key: str, number: int, name: str) -> TableView | None:
    groups = pick(rows, "innovation_group", innovation=key)
    groups = sorted(groups, key=lambda row: (row["breakdown"] != "imd_quintile", int(row["sort_key"])))
    columns = (
        "breakdown_value",
        "mltc_persons",
        "eligible_persons",
        "eligible_percent",
        "mltc_share_percent",
        "eligible_share_percent",
    )
    return _table(tables["innovation_group"], groups, columns, f"table-service-group-{number}", name, _group_label)


def _group_label(row: Row) -> str:
    kind, value = str(row["breakdown"]), str(row["breakdown_value"])
    return f"{look_up(f'groups.{kind}')}: {value_label(kind, value)}"


def _place_table(tables: Tables, rows: Rows, key: str, number: int, name: str) -> TableView | None:
    places = pick(rows, "innovation", geography_type="pcn", innovation=key)
    places = sorted(places, key=lambda row: (str(row["geography_name"]).casefold(), str(row["geography_code"])))
    columns = ("geography_name", "known_share", "mltc_persons", "eligible_persons", "eligible_percent")
    return _table(tables["innovation"], places, columns, f"table-service-place-{number}", name, place_name)


def _table(
    table: PublishedTable,
    rows: Sequence[Row],
    columns: Sequence[str],
    view_id: str,
    name: str,
    label: Callable[[Row], str],
) -> TableView | None:
    if not rows:
        return None
    caption = f"{name}: {table.spec.title[0].lower()}{table.spec.title[1:]}"
    return table_view(table, rows, columns, view_id, caption=caption, labels={columns[0]: label})
