"""Codes in the data that are near a list and not on it: what a clinician should look at before signing it off.

ICD-10 has a hierarchy in its codes: near is the same category (three characters) or the same block. SNOMED CT
comes without its hierarchy, so near is what the data and the other lists can tell: codes that people with the
condition carry far more often than others of their age band and sex, and codes of other lists whose term shares
a word with the condition.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

import polars as pl

from mltc.handbook.entry import Entry, NearCode
from mltc.handbook.near_sql import ICD10_SEEN, SNOMED_LIFT
from mltc.handbook.terms import share_word
from mltc.paths import CODELISTS
from mltc.warehouse import Parameter, Warehouse

SHOWN = 20  # codes of each kind, the most telling first
MINIMUM_PERSONS = 10  # with the condition and the code: fewer say nothing about a list
MINIMUM_SHARE_PERCENT = 1.0  # of the people with the condition
MINIMUM_RATIO = 3.0  # comorbidities of the same age and sex mostly stay below; monitoring and symptoms lie above
# What more people carry cannot be three times as common in those with a condition, unless half of all have it; most
# rows are of such codes (weights, pressures), and they are left out before anything is counted by person.
MAXIMUM_SHARE = 0.6


class NearData:
    """What of the data near-miss codes are chosen from, read once for all conditions asked about."""

    def __init__(self, warehouse: Warehouse, codes: pl.DataFrame, conditions: Iterable[str], index_date: date) -> None:
        self.listed = codes.filter(pl.col("kind") == "code")
        self.lists: dict[tuple[str, str], set[str]] = {}
        self.terms: dict[str, str] = {}
        for key, code_system, code, term, verified in self.listed.select(
            "key", "code_system", "code", "term", "verified"
        ).iter_rows():
            if verified == "yes":
                self.lists.setdefault((code_system, code), set()).add(key)
            if term:
                self.terms.setdefault(code, term)
        self.icd10 = warehouse.read(ICD10_SEEN, {"index_date": index_date})
        limits: dict[str, Parameter] = {
            "minimum_persons": MINIMUM_PERSONS,
            "minimum_share_percent": MINIMUM_SHARE_PERCENT,
            "minimum_ratio": MINIMUM_RATIO,
            "maximum_share": MAXIMUM_SHARE,
            "index_date": index_date,
        }
        counting = sorted(code for code_system, code in self.lists if code_system == "snomed")
        self.lift = warehouse.read(SNOMED_LIFT, {**limits, "conditions": list(conditions), "listed": counting})

    def lists_with(self, code_system: str, code: str, but: frozenset[str]) -> list[str]:
        """Other lists on which a code counts, by name; an ICD-10 code counts where any of its prefixes does."""
        codes = [code[:end] for end in range(3, len(code) + 1)] if code_system == "icd10" else [code]
        return sorted(set().union(*(self.lists.get((code_system, part), set()) for part in codes)) - but)


def find_near(
    entry: Entry, data: NearData, counts: Mapping[tuple[str, str, str, str], tuple[int, int]]
) -> list[NearCode]:
    """Codes near the lists of one condition; `counts` gives persons and events of listed SNOMED CT codes."""
    own = frozenset(item.key for item in entry.lists if item.kind in ("code", "resolved"))
    if not own:
        return []
    return [*_near_icd10(entry, data, own), *_near_lift(entry, data), *_near_words(entry, data, own, counts)]


def _near_icd10(entry: Entry, data: NearData, own: frozenset[str]) -> list[NearCode]:
    listed = _codes_of(entry, "icd10")
    counting = {row.code for item in entry.lists for row in item.rows if row.code_system == "icd10" and row.counts}
    categories = {code[:3] for code in counting}
    blocks = {block for block in map(block_of, categories) if block}
    found = []
    for code, persons, events in data.icd10.iter_rows():
        category, block = code[:3], block_of(code[:3])
        if any(code.startswith(prefix) for prefix in listed) or (category not in categories and block not in blocks):
            continue
        why = f"same category {category}" if category in categories else f"same block {block}"
        found.append(NearCode("icd10", code, "", why, persons, events, data.lists_with("icd10", code, own)))
    # Of the block, what no list counts comes before what belongs to another condition.
    found.sort(key=lambda near: (near.why.startswith("same block"), bool(near.other_lists), -near.persons, near.code))
    return found[:SHOWN]


def _near_lift(entry: Entry, data: NearData) -> list[NearCode]:
    """Codes that count on any list are out: another long-term condition mostly comes along and is no gap of this."""
    listed = _codes_of(entry, "snomed")
    found = [
        NearCode(
            code_system="snomed",
            code=row["code"],
            term=data.terms.get(row["code"], ""),
            why="more often in people with the condition",
            persons=row["persons"],
            events=row["events"],
            share_percent=row["share_percent"],
            ratio=row["ratio"],
        )
        for row in data.lift.filter(pl.col("condition") == entry.key).iter_rows(named=True)
        if row["code"] not in listed
    ]
    return found[:SHOWN]


def _near_words(
    entry: Entry, data: NearData, own: frozenset[str], counts: Mapping[tuple[str, str, str, str], tuple[int, int]]
) -> list[NearCode]:
    listed = _codes_of(entry, "snomed")
    found: dict[str, NearCode] = {}
    for key, code, term in (
        data.listed.filter(pl.col("code_system") == "snomed", pl.col("term").is_not_null())
        .select("key", "code", "term")
        .iter_rows()
    ):
        persons, events = counts.get(("code", key, "snomed", code), (0, 0))
        word = share_word(entry.name, term)
        if not persons or code in listed or not word:
            continue
        others = data.lists_with("snomed", code, own)
        found[code] = NearCode("snomed", code, term, f'its term has "{word}"', persons, events, others)
    return sorted(found.values(), key=lambda near: (-near.persons, near.code))[:SHOWN]


def _codes_of(entry: Entry, code_system: str) -> frozenset[str]:
    """Codes that stand on a list of the condition, whether they count or not."""
    return frozenset(row.code for item in entry.lists for row in item.rows if row.code_system == code_system)


@cache
def read_blocks() -> list[tuple[str, str, str]]:
    """Blocks of ICD-10: name, first and last category. Source: WHO ICD-10, version 2019."""
    frame = pl.read_csv(CODELISTS / "icd10_blocks.csv")
    return list(frame.select("block", "lower_category", "upper_category").iter_rows())


def block_of(category: str) -> str | None:
    """The block that holds a category, such as J40-J47 for J45; None where none does."""
    return next((block for block, lower, upper in read_blocks() if lower <= category <= upper), None)
