"""The handbook as HTML: an index, one page per condition, and the registry of lists. Nothing is loaded by a page."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from mltc.codelists.rule_words import describe_names
from mltc.handbook.entry import SYSTEM_NAMES, Entry, Handbook, NearCode
from mltc.handbook.near import MINIMUM_PERSONS, MINIMUM_RATIO, MINIMUM_SHARE_PERCENT, SHOWN
from mltc.report.pages import open_templates, read_style
from mltc.report.wording import count_text, date_text, join_words, percent_text

SNOMED_LICENCE = (
    "SNOMED CT is copyright of SNOMED International and is used under the UK Edition licence, which is free to the "
    "NHS (NHS England, Technology Reference data Update Distribution); do not pass its codes and terms to anyone "
    "without that licence. ICD-10 is copyright of the World Health Organization; its text is left out."
)
PAGES = [("index.html", "Conditions and definitions"), ("lists.html", "Code lists and sources")]
VERIFIED_MEANINGS = [
    ("yes", "in two or more published lists, or in one and its name is the condition itself; counts"),
    ("single_source", "in one published list; does not count"),
    ("partial", "a real code, not shown to be the one that records use for this; does not count"),
    ("no", "left out on purpose, the source says why; does not count"),
]
VERIFIED_WORDS = {
    "single_source": "in one published list only",
    "partial": "partly verified",
    "no": "left out on purpose",
}
SOURCE_WORDS = {"gp": "GP record", "hospital": "hospital", "prescription": "prescriptions", "value": "measured values"}


def render_handbook(book: Handbook) -> dict[str, str]:
    """Pages by relative path. Same handbook, same bytes; no page holds anything about one person."""
    environment = open_templates()
    shared = _shared_values(book)
    pages = {
        "index.html": ("handbook/index.html.j2", "Conditions and definitions", _index_values(book)),
        "lists.html": ("handbook/lists.html.j2", "Code lists and sources", {"verified_meanings": VERIFIED_MEANINGS}),
    }
    for entry in book.entries:
        values = {"entry": entry, "others": _find_others(entry, book.entries)}
        pages[f"conditions/{entry.key}.html"] = ("handbook/condition.html.j2", entry.name, values)
    return {
        path: environment.get_template(template).render(
            **shared, **values, title=title, here=path, root="../" * path.count("/")
        )
        for path, (template, title, values) in pages.items()
    }


def _shared_values(book: Handbook) -> dict[str, Any]:
    population = book.population
    return {
        "book": book,
        "population": population,
        "area": population.area if population else "",
        "is_synthetic": bool(population and population.is_synthetic),
        "pages": PAGES,
        "names": {item.key: item.title for item in book.definitions},
        "system_names": SYSTEM_NAMES,
        "verified_words": VERIFIED_WORDS,
        "licence": SNOMED_LICENCE,
        "limits": {
            "shown": SHOWN,
            "persons": MINIMUM_PERSONS,
            "share": percent_text(MINIMUM_SHARE_PERCENT),
            "ratio": f"{MINIMUM_RATIO:g}",
        },
        "count_text": count_text,
        "date_text": date_text,
        "share_text": share_text,
        "source_words": source_words,
        "near_words": near_words,
        "list_names": list_names,
        **read_style("style.css", "handbook.css"),
    }


def _index_values(book: Handbook) -> dict[str, Any]:
    entries = sorted(book.entries, key=lambda entry: (entry.body_system, entry.name.lower()))
    lists = {(item.kind, item.key): item for entry in book.entries for item in entry.lists}
    rows = [row for item in lists.values() for row in item.rows]
    return {
        "groups": [(system.capitalize(), list(group)) for system, group in groupby(entries, lambda e: e.body_system)],
        "counted": {
            item.key: sum(entry.is_verified and item.key in entry.definitions for entry in book.entries)
            for item in book.definitions
        },
        "unverified_entries": sum(not entry.is_verified for entry in book.entries),
        "code_count": len(rows),
        "unverified_codes": sum(not row.counts for row in rows),
    }


def _find_others(entry: Entry, entries: Sequence[Entry]) -> list[Entry]:
    """Conditions that look at the same diagnosis list under another rule."""
    own = {item.key for item in entry.lists if item.kind == "code"}
    return [
        other
        for other in entries
        if other.key != entry.key and own & {item.key for item in other.lists if item.kind == "code"}
    ]


def share_text(part: int, whole: int) -> str:
    """A share as a percentage; empty where there is nobody to share among."""
    return percent_text(100 * part / whole) if whole else ""


def source_words(source: str) -> str:
    """ "GP record and hospital" for "gp, hospital"."""
    return join_words([SOURCE_WORDS.get(part, part) for part in source.split(", ")])


def list_names(keys: Sequence[str]) -> str:
    """Names of lists as a reader says them; "none" where there is none."""
    return join_words([describe_names([key]) for key in keys]) or "none"


def near_words(near: NearCode) -> str:
    """Why a near-miss code is shown, with the figures behind it."""
    if near.share_percent is None:
        return near.why
    times = "by nobody else" if near.ratio is None else f"{near.ratio:.1f} times as often as by others"
    return f"carried by {percent_text(near.share_percent)} of people with the condition, {times}"
