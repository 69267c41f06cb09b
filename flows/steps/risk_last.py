"""What the last run knew of people, carried into the run at work: `risk.last_feature`, `last_risk`, `last_codelist`.

The last run is the last good one of an earlier index date. A month that is run again is held against what it was held
against before, which its warehouse has kept, so that it comes out the same. Only people of both runs are carried, so
that of somebody who has opted out since nothing is.
"""

from datetime import date
from pathlib import Path

from mltc.warehouse import LAST, Warehouse, attach_last, attached_columns

# Table at work: where the last run has it, and which of its columns are carried.
CARRIED = {
    "risk.last_feature": ("features.person_feature", "source.*"),
    "risk.last_risk": (
        "risk.person_risk",
        "source.person_id, source.outcome, source.predicted_risk, source.model_version",
    ),
    "risk.last_codelist": ("risk.codelist_content", "source.condition, source.fingerprint"),
}
NOTHING = {
    "risk.last_feature": "select * from features.person_feature where false",
    "risk.last_risk": "select cast(null as varchar) as person_id, cast(null as varchar) as outcome, "
    "cast(null as double) as predicted_risk, cast(null as varchar) as model_version where false",
    "risk.last_codelist": "select cast(null as varchar) as condition, cast(null as varchar) as fingerprint where false",
}
HERE = "source.person_id in (select person_id from features.person_feature where index_date = $index_date)"


def carry_last_scores(warehouse: Warehouse, last: Path, index_date: date) -> None:
    """Write the three tables; without rows on a first run, and where the last run is of a later date or lacks one."""
    if last.exists():
        with attach_last(warehouse, last):
            scored = _read_scored_date(warehouse)
            again = scored == index_date
            sources = {name: name if again else source for name, (source, _) in CARRIED.items()}
            can_be_had = all(attached_columns(warehouse, source) for source in sources.values())
            if scored is not None and scored <= index_date and can_be_had:
                for name, source in sources.items():
                    _carry(warehouse, name, source, None if again else scored, index_date)
                return
    for name, nothing in NOTHING.items():
        warehouse.build(name, nothing)


def _read_scored_date(warehouse: Warehouse) -> date | None:
    """Index date of the scores of the attached warehouse."""
    if not {"index_date", "predicted_risk", "model_version"} <= attached_columns(warehouse, "risk.person_risk"):
        return None
    found: date | None = warehouse.read(f"select max(index_date) as day from {LAST}.risk.person_risk")["day"][0]
    return found


def _carry(warehouse: Warehouse, name: str, source: str, scored: date | None, index_date: date) -> None:
    limits = [HERE] if name != "risk.last_codelist" else ["true"]
    if name == "risk.last_feature" and scored is not None:
        limits.append("source.index_date = $scored")
    select = f"select {CARRIED[name][1]} from {LAST}.{source} as source where {' and '.join(limits)}"
    given = {"index_date": index_date, "scored": scored}
    warehouse.build(name, select, {key: value for key, value in given.items() if f"${key}" in select})
