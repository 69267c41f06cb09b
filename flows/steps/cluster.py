"""Condition clusters of the people with MLTC on the index date, of all ages and by age band."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import polars as pl

from flows.steps.cluster_last import LastRun, keep_last, read_last
from flows.steps.cluster_matrix import AGE_BANDS, ALL, ConditionMatrix, read_matrix
from flows.steps.cluster_notes import describe_strata
from flows.steps.cluster_schemas import SCHEMAS, empty_tables
from flows.steps.cluster_tables import build_tables
from flows.steps.notes import replace_notes
from mltc.config import Config
from mltc.kept import keep_or_make, read_settings, read_sql
from mltc.progress import tell
from mltc.warehouse import Parameter, build_models
from mltc.workspace import Workspace

if TYPE_CHECKING:
    from models.errors import TooLittleData
    from models.strata import StratumClusters

    Fitted = Mapping[str, StratumClusters | TooLittleData]


def cluster_people(workspace: Workspace) -> dict[str, int]:
    """Write the layer `clusters`; a stratum with too few people has no rows and a note that says so."""
    config = workspace.config
    given = {"settings": read_settings(config), "sql": read_sql("clusters")}
    written = keep_or_make(workspace, "clusters", given, lambda: write_clusters(workspace))
    with workspace.open_build() as warehouse:
        values: dict[str, Parameter] = {"index_date": config.run.index_date, "definition": config.run.definition}
        return written | build_models(warehouse, ["clusters"], values, keep=True)


def write_clusters(workspace: Workspace) -> dict[str, int]:
    """What is fitted to people: every table of the layer that is not SQL, and the notes; rows by table."""
    config = workspace.config
    tell("fitting condition clusters")
    with workspace.open_build() as warehouse:
        matrix = read_matrix(warehouse, config)
    last = read_last(workspace)
    fitted = fit_strata(config, matrix, last)
    tables = describe_fitted(config, matrix, fitted, last)
    with workspace.open_build() as warehouse:
        keep_last(warehouse, last)
        replace_notes(warehouse, "clusters", describe_strata(fitted, matrix.titles, tables["event"]))
        return {name: warehouse.write(f"clusters.{name}", frame) for name, frame in tables.items()}


def describe_fitted(
    config: Config, matrix: ConditionMatrix, fitted: "Fitted", last: LastRun
) -> dict[str, pl.DataFrame]:
    """Every table of `SCHEMAS`."""
    parts, everyone = [empty_tables()], None
    for stratum, found in fitted.items():
        if isinstance(found, ValueError):
            continue
        shared = everyone if found.model.is_shared_ else None
        tables = build_tables(
            stratum, matrix.select(stratum), found, last.of(stratum), config.clusters.minimum_certainty, shared
        )
        everyone = tables if stratum == ALL else everyone
        parts.append(tables)
    return {name: pl.concat([part[name] for part in parts]) for name in SCHEMAS}


def fit_strata(
    config: Config, matrix: ConditionMatrix, last: LastRun | None = None
) -> dict[str, "StratumClusters | TooLittleData"]:
    """Everyone, then every age band, as many at a time as the engine may have threads.

    In place of a stratum with too little data: the reason.
    """
    from models.strata import StratumClusters
    from models.threads import one_thread_each

    before = last or LastRun.none()
    with one_thread_each(), ThreadPoolExecutor(max_workers=config.engine.threads) as pool:
        first = _fit_stratum(config, matrix, before, ALL, None)
        everyone = first if isinstance(first, StratumClusters) else None
        waiting = {band: pool.submit(_fit_stratum, config, matrix, before, band, everyone) for band in AGE_BANDS}
        return {ALL: first} | {band: fit.result() for band, fit in waiting.items()}


def _fit_stratum(
    config: Config, matrix: ConditionMatrix, last: LastRun, stratum: str, everyone: "StratumClusters | None"
) -> "StratumClusters | TooLittleData":
    from models.clusters import PatternClusters
    from models.errors import TooLittleData
    from models.strata import Before, StratumInput, fit_stratum

    settings = config.clusters
    model = PatternClusters(
        settings.class_count_minimum,
        settings.class_count_maximum,
        min_share=settings.smallest_share,
        min_entropy=settings.minimum_entropy,
        min_stability=settings.minimum_stability,
        start_count=settings.starts,
        bootstrap_replicates=settings.bootstrap_replicates,
        min_persons=settings.minimum_persons,
        random_state=config.run.seed,
        # bands run side by side, each in one thread; everyone comes before them, alone
        thread_count=config.engine.threads if stratum == ALL else 1,
    )
    inside = matrix.select(stratum)
    given = StratumInput(
        inside.values,
        inside.conditions,
        inside.persons["age_years"].to_numpy(),
        inside.persons["sex"].to_numpy(),
        inside.persons["is_mltc"].to_numpy(),
    )
    was = last.of(stratum)
    before = Before(was.classes, was.is_shared, everyone)
    try:
        return fit_stratum(given, model, settings.minimum_condition_share, config.run.seed, before)
    except TooLittleData as error:
        return error
