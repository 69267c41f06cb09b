"""Suspected leakage ends a finished run with an exit code of its own."""

import json

import pytest

from flows.leakage import refuse_silence
from mltc.errors import EXIT_CODES, LeakageSuspected


def write(folder, **record):
    path = folder / "run.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def test_a_run_without_suspicion_ends_as_usual(tmp_path):
    refuse_silence(write(tmp_path, risk_alarms=[], feature_leaks=[]))
    refuse_silence(write(tmp_path))  # written by an earlier version


def test_an_alarm_and_leaking_features_are_told_with_exit_code_six(tmp_path):
    alarms = [{"outcome": "unplanned_admission", "alarm": "Suspected leakage: c-statistic 0.950."}]
    leaks = [{"feature": f"feature_{number:02d}"} for number in range(12)]
    with pytest.raises(LeakageSuspected) as caught:
        refuse_silence(write(tmp_path, risk_alarms=alarms, feature_leaks=leaks))
    told = str(caught.value)
    assert told.startswith("unplanned_admission: Suspected leakage: c-statistic 0.950.")
    assert "feature_09 and 2 more." in told and "feature_10" not in told  # ten of twelve
    assert "The run is written and released" in told
    assert caught.value.exit_code == 6 and 6 in EXIT_CODES
