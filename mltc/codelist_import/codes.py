"""Whether a published code can be believed: its form, its check digit, and what a spreadsheet has done to it."""

import re

from mltc.codelist_import.published import PublishedCode, PublishedList
from mltc.codelists.check_digit import has_valid_check_digit
from mltc.codelists.records import CODE_PATTERNS
from mltc.errors import CodelistError

SCIENTIFIC = r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+"
ICD10_RANGE = r"(?i)[A-Z][0-9]{2}(\.?[0-9]+)?\s*(-|\u2013|to|:)\s*([A-Z][0-9]{2}.*|[0-9]+)"
# The two digits before the check digit say what a SNOMED CT identifier stands for (SNOMED CT release file guide).
CONCEPT_PARTITIONS = {"00", "10"}
IDENTIFIERS = ("snomed", "dmd")
NAMES = {"snomed": "SNOMED CT", "icd10": "ICD-10", "dmd": "dm+d", "bnf": "BNF", "atc": "ATC"}
SHOWN = 20


def check_codes(file_name: str, published: PublishedList) -> list[PublishedCode]:
    """Members in our form, each once, in order of their code.

    Raises CodelistError that names every row that cannot be believed (the first 20, and how many more).
    """
    faults: list[str] = []
    members: dict[str, PublishedCode] = {}
    for member in published.codes:
        code = tidy_code(published.code_system, member.code)
        fault = find_fault(published.code_system, member.code, code)
        if fault:
            faults.append(f"{member.place}: {fault}")
        members.setdefault(code, PublishedCode(member.place, code, member.term))
    if faults:
        more = [f"and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
        told = "\n  ".join([*faults[:SHOWN], *more])
        raise CodelistError(f"{len(faults)} of {len(published.codes)} codes of {file_name} are refused:\n  {told}")
    return [
        members[code] for code in sorted(members, key=lambda code: (len(code), code) if code.isdigit() else (0, code))
    ]


def tidy_code(code_system: str, code: str) -> str:
    """ICD-10 without dot, dagger, asterisk, trailing dash and filler X; the others without blanks around them."""
    code = code.strip()
    if code_system != "icd10":
        return code.upper() if code_system in ("bnf", "atc") else code
    if re.fullmatch(ICD10_RANGE, code.upper()):
        return code
    code = re.sub(r"[†*+]", "", code.upper()).strip()
    code = re.sub(r"\.?-$", "", code).replace(".", "")
    return re.sub(r"^([A-Z][0-9]{2})X$", r"\1", code)


def find_fault(code_system: str, given: str, code: str) -> str | None:
    """Why a code is refused; None where it is sound."""
    if not given.strip():
        return "the code is empty"
    if code_system == "icd10" and re.fullmatch(ICD10_RANGE, given.strip()):
        return f"{given!r} is a range: write out its three-character categories, which count as prefixes"
    is_identifier = code_system in IDENTIFIERS
    spoilt = find_spoilt_number(given.strip()) if is_identifier else None
    if spoilt:
        return f"{given!r} {spoilt}: take the file anew and read the code column as text"
    if not re.fullmatch(CODE_PATTERNS[code_system], code):
        return f"{given!r} is no {NAMES[code_system]} code; a list holds codes of one system"
    if is_identifier and code[-3:-1] not in CONCEPT_PARTITIONS:
        return f"{given!r} is the id of a description or relationship, not of a concept"
    return None


def find_spoilt_number(given: str) -> str | None:
    """What reading an identifier as a number has done to it: a double holds 15 digits."""
    if re.fullmatch(SCIENTIFIC, given):
        return "is in scientific notation, its last digits are lost"
    if re.fullmatch(r"[0-9]+\.0*", given):
        return "was written as a decimal number"
    if re.fullmatch(r"[0-9]{6,18}", given) and not has_valid_check_digit(given):
        is_rounded = len(given) > 15 and given.endswith("0" * (len(given) - 15))
        return "fails its check digit, " + ("a spreadsheet has rounded it" if is_rounded else "it is mistyped or cut")
    return None


def looks_like(code_system: str, code: str) -> bool:
    """Whether a value has the form of a code of that system."""
    return re.fullmatch(CODE_PATTERNS[code_system], tidy_code(code_system, code)) is not None


def drop_covered(codes: list[PublishedCode]) -> tuple[list[PublishedCode], dict[str, int]]:
    """Prefixes without those that a shorter one covers, and how many each has covered."""
    present = {member.code for member in codes}
    covering: dict[str, int] = {}
    kept = []
    for member in codes:
        shorter = next((member.code[:end] for end in range(1, len(member.code)) if member.code[:end] in present), None)
        if shorter is None:
            kept.append(member)
        else:
            covering[shorter] = covering.get(shorter, 0) + 1
    return kept, covering
