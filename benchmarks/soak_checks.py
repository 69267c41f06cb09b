"""What must hold after every run of the soak, however the month went."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from benchmarks.soak_world import CANARY
from mltc.config.operation import RetentionSettings
from mltc.retention import month_number
from mltc.run_history import UNFINISHED, read_history

if TYPE_CHECKING:
    from mltc.warehouse import Warehouse

PERSON = re.compile(rb"SYN\d{10}|" + CANARY.encode())
PSEUDONYM = re.compile(rb"[0-9A-HJKMNP-TV-Z]{25}[0-9A-HJKMNP-TV-Z*~$=U]")
FATES = ("rows_staged", "rows_dropped", "rows_quarantined", "rows_duplicate", "rows_opted_out")
PLACE = ("person_id", "definition", "definition_version", "condition_signature", "condition_count")
# Tables in which somebody who opted out of everything may stand: what was sent, their choice itself, and that they
# were counted in the last run. A row that a rule set aside was not looked at for opt-outs: it lies as it was sent.
ALLOWED = ("raw.", "quarantine.", "meta.person_permission", "staging.opt_out", "meta.last_")
# In the run after their choice the account of changes says that they left, and why, so that its figures add up; of
# their conditions nothing.
LEAVING = ("register.change", "register.change_mltc", "register.change_person", "register.change_standing")
TOLD_LEAVING = "change in ('left', 'no longer complex') and condition is null and reason = 'opted out'"


@dataclass
class Past:
    """What earlier months said. `status`: register by index date. `forgotten`: who had opted out, then or since."""

    pseudonyms: dict[str, str] = field(default_factory=dict)
    status: dict[date, pl.DataFrame] = field(default_factory=dict)
    forgotten: dict[date, set[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One invariant after one run: how many things were looked at, and what was wrong, without any person's value."""

    invariant: str
    looked_at: int
    faults: tuple[str, ...] = ()


def check_rows(record: dict, delivered: dict[str, int]) -> Finding:
    """Every row that was sent is staged or set aside, once."""
    faults = []
    account = record["row_account"]
    for file in account:
        if file["rows_in"] != sum(file[fate] for fate in FATES):
            faults.append(f"{file['table_name']}: rows in are not those staged and set aside")
    found = {file["table_name"]: file["rows_in"] for file in account}
    faults += [f"{name}: {rows} rows sent, {found.get(name)} read" for name, rows in delivered.items()
               if found.get(name) != rows]  # fmt: skip
    return Finding("rows in = rows staged and set aside", sum(found.values()), tuple(faults))


def check_pseudonyms(warehouse: "Warehouse", past: Past, *, is_rotated: bool) -> Finding:
    """Whoever had an mltc_id has the same, but for a rotation, after which nobody has; no two persons share one."""
    now = dict(warehouse.read("select person_id, mltc_id from register.person_pseudonym").iter_rows())
    known = [person for person in now if person in past.pseudonyms]
    same = sum(now[person] == past.pseudonyms[person] for person in known)
    faults = []
    if same != (0 if is_rotated else len(known)):
        faults.append(f"{same} of {len(known)} persons have the mltc_id that they had")
    if len(set(now.values())) != len(now):
        faults.append("two persons share an mltc_id")
    past.pseudonyms = now if is_rotated else past.pseudonyms | now
    return Finding("mltc_id stays", len(known), tuple(faults))


def check_opt_outs(warehouse: "Warehouse", drawn: set[str]) -> Finding:
    """Nobody who opted out of everything stands in a table that is made from anything but their choice and leaving."""
    out = set(warehouse.read("select person_id from meta.person_permission where other = 'opted_out'")["person_id"])
    faults = [] if drawn <= out else [f"{len(drawn - out)} opt-outs that were sent are not known"]
    tables = warehouse.read(
        "select table_schema || '.' || table_name as name from information_schema.columns "
        "where column_name = 'person_id' order by 1"
    )["name"].to_list()
    looked = [name for name in tables if not name.startswith(ALLOWED) and name not in LEAVING]
    for name in looked:
        found = warehouse.read(
            f"select count(distinct person_id) as n from {name} where person_id in "
            "(select person_id from meta.person_permission where other = 'opted_out')"
        )["n"].item()
        if found:
            faults.append(f"{name} holds {found} persons who opted out")
    told = warehouse.read(
        "select count(*) as n from register.change where person_id in "
        f"(select person_id from meta.person_permission where other = 'opted_out') and not ({TOLD_LEAVING})"
    )["n"].item()
    if told:
        faults.append(f"register.change has {told} rows of persons who opted out that say more than that they left")
    return Finding("opted-out people are in no derived table", len(looked), tuple(faults))


def check_history(warehouse: "Warehouse", past: Past, day: date) -> Finding:
    """Spells do not overlap, and the register of every earlier month, asked as of its day, is what it was then."""
    spells = warehouse.read("select * from history.mltc").sort("person_id", "definition", "valid_from")
    until = pl.col("valid_to").fill_null(date.max)
    follows = pl.col("valid_from").shift(-1).over("person_id", "definition")
    overlapping = spells.filter((until > follows) | (until <= pl.col("valid_from"))).height
    faults = [f"{overlapping} spells overlap or are empty"] if overlapping else []
    now = warehouse.read(f"select {', '.join(PLACE)} from register.mltc where condition_count > 0")
    past.status[day], past.forgotten[day] = now, set()
    out = set(warehouse.read("select person_id from meta.person_permission where gp = 'opted_out'")["person_id"])
    for asked, then in past.status.items():
        past.forgotten[asked] |= out
        gone = past.forgotten[asked]
        told = spells.filter((pl.col("valid_from") <= asked) & (until > asked)).select(PLACE)
        then_left, told_left = (rows.filter(~pl.col("person_id").is_in(list(gone))) for rows in (then, told))
        missing = then_left.join(told_left, on=PLACE, how="anti", nulls_equal=True).height
        added = told_left.join(then_left, on=PLACE, how="anti", nulls_equal=True).height
        if missing or added:
            faults.append(f"as of {asked}: {missing} places of the register are gone, {added} were not there then")
    return Finding("history: closed spells, the register of each month as it was", spells.height, tuple(faults))


def check_nobody_told(out: Path, told: str, home: Path, past: Past) -> Finding:
    """No key of a person, no mltc_id and no planted name in logs, records, release, models or Prefect's database."""
    ids = {each.encode() for each in past.pseudonyms.values()}
    looked, faults = 1, []
    for name, content in [("terminal", told.encode()), *_read_files(out), *_read_files(home)]:
        looked += 1
        if PERSON.search(content) or not ids.isdisjoint(PSEUDONYM.findall(content)):
            faults.append(f"{name} names a person")
    return Finding("nobody is named outside the warehouse", looked, tuple(faults))


def check_retention(out: Path, run: str, settings: RetentionSettings) -> Finding:
    """Nothing is older than the settings keep, nothing younger is gone."""
    faults = []
    kinds = {"release": settings.release_months, "data_docs": settings.release_months}
    for kind, months in kinds.items():
        names = [path.name for path in (out / kind).glob("????-??")]
        old = [name for name in names if months and month_number(name) <= month_number(run) - months]
        faults += [f"{kind}/{name} should be gone" for name in old]
        good = {each.run for each in read_history(out) if each.ending not in ("stopped", UNFINISHED)}
        young = {name for name in good if not months or month_number(name) > month_number(run) - months}
        faults += [f"{kind}/{name} is gone" for name in sorted(young - set(names))]
    earlier = len(list((out / "earlier").glob("????-??")))
    runs = len({each.run for each in read_history(out) if each.ending not in ("stopped", UNFINISHED)})
    if earlier != min(settings.earlier_warehouses, runs - 1):
        faults.append(f"{earlier} earlier warehouses of {settings.earlier_warehouses} that are to be kept")
    return Finding("retention", sum(1 for _ in out.glob("*/????-??")), tuple(faults))


def check_recorded(out: Path, endings: list[tuple[str, bool]]) -> Finding:
    """runs.jsonl has every run, in order, with its ending. `endings`: month, and whether the run came to its end."""
    found = [(entry.run, entry.ending not in ("stopped", UNFINISHED)) for entry in read_history(out)]
    return Finding(
        "runs.jsonl has every run", len(found), () if found == endings else (f"{len(found)} of {len(endings)} as run",)
    )


def check_left_over(out: Path) -> Finding:
    """Nothing of the run at work is left lying about."""
    left = [name for name in (".build", "landing") if (out / name).exists()]
    return Finding("nothing is left over", 2, tuple(f"{name} is left over" for name in left))


def _read_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file but warehouses, with what is packed in it."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("warehouse.duckdb"):
            continue
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        yield name, content
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                yield from ((f"{name}: {each}", packed.read(each)) for each in packed.namelist())


def read_record(out: Path) -> dict:
    """run.json of the last good run."""
    return json.loads((out / "run.json").read_text(encoding="utf-8"))
