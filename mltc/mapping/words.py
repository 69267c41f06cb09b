"""Names of columns cut into words: PERSON_BIRTH_DATE, personBirthDate and `person birth dt` are the same."""

import re
from functools import cache

from mltc.contract import load_contract

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
    "pid": "person id",
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
    meaning = SHORT.get(folded, _vocabulary().get(folded))
    if meaning is not None:
        return meaning.split()
    return _segment(folded) or _complete(folded) or [folded]


def _complete(piece: str) -> list[str]:
    """A word that lost its vowels (`admssn`) or its end (`admi`), where only one known word begins so."""
    if len(piece) < 4:
        return []
    if piece in _skeletons():
        return _skeletons()[piece].split()
    begun = {meaning for word, meaning in _vocabulary().items() if len(word) > len(piece) and word.startswith(piece)}
    return begun.pop().split() if len(begun) == 1 else []


@cache
def _skeletons() -> dict[str, str]:
    """Known words by what is left of them without vowels after the first letter; those of two words left out."""
    found: dict[str, set[str]] = {}
    for word, meaning in _vocabulary().items():
        found.setdefault(word[0] + re.sub("[aeiou]", "", word[1:]), set()).add(meaning)
    return {short: next(iter(meanings)) for short, meanings in found.items() if len(meanings) == 1 and len(short) > 3}


@cache
def _vocabulary() -> dict[str, str]:
    """Known words and abbreviations of three letters and more, and what each stands for."""
    listed = {word for meaning in SHORT.values() for word in meaning.split()}
    listed |= {word for table in load_contract().values() for column in table.columns for word in column.split("_")}
    words = {word for word in listed if len(word) > 2 and word not in SHORT}
    return {**{short: meaning for short, meaning in SHORT.items() if len(short) > 2}, **{word: word for word in words}}


@cache
def _segment(text: str) -> list[str]:
    """A run-together word as known words, fewest first: `admissiondate`; empty where it cannot be cut up.

    The beginning of a word of at least four letters stands for it, as in `admidate`.
    """
    if len(text) < 6:
        return []
    best: dict[int, list[str]] = {0: []}
    for end in range(3, len(text) + 1):
        for start in range(max(0, end - 14), end - 2):
            piece = text[start:end]
            meaning = _vocabulary().get(piece, "").split() or _complete(piece)
            if start in best and meaning:
                candidate = [*best[start], *meaning]
                if end not in best or len(candidate) < len(best[end]):
                    best[end] = candidate
    return best.get(len(text), [])


def fold_name(name: str) -> str:
    """Letters and digits of a name in small letters: equal for ADMI_DATE, AdmiDate and `admi date`."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())
