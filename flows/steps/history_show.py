"""What the operator's commands show."""

from pathlib import Path

import polars as pl

from flows import terminal
from mltc.audit import AuditEvent, record_event
from mltc.disclosure import CheckedRelease, check_release, read_profile
from mltc.errors import ConfigError
from mltc.report.runs import load_run_specs
from mltc.report.wording import load_wording
from mltc.run_history import NAME, RunEntry, read_history


def show_history(out: Path, last: int) -> None:
    """The last runs, newest first, with the reason of each that was stopped. Raises ConfigError where there is none."""
    runs = read_history(out)
    if not runs:
        raise ConfigError(f"There is no {NAME} in {out}: nothing has been run there yet.")
    words = load_wording()["ending"]
    rows = [
        {
            "run": run.run,
            "began (UTC)": run.started_at[:16].replace("T", " "),
            "by": run.by,
            "minutes": "" if run.seconds is None else f"{run.seconds / 60:.1f}",
            "ended": words[run.ending],
            "rows in": "" if run.rows is None else f"{run.rows['rows_in']:,}",
            "why, and what else": _remarks(run),
        }
        for run in reversed(runs[-last:])
    ]
    terminal.show_frame(pl.DataFrame(rows))


def _remarks(run: RunEntry) -> str:
    removed = f"Removed: {', '.join(run.removed)}." if run.removed else ""
    return " ".join(text for text in (run.reason or run.error, *run.problems, removed) if text)


def check_folder(folder: Path, profile: str | None, previous: Path | None = None) -> CheckedRelease:
    """A release of any kind, alone or beside an earlier one, judged by the profile of that name or by its own."""
    out = folder.resolve().parent.parent
    if folder.resolve().parent.name == "release" and (out / "run.json").is_file():  # else a copy, elsewhere
        record_event(out, AuditEvent("release_checked", parameters={"profile": profile, "release": folder.name}))
    specs = load_run_specs() if (folder / "tables" / "run.csv").is_file() else None
    return check_release(folder, read_profile(profile) if profile else None, specs, previous)


def show_checked(checked: CheckedRelease) -> None:
    """What was found, or that nothing was."""
    for fault in checked.faults:
        terminal.out.print(fault, soft_wrap=True, highlight=False)
    if checked.exposures:
        rows = [
            {
                "table": exposure.table,
                "row": ", ".join(value for _, value in exposure.row if value),
                "column": exposure.column + (" (the rest of it)" if exposure.is_complement else ""),
                "reason": exposure.reason,
                "between": f"{exposure.lower:g} and {exposure.upper:g}",
            }
            for exposure in checked.exposures
        ]
        terminal.show_frame(pl.DataFrame(rows))
    elif not checked.faults:
        terminal.out.print(
            f"{checked.files} files are as the manifest says, and no suppressed number can be worked out."
        )
