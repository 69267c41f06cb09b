"""Rules next to a rule: off by the smallest step in one option, or without one of its parts."""

from collections.abc import Iterator
from datetime import timedelta

from mltc.codelists.records import Clause, Condition

DAY = timedelta(days=1)
# A threshold and the one that differs from it in the boundary value only
OTHER_SIDE = {"below": "up_to", "up_to": "below", "from_": "above", "above": "from_"}


def neighbours(condition: Condition) -> list[tuple[str, Condition]]:
    """What differs, and the condition under a key of its own."""
    found = [*_other_ages(condition), *_other_rules(condition)]
    return [
        (f"{condition.key}: {words}", other.model_copy(update={"key": f"{condition.key}_{number}"}))
        for number, (words, other) in enumerate(found)
    ]


def _other_ages(condition: Condition) -> Iterator[tuple[str, Condition]]:
    if condition.minimum_age_years is not None:
        for age in (condition.minimum_age_years - 1, condition.minimum_age_years + 1):
            yield f"age {age}", condition.model_copy(update={"minimum_age_years": age})


def _other_rules(condition: Condition) -> Iterator[tuple[str, Condition]]:
    for place, alternative in enumerate(condition.rule):
        before, after = condition.rule[:place], condition.rule[place + 1 :]
        if before or after:
            yield f"no alternative {place + 1}", condition.model_copy(update={"rule": before + after})
        for words, clauses in _other_alternatives(alternative):
            named = f"{words} in alternative {place + 1}"
            yield named, condition.model_copy(update={"rule": (*before, clauses, *after)})


def _other_alternatives(clauses: tuple[Clause, ...]) -> Iterator[tuple[str, tuple[Clause, ...]]]:
    for place, clause in enumerate(clauses):
        before, after = clauses[:place], clauses[place + 1 :]
        if any(not other.without for other in before + after):
            yield f"no clause on {' or '.join(clause.evidence)}", before + after
        for words, other in _other_clauses(clause):
            yield f"{words} on {' or '.join(clause.evidence)}", (*before, other, *after)


def _other_clauses(clause: Clause) -> Iterator[tuple[str, Clause]]:
    for words, update in _updates(clause):
        yield words, clause.model_copy(update=update)


def _updates(clause: Clause) -> Iterator[tuple[str, dict[str, object]]]:
    for option in ("months", "new_within_months", "latest"):
        value = getattr(clause, option)
        if value is not None:
            for other in (value - 1, value + 1):
                yield f"{option} = {other}", {option: other}
            yield f"no {option}", {option: None}
    for number in (clause.at_least - 1, clause.at_least + 1) if clause.at_least > 1 else ():
        yield f"at_least = {number}", {"at_least": number}
    for day in (clause.since - DAY, clause.since + DAY) if clause.since else ():
        yield f"since {day}", {"since": day}
    if clause.unresolved:
        yield "no unresolved", {"unresolved": False}
    for name, side in OTHER_SIDE.items():
        value = getattr(clause, name)
        if value is not None:
            yield f"{side.rstrip('_')} instead of {name.rstrip('_')}", {name: None, side: value}
    yield from _shorter_unions(clause)


def _shorter_unions(clause: Clause) -> Iterator[tuple[str, dict[str, object]]]:
    for option in ("codes", "drugs"):
        names = getattr(clause, option) or ()
        for name in names if len(names) > 1 else ():
            yield f"no {name}", {option: tuple(other for other in names if other != name)}
