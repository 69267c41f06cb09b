"""A command in a process of its own, watched from outside: time, processor time and memory of it and its children."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import psutil

from mltc.run_record import MIB, STAGE_FILE

LOOK_SECONDS = 0.2
MLTC = ("-c", "from flows.cli import main; main()")


@dataclass(frozen=True)
class Sample:
    """What a process and its children had taken by a moment. `at`: seconds since 1970."""

    at: float
    cpu_seconds: float
    memory_mib: float


@dataclass
class Watch:
    """Samples of one process and of the stages that it writes down in `build`."""

    process: psutil.Popen
    build: Path
    samples: list[Sample] = field(default_factory=list)
    ends: dict[int, float] = field(default_factory=dict)
    _cpu: dict[int, float] = field(default_factory=dict)

    def follow(self) -> int:
        """Look until the process ends; its exit code. Children that end between two looks lose their last moment."""
        self._look()
        while True:
            try:
                return self.process.wait(LOOK_SECONDS)
            except psutil.TimeoutExpired:
                self._look()

    def _look(self) -> None:
        memory = 0
        for member in self._list_tree():
            try:
                memory += member.memory_info().rss
                times = member.cpu_times()
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            self._cpu[member.pid] = times.user + times.system
        self.samples.append(Sample(time.time(), sum(self._cpu.values()), memory / MIB))
        path = self.build / STAGE_FILE
        try:
            count, written = len(path.read_bytes().splitlines()), path.stat().st_mtime
        except OSError:  # before the first stage, or moved away at the end
            return
        for number in range(len(self.ends), count):
            self.ends[number] = written

    def _list_tree(self) -> list[psutil.Process]:
        try:
            return [self.process, *self.process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def describe_stages(self, stages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Name, wall and processor seconds and highest memory of each stage of `run.json`; reading is one."""
        last = self.samples[-1].at
        found = []
        for number, stage in enumerate(stages):
            end = self.ends.get(number, last)
            begin = end - stage["seconds"]
            memory = [each.memory_mib for each in self.samples if begin - LOOK_SECONDS <= each.at <= end + LOOK_SECONDS]
            name = "read" if stage["stage"].startswith("read ") else stage["stage"]
            cpu = self._read_cpu(end) - self._read_cpu(begin)
            found.append((name, stage["seconds"], cpu, max(memory, default=0.0)))
        for name, parts in groupby(found, key=lambda part: part[0]):
            _, seconds, cpu, memory = zip(*parts, strict=True)
            yield {
                "stage": name,
                "seconds": round(sum(seconds), 2),
                "cpu_seconds": round(sum(cpu), 2),
                "peak_mib": round(max(memory)),
            }

    def _read_cpu(self, at: float) -> float:
        """Processor seconds by a moment, straight between two samples."""
        before = None
        for sample in self.samples:
            if sample.at >= at:
                if before is None:
                    return sample.cpu_seconds
                share = (at - before.at) / (sample.at - before.at)
                return before.cpu_seconds + share * (sample.cpu_seconds - before.cpu_seconds)
            before = sample
        return self.samples[-1].cpu_seconds


def run_watched(*arguments: str, out: Path, home: Path) -> dict[str, Any]:
    """Figures of one `mltc` command that writes `out`; Prefect keeps its own files in `home`. Raises SystemExit."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        begun = time.perf_counter()
        process = psutil.Popen(
            [sys.executable, *MLTC, *arguments],
            env={**kept, "PREFECT_HOME": str(home), "NO_COLOR": "1"},
            stdout=told,
            stderr=subprocess.STDOUT,
        )
        watch = Watch(process, out / ".build")
        code = watch.follow()
        seconds = time.perf_counter() - begun
        if code:
            told.seek(0)
            raise SystemExit(f"mltc {' '.join(arguments)} ended with exit code {code}: {told.read()[-2000:]}")
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(watch.samples[-1].cpu_seconds, 2),
        "peak_mib": round(max(sample.memory_mib for sample in watch.samples)),
        "rows": sum(file["rows_in"] for file in record["inputs"]),
        "kept": len(record.get("kept", ())),
        "stages": list(watch.describe_stages(record["stages"])),
    }
