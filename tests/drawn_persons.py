"""Test persons from tables that a clinician can read: records in a line, a register through the real models out.

A table is text with columns parted by |; the records of a person are parted by ; and each is written as

    snomed 195967001 2010-01-01                  a GP entry; several dates in one record are several entries
    snomed 195967001 2010-01-01 entered 2026-10-02        entered later than it is dated
    icd10 J459 2012-01-01 until 2012-01-09       a diagnosis of a hospital episode: admitted, ended
    icd10 'e11.9 ' 2012-01-01                    as the hospital wrote it
    gp_icd10 E11.9 2012-01-01                    an ICD-10 code in the GP record
    bnf 0302000C0 2026-01-01 2026-02-01          issues of a medicine, one for each date
    value egfr 59 2026-01-01                     a measured value
    born 2008-10-02, died 2026-10-01, registered 2026-10-02, left 2026-09-30

Age in years is what it is on the index date, which is the birthday unless the record says `born`.
"""

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from conftest import INDEX_DATE

from mltc.contract import load_contract
from mltc.sources.insert import TRACE_COLUMNS
from mltc.warehouse import DuckDBWarehouse

MEASURES = {"egfr": "1011481000000105", "bmi": "60621009"}
SYSTEMS = {"snomed": "snomed", "gp_icd10": "icd10"}
FACTS = ("born", "died", "registered", "left")


@dataclass(frozen=True)
class Person:
    """One line of a table: `table` is its file, `cells` its columns by name."""

    table: str
    cells: dict[str, str]

    @property
    def person_id(self) -> str:
        """Name in all tables together."""
        return f"{self.table}: {self.cells['person']}"

    @property
    def age_years(self) -> int:
        """As the table says it."""
        return int(self.cells["age"])

    @property
    def records(self) -> list[list[str]]:
        """Words of each record."""
        return [shlex.split(record) for record in self.cells["record"].split(";")]

    def fact(self, name: str) -> date | None:
        """A date of the person's life that is no record of a condition."""
        return next((date.fromisoformat(words[1]) for words in self.records if words[0] == name), None)

    def listed(self, column: str) -> set[str]:
        """Names in a cell; `none` is the empty set."""
        return {name.strip() for name in self.cells[column].split(",")} - {"none", ""}


def read_persons(path: Path) -> list[Person]:
    """Lines of a table; lines that begin with # are notes. Raises ValueError for a line of another width."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"]
    names, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [Person(path.stem, dict(zip(names, row, strict=True))) for row in rows]


def write_raw(warehouse: DuckDBWarehouse, persons: Iterable[Person]) -> None:
    """Every table of `raw`, empty but for the records of these persons."""
    drawn: dict[str, list[dict[str, object]]] = {"gp_event": [], "gp_prescription": [], "hospital_episode": []}
    people = list(persons)
    for person in people:
        for words in person.records:
            if words[0] not in (*FACTS, "nothing"):
                name, rows = read_record(words)
                drawn[name] += [{"person_id": person.person_id, **row} for row in rows]
    drawn["person"] = [_describe(person) for person in people]
    warehouse.execute("create schema if not exists raw")
    for name, table in load_contract().items():
        columns = TRACE_COLUMNS | {column.name: column.sql_type for column in table.column}
        rows = [{"_row_id": number, **row} for number, row in enumerate(drawn.get(name, []), start=1)]
        warehouse.execute(f"create table raw.{name} ({', '.join(f'{k} {v}' for k, v in columns.items())})")
        if rows:
            warehouse.write("drawn.row", pl.DataFrame(rows, infer_schema_length=None))
            warehouse.execute(f"insert into raw.{name} by name select * from drawn.row")


def _describe(person: Person) -> dict[str, object]:
    birthday = INDEX_DATE.replace(year=INDEX_DATE.year - person.age_years)
    return {
        "person_id": person.person_id,
        "birth_date": person.fact("born") or birthday,
        "practice_code": "A",
        "registered_from": person.fact("registered") or date(1990, 1, 1),
        "registered_to": person.fact("left"),
        "death_date": person.fact("died"),
    }


def read_record(words: list[str]) -> tuple[str, list[dict[str, object]]]:
    """Table of `raw` and its rows for one record. Raises ValueError for a word that is no date where one belongs."""
    if words[0] == "value":
        measured = {"code": MEASURES[words[1]], "code_system": "snomed", "value": float(words[2])}
        return "gp_event", _entries(words[3:], lambda day: {**measured, "event_date": day})
    kind, code, *when = words
    if kind == "bnf":
        return "gp_prescription", _entries(when, lambda day: {"code": code, "code_system": kind, "issue_date": day})
    if kind == "icd10":
        return "hospital_episode", _entries(when, lambda day: {"diagnoses": [code], "admission_date": day})
    system = SYSTEMS[kind]
    return "gp_event", _entries(when, lambda day: {"code": code, "code_system": system, "event_date": day})


def _entries(when: list[str], row: Callable[[date], dict[str, object]]) -> list[dict[str, object]]:
    """One row for each date; `entered` (GP) or `until` (hospital) before the last of them says when it was known."""
    known: dict[str, object] = {}
    if len(when) > 1 and when[-2] in ("entered", "until"):
        column = "recorded_date" if when[-2] == "entered" else "discharge_date"
        known = {column: date.fromisoformat(when[-1])}
        when = when[:-2]
    return [{**row(date.fromisoformat(day)), **known} for day in when]
