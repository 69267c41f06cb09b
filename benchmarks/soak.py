"""Two years of monthly runs in one folder, each in a process of its own; rewrites benchmarks/SOAK.md.

    python -m benchmarks.soak --months 24 --persons 1000

People join, leave, die, move practice, opt out and come back. Of 24 months, in the 4th a file is missing on the first
day; in the 7th two practices merge; in the 10th late and withdrawn entries lead to a second run; in the 13th the code
lists are others; the 16th is missed; in the 19th the secret is rotated; with fewer months, 8 at least, this happens
closer together. After every run the invariants of
benchmarks/soak_checks.py are looked at. The program runs from a copy, so that its code lists can be changed and that
nobody who edits the checkout meanwhile changes what is measured. Exit code 1 where an invariant does not hold.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks import soak_checks as checks
from benchmarks.soak_checks import Finding, Past
from benchmarks.soak_world import LAST_DAY, Plan, World
from mltc.config.operation import RetentionSettings
from mltc.paths import ROOT
from mltc.run_record import read_code_version

RESULTS = Path(__file__).parent / "SOAK.md"
PROGRAM = ("codelists", "config", "contract", "dialects", "expectations", "reports", "sql", "mltc", "models", "flows")
RETENTION = RetentionSettings(release_months=6, lists_months=6, earlier_warehouses=2)
SETTINGS = """
[retention]
release_months = 6
lists_months = 6
earlier_warehouses = 2
"""
SUCCESSION = """
[source.organisation_succession]
path = "organisation_succession.parquet"
"""
RETIRED = ("snomed/asthma.csv", "195967001")  # the code that says asthma and no more
SECRETS = ("first secret of the soak", "second secret of the soak")
MISSING = "hospital_episode.parquet"
REFUSED, STOPPED, WRITTEN = 2, 3, (0, 6)  # exit codes: configuration, gate, released (6: leakage is suspected)


@dataclass
class MonthlyRun:
    """One run: what it was for, its exit code, and what was found after it. `kept`: steps that were not made again."""

    run: str
    what: str
    exit_code: int
    seconds: float
    kept: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        return [f"{each.invariant}: {fault}" for each in self.findings for fault in each.faults]


@dataclass
class Soak:
    """One folder of an ICB over months. `runs` grows; `endings`: those that must be in runs.jsonl."""

    folder: Path
    plan: Plan
    persons: int
    past: Past = field(default_factory=Past)
    runs: list[MonthlyRun] = field(default_factory=list)
    endings: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def extracts(self) -> Path:
        return self.folder / "extracts"

    @property
    def program(self) -> Path:
        return self.folder / "program"

    @property
    def home(self) -> Path:
        return self.folder / "prefect"

    @property
    def world(self) -> World:
        return World(self.folder / "source", self.plan)

    def prepare(self) -> None:
        """Everybody, and the program."""
        from mltc.synthetic import SyntheticSettings, write_synthetic_icb

        write_synthetic_icb(SyntheticSettings(self.persons), self.folder / "source")
        for name in PROGRAM:
            shutil.copytree(ROOT / name, self.program / name, ignore=shutil.ignore_patterns("__pycache__"))

    def run_all(self) -> None:
        """Every month in order."""
        for number in range(1, self.plan.months + 1):
            if number != self.plan.missed:
                self.run_month(number)

    def run_month(self, number: int) -> None:
        """Deliver a month, run it as the plan says, and look at what it left."""
        shutil.rmtree(self.extracts, ignore_errors=True)
        delivered = self.world.deliver(self.extracts, number)
        if number == self.plan.failing:
            self._run_without_a_file(number)
        if number == self.plan.codelists:
            self._change_codelists()
        is_rotated = number == self.plan.rotation
        if is_rotated:
            self._run_with_the_wrong_secret(number)
        self._run_well(number, self._name_events(number), delivered, is_rotated=is_rotated)
        if number == self.plan.corrected:
            delivered = self.world.deliver(self.extracts, number, is_corrected=True)
            self._run_well(number, "late and withdrawn entries, run again", delivered)

    def _run_well(self, number: int, what: str, delivered: dict[str, int], *, is_rotated: bool = False) -> None:
        done, told = self._run(number, what, *(("--rotate-secret",) if is_rotated else ()))
        self.endings.append((done.run, done.exit_code in WRITTEN))
        if done.exit_code in WRITTEN:
            done.findings += self._look(number, delivered, told, done, is_rotated=is_rotated)
        if done.exit_code:
            done.findings.append(Finding("the run ends well", 1, (f"exit code {done.exit_code}: {_last_line(told)}",)))
        self._show(done)

    def _run_without_a_file(self, number: int) -> None:
        """The run is stopped, and what stood before it stands."""
        before = self._hash_good()
        (self.extracts / MISSING).rename(self.folder / MISSING)
        done, told = self._run(number, f"{MISSING} is missing")
        (self.folder / MISSING).rename(self.extracts / MISSING)
        self.endings.append((done.run, False))
        done.findings += [*self._judge_refused(done, STOPPED, before), self._find_told(told)]
        self._show(done)

    def _run_with_the_wrong_secret(self, number: int) -> None:
        """Refused before anything is done, so that it is no run."""
        before = self._hash_good()
        done, told = self._run(number, "another secret, not asked for")
        done.findings += [*self._judge_refused(done, REFUSED, before), self._find_told(told)]
        self._show(done)

    def _judge_refused(self, done: MonthlyRun, expected: int, before: str) -> list[Finding]:
        wrong = (f"exit code {done.exit_code}, {expected} was to be",) if done.exit_code != expected else ()
        changed = () if self._hash_good() == before else ("warehouse, run.json or a release is another",)
        recorded = checks.check_recorded(self.out, self.endings)
        return [Finding("the run is refused", 1, wrong), Finding("the last good state stands", 1, changed), recorded]

    def _look(
        self, number: int, delivered: dict[str, int], told: str, done: MonthlyRun, *, is_rotated: bool
    ) -> list[Finding]:
        from mltc.kept import list_kept
        from mltc.warehouse import open_warehouse

        with open_warehouse(self.out / "warehouse.duckdb", read_only=True) as warehouse:
            done.kept = len(list_kept(warehouse))
            found = [
                checks.check_rows(checks.read_record(self.out), delivered),
                checks.check_pseudonyms(warehouse, self.past, is_rotated=is_rotated),
                checks.check_opt_outs(warehouse, self.world.list_known_out(number)),
                checks.check_history(warehouse, self.past, self.plan.day(number)),
            ]
        return [
            *found,
            self._find_told(told),
            checks.check_retention(self.out, done.run, RETENTION),
            checks.check_recorded(self.out, self.endings),
            checks.check_left_over(self.out),
            self._ask("the attack on the release finds nothing", "disclose", "check", f"{self.out}/release/{done.run}"),
            *self._rebuild_last(number),
            self._ask("the chain of the audit log holds", "audit", "check", "--out", str(self.out)),
        ]

    def _rebuild_last(self, number: int) -> list[Finding]:
        """Every third month: the register of the month before, by today's records."""
        if number % 3:
            return []
        config, day = str(self.extracts / "mltc.toml"), str(self.plan.day(number - 1))
        command = ("register", "--as-of", day, "--out", str(self.out), "--config", config)
        return [self._ask("the register of the month before can be rebuilt", *command)]

    def _find_told(self, told: str) -> Finding:
        return checks.check_nobody_told(self.out, told, self.home, self.past)

    def _ask(self, invariant: str, *command: str) -> Finding:
        done = self._mltc(*command)
        wrong = f"exit code {done.returncode}: {_last_line(done.stdout + done.stderr)}"
        return Finding(invariant, 1, (wrong,) if done.returncode else ())

    def _run(self, number: int, what: str, *options: str) -> tuple[MonthlyRun, str]:
        config = self._write_config(number)
        is_later = self.plan.rotation is not None and number >= self.plan.rotation
        begun = time.perf_counter()
        done = self._mltc(
            "run", "--config", str(config), "--out", str(self.out), *options, MLTC_SECRET=SECRETS[is_later]
        )
        seconds = time.perf_counter() - begun
        entry = MonthlyRun(f"{self.plan.day(number):%Y-%m}", what, done.returncode, seconds)
        self.runs.append(entry)
        return entry, done.stdout + done.stderr

    def _write_config(self, number: int) -> Path:
        from flows.steps.synthetic_config import write_synthetic_config
        from mltc.synthetic import SyntheticSettings

        path = write_synthetic_config(SyntheticSettings(self.persons), self.extracts)
        text = path.read_text(encoding="utf-8").replace(str(LAST_DAY), str(self.plan.day(number)))
        has_succession = (self.extracts / "organisation_succession.parquet").exists()
        path.write_text(text + SETTINGS + (SUCCESSION if has_succession else ""), encoding="utf-8")
        return path

    def _change_codelists(self) -> None:
        """A code is retired from a list, in the copy of the program."""
        name, code = RETIRED
        path = self.program / "codelists" / name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f"{code},")]
        if len(kept) == len(lines):
            raise SystemExit(f"{name} does not have {code}: nothing to change")
        path.write_text("".join(kept), encoding="utf-8", newline="\n")
        code_of = "from mltc.codelists.registry import write_registry; write_registry()"
        subprocess.run([sys.executable, "-c", code_of], cwd=self.program, env=self._environment(), check=True)

    def _mltc(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", "from flows.cli import main; main()", *arguments],
            cwd=self.program,
            env={**self._environment(), **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLTC_"))}
        own = {"PYTHONPATH": str(self.program), "PREFECT_HOME": str(self.home), "COLUMNS": "200", "NO_COLOR": "1"}
        return {**kept, **own}

    def _hash_good(self) -> str:
        """Of everything that the last good run left: warehouse, record, monthly releases."""
        whole = hashlib.sha256()
        paths = [self.out / "warehouse.duckdb", self.out / "run.json", *sorted(self.out.glob("release/????-??/**/*"))]
        for path in paths:
            if path.is_file():
                whole.update(path.relative_to(self.out).as_posix().encode())
                with path.open("rb") as stream:
                    whole.update(hashlib.file_digest(stream, "sha256").digest())
        return whole.hexdigest()

    def _name_events(self, number: int) -> str:
        named = {
            self.plan.merger: "two practices merge",
            self.plan.failing: "the file has come",
            self.plan.codelists: "code lists are others",
            self.plan.rotation: "the secret is rotated",
            (self.plan.missed or -1) + 1: "the month before was missed",
        }
        return named.get(number, "")

    def _show(self, done: MonthlyRun) -> None:
        told = "; ".join(done.faults) or f"{len(done.findings)} invariants hold"
        print(f"{done.run} {done.what or 'as usual':40} {done.seconds:6.1f} s, kept {done.kept:3}: {told}", flush=True)


def _last_line(told: str) -> str:
    lines = [line.strip() for line in told.strip().splitlines() if line.strip()]
    return lines[-1][:200] if lines else "nothing was said"


def describe(soak: Soak, command: str) -> str:
    """The soak as Markdown."""
    faults = [f"{each.run}: {fault}" for each in soak.runs for fault in each.faults]
    held, looked = Counter[str](), Counter[str]()
    failed = Counter[str]()
    for each in soak.runs:
        for finding in each.findings:
            held[finding.invariant] += not finding.faults
            failed[finding.invariant] += bool(finding.faults)
            looked[finding.invariant] += finding.looked_at
    runs = [
        f"| {each.run} | {each.what} | {each.exit_code} | {each.seconds:.0f} | {each.kept} | "
        f"{sum(not finding.faults for finding in each.findings)} of {len(each.findings)} |"
        for each in soak.runs
    ]
    verdict = "Every invariant held after every run." if not faults else f"{len(faults)} faults."
    return "\n".join(
        [
            "# Soak",
            "",
            f"`{command}` on {datetime.now(tz=UTC):%Y-%m-%d}: {platform.system()} {platform.machine()}, "
            f"{psutil.cpu_count()} cores shared with other work, Python {platform.python_version()}, mltc "
            f"{read_code_version()}. {soak.persons:,} synthetic persons, {soak.plan.months} months, "
            f"{len(soak.runs)} runs in one folder, each in a process of its own. {verdict}",
            "",
            "| invariant | runs after which it held | did not | looked at |",
            "|---|---|---|---|",
            *(f"| {name} | {held[name]} | {failed[name]} | {looked[name]:,} |" for name in held),
            "",
            "Looked at: rows, persons, tables, spells, files, folders, runs, or commands, as the invariant says.",
            "",
            "| month | what happened | exit code | seconds | steps kept | invariants that hold |",
            "|---|---|---|---|---|---|",
            *runs,
            "",
            *([*(f"- {fault}" for fault in faults), ""] if faults else []),
        ]
    )


def main() -> None:
    """Run, look, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--months", type=int, default=24, help="8 or more")
    parser.add_argument("--persons", type=int, default=1_000)
    parser.add_argument("--folder", type=Path, help="an empty place to work, kept; a temporary one if not given")
    given = parser.parse_args()
    command = f"uv run python -m benchmarks.soak --months {given.months} --persons {given.persons}"
    with ExitStack() as stack:
        kept = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        soak = Soak(kept.resolve(), Plan.over(given.months), given.persons)
        soak.prepare()
        try:
            soak.run_all()
        finally:
            RESULTS.write_text(describe(soak, command), encoding="utf-8", newline="\n")
    raise SystemExit(1 if any(each.faults for each in soak.runs) else 0)


if __name__ == "__main__":
    main()
