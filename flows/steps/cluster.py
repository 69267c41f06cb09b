"""Condition clusters of the people with MLTC on the index date, of all ages and by age band."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import polars as pl

from flows.steps.cluster_matrix import STRATA, ConditionMatrix, read_matrix
from flows.steps.cluster_tables import SCHEMAS, build_tables, empty_tables
from flows.steps.notes import replace_notes
from mltc.config import Config
from mltc.progress import tell
from mltc.warehouse import Parameter, build_models
from mltc.workspace import Workspace

if TYPE_CHECKING:
    from models.errors import TooLittleData
    from models.strata import StratumClusters


def cluster_people(workspace: Workspace) -> dict[str, int]:
    """Write the layer `clusters`; a stratum with too few people has no rows and a note that says so."""
    config = workspace.config
    tell("fitting condition clusters")
    with workspace.open_build() as warehouse:
        matrix = read_matrix(warehouse, config)
    last = _read_last(workspace)
    parts, notes = [empty_tables()], []
    for stratum, found in fit_strata(config, matrix).items():
        if isinstance(found, ValueError):
            notes.append(f"{_say_stratum(stratum)} could not be computed. {_without_figures(found)}")
            continue
        notes += _say_implied(stratum, found, matrix.titles)
        before = {name: _of_stratum(frame, stratum) for name, frame in last.items()}
        certainty = config.clusters.minimum_certainty
        inside = matrix.select(stratum)
        parts.append(build_tables(stratum, inside, found, before.get("profile"), before.get("event"), certainty))
    tables = {name: pl.concat([part[name] for part in parts]) for name in SCHEMAS}
    with workspace.open_build() as warehouse:
        replace_notes(warehouse, "clusters", notes)
        written = {name: warehouse.write(f"clusters.{name}", frame) for name, frame in tables.items()}
        values: dict[str, Parameter] = {"index_date": config.run.index_date, "definition": config.run.definition}
        return written | build_models(warehouse, ["clusters"], values)


def fit_strata(config: Config, matrix: ConditionMatrix) -> dict[str, "StratumClusters | TooLittleData"]:
    """Every stratum, as many at a time as the engine may have threads; the reason where there is too little data."""
    from models.threads import one_thread_each

    with one_thread_each(), ThreadPoolExecutor(max_workers=config.engine.threads) as pool:
        waiting = {stratum: pool.submit(_fit_stratum, config, matrix.select(stratum)) for stratum in STRATA}
        return {stratum: fit.result() for stratum, fit in waiting.items()}


def _fit_stratum(config: Config, matrix: ConditionMatrix) -> "StratumClusters | TooLittleData":
    from models.clusters import PatternClusters
    from models.errors import TooLittleData
    from models.strata import StratumInput, fit_stratum

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
    )
    persons = matrix.persons
    given = StratumInput(
        matrix.values,
        matrix.conditions,
        persons["age_years"].to_numpy(),
        persons["sex"].to_numpy(),
        persons["is_mltc"].to_numpy(),
    )
    try:
        return fit_stratum(given, model, settings.minimum_condition_share, config.run.seed)
    except TooLittleData as error:
        return error


def _read_last(workspace: Workspace) -> dict[str, pl.DataFrame]:
    """Profiles and events of the last good run, where it had strata."""
    last = workspace.open_last()
    if last is None:
        return {}
    with last:
        held = [name for name in ("profile", "event") if "stratum" in last.columns(f"clusters.{name}")]
        return {name: last.read(f"select * from clusters.{name} order by all") for name in held}


def _of_stratum(frame: pl.DataFrame, stratum: str) -> pl.DataFrame | None:
    found = frame.filter(pl.col("stratum") == stratum).drop("stratum")
    return found if found.height else None


def _say_stratum(stratum: str) -> str:
    return "Condition clusters" if stratum == STRATA[0] else f"Condition clusters of people aged {stratum}"


def _say_implied(stratum: str, found: "StratumClusters", titles: dict[str, str]) -> list[str]:
    """Which conditions are described and not fitted; said once, for everyone."""
    if stratum != STRATA[0] or not found.implied:
        return []
    pairs = "; ".join(f"{titles[child]} (part of {titles[parent]})" for child, parent in found.implied.items())
    return [f"Left out of the fit of condition clusters, since another condition contains them: {pairs}."]


def _without_figures(error: ValueError) -> str:
    """What was needed, without what was found: a found count could be a small number."""
    return str(error).split("; found", maxsplit=1)[0].split("; best", maxsplit=1)[0].rstrip(".") + "."
