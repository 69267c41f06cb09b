"""Takes a published list over into a folder of code lists: all of it or nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from mltc.codelist_import.codes import check_codes, drop_covered
from mltc.codelist_import.merging import Change, Row, merge_rows, replace_rows
from mltc.codelist_import.published import PublishedCode, PublishedList, ReadRequest
from mltc.codelist_import.readers import KINDS, read_published
from mltc.codelist_import.writing import write_list
from mltc.codelists import load_codelists
from mltc.codelists.files import read_table
from mltc.codelists.lists import FOLDERS, read_list
from mltc.codelists.records import DRUG_SYSTEMS, KEY_PATTERN, PREFIX_SYSTEMS
from mltc.errors import CodelistError
from mltc.paths import CODELISTS

# Code systems that the lists of each folder may hold.
SYSTEMS: dict[str, tuple[str, ...]] = {
    "icd10": ("icd10",),
    "snomed": ("snomed",),
    "resolved": ("snomed",),
    "drugs": DRUG_SYSTEMS,
    "measures": ("snomed",),
}


@dataclass(frozen=True)
class ImportRequest:
    """What to import, from where, into which list, and what to state about it.

    kind: key of KINDS. key: name of the list. into: folder of the list; None: that of the code system.
    mode: what happens to a list that is there already; None refuses to touch it.
    version, licence, reviewed_date: stated in registry.csv. unit: of a measure.
    """

    kind: str
    source: ReadRequest
    key: str
    licence: str
    reviewed_date: date
    into: str | None = None
    mode: Literal["replace", "merge"] | None = None
    version: str | None = None
    unit: str | None = None
    folder: Path = CODELISTS


@dataclass(frozen=True)
class ImportOutcome:
    """The list that was written, what changed in it, what was left aside, and what is still wrong in the folder."""

    path: Path
    change: Change
    notes: tuple[str, ...]
    remaining: str | None


def import_codelist(request: ImportRequest) -> ImportOutcome:
    """Write one list and its registry row.

    Raises CodelistError, and changes nothing, where the file cannot be read as what it is said to be, a code is
    refused, or the list is there already and the request does not say whether to replace or to merge it.
    """
    check_statement(request)
    published = read_published(request.kind, request.source)
    into = choose_folder(request, published)
    version = request.version or published.version
    if not version:
        raise CodelistError(f"{request.source.file.name} does not say its version: give it with --version.")
    codes, notes = prepare_codes(request, published)
    path = request.folder / into / f"{request.key}.csv"
    source = f"{KINDS[request.kind]}: {request.source.file.name}, {published.identity}, version {version}"
    rows = [build_row(code, published.code_system, source, request) for code in codes]
    change = combine(request, path, rows)
    stated = {
        "source": source,
        "version": version,
        "licence": request.licence,
        "reviewed_date": request.reviewed_date.isoformat(),
    }
    write_list(request.folder, path, change.rows, stated, merge=request.mode == "merge")
    return ImportOutcome(path, change, (*published.notes, *notes, *change.notes), find_remaining(request.folder))


def check_statement(request: ImportRequest) -> None:
    """Raise CodelistError for what the command line says wrongly, before any file is read."""
    if not re.fullmatch(KEY_PATTERN, request.key):
        raise CodelistError(f"{request.key!r} is no key: allowed are lower-case letters, digits and underscores.")
    if request.into is not None and request.into not in FOLDERS:
        raise CodelistError(f"There is no folder {request.into!r} for lists; --into takes {', '.join(FOLDERS)}.")
    if not (request.folder / "registry.csv").is_file():
        raise CodelistError(f"{request.folder} has no registry.csv: it is no folder of code lists.")
    if not request.licence.strip():
        raise CodelistError("The registry states a licence for every list: give it with --licence.")
    if request.reviewed_date > date.today():
        raise CodelistError(f"--reviewed is {request.reviewed_date}, which is still to come.")
    if request.into == "measures" and not (request.unit or "").strip():
        raise CodelistError("A measure has one unit: give it with --unit.")
    if request.into == "measures" and request.mode == "merge":
        check_unit(request)


def check_unit(request: ImportRequest) -> None:
    """Raise CodelistError where the list that is there is in another unit: no value is converted."""
    path = request.folder / "measures" / f"{request.key}.csv"
    units = {row["unit"] for row in read_table(path, None, [])} if path.is_file() else set()
    if units and request.unit not in units:
        raise CodelistError(
            f"measures/{request.key}.csv is in {', '.join(sorted(units))}, and --unit says {request.unit}. A list has "
            "one unit: give it, or keep a list of its own for the other."
        )


def choose_folder(request: ImportRequest, published: PublishedList) -> str:
    """The folder asked for, or that of the code system. Raises CodelistError where it cannot hold the system."""
    system = published.code_system
    into = request.into or (system if system in FOLDERS else "drugs")
    if system not in SYSTEMS[into]:
        raise CodelistError(
            f"{request.source.file.name} holds {system} codes; {into}/ takes {', '.join(SYSTEMS[into])}. See --into."
        )
    return into


def prepare_codes(request: ImportRequest, published: PublishedList) -> tuple[list[PublishedCode], list[str]]:
    """Believable codes, each once, and of prefixes the short ones only; with what there is to tell about that."""
    codes, notes = check_codes(request.source.file.name, published), []
    repeated = len(published.codes) - len(codes)
    if repeated:
        notes.append(f"{repeated} rows repeat a code.")
    if published.code_system in PREFIX_SYSTEMS:
        codes, covering = drop_covered(codes)
        if covering:
            told = ", ".join(f"{code} ({count})" for code, count in sorted(covering.items()))
            notes.append(
                "Codes count as prefixes, so these stand for the longer ones listed under them, and for those that "
                f"the file does not list: {told}."
            )
    return codes, notes


def build_row(code: PublishedCode, code_system: str, source: str, request: ImportRequest) -> Row:
    """One row with the columns of every folder. The text of ICD-10 is copyright of the WHO and not taken over."""
    term = "" if code_system == "icd10" else " ".join(code.term.split())
    return {
        "code_system": code_system,
        "code": code.code,
        "term": term,
        "unit": request.unit or "",
        "source": source,
        "verified": "yes",
    }


def combine(request: ImportRequest, path: Path, rows: Sequence[Row]) -> Change:
    """The list with the import. Raises CodelistError where it is there already and `mode` does not say what to do."""
    problems: list[str] = []
    present = read_list(path, problems) if path.exists() else []
    if problems and request.mode != "replace":
        told = "\n  ".join(problems)
        raise CodelistError(f"The present list is faulty; mend it or give --replace:\n  {told}")
    replaced = replace_rows(present, rows)
    if request.mode == "replace" or not path.exists():
        return replaced
    merged = merge_rows(present, rows)
    if request.mode == "merge":
        return merged
    raise CodelistError(
        f"{path.parent.name}/{path.name} is there already. --replace would add {len(replaced.added)}, remove "
        f"{len(replaced.removed)} and keep {replaced.kept_count} codes; --merge would add {len(merged.added)} and "
        f"keep {merged.kept_count}. Say which."
    )


def find_remaining(folder: Path) -> str | None:
    """What `load_codelists` still refuses in the folder, such as a condition that no list serves yet."""
    try:
        load_codelists(folder)
    except CodelistError as error:
        return str(error)
    return None
