"""A rule in words: one sentence per condition, made from its clauses, so that words and rule cannot part."""

from collections.abc import Sequence
from datetime import date

from mltc.codelists.records import Clause, Condition

# Names of lists, or parts of them, that are not written as they stand; any other is, with blanks for underscores.
SPELLINGS = {
    "addisons": "Addison's",
    "aids": "AIDS",
    "analgesic_prescription_only": "prescription-only analgesic",
    "antiepileptic_pain": "antiepileptic (those given for pain)",
    "anxiolytic_hypnotic": "anxiolytic or hypnotic",
    "bmi": "BMI",
    "ckd": "CKD",
    "copd": "COPD",
    "covid19": "COVID-19",
    "efi": "electronic Frailty Index",
    "egfr": "eGFR",
    "fev1_fvc": "FEV1/FVC",
    "hba1c": "HbA1c",
    "hfrs": "Hospital Frailty Risk Score",
    "hiv": "HIV",
    "hiv_aids": "HIV or AIDS",
    "menieres": "Ménière's",
    "non_diabetic_hyperglycaemia": "non-diabetic hyperglycaemia",
    "nsaid": "NSAID",
    "parkinsons": "Parkinson's",
    "phq9": "PHQ-9",
    "post_acute_covid19": "post-acute COVID-19",
    "psoriasis_eczema": "psoriasis or eczema",
    "ptsd": "PTSD",
    "ssri": "SSRI",
    "tia": "TIA",
    "tsh": "TSH",
    "urine_acr": "urine ACR",
}


def describe_rule(condition: Condition) -> str:
    """One sentence without its full stop, for any of the alternatives and every clause in each.

    "Any asthma code ever, and any asthma medicine in the last 12 months; from age 6". The age holds for every
    alternative.
    """
    alternatives = [", and ".join(describe_clause(clause) for clause in clauses) for clauses in condition.rule]
    sentence = "; or ".join(alternatives)
    if condition.minimum_age_years:
        scope = "in every case " if len(alternatives) > 1 else ""
        sentence += f"; {scope}from age {condition.minimum_age_years}"
    return sentence[0].upper() + sentence[1:]


def describe_clause(clause: Clause) -> str:
    """What one clause asks, without capital or full stop; what must not hold starts with "no" or "not"."""
    if clause.kind in ("measure", "score"):
        return _describe_value(clause)
    return _describe_records(clause)


def describe_names(keys: Sequence[str]) -> str:
    """Names of lists, groups, measures or scores as a reader says them: "asthma", "asthma or COPD"."""
    named = [_describe_name(key) for key in keys]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"


def _describe_name(key: str) -> str:
    return SPELLINGS.get(key) or " ".join(SPELLINGS.get(part, part) for part in key.split("_"))


def _describe_records(clause: Clause) -> str:
    subject = _describe_found(clause)
    if not clause.without:
        return subject
    subject = subject.replace(", not resolved since", " that has not been resolved since")
    return f"no {subject.removeprefix('any ')}" if subject.startswith("any ") else f"not {subject}"


def _describe_found(clause: Clause) -> str:
    noun, nouns = ("medicine", "prescriptions") if clause.kind == "drug" else ("code", "codes")
    what = describe_names([_one_of(key) for key in clause.evidence] if clause.kind == "drug" else clause.evidence)
    some = f"any {what} {noun}" if clause.at_least == 1 else f"at least {clause.at_least} {what} {nouns}"
    words = f"{some} {_describe_window(clause)}"
    if clause.new_within_months:
        words += f", the first of all within the last {_months(clause.new_within_months)}"
    return f"{words}, not resolved since" if clause.unresolved else words


def _one_of(key: str) -> str:
    """ "laxative" of the group "laxatives", so that it can stand before a noun."""
    return key[:-1] if key.endswith("s") and not key.endswith(("ss", "is")) else key


def _describe_window(clause: Clause) -> str:
    parts = []
    if clause.months:
        parts.append(f"in the last {_months(clause.months)}")
    if clause.since:
        parts.append(f"from {_day(clause.since)} on")
    return " and ".join(parts) or "ever"


def _describe_value(clause: Clause) -> str:
    what = f"{describe_names(clause.evidence)} {{}}{describe_bounds(clause)}"
    if clause.kind == "score":
        words = what.format("")
    elif clause.latest:
        words = _describe_latest(clause, what)
    elif clause.times == 1:
        words = f"any {what.format('value ')} {_describe_window(clause)}"
    else:
        words = f"at least {clause.times} {what.format('values ')} {_describe_window(clause)}"
    if clause.days_apart:
        words += f", the first and the last at least {clause.days_apart} days apart"
    if not clause.without:
        return words
    return f"no {words.removeprefix('any ')}" if words.startswith("any ") else f"not {words}"


def _describe_latest(clause: Clause, what: str) -> str:
    one = f"the latest {what.format('value ')}"
    words = one if clause.latest == 1 else f"each of the latest {clause.latest} {what.format('values ')}"
    return f"{words}, looking back {_months(clause.months)}" if clause.months else words


def describe_bounds(clause: Clause) -> str:
    """The thresholds of a value: "below 60", "of 30 or more and below 60"."""
    words = {"from_value": "{:g} or more", "above": "above {:g}", "below": "below {:g}", "up_to": "{:g} or less"}
    bounds = clause.thresholds
    found = " and ".join(words[name].format(bounds[name]) for name in words if bounds[name] is not None)
    return f"of {found}" if found[:1].isdigit() or found.startswith("-") else found


def _months(months: int) -> str:
    if months % 12 == 0 and months > 24:
        return f"{months // 12} years"
    return "month" if months == 1 else f"{months} months"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
