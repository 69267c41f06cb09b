"""What an import changes in a list: which codes begin to count, which cease to, and which stay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mltc.codelist_import.codes import drop_covered
from mltc.codelist_import.published import PublishedCode
from mltc.codelists.records import PREFIX_SYSTEMS

Row = dict[str, str]


@dataclass(frozen=True)
class Change:
    """Rows of the new list, and the codes that count (verified = yes) before and after, by their code."""

    rows: tuple[Row, ...]
    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    kept_count: int
    notes: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether the same codes count as before."""
        return not self.added and not self.removed


def replace_rows(present: Sequence[Row], published: Sequence[Row]) -> Change:
    """The published rows alone; rows of the list's other code systems (drugs) stay."""
    systems = {row["code_system"] for row in published}
    staying = [row for row in present if row["code_system"] not in systems]
    codes = {row["code"] for row in published}
    revived = [row["code"] for row in present if row["verified"] == "no" and row["code"] in codes]
    change = _compare(present, [*staying, *published])
    if revived:
        note = f"{len(revived)} codes were left out on purpose (verified = no) and count now: {', '.join(revived)}."
        change = replace(change, notes=(note,))
    return change


def merge_rows(present: Sequence[Row], published: Sequence[Row]) -> Change:
    """Present and published rows. A code that was left out on purpose (verified = no) stays out."""
    found = {_key(row): row for row in published}
    merged = [_join(row, found.pop(_key(row), None)) for row in present]
    merged += found.values()
    out = [row["code"] for row in present if row["verified"] == "no" and _key(row) in {_key(p) for p in published}]
    change = _compare(present, _without_covered(merged))
    if out:
        note = f"{len(out)} codes stay left out on purpose (verified = no): {', '.join(out)}. --replace takes them in."
        change = replace(change, notes=(note,))
    return change


def _join(row: Row, published: Row | None) -> Row:
    if published is None or row["verified"] == "no" or published["source"] in row["source"]:
        return row
    return {**row, "source": f"{row['source']}; {published['source']}", "verified": "yes"}


def _without_covered(rows: list[Row]) -> list[Row]:
    """Counted prefixes that another counted prefix of the same system covers would stand twice."""
    kept = list(rows)
    for system in PREFIX_SYSTEMS:
        counted = [PublishedCode("", r["code"], "") for r in rows if r["code_system"] == system and _counts(r)]
        short = {member.code for member in drop_covered(counted)[0]}
        kept = [row for row in kept if row["code_system"] != system or not _counts(row) or row["code"] in short]
    return kept


def _compare(before: Sequence[Row], after: Sequence[Row]) -> Change:
    was = {_key(row): row for row in before if _counts(row)}
    now = {_key(row): row for row in after if _counts(row)}
    return Change(
        rows=tuple(sorted(after, key=_order)),
        added=tuple(sorted((row for key, row in now.items() if key not in was), key=_order)),
        removed=tuple(sorted((row for key, row in was.items() if key not in now), key=_order)),
        kept_count=len(was.keys() & now.keys()),
    )


def _key(row: Row) -> tuple[str, str]:
    return row["code_system"], row["code"]


def _counts(row: Row) -> bool:
    return row["verified"] == "yes"


def _order(row: Row) -> tuple[str, int, str]:
    """By system, then numbers by size and prefixes by letter."""
    return row["code_system"], len(row["code"]) if row["code"].isdigit() else 0, row["code"]
