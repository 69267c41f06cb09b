"""What the command line shows: progress while someone watches, tables, and one paragraph for an error."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from mltc.progress import watched_by

if TYPE_CHECKING:
    import polars as pl

# Markup is off: a message that names [source.person] must not be taken for a style and lose it.
out = Console(markup=False)
err = Console(stderr=True, markup=False)

LEVEL_STYLES = {"stop": "bold red", "quarantine": "yellow", "warn": "cyan"}


@contextmanager
def show_progress(title: str) -> Iterator[None]:
    """A live line of what is being done; silent where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with err.status(title) as status, watched_by(lambda step: status.update(f"{title}: {step}")):
        yield


def show_gate(results: "pl.DataFrame") -> None:
    """The rules that failed, worst first, one under the other, with why and how to mend it."""
    failed = results.filter(results["status"] == "failed")
    out.print(f"{results.height} rules checked, {failed.height} failed.")
    for row in failed.iter_rows(named=True):
        head = f"{row['level']:10} {row['table_name']}.{row['rule']}: {row['rows_failed']:,} rows"
        out.print(head, style=LEVEL_STYLES[row["level"]], soft_wrap=True, highlight=False)
        out.print(f"           {row['why']} {row['mend']}", soft_wrap=True, highlight=False)


def show_outcome(run_file: Path) -> None:
    """In two lines at most: rules that failed without stopping the run, and what could not be computed."""
    record = json.loads(run_file.read_text(encoding="utf-8"))
    failed = sum(rule["status"] == "failed" for rule in record["gate"])
    if failed:
        out.print(
            f"{failed} of {len(record['gate'])} rules failed without stopping the run: see the data quality page."
        )
    if record["notes"]:
        areas = ", ".join(sorted({note["area"] for note in record["notes"]}))
        out.print(f"The report says what could not be computed, and why, about: {areas}.")


def show_frame(frame: "pl.DataFrame", limit: int = 200) -> None:
    """A result as a table, at most `limit` rows."""
    from rich.table import Table
    from rich.text import Text

    table = Table(*frame.columns)
    for row in frame.head(limit).iter_rows():
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    out.print(table)
    out.print(f"{frame.height} rows" + (f", first {limit} shown" if frame.height > limit else ""))


def show_report(page: Path) -> None:
    """Where the report is, alone on its line so that it can be copied."""
    out.print("The report is at:")
    out.print(str(page), soft_wrap=True, highlight=False)
