"""The code lists at the terminal: what an import changed, and what a release would change."""

from pathlib import Path
from typing import TYPE_CHECKING

from flows import terminal

if TYPE_CHECKING:
    import polars as pl

    from mltc.codelist_diff import Difference
    from mltc.codelist_import import ImportOutcome

SHOWN_AREAS = 20


def show_import(outcome: "ImportOutcome") -> None:
    """Counts, the codes themselves (they are no personal data), what was left aside, and what is still wrong."""
    import polars as pl

    change = outcome.change
    terminal.out.print(
        f"{outcome.path}: {len(change.added)} codes added, {len(change.removed)} removed, {change.kept_count} kept.",
        soft_wrap=True,
        highlight=False,
    )
    for note in outcome.notes:
        terminal.out.print(note, soft_wrap=True, highlight=False)
    rows = [{"change": name, **row} for name, found in _sides(outcome) for row in found]
    if rows:
        terminal.show_frame(pl.DataFrame(rows).select("change", "code_system", "code", "term"))
    if outcome.remaining:
        terminal.err.print(
            f"The list is written, but the folder does not load yet: {outcome.remaining}",
            style="yellow",
            soft_wrap=True,
        )
    else:
        terminal.out.print("What it does to the register: mltc codelists diff, before the next run.")


def _sides(outcome: "ImportOutcome") -> tuple[tuple[str, tuple[dict[str, str], ...]], ...]:
    return ("added", outcome.change.added), ("removed", outcome.change.removed)


def check_places(*files: Path | None) -> None:
    """Raise ConfigError where a file could not be written in the end."""
    from mltc.errors import ConfigError

    for file in files:
        if file is not None and not file.resolve().parent.is_dir():
            raise ConfigError(f"There is no folder {file.parent} for {file.name}. Make it first.")


def try_codelists(new: Path, out: Path, config_path: Path | None) -> "Difference":
    """The difference that the folder `new` would make to the last good run in `out`. Writes nothing there."""
    from mltc.audit import AuditEvent, record_event
    from mltc.codelist_diff import RunValues, try_release
    from mltc.config import load_config
    from mltc.progress import tell

    last = out / "warehouse.duckdb"
    if last.exists():
        record_event(out, AuditEvent("warehouse_opened", parameters={"command": "codelists diff"}))
    if config_path is None:
        return try_release(last, new, RunValues.read(None), progress=tell)
    config = load_config(config_path)
    engine = config.engine
    values = RunValues.read(config.run)
    return try_release(last, new, values, memory_limit=engine.memory_limit, threads=engine.threads, progress=tell)


def show_difference(difference: "Difference", csv: Path | None, codes: Path | None) -> None:
    """Lists, rules, then persons; the areas most concerned, and all of them in the CSV file."""
    import polars as pl

    persons = difference.persons
    moved = persons.filter(pl.col("gained") + pl.col("lost") > 0)
    terminal.out.print(f"Against the last good run, index date {difference.index_date}.")
    if difference.codes.is_empty() and difference.rules.is_empty():
        terminal.out.print("No code and no rule differs from those of that run.")
    _show("Codes that begin or cease to count", _count_codes(difference.codes))
    _show("Conditions and definitions", difference.rules)
    terminal.out.print(terminal.EXACT_COUNTS, style="bold", soft_wrap=True)
    columns = ["definition", "condition", "persons_before", "gained", "lost", "persons_after"]
    everyone = moved.filter(pl.col("area_type") == "all")
    _show("Persons by condition", everyone.filter(pl.col("level") == "condition").select(columns))
    mltc = persons.filter(pl.col("area_type") == "all", pl.col("level") != "condition")
    _show("People with MLTC", mltc.drop("condition", "area_type", "area"))
    for kind, title in (("practice", "MLTC by practice"), ("imd_quintile", "MLTC by quintile of deprivation (IMD)")):
        _show_areas(title, moved.filter(pl.col("area_type") == kind, pl.col("level") == "mltc"))
    if csv is not None:
        persons.with_columns(handling=pl.lit("exact counts, must not leave")).write_csv(csv)
        terminal.out.print(f"Every count, by practice and quintile too: {csv}", soft_wrap=True, highlight=False)
    if codes is not None:
        difference.codes.write_csv(codes)
        terminal.out.print(f"Every changed code: {codes}", soft_wrap=True, highlight=False)


def _show_areas(title: str, areas: "pl.DataFrame") -> None:
    """Areas and definitions where most people move."""
    import polars as pl

    ordered = areas.sort(pl.col("gained") + pl.col("lost"), descending=True, maintain_order=True)
    if areas.height > SHOWN_AREAS:
        title = f"{title}: the {SHOWN_AREAS} rows with most changes of {areas.height} (all with --csv)"
    _show(title, ordered.drop("level", "condition", "area_type").head(SHOWN_AREAS))


def _count_codes(codes: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl

    return (
        codes.group_by("kind", "list", "code_system", "change")
        .agg(pl.len().alias("codes"), pl.col("code").sort().head(5).str.join(", ").alias("such as"))
        .sort("kind", "list", "code_system", "change")
    )


def _show(title: str, frame: "pl.DataFrame") -> None:
    if frame.is_empty():
        return
    terminal.out.print(f"\n{title}", style="bold")
    terminal.show_frame(frame)
