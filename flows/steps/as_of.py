"""The register of a past day at the terminal: what it is now known to have been, and what was said then."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from flows import terminal

if TYPE_CHECKING:
    import polars as pl

    from mltc.register_as_of import Rebuilt


def rebuild(as_of: date, out: Path, config_path: Path | None) -> "Rebuilt":
    """The register of the day `as_of` on the last good run in `out`, with the thresholds of a configuration."""
    from mltc.audit import AuditEvent, record_event
    from mltc.config import load_config
    from mltc.config.schema import RunSettings
    from mltc.progress import tell
    from mltc.register_as_of import rebuild_register

    config = load_config(config_path) if config_path else None
    run = config.run if config else RunSettings(index_date=as_of)
    parameters = {
        "hierarchy_date": run.hierarchy_date or as_of,
        "imd_vintage": run.imd_vintage,
        "complex_conditions": run.complex_minimum_conditions,
        "complex_systems": run.complex_minimum_body_systems,
        "comorbidity_lookback_months": run.comorbidity_lookback_months,
        "icb_code": config.icb.code if config else "",
        "icb_name": config.icb.name if config else "",
    }
    last = out / "warehouse.duckdb"
    if last.exists():
        record_event(out, AuditEvent("register_rebuilt", parameters={"as_of": as_of}))
    if config is None:
        return rebuild_register(last, as_of, parameters, progress=tell)
    engine = config.engine
    return rebuild_register(
        last, as_of, parameters, memory_limit=engine.memory_limit, threads=engine.threads, progress=tell
    )


def show_rebuilt(rebuilt: "Rebuilt") -> None:
    """Both sides by definition, and why they can differ."""
    import polars as pl

    _print(f"The register of {rebuilt.as_of} by today's records and code lists, beside what was published then.")
    _print(terminal.EXACT_COUNTS, style="bold")
    counts = rebuilt.counts
    terminal.show_frame(
        counts.select(
            "definition",
            "persons",
            pl.col("mltc_persons").alias("MLTC"),
            pl.col("complex_mltc_persons").alias("complex"),
            _percent("mltc_persons", "persons").alias("MLTC %"),
            pl.col("published_persons").alias("persons then"),
            pl.col("published_mltc_persons").alias("MLTC then"),
            pl.col("published_complex_mltc_persons").alias("complex then"),
            _percent("published_mltc_persons", "published_persons").alias("MLTC % then"),
            pl.col("only_rebuilt_persons").alias("MLTC only now"),
            pl.col("only_published_persons").alias("MLTC only then"),
        )
    )
    if counts["published_persons"].is_null().all():
        runs = ", ".join(str(day) for day in rebuilt.runs) or "none"
        _print(f"History has no run of {rebuilt.as_of} to compare with (it has: {runs}).")
        return
    for reason in explain(counts):
        _print(f"- {reason}")


def explain(counts: "pl.DataFrame") -> list[str]:
    """Sentences on why the two sides differ, or that they do not."""
    import polars as pl

    both = counts.drop_nulls("published_persons")
    told = []
    changed = both.filter("is_version_changed")["definition"].to_list()
    if changed:
        told.append(f"Changed rules or code lists since: {', '.join(changed)}.")
    if both["only_rebuilt_persons"].sum():
        told.append(
            "Only now: records backdated to that day or sent later (a feed restored), people registered after the fact."
        )
    if both["only_published_persons"].sum():
        told.append("Only then: records withdrawn or corrected since, and people whom the extracts no longer name.")
    held = both.filter((pl.col("held_over_persons") > 0) & (pl.col("only_published_persons") > 0))
    if held.height:
        names = ", ".join(held["definition"])
        told.append(f"Conditions were held over then for a failed feed, which a rebuild does not do: {names}.")
    fewer = both.filter(pl.col("persons") != pl.col("published_persons"))
    if fewer.height:
        told.append(
            "The number of persons differs too: registrations and deaths are taken as they stand today, and people who "
            "opted out since are left out."
        )
    return told or ["Nothing differs."]


def _percent(part: str, whole: str) -> "pl.Expr":
    import polars as pl

    return (100 * pl.col(part) / pl.col(whole)).round(2)


def _print(text: str, style: str | None = None) -> None:
    terminal.out.print(text, style=style, soft_wrap=True, highlight=False)
