"""Time, memory, rows and bytes of `mltc synthesise`, and whether it writes the same bytes twice; see SYNTHETIC.md.

uv run python -m benchmarks.synthetic --persons 1000000 --months 60
"""

import argparse
import hashlib
import platform
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pyarrow.parquet as pq

from mltc.run_record import read_code_version

RESULTS = Path(__file__).parent / "SYNTHETIC.md"
SMALL_PERSONS = 60_000  # three chunks, so that they may end in another order than they began
POLL_SECONDS = 0.1
SYNTHESISE = "from flows.cli import main; main()"
WITH_WORKERS = """
import sys
from pathlib import Path
from mltc.synthetic import SyntheticSettings, write_synthetic_icb
persons, months, workers, folder = sys.argv[1:]
write_synthetic_icb(SyntheticSettings(int(persons), int(months)), Path(folder), workers=int(workers))
"""


@dataclass
class Watch:
    """Peak memory and processor time of a process and its children, looked at every POLL_SECONDS."""

    process: psutil.Popen
    peak_bytes: int = 0
    cpu_seconds: dict[int, float] = field(default_factory=dict)

    def look(self) -> None:
        """Adds what is seen now."""
        total = 0
        for member in [self.process, *self.process.children(recursive=True)]:
            try:
                total += member.memory_info().rss
                times = member.cpu_times()
                self.cpu_seconds[member.pid] = times.user + times.system
            except psutil.NoSuchProcess:
                continue
        self.peak_bytes = max(self.peak_bytes, total)

    def follow(self) -> None:
        """Until the process ends."""
        while self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE:
            try:
                self.look()
            except psutil.NoSuchProcess:
                return
            time.sleep(POLL_SECONDS)


def run_watched(arguments: list[str]) -> tuple[float, Watch]:
    """Wall seconds and what was seen of a Python process; raises where it fails."""
    started = time.perf_counter()
    process = psutil.Popen([sys.executable, "-c", *arguments], stdout=subprocess.DEVNULL)
    watch = Watch(process)
    follower = threading.Thread(target=watch.follow)
    follower.start()
    code = process.wait()
    seconds = time.perf_counter() - started
    follower.join()
    if code:
        raise SystemExit(f"The run ended with exit code {code}.")
    return seconds, watch


def measure(persons: int, months: int, folder: Path) -> dict[str, str]:
    """The real command, in a process of its own."""
    options = ["synthesise", "--persons", str(persons), "--months", str(months), "--format", "parquet"]
    seconds, watch = run_watched([SYNTHESISE, *options, "--out", str(folder)])
    files = {path: pq.ParquetFile(path).metadata.num_rows for path in sorted(folder.glob("*.parquet"))}
    return {
        "persons": f"{persons:,}",
        "months": str(months),
        "wall time, s": f"{seconds:.0f}",
        "processor time, s": f"{sum(watch.cpu_seconds.values()):.0f}",
        "peak memory with children, GiB": f"{watch.peak_bytes / 2**30:.2f}",
        **{f"rows of {path.stem}": f"{rows:,}" for path, rows in files.items()},
        "rows in all": f"{sum(files.values()):,}",
        "bytes in all": f"{sum(path.stat().st_size for path in files):,}",
    }


def hash_folder(folder: Path) -> str:
    """One hash over the names and bytes of all files."""
    whole = hashlib.sha256()
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        whole.update(str(path.relative_to(folder)).encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()


def compare_bytes(months: int, folder: Path) -> dict[str, str]:
    """The same seed with one worker and with three."""
    hashes = []
    for workers in (1, 3):
        target = folder / f"workers_{workers}"
        run_watched([WITH_WORKERS, str(SMALL_PERSONS), str(months), str(workers), str(target)])
        hashes.append(hash_folder(target))
    if hashes[0] != hashes[1]:
        raise SystemExit("The same seed gave other bytes with another number of workers.")
    return {f"SHA-256 at {SMALL_PERSONS:,} persons, 1 and 3 workers": hashes[0]}


def write_results(found: dict[str, str]) -> None:
    """One table."""
    machine = f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} cores, "
    machine += f"{psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}"
    lines = [
        "# A synthetic ICB",
        "",
        f"`uv run python -m benchmarks.synthetic --persons {found['persons'].replace(',', '')} --months "
        f"{found['months']}` on {datetime.now(tz=UTC):%Y-%m-%d}: {machine}, mltc {read_code_version()}.",
        "",
        "| | |",
        "|---|---|",
        *[f"| {name} | {value} |" for name, value in found.items()],
    ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    """Measure, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mltc-synthetic-") as folder:
        found = measure(options.persons, options.months, Path(folder) / "large")
        found |= compare_bytes(options.months, Path(folder))
    write_results(found)
    sys.stdout.write(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
