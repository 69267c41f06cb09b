"""Parts of a benchmark, each in a process of its own and all in one run, so that their figures can be compared."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

Part = Callable[[Path], None]


def add_part_argument(arguments: argparse.ArgumentParser, parts: Mapping[str, Part]) -> None:
    """The switch by which the script calls itself."""
    arguments.add_argument("--part", choices=[*parts], help=argparse.SUPPRESS)


def measure_part(module: str, part: str, folder: Path) -> dict[str, float]:
    """Wall seconds, processor seconds and peak memory (MiB) of one part of `module`."""
    started = time.perf_counter()
    command = [sys.executable, "-m", module, "--part", part, "--folder", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    whole = time.perf_counter() - started
    print(
        f"{part:22} {found['seconds']:8.1f} s  {found['cpu_seconds']:8.1f} s of CPU  "
        f"{found['peak_mib']:7,.0f} MiB  ({whole:.1f} s with start)",
        flush=True,
    )
    return found


@contextmanager
def timed_part() -> Iterator[None]:
    """Print what the block took as the last line, which `measure_part` reads."""
    from mltc.run_record import peak_memory

    wall, cpu = time.perf_counter(), time.process_time()
    yield
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak_memory()}))
