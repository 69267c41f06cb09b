"""Small disks, folders that cannot be written, and a synthetic ICB for runs in processes of their own."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.faults import BEFORE, Icb, Undisturbed, finish_run, make_icb, run_undisturbed

PERSONS = 1_000


@pytest.fixture(scope="session")
def icb(tmp_path_factory: pytest.TempPathFactory) -> Icb:
    """Extracts of 1,000 persons, with a configuration for September and one for October 2026."""
    return make_icb(tmp_path_factory.mktemp("icb"), PERSONS)


@pytest.fixture(scope="session")
def good(icb: Icb, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a good run of September; tests work on copies."""
    out = tmp_path_factory.mktemp("good") / "out"
    done = finish_run(icb, BEFORE, out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def undisturbed(icb: Icb, good: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The run of October that follows it."""
    return run_undisturbed(icb, good, tmp_path_factory.mktemp("undisturbed") / "out")


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Make a disk in memory, of so many MiB; skipped where this user may not mount one."""
    made: list[Path] = []

    def make(mebibytes: int, *options: str) -> Path:
        folder = tmp_path / f"disk{len(made)}"
        folder.mkdir()
        given = ",".join([f"size={mebibytes}m", *options])
        command = ["mount", "-t", "tmpfs", "-o", given, "tmpfs", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=30)
        except FileNotFoundError:
            done = None
        if sys.platform != "linux" or done is None or done.returncode:
            pytest.skip("a disk in memory can be mounted by root on Linux alone")
        made.append(folder)
        return folder

    yield make
    for folder in made:
        subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False, timeout=30)
