"""The lists of codes under codelists/: which folders there are, what their rows hold, and how they are read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from mltc.codelists.files import (
    find_code_faults,
    find_provenance_faults,
    find_redundant_prefixes,
    label,
    read_table,
)
from mltc.codelists.records import PREFIX_SYSTEMS

DIAGNOSIS_COLUMNS = ("code", "term", "source", "verified")
# Columns of the lists in each folder. The folder says what its codes mean: a diagnosis (icd10, snomed), that the
# condition of the same list is resolved, a group of drugs, or a measurement.
FOLDERS = {
    "icd10": DIAGNOSIS_COLUMNS,
    "snomed": DIAGNOSIS_COLUMNS,
    "resolved": DIAGNOSIS_COLUMNS,
    "drugs": ("code_system", *DIAGNOSIS_COLUMNS),
    "measures": ("code", "term", "unit", "source", "verified"),
}
KINDS = {"icd10": "code", "snomed": "code", "resolved": "resolved", "drugs": "drug", "measures": "measure"}
# Tables of facts with columns of their own: weights of scores, and what the use of care is counted by.
TABLES = ("scores", "utilisation")

CODE_SCHEMA = {
    "key": pl.String,
    "kind": pl.String,
    "code_system": pl.String,
    "code": pl.String,
    "term": pl.String,
    "is_prefix": pl.Boolean,
    "verified": pl.String,
    "source": pl.String,
}


def find_list_files(folder: Path) -> list[Path]:
    """Every list and table under `folder`, by folder and then by name."""
    return [path for name in (*FOLDERS, *TABLES) for path in sorted((folder / name).glob("*.csv"))]


def read_list(path: Path, problems: list[str]) -> list[dict[str, str]]:
    """Rows of one list or table with the code system of each; adds a problem for each that is wrong."""
    folder = path.parent.name
    rows = read_table(path, FOLDERS.get(folder), problems)
    if folder in TABLES:
        problems.extend(find_table_faults(path, rows))
        return rows
    if folder != "drugs":
        system = "icd10" if folder == "icd10" else "snomed"
        rows = [{"code_system": system, **row} for row in rows]
    problems.extend(find_list_faults(path, rows))
    problems.extend(find_redundant_prefixes(path, rows))
    return rows


def find_list_faults(path: Path, rows: list[dict[str, str]]) -> Iterator[str]:
    """Codes whose shape is wrong, and codes that stand twice."""
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows, start=2):
        place, code = f"{label(path)}, row {number}", (row["code_system"], row["code"])
        yield from (f"{place}: {fault}" for fault in find_code_faults(row))
        if code in seen:
            yield f"{place}: code {row['code']!r} stands already in row {seen[code]}"
        seen.setdefault(code, number)


def find_table_faults(path: Path, rows: list[dict[str, str]]) -> Iterator[str]:
    """A table may have any columns, and two of them are `source` and `verified`."""
    if rows and not {"source", "verified"} <= rows[0].keys():
        yield f"{label(path)}: columns are {list(rows[0])}, source and verified must be among them"
        return
    for number, row in enumerate(rows, start=2):
        yield from (f"{label(path)}, row {number}: {fault}" for fault in find_provenance_faults(row))


def read_all_lists(folder: Path, problems: list[str]) -> pl.DataFrame:
    """Code rows of every list (CODE_SCHEMA): `key` is the name of the list, which its file gives."""
    rows: list[dict[str, Any]] = []
    for path in find_list_files(folder):
        if path.parent.name in TABLES:
            read_list(path, problems)
            continue
        facts = {"key": path.stem, "kind": KINDS[path.parent.name]}
        rows.extend(
            {**row, **facts, "is_prefix": row["code_system"] in PREFIX_SYSTEMS, "term": row["term"] or None}
            for row in read_list(path, problems)
        )
    return pl.DataFrame([{name: row[name] for name in CODE_SCHEMA} for row in rows], CODE_SCHEMA)


def read_tables(folder: Path) -> dict[str, pl.DataFrame]:
    """Tables by name: text, or a number in every row where that is what a column holds; codes are text."""
    return {path.stem: _read_facts(path) for name in TABLES for path in sorted((folder / name).glob("*.csv"))}


def _read_facts(path: Path) -> pl.DataFrame:
    texts = pl.read_csv(path, infer_schema=False)
    kept = [name for name in texts.columns if name == "code" or name.endswith(("_code", "prefix", "bnf", "atc"))]
    return pl.read_csv(path, infer_schema_length=None, schema_overrides=dict.fromkeys(kept, pl.String))
