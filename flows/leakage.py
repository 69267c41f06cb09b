"""Suspected leakage, told by the exit code once everything else has been said."""

import json
from pathlib import Path

from mltc.errors import LeakageSuspected

_SHOWN = 10


def refuse_silence(run_file: Path) -> None:
    """Raise LeakageSuspected where the record of a finished run names an alarm or a feature that knew the future."""
    record = json.loads(run_file.read_text(encoding="utf-8"))
    told = [f"{each['outcome']}: {each['alarm']}" for each in record.get("risk_alarms", [])]
    leaks = [str(each["feature"]) for each in record.get("feature_leaks", [])]
    if leaks:
        more = f" and {len(leaks) - _SHOWN} more" if len(leaks) > _SHOWN else ""
        told.append(f"Features that know what was recorded after their index date: {', '.join(leaks[:_SHOWN])}{more}.")
    if told:
        raise LeakageSuspected(
            f"{' '.join(told)} The run is written and released, and the release says so. Use none of its risks before "
            "the cause is found: see docs/operating-guide.md, When leakage is suspected."
        )
