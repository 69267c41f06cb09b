"""Why a clause does not hold for a person, in words: the window passed, too few records, resolved, a later day."""

import operator
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from mltc.codelists.rule_words import describe_names
from mltc.handbook.person import PersonFacts
from mltc.report.wording import date_text

NOTHING = "nothing recorded"
NOUNS = {"code": ("record", "records"), "drug": ("prescription", "prescriptions"), "measure": ("value", "values")}


def explain_clause(clause: dict[str, Any], person: PersonFacts) -> str:
    """Why it fails, or that it holds; the record that decides it comes with its day."""
    if clause["kind"] == "score":
        return _explain_score(clause, person)
    is_measure = clause["kind"] == "measure"
    rows = _values_of(clause, person) if is_measure else _records_of(clause, person, clause["kind"])
    known = _known(rows, person.index_date)
    if rows.is_empty():
        return NOTHING
    if known.is_empty():
        return _explain_unknown(rows, person.index_date)
    if clause["holds"]:
        return f"holds: {_latest(clause, known) if is_measure else f'last on {_last(known)}'}"
    return _explain_values(clause, known) if is_measure else _explain_records(clause, known, person)


def has_evidence(clause: dict[str, Any], person: PersonFacts) -> bool:
    """Whether anything on record bears on the clause, even if it does not count."""
    if clause["kind"] == "score":
        return bool(clause["holds"])
    if clause["kind"] == "measure":
        return not _values_of(clause, person).is_empty()
    return not _records_of(clause, person, clause["kind"]).is_empty()


def _records_of(clause: dict[str, Any], person: PersonFacts, kind: str) -> pl.DataFrame:
    return person.evidence.filter(pl.col("kind") == kind, pl.col("evidence").is_in(clause["names"]))


def _values_of(clause: dict[str, Any], person: PersonFacts) -> pl.DataFrame:
    return person.measurement.filter(pl.col("measure").is_in(clause["names"]))


def _known(rows: pl.DataFrame, index_date: date) -> pl.DataFrame:
    return rows.filter(pl.col("event_date") <= index_date, pl.col("known_date") <= index_date)


def _explain_records(clause: dict[str, Any], known: pl.DataFrame, person: PersonFacts) -> str:
    last = _last(known)
    if clause["since"] is not None:
        known = known.filter(pl.col("event_date") >= clause["since"])
        if known.is_empty():
            return f"last on {last}, before {_day(clause['since'])}"
    if clause["at_least"] > 1:
        return _explain_count(clause, known)
    resolved = _known(_records_of(clause, person, "resolved"), person.index_date)
    if clause["is_unresolved"] and _last_day(known) < _last_day(resolved):
        return f"last on {last}, and recorded as resolved on {_last(resolved)}"
    if clause["new_within_months"] is not None:
        return f"first of all on {_day(known['event_date'].min())}, {_window(clause)}"
    return f"last on {last}, {_window(clause)}"


def _window(clause: dict[str, Any]) -> str:
    return f"and the window begins after {_day(clause['window_after'])}"


def _last_day(rows: pl.DataFrame) -> date:
    """Last clinical date; before all days where there is no row."""
    last: date | None = rows.select(pl.col("event_date").max()).item()
    return last or date.min


def _last(rows: pl.DataFrame) -> str:
    return _day(_last_day(rows))


def _explain_unknown(rows: pl.DataFrame, index_date: date) -> str:
    first = rows.sort("known_date", "event_date").row(0, named=True)
    if first["event_date"] > index_date:
        return f"first on {_day(first['event_date'])}, after the index date"
    seen = _day(first["known_date"])
    return f"on {_day(first['event_date'])}, but it could first be seen on {seen}, after the index date"


def _explain_count(clause: dict[str, Any], known: pl.DataFrame) -> str:
    inside = known if clause["window_after"] is None else known.filter(pl.col("event_date") > clause["window_after"])
    count, asked = int(inside["evidence_count"].sum()), clause["at_least"]
    words = f"{count} of {asked} {NOUNS[clause['kind']][1]}"
    if clause["window_after"] is not None:
        words += f" after {_day(clause['window_after'])}"
    return f"{words}; last on {_last(known)}"


def _explain_values(clause: dict[str, Any], known: pl.DataFrame) -> str:
    inside = known if clause["window_after"] is None else known.filter(pl.col("event_date") > clause["window_after"])
    if inside.is_empty():
        return f"last on {_last(known)}, {_window(clause)}"
    past = inside.filter(is_past(clause))
    if clause["latest"] is not None:
        return _latest(clause, inside)
    if past.height < clause["times"]:
        return f"{past.height} of {clause['times']} values; {_latest(clause, inside)}"
    days = past.select((pl.col("event_date").max() - pl.col("event_date").min()).dt.total_days()).item()
    return f"{past.height} values {days} days apart, and {clause['days_apart']} days are asked for"


def _latest(clause: dict[str, Any], known: pl.DataFrame) -> str:
    return f"latest {_list_values(known.head(clause['latest'] or 1))}"


def is_past(clause: dict[str, Any]) -> pl.Expr:
    """Whether a value lies within the thresholds that are given."""
    tests = {"below": operator.lt, "from_value": operator.ge, "above": operator.gt, "up_to": operator.le}
    given = [test(pl.col("value"), clause[name]) for name, test in tests.items() if clause[name] is not None]
    return pl.all_horizontal(given)


def _list_values(rows: pl.DataFrame) -> str:
    values: Sequence[tuple[float, date]] = list(rows.select("value", "event_date").iter_rows())
    return ", ".join(f"{value:g} on {_day(day)}" for value, day in values)


def _explain_score(clause: dict[str, Any], person: PersonFacts) -> str:
    told = []
    for name in clause["names"]:
        value = person.scores.get(name)
        told.append(f"{describe_names([name])} is {'not known' if value is None else f'{value:g}'}")
    return ("holds: " if clause["holds"] else "") + "; ".join(told)


def _day(day: object) -> str:
    return date_text(day) if isinstance(day, date) else "an unknown day"
