"""Marts to a release: read, protect, render, and hand everything to the one door."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flows.steps.model_store import find_card
from mltc.checksums import hash_folder
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
from mltc.errors import DamagedError
from mltc.kept import Folder, keep_or_make, read_settings
from mltc.mart_history import carry_last_marts, read_last_marts
from mltc.progress import tell
from mltc.report import ReportContext, note_withheld, render_metrics, render_report, render_workbook
from mltc.report.model_cards import OutcomeCard
from mltc.risk_catalogue import load_outcomes, main_outcome
from mltc.run_record import read_code_version
from mltc.warehouse import Warehouse
from mltc.workspace import Workspace


@dataclass(frozen=True)
class ReleaseRequest:
    """Where the figures come from and where the release goes."""

    config: Config
    codelists: Codelists
    folder: Path
    previous: Path | None
    card: Path

    @property
    def registry(self) -> Path:
        """Models of all outcomes: the card lies in <registry>/<outcome>/<version>/."""
        return self.card.parents[2]


def release_or_keep(workspace: Workspace, request: ReleaseRequest) -> dict[str, int]:
    """`publish_release` from the run at work, or the release of the last run of the month where nothing has changed."""
    given = {
        "settings": read_settings(request.config),
        "code": read_code_version(),
        "codelists": request.codelists.version,
        "models": hash_folder(workspace.build_models),
        "previous": hash_folder(request.previous) if request.previous else None,
    }

    with workspace.open_build() as build:
        carry_last_marts(build, workspace.warehouse, request.config.run.index_date, load_table_specs())

    def make() -> dict[str, int]:
        with workspace.open_build() as warehouse:
            return publish_release(warehouse, request)

    folder = Folder(request.folder, workspace.release)
    return keep_or_make(workspace, "release", given, make, folder=folder)


def publish_release(warehouse: Warehouse, request: ReleaseRequest) -> dict[str, int]:
    """Write the release folder from `marts`; rows per published table.

    Raises DisclosureError, with nothing published, where a protected number could be worked out.
    """
    specs = load_table_specs()
    profile = choose_profile(request.config)
    tell("protecting small numbers")
    raw = {name: read_mart(warehouse, spec) for name, spec in specs.items()}
    previous = read_previous(request.previous) if request.previous else None
    tables = note_withheld(protect(raw, specs, profile, previous, read_last_marts(warehouse, specs)))
    context = build_context(request, profile)
    tell("rendering the report")
    versions = {
        "code_version": context.code_version,
        "codelist_version": context.codelist_version,
        "definition": context.definition,
        "index_date": context.index_date.isoformat(),
    }
    with ReleaseDoor(request.folder, profile, versions, previous=previous) as door:
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


def read_card(path: Path) -> dict[str, Any] | None:
    """The card of the model in force; None where no model is. Raises DamagedError."""
    if not path.exists():
        return None
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        raise DamagedError(
            f"The card of a model, {path}, cannot be read. Put a whole copy of it back, or run `mltc run`, which "
            "writes it anew."
        ) from None


def build_context(request: ReleaseRequest, profile: Profile) -> ReportContext:
    """Facts of the run that are not figures."""
    config = request.config
    card = read_card(request.card)
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
        more_cards=_read_other_cards(request),
        complex_minimum_conditions=config.run.complex_minimum_conditions,
        complex_minimum_body_systems=config.run.complex_minimum_body_systems,
    )


def _read_other_cards(request: ReleaseRequest) -> tuple[OutcomeCard, ...]:
    """Cards of the models in force other than the main outcome's, in the order of the outcomes."""
    outcomes = load_outcomes()
    others = [each for each in outcomes if each.key != main_outcome(outcomes).key]
    found = {each: find_card(request.registry, each.key, request.config.run.name) for each in others}
    return tuple(
        OutcomeCard(each.key, each.name, card) for each, path in found.items() if (card := read_card(path)) is not None
    )
