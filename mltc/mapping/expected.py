"""How well the values of a source column fit what a canonical column holds.

Evidence is a log-likelihood ratio by judgement (natural logarithm: +2.3 makes the column ten times as likely,
-2.3 a tenth); mltc.mapping.confidence turns the sum of evidence into a measured confidence.
"""

from dataclasses import dataclass
from functools import cache

from mltc.contract import Column
from mltc.mapping.contents import ColumnFacts, is_spreadsheet_day
from mltc.mapping.recode import Recode, find_recode
from mltc.mapping.shares import percent

# Canonical column: shapes of which one must be met, evidence where it is, evidence against where it is not.
SHAPED: dict[str, tuple[tuple[str, ...], float, float]] = {
    "lsoa_code": (("lsoa",), 5.0, 4.0),
    "practice_code": (("practice",), 4.0, 0.8),  # practices are often pseudonymised
    "provider_code": (("provider",), 3.0, 2.0),
    "specialty": (("treatment_function",), 1.5, 2.0),
    "pcn_code": (("pcn",), 5.0, 3.0),
    "sub_icb": (("sub_icb",), 2.5, 0.5),
    "icb": (("icb",), 2.5, 0.5),
    "procedures": (("opcs4",), 1.5, 4.0),
    "hospital_episode.diagnoses": (("icd10",), 2.0, 4.0),
    "emergency.diagnoses": (("snomed", "icd10", "read2"), 2.0, 1.5),
    "underlying_cause": (("icd10",), 2.5, 4.0),
    "causes": (("icd10",), 2.5, 4.0),
    "acuity": (("snomed",), 1.5, 1.5),
    "disposal": (("snomed",), 1.0, 0.7),
    "gp_event.code": (("snomed", "long_digits", "read2", "ctv3", "icd10"), 2.5, 4.0),
    "gp_prescription.code": (("snomed", "long_digits", "bnf"), 2.5, 4.0),
    "gp_prescription.name": (("words",), 2.0, 2.5),
    "organisation.name": (("words",), 2.0, 1.5),
    "pcn_name": (("words",), 1.5, 1.0),
}
IDENTIFIERS = ("person_id", "spell_id", "pathway_id", "clinician_id", "source_key")
PHRASES = {
    "lsoa": "LSOA codes", "practice": "practice codes", "provider": "provider codes", "pcn": "PCN codes",
    "treatment_function": "three-digit specialties", "sub_icb": "sub-ICB codes", "icb": "ICB codes",
    "opcs4": "OPCS-4 shape", "icd10": "ICD-10 shape", "snomed": "SNOMED CT with valid check digit",
    "read2": "Read shape", "ctv3": "CTV3 shape", "bnf": "BNF shape", "long_digits": "6-18 digits",
    "words": "text of several words",
}  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """Evidence of the contents, how it was found in one phrase, and value recodes that would be needed."""

    evidence: float
    phrase: str
    recode: Recode | None = None


def judge_contents(table: str, column: Column, facts: ColumnFacts) -> Fit:
    """Evidence that `facts` are of the canonical column."""
    if facts.is_empty:
        return Fit(0.0, "empty in the sample")
    fit = _judge(table, column, facts)
    if column.required and facts.filled < 0.9:
        fit = Fit(fit.evidence - 2.0 * (1 - facts.filled), f"{fit.phrase}; {percent(1 - facts.filled)} empty")
    return fit


def _judge(table: str, column: Column, facts: ColumnFacts) -> Fit:
    if column.name in IDENTIFIERS:
        return _judge_identifier(table, column, facts)
    if shaped := _shape_of(table, column.name):
        return _judge_shape(*shaped, facts)
    if column.allowed:
        return _judge_codes(column, facts)
    if column.type in {"date", "timestamp"}:
        return _judge_date(column, facts)
    if column.type in {"integer", "number"}:
        return _judge_number(column, facts)
    return _judge_flag(facts) if column.type == "boolean" else _judge_text(facts)


def _judge_flag(facts: ColumnFacts) -> Fit:
    share = facts.share("boolean") if facts.native != "boolean" else 1.0
    return Fit(_scale(share, 1.0 if facts.distinct == 2 else 0.2, 5.0), f"{percent(share)} yes or no")


@cache
def _shape_of(table: str, name: str) -> tuple[tuple[str, ...], float, float] | None:
    return SHAPED.get(f"{table}.{name}") or SHAPED.get(name)


def _scale(share: float, supporting: float, against: float) -> float:
    """From -against at a share of 0.1 to +supporting at 0.9."""
    place = min(1.0, max(0.0, (share - 0.1) / 0.8))
    return -against + (supporting + against) * place


def _judge_shape(shapes: tuple[str, ...], supporting: float, against: float, facts: ColumnFacts) -> Fit:
    best = max(shapes, key=facts.share)
    share = facts.share(best)
    if facts.dates.share > 0.9 and not facts.dates.is_partial:
        return Fit(-6.0, "dates")
    if best == "long_digits" and facts.share("snomed") < 0.5 * share:
        supporting *= 0.4
    if facts.distinct == 1 and facts.filled > 0.5:
        supporting = -0.5  # one code for everybody tells nothing of anybody
    return Fit(_scale(share, supporting, against), f"{percent(share)} {PHRASES[best]}")


def _judge_codes(column: Column, facts: ColumnFacts) -> Fit:
    recode = find_recode(column, facts)
    # The more of the allowed codes are there, the less it can be chance.
    telling = min(2.5, 0.5 * max(1, facts.distinct)) if recode.share > 0.8 else 1.0
    digits_only = facts.share("integer") > 0.9
    supporting = telling * (0.6 if digits_only else 1.2) + (1.0 if recode.values and not digits_only else 0.0)
    phrase = f"{percent(recode.share)} codes of {column.name}" + (" (other spelling)" if recode.values else "")
    return Fit(_scale(recode.share, supporting, 4.0), phrase, recode)


def _judge_date(column: Column, facts: ColumnFacts) -> Fit:
    dates = facts.dates
    if is_spreadsheet_day(facts):
        return Fit(-1.0, "day numbers of a spreadsheet")
    if dates.share == 0:
        return Fit(-6.0, "no dates")
    names = ", ".join(name for name, _ in dates.formats[:2])
    doubt = "" if dates.is_decided else ", day and month not told apart"
    phrase = f"{percent(dates.share)} dates {names}{doubt}"
    if dates.is_partial:
        # Months and years are right for a birth; four digits are a date in few other columns.
        supporting = 1.0 if column.name in {"birth_date", "death_date"} and facts.native == "text" else -2.0
        return Fit(_scale(dates.share, supporting, 6.0), phrase)
    timed = 0.0
    if column.type == "timestamp":
        timed = 1.0 if dates.timed > 0.5 else 0.0
    return Fit(_scale(dates.share, 1.5 + timed + _age_evidence(column, facts), 6.0), phrase)


def _age_evidence(column: Column, facts: ColumnFacts) -> float:
    """Births spread over a century, what services record over years."""
    if facts.parsed is None or facts.parsed.drop_nulls().is_empty():
        return 0.0
    known = facts.parsed.drop_nulls().dt.year()
    spread = float((known.quantile(0.9) or 0) - (known.quantile(0.1) or 0))
    if column.name == "birth_date":
        return 1.0 if spread > 40 else -2.0
    return -1.0 if spread > 50 else 0.0


def _judge_number(column: Column, facts: ColumnFacts) -> Fit:
    share = facts.share("number") if facts.native == "text" else float(facts.native in {"integer", "number"})
    if facts.native in {"date", "timestamp", "boolean", "list"}:
        return Fit(-6.0, f"{facts.native}s")
    phrase = f"{percent(share)} numbers"
    if column.type == "integer" and facts.share("decimal") > 0.1:
        return Fit(-3.0, "decimal numbers")
    if facts.share("long_digits") > 0.5 and (facts.minimum or 0) >= 1e6:
        return Fit(-4.0, "long identifiers")
    if facts.dates.share > 0.9 and not facts.dates.is_partial:
        return Fit(-5.0, "dates")
    low, high = column.minimum, column.maximum
    supporting = 0.7
    if facts.minimum is not None and facts.maximum is not None and (low is not None or high is not None):
        within = (low is None or facts.minimum >= low) and (high is None or facts.maximum <= high)
        phrase += " in range" if within else " out of range"
        if not within:
            return Fit(-2.5, phrase)
        supporting = 1.2 if high is not None and facts.maximum >= 0.5 * high else 0.7
    return Fit(_scale(share, supporting, 5.0), phrase)


def _judge_identifier(table: str, column: Column, facts: ColumnFacts) -> Fit:
    if facts.native in {"date", "timestamp", "boolean", "list"} or (
        facts.dates.share > 0.9 and not facts.dates.is_partial
    ):
        return Fit(-6.0, "dates" if facts.dates.share else facts.native)
    share = facts.share("identifier")
    if share < 0.9 or facts.share("decimal") > 0.05:
        return Fit(-3.0, "no identifiers")
    if facts.distinct <= 5 and facts.distinct_share < 0.5:
        return Fit(-5.0, f"{facts.distinct} different values")
    many = facts.distinct_share
    phrase = f"identifiers, {facts.distinct:,} different in the sample"
    evidence = 0.5
    if column.name == "person_id":
        alike = facts.share("guid", "hash", "ten_digits")
        evidence += 0.7 if alike > 0.9 else 0.0
        if table == "person":
            evidence += 0.8 if many > 0.9 else -1.0
        elif many > 0.999:
            evidence -= 0.8  # a key of the row and not of the person
    elif many < 0.02:
        evidence -= 1.5
    return Fit(evidence, phrase)


def _judge_text(facts: ColumnFacts) -> Fit:
    if facts.dates.share > 0.9 and not facts.dates.is_partial:
        return Fit(-4.0, "dates")
    if facts.share("decimal") > 0.3:
        return Fit(-2.0, "decimal numbers")
    if facts.share("guid", "hash") > 0.9:
        return Fit(-2.0, "identifiers")
    return Fit(0.0, f"text, {facts.distinct:,} different")
