"""Kill runs at random moments, look at what they leave, and let the next run mend it; rewrites benchmarks/FAULTS.md.

uv run python -m benchmarks.faults --kills 25 --persons 1000

Every kill is SIGKILL to the process of a real `mltc run` of October 2026, on a folder that holds a good September.
After it the September warehouse and release must be whole, and one more `mltc run`, with nothing cleaned by hand, must
end well with the release of an undisturbed run, byte for byte.
"""

import argparse
import hashlib
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psutil

from mltc.run_record import STAGE_FILE, read_code_version, read_library_versions
from mltc.workspace import COMMIT_FILE

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "FAULTS.md"
MARK = "<!-- what follows is written by hand -->"
COMMAND = (sys.executable, "-c", "from flows.cli import main; main()")
SEED = 20261122
BEFORE, MONTH = "2026-09", "2026-10"


@dataclass(frozen=True)
class Icb:
    """Extracts, and a configuration for each of two months that follow one another. `home`: Prefect's own folder."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "prefect"

    def config(self, month: str) -> Path:
        return self.folder / f"{month}.toml"


@dataclass(frozen=True)
class Undisturbed:
    """A run to hold others against: checksums of its release, its seconds, and those of its stages in order."""

    release: dict[str, str]
    seconds: float
    stages: tuple[float, ...]

    def place(self, share: float) -> tuple[int, float]:
        """The moment after so large a share of the run, as stages that have ended and seconds after that.

        So that a run that is slower for the other work of a machine is killed at the same place.
        """
        at = share * self.seconds
        start = self.seconds - sum(self.stages)
        if at < start:
            return 0, at
        ended, at = 0, at - start
        while ended < len(self.stages) - 1 and at > self.stages[ended]:
            at -= self.stages[ended]
            ended += 1
        return ended, at


@dataclass(frozen=True)
class Kill:
    """One kill. `planned`: share of a run; `stage`: the last that had ended; `faults`: what was wrong after it."""

    planned: float
    stage: str
    was_running: bool
    recovery_seconds: float
    exit_code: int
    is_equal: bool
    faults: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not self.faults and self.exit_code == 0 and self.is_equal


def make_icb(folder: Path, persons: int) -> Icb:
    """A synthetic ICB whose records end in the second of the two months."""
    from flows.steps.synthetic_config import write_synthetic_config
    from mltc.synthetic import SyntheticSettings, write_synthetic_icb

    settings = SyntheticSettings(persons=persons)
    write_synthetic_icb(settings, folder)
    text = write_synthetic_config(settings, folder).read_text(encoding="utf-8")
    for month in (BEFORE, MONTH):
        day = date.fromisoformat(f"{month}-01")
        Icb(folder).config(month).write_text(text.replace(str(settings.index_date), str(day)), encoding="utf-8")
    return Icb(folder)


def start_run(icb: Icb, month: str, out: Path, **environment: str) -> "subprocess.Popen[str]":
    """`mltc run` as a process that leads its own group, so that what it starts can be ended with it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return subprocess.Popen(
        [*COMMAND, "run", "--config", str(icb.config(month)), "--out", str(out)],
        cwd=ROOT,
        env={**kept, "PREFECT_HOME": str(icb.home), "COLUMNS": "200", "NO_COLOR": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def finish_run(icb: Icb, month: str, out: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A run to its end, whatever that is."""
    process = start_run(icb, month, out, **environment)
    try:
        told, errors = process.communicate(timeout=900)
    finally:
        end_group(process)
    return subprocess.CompletedProcess(process.args, process.returncode, told, errors)


def end_group(process: "subprocess.Popen[str]") -> None:
    """End what a run of ours has started and a kill has left: Prefect's own server."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def fingerprint(folder: Path) -> dict[str, str]:
    """SHA-256 by path of every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def find_faults(out: Path, good: dict[str, str]) -> Iterator[str]:
    """What of the last good state, which had the release files `good`, cannot be read or is not as it was."""
    from mltc.damaged import HASH
    from mltc.errors import MltcError
    from mltc.warehouse import open_warehouse, read_value

    try:
        with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
            if not read_value(warehouse, "select count(*) from register.person"):
                yield "the last good warehouse has nobody in its register"
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        if record[HASH] != hashlib.sha256((out / "warehouse.duckdb").read_bytes()).hexdigest():
            yield "the last good warehouse is not the one that run.json describes"
    except (MltcError, OSError, ValueError, KeyError) as error:
        yield f"the last good warehouse cannot be read ({type(error).__name__})"
    if fingerprint(out / "release" / BEFORE) != good:
        yield "the last good release is not as it was"
    for manifest in (out / "release").glob("*/manifest.json"):
        files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
        found = fingerprint(manifest.parent)
        if any(found.get(path) != entry["sha256"] for path, entry in files.items()):
            yield f"{manifest.parent.name}: files are not as the manifest says"


def run_undisturbed(icb: Icb, good: Path, out: Path) -> Undisturbed:
    """The second month on a copy of the first."""
    shutil.copytree(good, out)
    begun = time.monotonic()
    _refuse(finish_run(icb, MONTH, out))
    seconds = time.monotonic() - begun
    stages = json.loads((out / "run.json").read_text(encoding="utf-8"))["stages"]
    return Undisturbed(fingerprint(out / "release" / MONTH), seconds, tuple(stage["seconds"] for stage in stages))


def kill_and_recover(icb: Icb, good: Path, out: Path, undisturbed: Undisturbed, share: float) -> Kill:
    """Kill a run after a share of its way on a copy of the good state, look at what it left, and run once more."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(good, out)
    process = start_run(icb, MONTH, out)
    _wait_for(process, out / ".build", *undisturbed.place(share))
    was_running = process.poll() is None
    process.kill()
    stage = _find_stage(out, was_running=was_running)
    end_group(process)
    is_swapping = (out / ".build" / COMMIT_FILE).exists()
    # Once the swap has begun, the next run finishes it: there is no single state to look at before.
    faults = () if is_swapping or not was_running else tuple(find_faults(out, fingerprint(good / "release" / BEFORE)))
    begun = time.monotonic()
    done = finish_run(icb, MONTH, out)
    seconds = time.monotonic() - begun
    faults += tuple(f"{name} is left over" for name in (".build", "landing") if (out / name).exists())
    is_equal = fingerprint(out / "release" / MONTH) == undisturbed.release
    return Kill(share, stage, was_running, seconds, done.returncode, is_equal, faults)


def _wait_for(process: "subprocess.Popen[str]", build: Path, ended: int, seconds: float) -> None:
    """Until so many stages have ended, and then so many seconds; not beyond the end of the process."""
    while process.poll() is None and _count_stages(build) < ended:
        time.sleep(0.02)
    end = time.monotonic() + seconds
    while process.poll() is None and _count_stages(build) <= ended and time.monotonic() < end:
        time.sleep(0.02)


def _count_stages(build: Path) -> int:
    try:
        return (build / STAGE_FILE).read_bytes().count(b"\n")
    except OSError:
        return 0


def _find_stage(out: Path, *, was_running: bool) -> str:
    if not was_running:
        return "after its end"
    build = out / ".build"
    if (build / COMMIT_FILE).exists():
        return "in the swap"
    ended = _count_stages(build)
    if not ended:
        return "before the first file"
    line = (build / STAGE_FILE).read_text(encoding="utf-8").splitlines()[ended - 1]
    return f"after {json.loads(line)['stage']}"


def measure_kills(folder: Path, persons: int, kills: int, seed: int = SEED) -> tuple[float, list[Kill]]:
    """Seconds of an undisturbed run, and `kills` kills at moments drawn from as many equal parts of its way."""
    icb = make_icb(folder / "icb", persons)
    good = folder / "good"
    _refuse(finish_run(icb, BEFORE, good))
    undisturbed = run_undisturbed(icb, good, folder / "undisturbed")
    drawn = random.Random(seed)  # noqa: S311 - nothing here is secret
    found = []
    for number in range(kills):
        share = (number + drawn.random()) / kills
        found.append(kill_and_recover(icb, good, folder / "out", undisturbed, share))
        print(f"{number + 1:3} {_describe(found[-1])}", flush=True)
    return undisturbed.seconds, found


def _refuse(done: "subprocess.CompletedProcess[str]") -> None:
    if done.returncode:
        raise SystemExit(f"an undisturbed run failed: {done.stderr}")


def _describe(kill: Kill) -> str:
    told = "; ".join(kill.faults) or ("clean, release equal" if kill.is_clean else "release differs or run failed")
    return f"{100 * kill.planned:.0f} % | {kill.stage} | {kill.recovery_seconds:.0f} s, exit {kill.exit_code} | {told}"


def write_results(seconds: float, kills: list[Kill], persons: int, command: str) -> None:
    """The table of kills, above what is written by hand about the other faults."""
    clean = sum(kill.is_clean for kill in kills)
    stages = len({kill.stage for kill in kills})
    lines = [
        "# Faults",
        "",
        f"`{command}` on {datetime.now(tz=UTC):%Y-%m-%d}: {platform.system()} {platform.machine()}, "
        f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, Python "
        f"{platform.python_version()}, mltc {read_code_version()}, "
        f"{', '.join(f'{name} {number}' for name, number in read_library_versions().items())}.",
        "",
        "## Killed runs",
        f"**{len(kills)} kills: {clean} clean recoveries with equal releases**, in {stages} different places of a run. "
        f"{persons:,} synthetic persons; an undisturbed run takes {seconds:.0f} s. Each kill is SIGKILL on a run of "
        f"{MONTH} in a folder with a good {BEFORE}; then the last good state is opened and its checksums are compared, "
        "and one more run is made. A kill is not a power cut: what the system had not yet written to the disk is not "
        "lost by it.",
        "",
        "| killed after | where the run was | next run | found |",
        "|---|---|---|---|",
        *(f"| {_describe(kill)} |" for kill in kills),
        "",
        MARK,
    ]
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    RESULTS.write_text("\n".join(lines) + (before.partition(MARK)[2] or "\n"), encoding="utf-8")


@contextmanager
def _working_folder(given: Path | None) -> Iterator[Path]:
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def main() -> None:
    """Kill, recover, compare; exit code 1 where one recovery was not clean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--persons", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, help="Where to work, kept afterwards; else a temporary folder.")
    given = parser.parse_args()
    with _working_folder(given.folder) as folder:
        seconds, kills = measure_kills(folder, given.persons, given.kills, given.seed)
    command = f"uv run python -m benchmarks.faults --kills {given.kills} --persons {given.persons}"
    write_results(seconds, kills, given.persons, command)
    if not all(kill.is_clean for kill in kills):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
