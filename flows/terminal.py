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
    from rich.table import Table

    from flows.steps.check import CheckOutcome

# Markup is off: a message that names [source.person] must not be taken for a style and lose it.
out = Console(markup=False)
err = Console(stderr=True, markup=False)

# Columns of a table that is written to a file or a pipe, where there is no window to fit.
TABLE_WIDTH = 140
# Said above counts that no disclosure control has touched.
EXACT_COUNTS = (
    "Exact counts of persons, neither rounded nor suppressed: for your own use inside the secure setting. They are "
    "no release and must not leave it."
)
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
    """The rules that failed, worst first: how many rows, where they are, why it matters and what to do."""
    from rich.table import Table
    from rich.text import Text

    failed = results.filter(results["status"] == "failed")
    out.print(f"{results.height} rules checked, {failed.height} failed.")
    if failed.is_empty():
        return
    table = Table("level", "table and rule", "rows", "where, why, and what to do", show_lines=True)
    for row in failed.iter_rows(named=True):
        told = [f"Where: {row['first_rows']}" if row["first_rows"] else "", f"Why: {row['why']}", f"Do: {row['mend']}"]
        table.add_row(
            Text(row["level"], style=LEVEL_STYLES[row["level"]]),
            Text(f"{row['table_name']}\n{row['rule']}"),
            Text(_share(row["rows_failed"], row["rows_checked"])),
            Text("\n".join(line for line in told if line)),
        )
    _print_table(table)
    out.print("Row numbers count the rows below the header: row 1 is line 2 of a CSV file.")


def _print_table(table: "Table") -> None:
    """As wide as the window; where there is none (a pipe, a file), as wide as it needs."""
    target = out if out.is_terminal else Console(file=out.file, markup=False, width=TABLE_WIDTH)
    target.print(table)


def _share(rows: int, of: int | None) -> str:
    if not of:
        return f"{rows:,}"
    share = 100 * rows / of
    return f"{rows:,}\n" + ("<0.1%" if 0 < share < 0.1 else f"{share:.1f}%")


def show_verdict(status: str) -> None:
    """One line: whether a run would go on. A gate that stops is told by its error."""
    failed = status != "passed"
    out.print(
        "No stop rule failed: `mltc run` will go on from here" + (" (passed with failed rows)." if failed else ".")
    )


def show_check(outcome: "CheckOutcome", *, as_json: bool) -> None:
    """Everything that a check found, for people or, alone on standard output, for machines."""
    if as_json:
        sys.stdout.write(json.dumps(outcome.to_dict(), indent=2, default=str) + "\n")
        return
    for note in outcome.notes:
        out.print(note, soft_wrap=True, highlight=False)
    show_gate(outcome.results)
    show_frame(outcome.account)
    if outcome.status != "stopped":
        show_verdict(outcome.status)


def show_outcome(run_file: Path, docs: Path) -> None:
    """In a few lines: how the run ended, which rules failed without stopping it, and what could not be computed."""
    record = json.loads(run_file.read_text(encoding="utf-8"))
    failed = sum(rule["status"] == "failed" for rule in record["gate"])
    if failed:
        out.print(
            f"Status: {record['status']}. {failed} of {len(record['gate'])} rules failed without stopping the run: "
            "see the data quality page, and rows and remedies in:"
        )
        out.print(str(docs / "index.html"), soft_wrap=True, highlight=False)
    else:
        out.print(f"Status: {record['status']}.")
    if record["notes"]:
        areas = ", ".join(sorted({note["area"] for note in record["notes"]}))
        out.print(f"The report says what could not be computed, and why, about: {areas}.")


def show_stopped(folder: Path) -> None:
    """Where a stopped run has left what it found; nothing where it had not come to the gate."""
    record = folder / "run.json"
    if not record.exists():
        return
    out.print("What the run had found is kept until the next good one, in:")
    out.print(str(record), soft_wrap=True, highlight=False)
    page = folder / "data_docs" / "index.html"
    if page.exists():
        out.print(str(page), soft_wrap=True, highlight=False)


def show_frame(frame: "pl.DataFrame", limit: int = 200) -> None:
    """A result as a table, at most `limit` rows."""
    from rich.table import Table
    from rich.text import Text

    table = Table(*frame.columns)
    for row in frame.head(limit).iter_rows():
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    _print_table(table)
    out.print(
        (f"{frame.height} rows" if frame.height != 1 else "1 row")
        + (f", first {limit} shown" if frame.height > limit else "")
    )


def warn(problem: str | None) -> None:
    """One paragraph about what does not stop a command; nothing where there is no problem."""
    if problem:
        err.print(f"Warning: {problem}", style="yellow", highlight=False, soft_wrap=True)


def show_report(page: Path) -> None:
    """Where the report is, alone on its line so that it can be copied."""
    out.print("The report is at:")
    out.print(str(page), soft_wrap=True, highlight=False)
