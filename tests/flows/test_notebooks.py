"""Every notebook runs from top to bottom on a finished run."""

import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.py"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, finished):
    out, _ = finished
    command = [sys.executable, str(path), "--out", str(out)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=path.parents[1])
    assert result.returncode == 0, result.stderr
