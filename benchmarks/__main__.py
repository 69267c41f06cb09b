"""Time, memory and growth of the whole program, against the least, against peers, against its bars.

    uv run python -m benchmarks --persons 10000 100000
    uv run python -m benchmarks --persons 1000000 --folder /data/benchmark
    uv run python -m benchmarks --persons 3000000 --stages-only

Makes its own synthetic people and runs the real flow on them, each run in a process of its own: the first, the same
again, a month later, and that month rebuilt. At the largest size the least that reading takes, and the register in
pandas (of 100,000 persons at most: it holds everything in memory); comorbidity scores beside two packages; the demo;
the start of the command. Nothing is asserted. Figures go to benchmarks/results.json, in the place of earlier ones of
the same size, and benchmarks/RESULTS.md is rewritten from all of them. A million persons take some 60 GB of disk.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median

from benchmarks import pandas_register
from benchmarks.parts import measure_part
from benchmarks.register import PARTS as REGISTER_PARTS
from benchmarks.register import write_config
from benchmarks.results import keep, load_results
from benchmarks.results_page import PAGE, write_page
from benchmarks.watched import MLTC, run_watched
from benchmarks.whole_runs import Place, measure_first, measure_later

PARTS = ("runs", "least", "pandas", "comorbidity", "demo", "help")
MOST_IN_PANDAS = 100_000
DEMO_PERSONS = 20_000
HELP_TIMES = 5


def measure_size(place: Place, parts: set[str], *, is_first_only: bool) -> None:
    """Runs of one size, and pandas beside them."""
    place.prepare()
    if "runs" in parts or "pandas" in parts:
        keep("first run", place.persons, measure_first(place))
    if "runs" in parts and not is_first_only:
        keep("later runs", place.persons, measure_later(place))
    if "pandas" in parts:
        extracts = place.before if is_first_only or "runs" not in parts else place.extracts
        figures, agreement = pandas_register.measure(place.out, extracts, place.folder / "pandas")
        keep("pandas", place.persons, {**figures, **asdict(agreement)})
    place.clear()


def measure_least(place: Place) -> None:
    """Reading, the least, register and scores, each in a process of its own."""
    place.prepare()
    folder = place.folder / "register"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    write_config(folder, place.extracts)
    keep("least", place.persons, {part: measure_part("benchmarks.register", part, folder) for part in REGISTER_PARTS})
    shutil.rmtree(folder, ignore_errors=True)


def measure_comorbidity(rows: int) -> None:
    """Two scores of every person here, by pycomorb and by comorbidipy, which is installed into a folder of its own."""
    command = [sys.executable, "-m", "benchmarks.comorbidity", "--rows", str(rows)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    text = done.stdout[done.stdout.index("# Comorbidity") :]
    keep("comorbidity", None, {"rows": rows, "table": text.splitlines()[2:]})


def measure_demo(folder: Path) -> None:
    """`mltc demo` as anyone would run it."""
    out = folder / "demo"
    shutil.rmtree(out, ignore_errors=True)
    figures = run_watched("demo", "--persons", str(DEMO_PERSONS), "--out", str(out), out=out, home=folder / "prefect")
    keep("demo", None, figures)
    shutil.rmtree(out, ignore_errors=True)


def measure_help() -> None:
    """The median of a few starts; the first of them may find cold files."""
    seconds = []
    for _ in range(HELP_TIMES):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *MLTC, "--help"], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - begun)
    keep("help", None, {"seconds": round(median(seconds), 3), "all_seconds": seconds})


def main() -> None:
    """Measure what is asked for, write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--months", type=int, default=36, help="months of records")
    parser.add_argument("--stages-only", action="store_true", help="the first run of each size and nothing else")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--comorbidity-rows", type=int, default=1_000_000, help="diagnoses to score")
    parser.add_argument("--folder", type=Path, help="keeps the extracts for the next call; else a temporary one")
    given = parser.parse_args()
    parts = {"runs"} if given.stages_only else set(given.parts)
    sizes = sorted(given.persons)
    with ExitStack() as stack:
        folder = given.folder or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="mltc-benchmarks-", ignore_cleanup_errors=True))
        )
        places = [Place(folder.resolve() / str(persons), persons, given.months) for persons in sizes]
        for place in places:
            place.folder.mkdir(parents=True, exist_ok=True)
            is_last = place is places[-1]
            wanted = parts & ({"runs", "pandas"} if place.persons <= MOST_IN_PANDAS else {"runs"})
            if wanted:
                measure_size(place, wanted, is_first_only=given.stages_only)
            if is_last and "least" in parts:
                measure_least(place)
        if "comorbidity" in parts:
            measure_comorbidity(given.comorbidity_rows)
        if "demo" in parts:
            measure_demo(folder.resolve())
        if "help" in parts:
            measure_help()
    write_page(load_results())
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
