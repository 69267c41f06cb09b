"""What to beware of in a file, before anything is made of it. Counts, shares and column names; never a value."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from mltc.dialect import ReadOptions
from mltc.mapping.contents import NULL_TOKENS, ColumnFacts
from mltc.mapping.dates import READ_AS_NONE
from mltc.mapping.sample import Sample
from mltc.mapping.shares import percent
from mltc.mapping.words import split_words

# Names of columns that tell who somebody is.
IDENTIFYING = (
    {"surname"}, {"forename"}, {"given", "name"}, {"first", "name"}, {"last", "name"}, {"family", "name"},
    {"middle", "names"}, {"middle", "name"}, {"firstname"}, {"lastname"}, {"maiden"}, {"postcode"}, {"email"},
    {"telephone"}, {"phone"}, {"mobile", "phone"}, {"home", "phone"}, {"street"}, {"house", "name"}, {"passport"},
    {"ssn"}, {"initials"}, {"address", "line"}, {"display", "name"},
)  # fmt: skip
HARMLESS = frozenset({"valid", "sector", "district", "practice", "provider", "organisation", "flag", "is", "status",
                      "pseudonym", "has", "lsoa", "msoa", "known"})  # fmt: skip


@dataclass(frozen=True)
class Concern:
    """`level`: stop (do not load it), warn (look at it), note (the proposal deals with it)."""

    level: Literal["stop", "warn", "note"]
    text: str


def find_concerns(sample: Sample, facts: Mapping[str, ColumnFacts], people: Collection[str]) -> tuple[Concern, ...]:
    """Everything that stands out, worst first. `people`: columns that are taken for the person."""
    found = [concern for item in facts.values() for concern in _of_column(item, item.name in people)]
    found += _of_file(sample)
    order = {"stop": 0, "warn": 1, "note": 2}
    return tuple(sorted(found, key=lambda item: order[item.level]))


def _of_column(item: ColumnFacts, is_person: bool) -> list[Concern]:
    found = []
    share = item.share("nhs_number")
    if share > 0.5:
        who = "The person key" if is_person else "The column"
        found.append(Concern("stop", f"{who} {item.name} looks like NHS numbers: {percent(share)} pass modulus 11 in a "
            "range that is issued (1 in 11 would by chance). The extract is not pseudonymised: do not load it; ask "
            "the sender for pseudonyms."))  # fmt: skip
    if _is_identifying(item):
        found.append(Concern("warn", f"{item.name} seems to tell who somebody is (a name, address, postcode or "
            "number). It is not needed: ask for an extract without it."))  # fmt: skip
    if item.share("ruined") > 0.005:
        found.append(Concern("warn", f"{percent(item.share('ruined'))} of {item.name} look like SNOMED CT identifiers "
            "that a spreadsheet rounded (1.23E+17, or zeros at the end and a wrong check digit): what is lost cannot "
            "be got back. Ask for the column as text."))  # fmt: skip
    if is_person and item.native == "text" and item.share("integer") > 0.9 and _ends_in_zero(item):
        found.append(Concern("warn", f"{item.name} is written as decimal numbers (ending in .0): it will not match "
            "the same key in other files. Ask for it as text."))  # fmt: skip
    return found + _of_dates(item)


def _ends_in_zero(item: ColumnFacts) -> bool:
    return item.share("point_zero") > 0.5


def _of_dates(item: ColumnFacts) -> list[Concern]:
    dates, found = item.dates, []
    if dates.share < 0.5:
        return []
    if len(dates.formats) > 1:
        listed = ", ".join(f"{name} {percent(share)}" for name, share in dates.formats)
        found.append(Concern("warn", f"{item.name} mixes date formats: {listed}."))
    if not dates.is_decided:
        found.append(Concern("warn", f"{item.name}: no day above 12 decides whether day or month comes first; "
            f"{dates.formats[0][0]} is taken."))  # fmt: skip
    for day, share in dates.sentinels:
        how = "is read as none by default" if day in READ_AS_NONE else "is proposed under null_dates"
        found.append(Concern("note", f"{percent(share)} of {item.name} are {day}, which stands for no date; it {how}."))
    return found


def _is_identifying(item: ColumnFacts) -> bool:
    if item.is_empty:
        return False
    if item.share("postcode") > 0.8 or item.share("email") > 0.8:
        return True
    words = set(split_words(item.name))
    return any(wanted <= words for wanted in IDENTIFYING) and not HARMLESS & words


def _of_file(sample: Sample) -> list[Concern]:
    found = []
    if not sample.has_header:
        found.append(Concern("warn", "The first line holds values and no column names: columns are called column_1, "
            "column_2 ... in the order of the file. Without names the contents alone decide."))  # fmt: skip
    if sample.totals_line:
        found.append(Concern("note", "The file ends in a totals line, which the reader notices and sets aside."))
    extra = find_null_tokens(sample)
    if extra:
        found.append(Concern("note", f"Cells say {', '.join(extra)} for nothing; proposed under null_tokens."))
    if sample.encoding not in {"utf-8", "none"}:
        found.append(Concern("note", f"The text is {sample.encoding}."))
    if sample.rows.height < 50:
        found.append(Concern("note", f"Only {sample.rows.height} rows: contents tell little."))
    return found


def find_null_tokens(sample: Sample) -> list[str]:
    """Tokens for nothing that occur in the file and that the reader does not know by default."""
    extra = [token for token in NULL_TOKENS if token not in ReadOptions().null_tokens]
    text = [name for name, kind in sample.rows.schema.items() if kind == pl.String]
    if not text or sample.rows.is_empty():
        return []
    seen = sample.rows.select(pl.any_horizontal(pl.col(text).is_in([token]).any()).alias(token) for token in extra)
    return [token for token in extra if seen[token][0]]


def find_null_dates(facts: Mapping[str, ColumnFacts]) -> list[str]:
    """Dates that stand for none and that the reader does not know by default."""
    days = {day for item in facts.values() for day, _ in item.dates.sentinels if item.dates.share >= 0.5}
    return sorted(days - set(READ_AS_NONE))
