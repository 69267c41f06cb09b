"""Features, clusters and risk models of a large population: time, processor time and peak memory by stage.

    python -m benchmarks.models_scale --persons 1000000 --months 36
    python -m benchmarks.models_scale --extracts out/synthetic --folder out/scale

Each part runs in a process of its own, in one run of this script, in this order: reading into staging, register and
scores (both are shown and not counted: benchmarks/register.py is about them), what utilisation the features read, the
features of all three index dates and, beside it, of one date alone; clusters; the models of every outcome on the sample
of [risk] maximum_persons, everybody's risk, reasons. The least: one scan of the columns of the same Parquet. A folder
in which the first parts are done already goes on from there: `found.json` in it keeps the last figures of every part,
with the load of the machine, and benchmarks/MODELS.md is rewritten from all of them.
"""

import argparse
import json
import platform
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks.parts import add_part_argument, measure_part, timed_part
from benchmarks.register import make_extracts, write_config

RESULTS = Path(__file__).parent / "MODELS.md"
STEPS = "steps.json"
FOUND = "found.json"
MOST_TOGETHER = 240.0  # seconds of clusters and risk
MOST_MEMORY = 8 * 1024  # MiB
# The extracts go back three years from the index date and so but one from the training date: how long ago something was
# measured differs between the dates, which the gate of stability would refuse, rightly, and nobody would be scored.
SHORT_HISTORY = """
[risk.gates]
maximum_stability_index = 100.0
"""
SECRET = "a secret of the benchmark"  # noqa: S105 - of nobody


def main() -> None:
    """Make the extracts if none are given, run every part, write the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--persons", type=int, default=1_000_000)
    arguments.add_argument("--months", type=int, default=36)
    arguments.add_argument("--extracts", type=Path, help="Parquet extracts that are there already")
    arguments.add_argument("--folder", type=Path, help="a place for some 40 GB; a temporary one if not given")
    arguments.add_argument("--only", nargs="+", choices=[*PARTS], help="these parts; what they need is there already")
    arguments.add_argument("--no-write", action="store_true", help="leave benchmarks/MODELS.md alone")
    add_part_argument(arguments, PARTS)
    given = arguments.parse_args()
    if given.part:
        PARTS[given.part](given.folder)
        return
    with tempfile.TemporaryDirectory(prefix="mltc-models-", ignore_cleanup_errors=True) as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        root = given.extracts or make_extracts(folder / "extracts", given.persons, given.months)
        write_config(folder, root.resolve())
        with (folder / "mltc.toml").open("a", encoding="utf-8") as file:
            file.write(SHORT_HISTORY)
        found = json.loads((folder / FOUND).read_text(encoding="utf-8")) if (folder / FOUND).exists() else {}
        for part in given.only or PARTS:
            (folder / STEPS).unlink(missing_ok=True)
            before = psutil.getloadavg()[0]
            found[part] = measure_part("benchmarks.models_scale", part, folder)
            found[part] |= {
                "load": [before, psutil.getloadavg()[0]],
                "measured": f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M}",
            }
            if (folder / STEPS).exists():
                found[part]["steps"] = json.loads((folder / STEPS).read_text(encoding="utf-8"))
            (folder / FOUND).write_text(json.dumps(found), encoding="utf-8")
        sample = _workspace(folder).config.risk.maximum_persons
        text = describe(found, root, sys.argv[1:], sample)
    print(text)
    if not given.no_write:
        RESULTS.write_text(text, encoding="utf-8", newline="\n")


class Clock:
    """Wall and processor seconds by step; steps of one kind, such as batches of people, are one."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.steps = folder, {}
        self.step: str | None = None
        self.since = (0.0, 0.0)

    def __call__(self, step: str) -> None:
        self.close()
        self.step = step.split(", batch", maxsplit=1)[0]

    def close(self) -> None:
        """End the step at hand and write all of them down."""
        now = time.perf_counter(), time.process_time()
        if self.step:
            wall, cpu = self.steps.get(self.step, (0.0, 0.0))
            self.steps[self.step] = (wall + now[0] - self.since[0], cpu + now[1] - self.since[1])
        self.since = now
        (self.folder / STEPS).write_text(json.dumps(self.steps), encoding="utf-8")


def _workspace(folder: Path):
    from mltc.config import load_config
    from mltc.workspace import Workspace

    return Workspace(folder / "out", load_config(folder / "mltc.toml"))


def _read(folder: Path) -> None:
    from benchmarks.staging import stage_sound_extracts

    workspace = _workspace(folder)
    with timed_part():
        stage_sound_extracts(workspace)


def _register(folder: Path) -> None:
    _build(folder, lambda name: name.startswith(("register.", "scores.", "history.")), prepare=True)


def _utilisation(folder: Path) -> None:
    """What the features read of layers between register and features, and what that reads."""
    from mltc.warehouse import load_models

    models = load_models()
    wanted = {name for name in models if name.startswith("features.")}
    for _ in range(len(models)):
        wanted |= {each for name in wanted for each in models[name].reads if each in models}
    _build(folder, lambda name: name in wanted and name.startswith(("utilisation.", "coverage.")))


def _needs(folder: Path) -> None:
    from mltc.codelists import load_codelists
    from mltc.reference import write_reference

    with _workspace(folder).open_build() as warehouse:
        write_reference(warehouse, load_codelists())  # of this code, where the earlier parts were of another
    _build(folder, lambda name: name.startswith("needs."))


def _features(folder: Path) -> None:
    _build(folder, lambda name: name.startswith("features."))


def _features_of_one_date(folder: Path) -> None:
    """In a copy that holds nothing of the other dates."""
    workspace = _workspace(folder)
    copied = folder / "one_date"
    shutil.rmtree(copied, ignore_errors=True)
    (copied / "out" / ".build").mkdir(parents=True)
    shutil.copy(folder / "mltc.toml", copied)
    shutil.copy(workspace.build_folder / "warehouse.duckdb", copied / "out" / ".build")
    with _workspace(copied).open_build() as warehouse:
        tables = warehouse.read(
            "select distinct table_schema || '.' || table_name as name from information_schema.columns "
            "inner join information_schema.tables using (table_schema, table_name) "
            "where column_name = 'index_date' and table_type = 'BASE TABLE' "
            "and table_schema in ('meta', 'register', 'scores', 'utilisation')"
        )["name"]
        for name in tables:
            warehouse.execute(
                f"delete from {name} where index_date <> $index_date", {"index_date": workspace.config.run.index_date}
            )
    _build(copied, lambda name: name.startswith("features."))
    shutil.rmtree(copied, ignore_errors=True)


def _build(folder: Path, is_wanted, prepare: bool = False) -> None:
    from mltc.codelists import load_codelists
    from mltc.derive import build_parameters, prepare_register
    from mltc.warehouse import build_models, load_models

    workspace, clock = _workspace(folder), Clock(folder)
    codelists = load_codelists()
    models = {name: model for name, model in load_models().items() if is_wanted(name)}
    layers = {model.layer for model in models.values()}
    with workspace.open_build() as warehouse, timed_part():
        parameters = (
            prepare_register(warehouse, workspace, codelists, SECRET)
            if prepare
            else build_parameters(workspace.config, codelists, SECRET)
        )
        build_models(warehouse, layers, parameters, progress=clock, models=models)
        clock.close()


def _clusters(folder: Path) -> None:
    from flows.steps.cluster import cluster_people
    from mltc.progress import watched_by

    workspace, clock = _workspace(folder), Clock(folder)
    with watched_by(clock), timed_part():
        cluster_people(workspace)
        clock.close()


def _risk(folder: Path) -> None:
    from flows.steps.risk import score_risk
    from mltc.codelists import load_codelists
    from mltc.progress import watched_by

    workspace, clock = _workspace(folder), Clock(folder)
    codelists = load_codelists()
    with watched_by(clock), timed_part():
        score_risk(workspace, codelists)
        clock.close()


def _least(folder: Path) -> None:
    """Every column of the extracts read once."""
    import duckdb

    root = Path(_workspace(folder).config.extracts.root)
    with duckdb.connect(config={"memory_limit": "6GiB", "threads": 2}) as connection, timed_part():
        for path in sorted(root.glob("*.parquet")):
            connection.execute(f"select max(columns(*)) from read_parquet('{path.as_posix()}')").fetchall()


def describe(found: dict, root: Path, asked: list[str], sample: int) -> str:
    """The result as Markdown."""
    import pyarrow.parquet as pq

    from mltc.risk_catalogue import load_outcomes
    from mltc.run_record import read_code_version, read_library_versions

    rows = {path.stem: pq.read_metadata(path).num_rows for path in sorted(root.glob("*.parquet"))}
    outcomes = len(load_outcomes())
    lines = [
        "# Features, clusters, risk",
        "",
        f"`python -m benchmarks.models_scale {' '.join(asked)}` on {datetime.now(tz=UTC):%Y-%m-%d}: "
        f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}, mltc "
        f"{read_code_version()}, {', '.join(f'{name} {value}' for name, value in read_library_versions().items())}.",
        "",
        f"{rows['person']:,} persons, {sum(rows.values()):,} rows of extracts. Risk: {outcomes} outcomes; for each, "
        f"four candidates are fitted to {sample:,} people, recalibrated, validated and judged on as many, everyone "
        "registered is scored with an interval, and everyone has reasons for the main outcome. Load: of the machine, "
        "before and after; above 2 others had a part of both cores, and seconds are more than this work needs.",
        "",
        "| part | seconds | processor seconds | peak MiB | load | measured |",
        "|---|---|---|---|---|---|",
        *(
            f"| {part} | {each['seconds']:.1f} | {each['cpu_seconds']:.1f} | {each['peak_mib']:,.0f} "
            f"| {' to '.join(f'{load:.1f}' for load in each['load'])} | {each['measured']} |"
            for part, each in found.items()
        ),
        "",
        *_judge(found),
    ]
    for part in ("features", "clusters", "risk"):
        steps = found.get(part, {}).get("steps", {})
        if steps:
            lines += [f"## Steps of {part}", "", "| step | seconds | processor seconds |", "|---|---|---|"]
            lines += [f"| {step} | {wall:.1f} | {cpu:.1f} |" for step, (wall, cpu) in steps.items() if wall >= 0.5]
            lines += [""]
    return "\n".join(lines)


def _judge(found: dict) -> list[str]:
    """What was asked for and what was found."""
    told = []
    if one := found.get("features of one date"):
        told.append(f"Features of one index date: {one['seconds']:.0f} s, under 60 s is asked.")
    if "clusters" in found and "risk" in found:
        reasons = found["risk"].get("steps", {}).get("reasons", (0.0, 0.0))[0]
        told.append(
            f"Clusters and risk together: {found['clusters']['seconds'] + found['risk']['seconds']:.0f} s, under "
            f"{MOST_TOGETHER:.0f} s is asked; {reasons:.0f} s of it are for reasons and what could be done."
        )
    counted = [found[part]["peak_mib"] for part in ("features", "clusters", "risk") if part in found]
    if counted:
        told.append(f"Peak memory of these: {max(counted):,.0f} MiB, under {MOST_MEMORY:,} MiB is asked.")
    missing = [part for part in PARTS if part not in found]
    told.append(f"Not measured: {', '.join(missing)}." if missing else "")
    return [
        " ".join(told).strip(),
        "",
        "The gate of stability is set aside here: the extracts go back three years from the index date and so one from "
        "the training date, and how long ago something was measured differs by that alone. What the models say is held "
        "against the truth in [RISK_TRUTH.md](RISK_TRUTH.md), on extracts that go back further.",
        "",
    ]


PARTS = {
    "least": _least,
    "read into staging": _read,
    "register and scores": _register,
    "utilisation": _utilisation,
    "features of one date": _features_of_one_date,
    "features": _features,
    "needs": _needs,
    "clusters": _clusters,
    "risk": _risk,
}

if __name__ == "__main__":
    main()
