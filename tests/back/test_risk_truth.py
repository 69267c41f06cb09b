"""The risk model against the true risk of a synthetic population, at a size that CI can run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.risk_truth import describe, measure_nearness, read_finished

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.mark.timeout(1_800)
def test_the_model_in_use_comes_near_the_true_risk(tmp_path):
    """12,000 persons; at 200,000 the target is 99 %, slope 0.95 to 1.05 and ICI 0.005 (benchmarks/risk_truth.py)."""
    arguments = ["demo", "--persons", "12000", "--out", str(tmp_path / "out")]
    subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", *arguments],
        cwd=ROOT,
        env={**os.environ, "PREFECT_HOME": str(tmp_path / "prefect")},
        timeout=1_500,
        check=True,
    )
    found = measure_nearness(read_finished(tmp_path / "out"), tmp_path / "out" / "extracts")
    assert found.persons > 2_000 and found.events > 200
    assert 0.68 < found.true_c_statistic < 0.82
    assert found.expected["in use"] < found.expected["records"] < found.expected["true"]
    assert found.expected["records"] > 0.98 * found.expected["true"]  # measured at 20,000: 0.996
    assert found.expected_share > 0.95  # measured at 20,000: 0.982
    assert found.share_of_records > 0.96  # measured at 20,000: 0.986
    assert 0.85 < found.expected["slope"] < 1.20  # measured at 20,000: 0.999
    assert found.expected["distance"] < 0.012  # measured at 20,000: 0.0044
    assert 0.70 < found.slope < 1.30
    assert found.ici < 0.025
    assert "c-statistic of the true risk" in describe(found, "a command")
