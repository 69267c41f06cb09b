"""Every source column judged for every canonical column of a table, and the best choice of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from mltc.contract import Table
from mltc.mapping.contents import ColumnFacts
from mltc.mapping.expected import Fit, judge_contents
from mltc.mapping.fold import Group
from mltc.mapping.names import compare_names
from mltc.mapping.shares import share_true
from mltc.mapping.synonyms import Names

# Pairs of which the first day is never after the second.
ORDERED = (
    ("admission_date", "discharge_date"), ("episode_start", "episode_end"), ("registered_from", "registered_to"),
    ("birth_date", "death_date"), ("address_from", "address_to"), ("effective_from", "effective_to"),
    ("clock_start", "snapshot_date"), ("event_date", "end_date"), ("event_date", "recorded_date"),
)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """One source column (or numbered range) for one canonical column.

    `alike` is the similarity of names (0-1), `evidence` that of the contents, `score` their sum. `lead` over the
    next source column for the same canonical one; `rival`: lead over the best other canonical column for it.
    """

    table: str
    column: str
    group: Group
    facts: ColumnFacts
    alike: float
    known_name: str
    same_name: bool
    fit: Fit
    order: float = 0.0
    lead: float = 0.0
    rival: float = 0.0

    @property
    def score(self) -> float:
        """Evidence of name, contents and order of days together."""
        return weigh_name(self.alike, same=self.same_name) + self.fit.evidence + self.order

    @property
    def reason(self) -> str:
        """Why, in one phrase."""
        if self.same_name:
            name = f"known name {self.known_name}" if self.known_name != self.group.label else "known name"
        elif self.alike >= 0.45:
            name = f"name alike {self.known_name}"
        else:
            name = "name tells little"
        order = "" if not self.order else "; days in order" if self.order > 0 else "; days out of order"
        return f"{name}; {self.fit.phrase}{order}"


def weigh_name(alike: float, *, same: bool) -> float:
    """Evidence of a name: -3 where nothing is alike, about 0 at 0.5, +5 to +6 for a known name."""
    return 6.0 * alike - (0.5 if same else 3.0)


def judge_columns(
    table: Table, groups: Sequence[Group], facts: Mapping[str, ColumnFacts], known: Names
) -> dict[str, list[Candidate]]:
    """Candidates by canonical column, best first; those that the contents rule out are left out."""
    found: dict[str, list[Candidate]] = {}
    singles = list_singles(groups)
    for name, column in table.columns.items():
        synonyms = known.by_column.get((table.table, name), ())
        candidates = []
        for group in groups if column.type == "list" else singles:
            of_group = facts[group.columns[0]]
            alike, known_name, same = compare_names(group.label, synonyms, known)
            fit = judge_contents(table.table, column, of_group)
            candidate = Candidate(table.table, name, group, of_group, alike, known_name, same, fit)
            if candidate.score > -3.0 and (alike > 0.3 or fit.evidence > 2.0):
                candidates.append(candidate)
        found[name] = sorted(candidates, key=lambda item: -item.score)
    return found


def list_singles(groups: Sequence[Group]) -> list[Group]:
    """Columns that can stand alone: of a long range, such as diagnoses, only the first."""
    return [
        Group(name, (name,))
        for group in groups
        for name in (group.columns if len(group.columns) <= 3 else group.columns[:1])
    ]


def choose(table: Table, candidates: Mapping[str, list[Candidate]]) -> dict[str, Candidate]:
    """At most one source column each, and no source column twice: the strongest pairs first."""
    every = sorted((item for items in candidates.values() for item in items), key=lambda item: -item.score)
    chosen: dict[str, Candidate] = {}
    taken: set[str] = set()
    for item in every:
        if item.column in chosen or taken & set(item.group.columns) or item.score < -1.5:
            continue
        chosen[item.column] = item
        taken |= set(item.group.columns)
    ordered = _check_order(chosen)
    return {name: _measure_lead(item, candidates, taken) for name, item in ordered.items() if name in table.columns}


def _measure_lead(item: Candidate, candidates: Mapping[str, list[Candidate]], taken: set[str]) -> Candidate:
    others = [
        other.score
        for other in candidates[item.column]
        if other.group != item.group and (not taken & set(other.group.columns) or other.score > item.score)
    ]
    elsewhere = [
        other.score for name, items in candidates.items() if name != item.column for other in items
        if other.group == item.group
    ]  # fmt: skip
    lead = item.score - max(others, default=-3.0)
    rival = item.score - max(elsewhere, default=-3.0)
    return replace(item, lead=lead, rival=rival)


def _check_order(chosen: Mapping[str, Candidate]) -> dict[str, Candidate]:
    """Adds the evidence of days that are in order, or are not."""
    checked = dict(chosen)
    for first, second in ORDERED:
        if first not in chosen or second not in chosen:
            continue
        share = share_in_order(chosen[first].facts.parsed, chosen[second].facts.parsed)
        if share is None:
            continue
        evidence = 0.5 if share >= 0.97 else -2.0 if share < 0.5 else 0.0
        for name in (first, second):
            checked[name] = replace(checked[name], order=evidence)
    return checked


def share_in_order(first: "pl.Series | None", second: "pl.Series | None") -> float | None:
    """Share of rows with both days whose first is not after the second; None where there are too few."""
    if first is None or second is None:
        return None
    both = pl.DataFrame({"first": first, "second": second}).drop_nulls()
    both = both.filter(pl.col("second").dt.year().is_between(1901, 2150))
    return None if both.height < 20 else share_true(both["first"] <= both["second"])
