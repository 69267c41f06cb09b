"""Wall time and peak memory of the real flow by stage, at growing sizes; rewrites benchmarks/RESULTS.md.

uv run python -m benchmarks.stages --persons 5000 20000
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

from mltc.run_record import read_code_version, read_library_versions

RESULTS = Path(__file__).parent / "RESULTS.md"
OTHERS = (
    "Other tables: [register and scores](REGISTER.md), [comorbidity scores beside their peers](COMORBIDITY.md), "
    "[reading](READING.md), [mapping](MAPPING.md), [synthetic population](SYNTHETIC.md), [clusters](CLUSTERS.md), "
    "[risk against the truth](RISK_TRUTH.md), [features, clusters and risk](MODELS.md)."
)
STAGES = ("gate", "staging", "register, features, needs", "clusters", "risk", "marts", "release")


def measure(persons: int, folder: Path) -> dict[str, float]:
    """Seconds by stage, total seconds and peak memory of one `mltc demo`, in a process of its own."""
    code = "from flows.cli import main; main()"
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, "demo", "--persons", str(persons), "--out", str(folder)], check=True)
    total = time.perf_counter() - started
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    by_stage = {stage["stage"]: stage["seconds"] for stage in record["stages"]}
    reading = sum(seconds for stage, seconds in by_stage.items() if stage.startswith("read "))
    rows = sum(entry["rows_in"] for entry in record["inputs"])
    return {
        "rows": rows,
        "read": reading,
        **{stage: by_stage[stage] for stage in STAGES},
        "whole command": total,
        "peak memory, MiB": record["peak_memory_mib"],
    }


def write_results(found: dict[int, dict[str, float]]) -> None:
    """One table, and the growth from the smallest to the largest size."""
    sizes = sorted(found)
    names = list(found[sizes[0]])
    sizes_text = " ".join(map(str, sizes))
    lines = [
        "# Results",
        "",
        f"`uv run python -m benchmarks.stages --persons {sizes_text}` on {datetime.now(tz=UTC):%Y-%m-%d}: "
        f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}, "
        f"mltc {read_code_version()}, {', '.join(f'{k} {v}' for k, v in read_library_versions().items())}.",
        "",
        "Seconds of the real flow by stage, including imports that a stage is the first to need; `whole command` "
        "adds the synthetic population and the start of Prefect's server.",
        "",
        f"| | {' | '.join(f'{size:,} persons' for size in sizes)} | growth |",
        f"|---|{'---|' * (len(sizes) + 1)}",
    ]
    for name in names:
        values = [found[size][name] for size in sizes]
        shown = " | ".join(f"{value:,.0f}" if value >= 100 else f"{value:.1f}" for value in values)
        growth = f"{values[-1] / values[0]:.1f}" if values[0] else "-"
        lines.append(f"| {name} | {shown} | {growth} |")
    RESULTS.write_text("\n".join([*lines, "", OTHERS]) + "\n", encoding="utf-8")


def main() -> None:
    """Measure every size in one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, nargs="+", default=[5_000, 20_000])
    sizes = parser.parse_args().persons
    with tempfile.TemporaryDirectory() as folder:
        write_results({persons: measure(persons, Path(folder) / str(persons)) for persons in sorted(sizes)})
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
