"""From a chosen source column to the mapping that reads it."""

from collections.abc import Mapping, Sequence

from mltc.contract import Column
from mltc.dialect import ColumnMapping, ReadOptions
from mltc.mapping.candidate import Candidate
from mltc.mapping.contents import ColumnFacts, is_spreadsheet_day
from mltc.mapping.words import split_words

DEFAULT_FORMATS = ReadOptions().date_formats
FIRST_WORDS = frozenset({"primary", "main", "first", "principal"})
LATER_WORDS = frozenset({"secondary", "other", "additional", "further", "contributory", "subsequent"})


def build_mapping(column: Column, item: Candidate, others: Sequence[Candidate] = ()) -> ColumnMapping:
    """Mapping of one canonical column; `others` are further source columns of a list, in order."""
    name, facts = item.group.columns[0], item.facts
    if column.type == "list":
        return _build_list(item, others)
    if column.type in {"date", "timestamp"}:
        return _build_date(column, name, facts)
    if item.fit.recode and (item.fit.recode.values or item.fit.recode.pad):
        return ColumnMapping(column=name, values=dict(item.fit.recode.values), pad=item.fit.recode.pad)
    return ColumnMapping(column=name)


def _build_list(item: Candidate, others: Sequence[Candidate]) -> ColumnMapping:
    columns = [listed for each in (item, *others) for listed in each.group.listed]
    if len(columns) == 1 and not item.group.is_range:
        if item.facts.native == "list":
            return ColumnMapping(column=columns[0])
        if item.facts.separator:
            return ColumnMapping(column=columns[0], split=item.facts.separator)
    return ColumnMapping(list=tuple(columns))


def _build_date(column: Column, name: str, facts: ColumnFacts) -> ColumnMapping:
    if facts.native in {"date", "timestamp"}:
        return ColumnMapping(column=name)
    if is_spreadsheet_day(facts):
        quoted = '"' + name.replace('"', '""') + '"'
        days = f"try_cast(round(try_cast({quoted} as double)) as integer)"
        return ColumnMapping(sql=f"cast(date '1899-12-30' + {days} as varchar)")
    formats = tuple(found for found, _ in facts.dates.formats)
    if not formats or set(formats) <= {*DEFAULT_FORMATS, *column.date_formats}:
        return ColumnMapping(column=name)
    pad = 6 if formats[0] == "%m%Y" else None  # the month of MYDOB often comes without its zero
    return ColumnMapping(column=name, date_formats=formats, pad=pad)


def find_more(item: Candidate, candidates: Sequence[Candidate]) -> tuple[Candidate, ...] | None:
    """Primary and secondary columns of one list, in order; None where the chosen one stands alone."""
    mine = _place(item)
    fitting = [
        other for other in candidates
        if other.group != item.group and other.fit.evidence >= 0 and other.alike > 0.4
    ]  # fmt: skip
    if mine == "first":
        later = [other for other in fitting if _place(other) == "later"]
        return (item, *later[:1]) if later else None
    if mine == "later":
        first = [other for other in fitting if _place(other) == "first"]
        return (first[0], item) if first else None
    return None


def _place(item: Candidate) -> str:
    words = set(split_words(item.group.label))
    if FIRST_WORDS & words and not item.group.is_range:
        return "first"
    starts_later = item.group.is_range and item.group.columns[0].rstrip("0123456789") + "2" == item.group.columns[0]
    return "later" if LATER_WORDS & words or starts_later else ""


def find_code_system(table: str, item: Candidate) -> tuple[str, float] | None:
    """Terminology of a column of codes and the share that is of it; None where neither codes nor name tell.

    Digits without valid check digits are SNOMED CT only where the name says so.
    """
    facts, words = item.facts, set(split_words(item.group.label))
    numeric = "dmd" if table == "gp_prescription" and "snomed" not in words else "snomed"
    named = bool({"snomed", "dmd", "concept"} & words)
    shares: Mapping[str, float] = {
        numeric: max(facts.share("snomed"), facts.share("long_digits") if named else 0.0),
        **({"bnf": facts.share("bnf")} if table == "gp_prescription" else _read_shares(words, facts)),
    }
    best = max(shares, key=lambda name: shares[name])
    return (best, shares[best]) if shares[best] >= 0.6 else None


def _read_shares(words: set[str], facts: ColumnFacts) -> dict[str, float]:
    """Read and ICD-10 codes, which only the name can tell apart in many cases."""
    icd10, read2, ctv3 = facts.share("icd10"), facts.share("read2"), facts.share("ctv3")
    says_ctv3 = bool({"ctv3", "ctv", "read3"} & words)
    return {
        "icd10": icd10 if "icd10" in words or icd10 > 0.95 else 0.5 * icd10,
        "ctv3": ctv3 if says_ctv3 else 0.0,
        "read2": read2 if "read" in words or read2 > 0.95 else 0.5 * read2,
    }
