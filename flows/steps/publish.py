"""Marts to a release: read, protect, render, and hand everything to the one door."""

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mltc.codelists import Codelists
from mltc.config import Config
from mltc.disclosure import (
    PublishedTable,
    ReleaseDoor,
    TableSpec,
    load_table_specs,
    protect,
    read_previous,
    read_profile,
    strictest,
)
from mltc.disclosure.profile import PROFILES, Profile
from mltc.progress import tell
from mltc.report import ReportContext, note_withheld, render_metrics, render_report, render_workbook
from mltc.run_record import read_code_version
from mltc.warehouse import Warehouse


@dataclass(frozen=True)
class ReleaseRequest:
    """Where the figures come from and where the release goes."""

    config: Config
    codelists: Codelists
    folder: Path
    previous: Path | None
    card: Path


def publish_release(warehouse: Warehouse, request: ReleaseRequest) -> dict[str, int]:
    """Write the release folder from `marts`; rows per published table.

    Raises DisclosureError, with nothing published, where a protected number could be worked out.
    """
    specs = load_table_specs()
    profile = choose_profile(request.config)
    tell("protecting small numbers")
    raw = {name: read_mart(warehouse, spec) for name, spec in specs.items()}
    tables = note_withheld(protect(raw, specs, profile, read_previous(request.previous) if request.previous else None))
    context = build_context(request, profile)
    tell("rendering the report")
    versions = {
        "code_version": context.code_version,
        "codelist_version": context.codelist_version,
        "definition": context.definition,
        "index_date": context.index_date.isoformat(),
    }
    with ReleaseDoor(request.folder, profile, versions) as door:
        write_release(door, context, tables)
    return {name: table.frame.height for name, table in tables.items()}


def write_release(door: ReleaseDoor, context: ReportContext, tables: dict[str, PublishedTable]) -> None:
    """Tables, pages, workbook and metrics of one release."""
    for table in tables.values():
        door.write_table(table)
    for path, content in render_report(context, tables).items():
        if isinstance(content, str):
            door.write_text(path, content)
        else:
            door.write_bytes(path, content)
    door.write_bytes("workbook.xlsx", render_workbook(context, tables))
    for path, content in render_metrics(context, tables).items():
        door.write_bytes(path, content)


def choose_profile(config: Config) -> Profile:
    """The configured profile; `strictest` of all known ones where the config does not say."""
    name = config.run.disclosure_profile
    return strictest(PROFILES) if name == "strictest" else read_profile(name)


def read_mart(warehouse: Warehouse, spec: TableSpec) -> pl.DataFrame:
    """Dimensions, counts and measures of one published table, as its mart has them; not those that the door reckons."""
    reckoned = {measure.name for measure in spec.measures if measure.numerator}
    columns = [*spec.dimensions, *spec.counts, *(each.name for each in spec.measures if each.name not in reckoned)]
    return warehouse.read(f"select {', '.join(columns)} from marts.{spec.name}")


def build_context(request: ReleaseRequest, profile: Profile) -> ReportContext:
    """Facts of the run that are not figures."""
    config = request.config
    card = json.loads(request.card.read_text(encoding="utf-8")) if request.card.exists() else None
    return ReportContext(
        icb_name=config.icb.name,
        index_date=config.run.index_date,
        definition=config.run.definition,
        definition_version=request.codelists.version,
        code_version=read_code_version(),
        codelist_version=request.codelists.version,
        is_synthetic=config.icb.synthetic,
        profile=profile.name,
        profile_rule=f"Counts of {profile.lowest} to {profile.highest} are not shown; all other counts are rounded to "
        f"the nearest {profile.base}.",
        run_name=config.run.name,
        model_card=card,
        complex_minimum_conditions=config.run.complex_minimum_conditions,
        complex_minimum_body_systems=config.run.complex_minimum_body_systems,
    )
