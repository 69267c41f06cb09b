"""Practice lists: written from the last good warehouse, read back, summed up at the terminal."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from flows import terminal
from mltc.audit import AuditEvent, record_event
from mltc.errors import ConfigError
from mltc.innovations import load_innovations
from mltc.lists.kept import find_issued, keep_decisions
from mltc.lists.last_run import read_last_run
from mltc.lists.people import Selection, read_people
from mltc.lists.permitted import check_list_permitted
from mltc.lists.returned import Allowed, Returned, read_returned
from mltc.lists.summary import FEWEST, summarise
from mltc.lists.write import WrittenLists, write_lists
from mltc.private_files import ON_WINDOWS
from mltc.warehouse import open_warehouse, require_tables
from mltc.workspace import hold_lock

CONFIDENTIAL = (
    "Lists of patients, for the practice that each is registered with and for direct care only. They are no release: "
    "send each to its own practice alone, and read README.txt beside them first."
)


def make_lists(out: Path, selection: Selection) -> WrittenLists:
    """Write the lists of a selection. Raises ConfigError where there is no run, no permission, or nothing such."""
    run = read_last_run(out)
    with hold_lock(out):
        with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
            require_tables(warehouse, ["meta.source_table", "codelist.innovation"])
            check_list_permitted(warehouse, is_synthetic=run.is_synthetic)
            listed = read_people(warehouse, run, selection)
            names = warehouse.read("select innovation, innovation_name from codelist.innovation order by sort_key")
        if selection.practice in listed.refused:
            raise ConfigError(
                f"Practice {selection.practice} gets no list: {listed.refused[selection.practice]}. Who is missing "
                "from it could not be told."
            )
        return write_lists(out, run, listed, selection, dict(names.iter_rows()))


def show_lists(written: WrittenLists) -> None:
    """Where the lists are, how many people they hold, and which practices have none and why."""
    terminal.out.print(CONFIDENTIAL, soft_wrap=True, highlight=False, style="bold")
    for code, reason in sorted(written.refused.items()):
        terminal.out.print(f"No list for {code}: {reason}.", soft_wrap=True, highlight=False)
    total = sum(written.people.values())
    number = len(written.people)
    lists = f"{number:,} {'list' if number == 1 else 'lists'} of {total:,} {'person' if total == 1 else 'people'}"
    terminal.out.print(f"{lists} {'is' if number == 1 else 'are'} in:", highlight=False)
    terminal.out.print(str(written.folder), soft_wrap=True, highlight=False)
    if os.name == "nt":
        terminal.out.print(ON_WINDOWS, soft_wrap=True, highlight=False)


def read_lists(files: list[Path], out: Path) -> Iterator[str]:
    """Check every file, then keep the decisions of all; one line a file. Raises ExtractError where a cell is wrong."""
    read_last_run(out)
    with hold_lock(out):
        allowed = Allowed(
            innovations=[innovation.key for innovation in load_innovations()],
            today=datetime.now(tz=UTC).date(),
            issued=lambda run, practice: find_issued(out, run, practice),
            first_day=lambda run: _first_day(out, run),
        )
        returned = [(path, read_returned(path, allowed)) for path in files]
        _refuse_twice(returned)
        for path, each in returned:
            record_event(
                out,
                AuditEvent(
                    "lists_read",
                    parameters={"list": each.run, "practice": each.practice},
                    counts={"persons": len(each.listed), "reviewed": each.decisions.height},
                    outputs=[f"decisions/{each.practice}.parquet"],
                    re_identified={each.practice: len(each.listed)},
                ),
            )
            is_changed = keep_decisions(out, each)
            yield (
                f"{path.name}: run {each.run}, practice {each.practice}, {each.decisions.height} of "
                f"{len(each.listed)} people reviewed; {'kept' if is_changed else 'nothing new'}."
            )


def _refuse_twice(returned: list[tuple[Path, Returned]]) -> None:
    """Two files that say something about one person would leave it to chance which of them counts."""
    for number, (path, each) in enumerate(returned):
        for other_path, other in returned[:number]:
            same = (each.run, each.practice) == (other.run, other.practice)
            if same and each.listed & other.listed:
                raise ConfigError(
                    f"{path.name} and {other_path.name} hold the same people of practice {each.practice}. Give the "
                    "one that counts, or one after the other."
                )


def _first_day(out: Path, run: str) -> date | None:
    """Index date of a run; of an earlier one the first day of its month."""
    last = read_last_run(out)
    if last.name == run:
        return last.index_date
    try:
        return date.fromisoformat(f"{run}-01")
    except ValueError:
        return None


def show_summary(out: Path, run: str | None) -> None:
    """Print the counts of what was decided."""
    read_last_run(out)
    record_event(out, AuditEvent("lists_summarised", parameters={"lists": run}))
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        found = summarise(out, warehouse, run)
    terminal.out.print(terminal.EXACT_COUNTS, soft_wrap=True, highlight=False, style="bold")
    for table in (found.total, *found.by.values()):
        terminal.show_frame(describe_counts(table))
    for table, empty in ((found.innovation, "No innovation was chosen yet."), (found.reason, "No reason was given.")):
        if table.is_empty():
            terminal.out.print(empty)
        else:
            terminal.show_frame(table)
    terminal.out.print(
        f"Shares are left out where fewer than {FEWEST} people stand below the line. A difference between groups asks "
        "why; it does not say that a decision was wrong. Limits are 95 % (Wilson).",
        soft_wrap=True,
        highlight=False,
    )


def describe_counts(table: pl.DataFrame) -> pl.DataFrame:
    """Counts with each share and its limits in one cell."""
    limits = ("accepted_percent", "accepted_percent_lower", "accepted_percent_upper")
    return table.select(
        pl.exclude("reviewed_percent", *limits),
        pl.col("reviewed_percent").cast(pl.String).fill_null("").alias("% reviewed"),
        pl.format("{} ({}-{})", *limits).fill_null("").alias("% accepted of reviewed"),
    )
