"""Why one person is on the register, or is not: read from the last good warehouse, written nowhere."""

import json
from pathlib import Path

from mltc.audit import AuditEvent, record_event
from mltc.errors import ConfigError
from mltc.warehouse import Warehouse, open_warehouse


def explain(mltc_id: str, out: Path, definition: str | None = None) -> list[str]:
    """Lines for a screen inside the secure setting.

    Raises ConfigError where the id is mistyped or not in the register, the definition is not known, or there is no
    warehouse; no message repeats the id.
    """
    from mltc.handbook.counts import check_warehouse
    from mltc.handbook.mltc_id import read_mltc_id
    from mltc.handbook.person import read_person
    from mltc.handbook.told import describe_person

    wanted = read_mltc_id(mltc_id)
    path = out / "warehouse.duckdb"
    if not path.exists():
        raise ConfigError(f"There is no warehouse at {path}. Run `mltc run` first, or give its folder with --out.")
    record_event(out, AuditEvent("person_explained", parameters={"definition": definition}, counts={"persons": 1}))
    with open_warehouse(path, read_only=True) as warehouse:
        check_warehouse(warehouse)
        person = read_person(warehouse, wanted, choose_definition(warehouse, out, definition))
        return list(describe_person(person))


def choose_definition(warehouse: Warehouse, out: Path, asked: str | None) -> str:
    """The definition asked for, else that of the run, else the first. Raises ConfigError for an unknown one."""
    known = warehouse.read("select definition from codelist.definition order by definition")["definition"].to_list()
    if asked is not None and asked not in known:
        raise ConfigError(f"The warehouse has no definition {asked!r}. It has: {', '.join(known)}.")
    record = out / "run.json"
    of_run = json.loads(record.read_text(encoding="utf-8")).get("definition") if record.exists() else None
    return asked or (of_run if of_run in known else known[0])
