"""Names of columns cut into words: PERSON_BIRTH_DATE, personBirthDate and `person birth dt` are the same."""

import re
from functools import cache

# Abbreviations in general use in column names, and what they stand for.
SHORT: dict[str, str] = {
    "adm": "admission", "admit": "admission", "admitted": "admission", "admissions": "admission",
    "adate": "admission date", "ddate": "discharge date",
    "dis": "discharge", "disch": "discharge", "disc": "discharge", "discharged": "discharge",
    "dt": "date", "dte": "date", "dat": "date", "datetime": "date time", "timestamp": "date time", "day": "date",
    "dts": "date time", "ts": "date time", "dob": "birth date", "dod": "death date", "born": "birth",
    "deceased": "death", "died": "death", "dead": "death", "bth": "birth",
    "yob": "birth year", "yr": "year", "mth": "month",
    "begin": "start", "began": "start", "bgin": "start", "from": "start", "beg": "start", "strt": "start",
    "commencement": "start", "commenced": "start", "since": "start",
    "to": "end", "stop": "end", "finish": "end", "finished": "end", "ended": "end", "until": "end", "thru": "end",
    "cd": "code", "cde": "code", "codes": "code", "num": "number", "no": "number", "nbr": "number", "nr": "number",
    "nhsno": "nhs number", "nhsnumber": "nhs number", "nhsnum": "nhs number",
    "ident": "id", "identifier": "id", "key": "id", "identity": "id", "guid": "id", "uid": "id", "sk": "id",
    "pt": "patient", "pat": "patient", "patid": "patient id", "patientid": "patient id", "personid": "person id",
    "client": "person", "individual": "person", "member": "person", "subject": "person", "pers": "person",
    "pseudo": "pseudonym", "pseudonymised": "pseudonym", "pseudonymized": "pseudonym", "psid": "pseudonym id",
    "deid": "pseudonym", "encrypted": "pseudonym", "hashed": "pseudonym", "hash": "pseudonym", "token": "pseudonym",
    "prov": "provider", "prvdr": "provider", "trust": "provider", "hospital": "hospital", "hosp": "hospital",
    "org": "organisation", "organization": "organisation", "orgn": "organisation",
    "prac": "practice", "gpprac": "gp practice", "surgery": "practice", "gppractice": "gp practice",
    "gender": "sex", "genders": "sex", "eth": "ethnic", "ethnicity": "ethnic", "race": "ethnic",
    "cat": "category", "grp": "group", "desc": "description", "descr": "description", "nm": "name",
    "epi": "episode", "episodes": "episode", "fce": "episode", "consultant": "consultant", "spl": "spell",
    "seq": "order", "sequence": "order", "ord": "order", "position": "order",
    "meth": "method", "mthd": "method", "src": "source", "dest": "destination", "destn": "destination",
    "diag": "diagnosis", "diags": "diagnosis", "dx": "diagnosis", "diagnoses": "diagnosis", "icd": "icd10",
    "diagnos": "diagnosis", "proc": "procedure", "procs": "procedure", "px": "procedure", "opcs": "procedure",
    "opcs4": "procedure", "operation": "procedure", "oper": "procedure", "op": "procedure",
    "procedures": "procedure", "causes": "cause", "cod": "cause death",
    "spec": "specialty", "speciality": "specialty", "tfc": "treatment function", "treat": "treatment",
    "appt": "appointment", "apt": "appointment", "app": "appointment", "appts": "appointment",
    "att": "attendance", "attend": "attendance", "attended": "attendance", "attends": "attendance",
    "arr": "arrival", "arrived": "arrival", "arv": "arrival", "dept": "department", "ae": "emergency",
    "ec": "emergency", "ed": "emergency",
    "cls": "class", "classification": "class", "patcl": "patient class", "typ": "type", "stat": "status",
    "rec": "recorded", "record": "recorded", "entered": "recorded", "recording": "recorded", "entry": "recorded",
    "evt": "event", "ev": "event", "evnt": "event", "events": "event", "obs": "observation",
    "val": "value", "numeric": "value", "result": "value", "vals": "value", "units": "unit", "uom": "unit",
    "sys": "system", "scheme": "system", "vocabulary": "system", "terminology": "system",
    "presc": "prescription", "prescribed": "prescription", "rx": "prescription", "drug": "medicine",
    "med": "medicine", "meds": "medicine", "medication": "medicine", "qty": "quantity", "quant": "quantity",
    "iss": "issue", "issued": "issue", "dur": "duration", "reg": "registered", "registration": "registered",
    "registrn": "registered", "dereg": "registered end", "deregistration": "registered end",
    "addr": "address", "residence": "address", "lsoa11": "lsoa", "lsoa21": "lsoa", "snomedct": "snomed",
    "snomed": "snomed", "sct": "snomed", "cost": "cost", "price": "cost", "tariff": "cost", "gbp": "",
    "pathway": "pathway", "ptwy": "pathway", "snap": "snapshot", "prio": "priority", "wl": "waiting list",
    "svc": "service", "serv": "service", "team": "service", "cont": "contact", "consult": "consultation",
    "consultations": "consultation", "clin": "clinician", "doctor": "clinician", "practitioner": "clinician",
    "dmd": "dmd", "bnf": "bnf", "mode": "mode", "medium": "mode", "mechanism": "mode", "channel": "mode",
    "underlying": "underlying", "und": "underlying", "flag": "is", "indicator": "is", "ind": "is",
    "1st": "first", "followup": "follow up", "fup": "follow up", "carehome": "care home",
}  # fmt: skip
NOISE = frozenset({"the", "of", "at", "in", "on", "a", "an", "for", "der", "derived", "raw", "src", "tbl", "dim",
                   "fact", "dmic", "dm", "x", "fld", "col", "and", "by", "with", "ic", "cds"})  # fmt: skip
_PIECES = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@cache
def split_words(name: str) -> tuple[str, ...]:
    """Words of a column name, abbreviations written out, noise left out, in order."""
    words: list[str] = []
    for part in re.split(r"[^A-Za-z0-9]+", name):
        words += _known(part) or [word for piece in _PIECES.findall(part) for word in _expand(piece)]
    kept = tuple(word for word in words if word not in NOISE)
    return kept or tuple(words)


def _known(part: str) -> list[str]:
    """A whole part that is an abbreviation by itself, as `snomedct` or `lsoa11`."""
    folded = part.casefold()
    return SHORT[folded].split() if folded in SHORT else []


def _expand(piece: str) -> list[str]:
    folded = piece.casefold()
    if folded in SHORT:
        return SHORT[folded].split()
    return _segment(folded) or [folded]


@cache
def _vocabulary() -> dict[str, str]:
    words = {word for meaning in SHORT.values() for word in meaning.split() if len(word) > 2}
    longer = {short: meaning for short, meaning in SHORT.items() if len(short) > 2}
    return {**longer, **{word: word for word in words}}


@cache
def _segment(text: str) -> list[str]:
    """A run-together word as known words, fewest first: `admissiondate`; empty where it cannot be cut up."""
    if len(text) < 6:
        return []
    best: dict[int, list[str]] = {0: []}
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - 14), end):
            piece = text[start:end]
            if start in best and piece in _vocabulary():
                candidate = [*best[start], piece]
                if end not in best or len(candidate) < len(best[end]):
                    best[end] = candidate
    return [word for piece in best.get(len(text), []) for word in _vocabulary()[piece].split()]


def fold_name(name: str) -> str:
    """Letters and digits of a name in small letters: equal for ADMI_DATE, AdmiDate and `admi date`."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())
