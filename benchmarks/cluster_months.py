"""Do clusters keep their ids from month to month, while people come and go?

One synthetic population, whose register is built as of the first day of each month: conditions begin and end, people
grow older, die, move and register. On top of that three in a hundred leave and as many others join every month: people
stand in an order drawn once, and each month looks at a stretch of it that is 3 % further on. Every month the step of
the monthly run (`flows.steps.cluster`) is run on its warehouse, beside the warehouse that the month before left.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

CHURN = 0.03
DEFINITION = "delphi-2022"
_CODELIST = ("membership", "condition")


@dataclass(frozen=True)
class Month:
    """What one month left. Tables of `clusters`, without what is only needed inside."""

    index_date: date
    person: pl.DataFrame
    event: pl.DataFrame
    selection: pl.DataFrame
    notes: list[str] = field(default_factory=list)


def make_register(folder: Path, persons: int, dates: list[date]) -> tuple[Path, Path]:
    """Extracts of so many synthetic people, and their register as of every date; warehouse and truth."""
    from benchmarks.register import make_extracts, open_workspace, write_config
    from benchmarks.staging import stage_sound_extracts
    from mltc.codelists import load_codelists
    from mltc.derive import prepare_register
    from mltc.warehouse import build_models

    root = make_extracts(folder / "extracts", persons, 36)
    write_config(folder, root)
    workspace = open_workspace(folder)
    stage_sound_extracts(workspace)
    with workspace.open_build() as warehouse:
        values = prepare_register(warehouse, workspace, load_codelists(), "a secret of the benchmark")
        roles = ["current", *(f"month {number}" for number in range(1, len(dates)))]
        warehouse.write("meta.index_date", pl.DataFrame({"role": roles, "index_date": dates[::-1]}))
        build_models(warehouse, ["register", "scores"], values)
    return folder / "out" / ".build" / "warehouse.duckdb", root / "truth"


def list_dates(count: int) -> list[date]:
    """The first day of so many months up to the index date of the synthetic people."""
    from mltc.derive import add_months

    return [add_months(date(2026, 10, 1), -back) for back in range(count)][::-1]


def run_months(source: Path, out: Path, dates: list[date], seed: int = 20261001) -> Iterator[Month]:
    """The cluster step month by month, each beside what the last one left."""
    from flows.steps.cluster import write_clusters
    from mltc.config import load_config
    from mltc.paths import CONFIG
    from mltc.workspace import Workspace

    demo = load_config(CONFIG / "demo.toml")
    everyone = _read_order(source, seed)
    window = int(everyone.height / (1 + CHURN * (len(dates) - 1)))
    for number, index_date in enumerate(dates):
        config = demo.model_copy(update={"run": demo.run.model_copy(update={"index_date": index_date})})
        workspace = Workspace(out, config)
        workspace.start_build()
        here = everyone.slice(round(CHURN * window * number), window).select("person_id")
        _copy_month(source, workspace, index_date, here)
        write_clusters(workspace)
        with workspace.open_build() as warehouse:
            person = warehouse.read("select stratum, person_id, cluster_id, cluster_name from clusters.person_cluster")
            event = warehouse.read("select * from clusters.event order by stratum, cluster_id")
            selection = warehouse.read("select * from clusters.selection")
            notes = warehouse.read("select note from meta.run_note where area = 'clusters'")["note"].to_list()
        workspace.commit()
        yield Month(index_date, person, event, selection, notes)


def describe_months(months: list[Month]) -> list[dict[str, Any]]:
    """One row per stratum: numbers of clusters, whether ids and names are the same in all months, and for people.

    persons_kept: of the people with MLTC in two months in a row, those with the same cluster id, lowest month.
    """
    rows = []
    for stratum in months[0].person["stratum"].unique(maintain_order=True):
        parts = [month.person.filter(pl.col("stratum") == stratum) for month in months]
        standing = pl.col("status").is_in(["kept", "new"])
        names = [
            month.event.filter(standing, pl.col("stratum") == stratum).select("cluster_id", "cluster_name").rows()
            for month in months
        ]
        chosen = [month.selection.filter(pl.col("stratum") == stratum, pl.col("is_chosen") == 1) for month in months]
        together = [before.join(now, on="person_id") for before, now in pairwise(parts)]
        rows.append(
            {
                "stratum": stratum,
                "mltc": parts[-1].height,
                "classes": [len(each) for each in names],
                "is_shared": [bool(row["is_shared"][0]) for row in chosen],
                "is_same": all(sorted(each) == sorted(names[0]) for each in names),
                "changes": [
                    month.event.filter(pl.col("stratum") == stratum, pl.col("status").is_in(["new", "vanished"])).height
                    for month in months[1:]
                ],
                "persons_kept": min(
                    (float((pair["cluster_id"] == pair["cluster_id_right"]).mean()) for pair in together), default=1.0
                ),
            }
        )
    return rows


def _read_order(source: Path, seed: int) -> pl.DataFrame:
    from mltc.warehouse import open_warehouse

    with open_warehouse(source, read_only=True) as warehouse:
        ids = warehouse.read("select distinct person_id from register.spine")["person_id"].to_list()
    place = [hashlib.blake2b(f"{seed}:{each}".encode(), digest_size=8).hexdigest() for each in ids]
    return pl.DataFrame({"person_id": ids, "place": place}).sort("place")


def _copy_month(source: Path, workspace: Any, index_date: date, here: pl.DataFrame) -> None:
    """What the step reads, for the people of the month."""
    from mltc.warehouse import open_warehouse

    values = {"index_date": index_date, "definition": DEFINITION}
    with open_warehouse(source, read_only=True) as warehouse:
        codelist = {name: warehouse.read(f"select * from codelist.{name}") for name in _CODELIST}
        person = warehouse.read(
            "select spine.person_id, spine.age_years, person.sex from register.spine as spine "
            "inner join staging.person as person on person.person_id = spine.person_id "
            "where spine.index_date = $index_date",
            {"index_date": index_date},
        ).join(here, on="person_id", how="semi")
        condition = warehouse.read(
            "select person_id, condition from register.condition_status where index_date = $index_date",
            {"index_date": index_date},
        ).join(person, on="person_id", how="semi")
        mltc = warehouse.read(
            "select status.person_id, count(*) >= 2 as is_mltc, $definition as definition "
            "from register.condition_status as status inner join codelist.membership as membership "
            "on membership.condition = status.condition and membership.definition = $definition "
            "where status.index_date = $index_date group by status.person_id",
            values,
        ).join(person, on="person_id", how="semi")
    with workspace.open_build() as warehouse:
        for name, frame in codelist.items():
            warehouse.write(f"codelist.{name}", frame)
        for name, frame in (("person", person), ("person_condition", condition), ("mltc", mltc)):
            warehouse.write(f"register.{name}", frame)
