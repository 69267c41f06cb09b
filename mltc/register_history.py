"""What the last run found, carried into the run at work: `meta.last_*`, which `register.change` and `history` read.

The last run is the last good one of an earlier index date. A month that is run again is held against what it was
held against before, which its warehouse kept in its own `meta.last_*`, so that it comes out the same. Where the
last good warehouse describes a later date, there is no last run for this one, but its history is kept.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mltc.warehouse import LAST, Warehouse, attach_last, attached_columns

OPTED_OUT = "(select person_id from meta.person_permission where gp = 'opted_out')"


@dataclass(frozen=True)
class Carried:
    """One table `meta.last_<name>`: its columns with their types, and the table of the last warehouse it is from.

    `given` are selected instead of the column of the same name; `where` limits the rows. `forgets`: rows of
    people who have opted out since are left behind.
    """

    name: str
    source: str
    columns: dict[str, str]
    given: dict[str, str]
    where: str = "true"
    forgets: bool = False

    @property
    def target(self) -> str:
        """Schema-qualified name in the warehouse at work."""
        return f"meta.last_{self.name}"

    def select(self, source: str, *, again: bool) -> str:
        """The select from table `source` of the attached warehouse; `again` where that is a carried one itself."""
        found = {name: name if again else self.given.get(name, name) for name in self.columns}
        columns = ", ".join(f"cast({value} as {self.columns[name]}) as {name}" for name, value in found.items())
        limits = ["true" if again else self.where]
        if self.forgets:
            limits.append(f"person_id not in {OPTED_OUT}")
        return f"select {columns} from {LAST}.{source} where {' and '.join(limits)}"

    def select_nothing(self) -> str:
        """The same columns without a row."""
        columns = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in self.columns.items())
        return f"select {columns} where false"


PERSON, TEXT, DAY, NUMBER, FLAG = "varchar", "varchar", "date", "bigint", "boolean"
LAST_RUN = (
    Carried("run", "meta.index_date", {"as_of": DAY}, {"as_of": "index_date"}, where="role = 'current'"),
    Carried("definition", "codelist.definition", {"definition": TEXT, "version": TEXT}, {}),
    Carried("membership", "codelist.membership", {"definition": TEXT, "condition": TEXT, "position": NUMBER}, {}),
    Carried(
        "person",
        "register.person",
        {"person_id": PERSON, "practice_code": TEXT, "succeeded_from": TEXT},
        {},
    ),
    Carried(
        "mltc",
        "register.mltc",
        {
            "person_id": PERSON,
            "definition": TEXT,
            "definition_version": TEXT,
            "condition_signature": TEXT,
            "is_mltc": FLAG,
            "is_complex_mltc": FLAG,
            "condition_count": NUMBER,
        },
        {},
    ),
    Carried(
        "person_condition",
        "register.person_condition",
        {
            "person_id": PERSON,
            "condition": TEXT,
            "source": TEXT,
            "onset_date": DAY,
            "first_known_date": DAY,
            "last_date": DAY,
            "evidence_code": TEXT,
            "evidence_count": NUMBER,
            "is_held_over": FLAG,
        },
        {},
        forgets=True,
    ),
    Carried(
        "practice_abstention",
        "meta.practice_abstention",
        {"practice_code": TEXT, "table_name": TEXT, "from_month": DAY, "reason": TEXT},
        {},
    ),
    Carried(
        "opted_out",
        "meta.person_permission",
        {"person_id": PERSON},
        {},
        where=f"gp <> 'allowed' and person_id not in (select person_id from {LAST}.register.person)",
    ),
)
HISTORY = (
    Carried(
        "history_run",
        "history.run",
        {
            "as_of": DAY,
            "definition": TEXT,
            "definition_version": TEXT,
            "persons": NUMBER,
            "mltc_persons": NUMBER,
            "complex_mltc_persons": NUMBER,
        },
        {},
    ),
    Carried(
        "history_mltc",
        "history.mltc",
        {
            "person_id": PERSON,
            "definition": TEXT,
            "definition_version": TEXT,
            "condition_signature": TEXT,
            "condition_count": NUMBER,
            "is_mltc": FLAG,
            "is_complex_mltc": FLAG,
            "valid_from": DAY,
            "valid_to": DAY,
        },
        {},
        forgets=True,
    ),
    Carried(
        "history_change",
        "history.change",
        {"as_of": DAY, "person_id": PERSON, "definition": TEXT, "change": TEXT, "condition": TEXT, "reason": TEXT},
        {},
        forgets=True,
    ),
)


def carry_last_run(warehouse: Warehouse, last: Path, index_date: date) -> date | None:
    """Write every `meta.last_*` of register and history; the index date of the last run, None where there is none.

    `last` is the file of the last good warehouse, which may not exist. The tables are always there, without rows
    where there is nothing to carry; a warehouse of an older release that lacks a column counts as none. Needs
    `meta.person_permission`: what is known of people who have opted out is left behind, in whatever run it was found.
    """
    if not last.exists():
        carry_nothing(warehouse)
        return None
    with attach_last(warehouse, last):
        described = read_last_date(warehouse)
        again = described == index_date
        is_earlier = described is not None and described < index_date
        _carry(warehouse, LAST_RUN, again=again, wanted=again or is_earlier)
        _carry(warehouse, HISTORY, again=again, wanted=True)
    _forget_opted_out(warehouse)
    found = warehouse.read("select as_of from meta.last_run")["as_of"].to_list()
    return found[0] if found else None


def carry_nothing(warehouse: Warehouse) -> None:
    """Write every `meta.last_*` without a row: as on a first run."""
    for table in (*LAST_RUN, *HISTORY):
        warehouse.build(table.target, table.select_nothing())


def read_last_date(warehouse: Warehouse) -> date | None:
    """Index date that the attached warehouse describes."""
    if not attached_columns(warehouse, "meta.index_date"):
        return None
    found = warehouse.read(f"select index_date from {LAST}.meta.index_date where role = 'current'")
    return found["index_date"][0] if found.height else None


def _carry(warehouse: Warehouse, tables: tuple[Carried, ...], *, again: bool, wanted: bool) -> None:
    """All of `tables` or, where one of them cannot be had, none: half a last run would read as a change."""
    sources = {table.name: table.target if again else table.source for table in tables}
    can_be_had = wanted and all(_has_columns(warehouse, table, sources[table.name], again=again) for table in tables)
    for table in tables:
        select = table.select(sources[table.name], again=again) if can_be_had else table.select_nothing()
        warehouse.build(table.target, select)


def _has_columns(warehouse: Warehouse, table: Carried, source: str, *, again: bool) -> bool:
    needed = set(table.columns) - (set() if again else set(table.given))
    found = attached_columns(warehouse, source)
    return bool(found) and needed <= found


def _forget_opted_out(warehouse: Warehouse) -> None:
    """Keep of people who have opted out since the last run that they were counted, and nothing of their conditions.

    They count as excluded at the last run too, so that a month that is run again after an opt-out was withdrawn
    says so, and does not call conditions new that had been left behind.
    """
    warehouse.execute(
        f"update meta.last_mltc set condition_signature = null, condition_count = null where person_id in {OPTED_OUT}"
    )
    warehouse.execute(
        f"insert into meta.last_opted_out select person_id from meta.last_person where person_id in {OPTED_OUT} "
        "and person_id not in (select person_id from meta.last_opted_out)"
    )
