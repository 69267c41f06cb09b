"""A page of the handbook for a terminal: lines of words and frames for tables."""

from collections.abc import Iterator, Sequence

import polars as pl

from mltc.handbook.entry import SYSTEM_NAMES, CodeList, Entry, Handbook, NearCode
from mltc.handbook.near import MINIMUM_PERSONS, MINIMUM_RATIO, MINIMUM_SHARE_PERCENT
from mltc.handbook.page import (
    SNOMED_LICENCE,
    VERIFIED_WORDS,
    list_names,
    near_words,
    share_text,
    source_words,
)
from mltc.report.wording import count_text, date_text, percent_text

Part = str | pl.DataFrame
NOT_COUNTED = "not counted"


def describe_entry(entry: Entry, book: Handbook) -> Iterator[Part]:
    """The page of one condition, top to bottom."""
    yield from _describe_rule(entry, book)
    yield from _describe_found(entry, book)
    for item in entry.lists:
        yield from _describe_list(item, book)
    if entry.near is not None and entry.lists:
        yield from _describe_near(entry.near)
    yield f"\n{SNOMED_LICENCE}"


def _describe_rule(entry: Entry, book: Handbook) -> Iterator[Part]:
    titles = {item.key: item.title for item in book.definitions}
    mark = "" if entry.is_verified else "  ! NOT VERIFIED: listed, counted nowhere"
    yield f"{entry.name} ({entry.key}){mark}"
    yield f"Kind: {entry.kind}. Body system: {entry.body_system}."
    yield f"Rule: {entry.rule_words}."
    word = "Counted by" if entry.is_verified else "Named by"
    yield f"{word}: " + "; ".join(f"{titles[key]} ({key})" for key in entry.definitions) + "."
    yield f"Source of the rule: {entry.source}."


def _describe_found(entry: Entry, book: Handbook) -> Iterator[Part]:
    population = book.population
    if population is None:
        yield f"\nPeople found: {book.no_counts or 'nothing was counted.'}"
        return
    yield "\nExact counts, small ones included: for use inside the secure setting only."
    if population.gaps:
        yield f"Not supplied, and so not counted: {', '.join(population.gaps)}."
    if population.changed:
        yield (
            f"Changed since the last run: {', '.join(population.changed)}. Counts of codes are of the lists as they "
            "are now; people found are of the last run."
        )
    if entry.found is None:
        yield "People found: not known; the last run did not count this condition."
        return
    share = share_text(entry.found.persons, population.persons)
    yield (
        f"People found: {count_text(entry.found.persons)} of {count_text(population.persons)} registered on "
        f"{date_text(population.index_date)} ({share})."
    )
    for source, persons in entry.found.by_source.items():
        yield f"  {count_text(persons)}: {source_words(source)}"
    if len(entry.found.parts) > 1:
        yield "By part of the rule, whatever the other parts say:"
        for part in entry.found.parts:
            yield f"  {count_text(part.persons)}: {part.words} (alternative {part.alternative})"


def _describe_list(item: CodeList, book: Handbook) -> Iterator[Part]:
    yield f"\n{item.title}"
    for facts in item.files:
        yield (
            f"{facts.path}: {facts.source}; version {facts.version}; licence: {facts.licence}; reviewed "
            f"{facts.reviewed_date}; SHA-256 {facts.sha256[:12]}"
        )
    names = ["code", "term", "system", "counts?", "source"]
    numbers = ["persons", "records", "only this code"] if book.population else []
    rows = []
    for row in item.rows:
        cells = [
            row.shown,
            row.term,
            SYSTEM_NAMES[row.code_system],
            "yes" if row.counts else f"NO: {VERIFIED_WORDS[row.verified]}",
            row.source,
        ]
        if numbers and row.count:
            cells += [count_text(number) for number in (row.count.persons, row.count.events, row.count.only_persons)]
        elif numbers:
            cells += [NOT_COUNTED, "", ""]
        rows.append(cells)
    yield pl.DataFrame(rows, schema=dict.fromkeys([*names, *numbers], pl.String), orient="row")


def _describe_near(near: Sequence[NearCode]) -> Iterator[Part]:
    yield "\nCodes near it that are not on the list"
    yield (
        "ICD-10: same category or block. SNOMED CT has no hierarchy here: codes that at least "
        f"{MINIMUM_PERSONS} and {percent_text(MINIMUM_SHARE_PERCENT)} of the people with the condition carry, "
        f"{MINIMUM_RATIO:g} or more times as often as others of their age band and sex; and codes of other lists "
        "whose term shares a word with the name. Each is one to look at, none a mistake by itself."
    )
    rows = [
        (
            row.code,
            row.term,
            near_words(row),
            count_text(row.persons),
            count_text(row.events),
            list_names(row.other_lists),
        )
        for row in near
    ]
    names = ["code", "term", "why", "persons", "records", "on the list of"]
    yield pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row") if rows else "None was found."
