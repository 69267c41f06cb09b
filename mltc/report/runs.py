"""The run history as a page and tables: durations, rows and failures of every run of a folder."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from mltc.disclosure import PublishedTable, TableSpec, load_table_specs
from mltc.paths import REPORTS
from mltc.report.figures import load_rows
from mltc.report.pages import open_templates, read_style
from mltc.report.views import table_view
from mltc.report.wording import load_wording, say
from mltc.run_history import ROWS, RunEntry

if TYPE_CHECKING:
    import polars as pl

SHOWN_RUNS = 60
_COLUMNS = ("run_number", "run", "started_at", "ending", "error", "minutes", *ROWS, "peak_memory_mib")


def load_run_specs() -> dict[str, TableSpec]:
    """The tables of the run history."""
    return load_table_specs(REPORTS / "run_tables.toml")


def build_run_frames(runs: Sequence[RunEntry]) -> "dict[str, pl.DataFrame]":
    """Raw tables of the history: one row per run, one row per run and stage. The message of an error is left out."""
    import polars as pl

    words = load_wording()["ending"]
    rows = [
        {
            "run_number": number,
            "run": run.run,
            "started_at": run.started_at.replace("T", " ").removesuffix("+00:00"),
            "ending": words[run.ending],
            "error": run.error or "",
            "code_version": run.code_version,
            "codelist_version": run.codelist_version or "",
            **{name: (run.rows or {}).get(name, 0) for name in ROWS},
            "minutes": None if run.seconds is None else run.seconds / 60,
            "peak_memory_mib": run.peak_memory_mib,
        }
        for number, run in enumerate(runs, 1)
    ]
    stages = [
        {"run_number": number, **{key: stage.get(key) for key in ("stage", "seconds", "peak_memory_mib")}}
        for number, run in enumerate(runs, 1)
        for stage in _named_once(run.stages)
    ]
    measures = {"minutes": pl.Float64, "seconds": pl.Float64, "peak_memory_mib": pl.Float64}
    return {
        name: pl.DataFrame(found, schema_overrides={key: kind for key, kind in measures.items() if key in found[0]})
        for name, found in (("run", rows), ("run_stage", stages))
        if found
    }


def render_run_page(icb_name: str, is_synthetic: bool, tables: dict[str, PublishedTable]) -> str:
    """The page, from published tables alone: newest run first, stages of the newest that ended."""
    rows = load_rows(tables)
    runs = sorted(rows.get("run", []), key=lambda row: -int(row["run_number"]))
    stages = rows.get("run_stage", [])
    latest = max((int(row["run_number"]) for row in stages), default=0)
    of_latest = [row for row in stages if row["run_number"] == latest]
    stage_columns = ("stage", "seconds", "peak_memory_mib")
    return str(
        open_templates()
        .get_template("runs.html.j2")
        .render(
            **read_style("style.css"),
            text=load_wording(),
            area=icb_name,
            is_synthetic=is_synthetic,
            sentences=_sentences([row["ending"] for row in runs], [row["minutes"] for row in runs]),
            runs=table_view(tables["run"], runs[:SHOWN_RUNS], _COLUMNS, "table-run") if runs else None,
            stages=table_view(
                tables["run_stage"], of_latest, stage_columns, "table-stage", caption=say("runs.stages", number=latest)
            )
            if of_latest
            else None,
        )
    )


def _sentences(endings: list[str], minutes: list[float | None]) -> list[str]:
    words = load_wording()["ending"]
    if not endings:
        return [say("runs.none")]
    good = [words[key] for key in ("ok", "failed_rows", "leakage")]
    told = [say("runs.count", runs=len(endings), good=sum(ending in good for ending in endings))]
    told += [say("runs.last", ending=endings[0])]
    took = sorted(value for value, ending in zip(minutes, endings, strict=True) if value is not None and ending in good)
    if took:
        told += [say("runs.took", middle=_time(took[(len(took) - 1) // 2]), longest=_time(took[-1]))]
    return told


def _time(minutes: float) -> str:
    whole = timedelta(minutes=round(minutes, 1))
    seconds = int(whole.total_seconds())
    return say("runs.seconds", count=seconds) if seconds < 120 else say("runs.minutes", count=round(seconds / 60))


def _named_once(stages: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """A stage that ran twice (a file read again) as one, with its times added up."""
    found: dict[str, dict[str, object]] = {}
    for stage in stages:
        name = str(stage["stage"])
        before = found.get(name, {"seconds": 0.0})
        found[name] = {**stage, "seconds": float(str(before["seconds"])) + float(str(stage["seconds"]))}
    return list(found.values())
