"""Staging to register, features and needs: the SQL models with the values that they bind."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from mltc.codelists import Codelists
from mltc.config import Config
from mltc.errors import GateFailure
from mltc.kept import keep_or_make, read_settings, read_sql
from mltc.lists.kept import carry_decisions
from mltc.progress import tell
from mltc.pseudonym import fingerprint_secret, pad_secret
from mltc.quality.leakage import FEATURES, KNOWN, find_leaks
from mltc.quality.plausibility import check_plausibility
from mltc.register_history import carry_last_run
from mltc.warehouse import Parameter, Warehouse, build_models, read_value
from mltc.workspace import Workspace

DERIVED_LAYERS = ("register", "scores", "history", "utilisation", "features", "needs")


def add_months(day: date, months: int) -> date:
    """The same day `months` later (earlier where negative), or the last day of that month."""
    import calendar

    month_number = day.year * 12 + day.month - 1 + months
    year, month = divmod(month_number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def index_dates(config: Config) -> dict[str, date]:
    """Dates on which people are described: now, one horizon back (validation), two back (training)."""
    current, horizon = config.run.index_date, config.risk.horizon_months
    return {
        "current": current,
        "validation": add_months(current, -horizon),
        "training": add_months(current, -2 * horizon),
    }


def build_parameters(config: Config, codelists: Codelists, secret: str) -> dict[str, Parameter]:
    """Everything that a SQL model may bind."""
    return {
        "index_date": config.run.index_date,
        "hierarchy_date": config.run.hierarchy_date or config.run.index_date,
        "imd_vintage": config.run.imd_vintage,
        "definition": config.run.definition,
        "comorbidity_lookback_months": config.run.comorbidity_lookback_months,
        "complex_conditions": config.run.complex_minimum_conditions,
        "complex_systems": config.run.complex_minimum_body_systems,
        "horizon_months": config.risk.horizon_months,
        "icb_code": config.icb.code,
        "icb_name": config.icb.name,
        **pad_secret(secret),
    }


def prepare_register(
    warehouse: Warehouse, workspace: Workspace, codelists: Codelists, secret: str
) -> dict[str, Parameter]:
    """Write what the register reads beside staging (dates, the last run); values that its models bind."""
    dates = index_dates(workspace.config)
    last_run = carry_last_run(warehouse, workspace.warehouse, workspace.config.run.index_date)
    if last_run:
        dates["last_run"] = last_run
    warehouse.write("meta.index_date", pl.DataFrame({"role": list(dates), "index_date": list(dates.values())}))
    warehouse.write("meta.secret_fingerprint", pl.DataFrame({"fingerprint": [fingerprint_secret(secret)]}))
    return build_parameters(workspace.config, codelists, secret)


def derive_register(workspace: Workspace, codelists: Codelists, secret: str) -> dict[str, int]:
    """Build register, features and needs; rows by table."""
    with workspace.open_build() as warehouse:
        parameters = prepare_register(warehouse, workspace, codelists, secret)
        built = build_models(warehouse, DERIVED_LAYERS, parameters, progress=tell, keep=True)
        check_plausibility(warehouse, workspace.config)
    check_leakage(workspace, parameters)
    return built


def check_leakage(workspace: Workspace, parameters: Mapping[str, Parameter]) -> None:
    """Write `meta.feature_leak`: whether features of the training date know anything that was recorded later.

    Kept with the features: they and their check are of the same tables.
    """
    given = {"sql": read_sql(*DERIVED_LAYERS), "settings": read_settings(workspace.config)}
    reads = [FEATURES, "register.spine", *(f"staging.{name}" for name in KNOWN)]
    keep_or_make(workspace, "leakage", given, lambda: _check_leakage(workspace, parameters), reads=reads)


def _check_leakage(workspace: Workspace, parameters: Mapping[str, Parameter]) -> None:
    tell("features that look into the future")
    engine = workspace.config.engine
    leaks = find_leaks(
        workspace.build_folder / "warehouse.duckdb",
        index_dates(workspace.config)["training"],
        parameters,
        memory_limit=engine.memory_limit,
        threads=engine.threads,
    )
    with workspace.open_build() as warehouse:
        warehouse.write("meta.feature_leak", leaks)


def refuse_empty_register(workspace: Workspace) -> None:
    """Raise GateFailure where nobody is left: an empty report would read as no need."""
    with workspace.open_build() as warehouse:
        if int(read_value(warehouse, "select count(*) from register.person")):
            return
        staged = int(read_value(warehouse, "select count(*) from staging.person"))
        reasons = warehouse.read("select reason, count(*) as n from register.person_outside group by reason order by n")
    if not staged:
        raise GateFailure(
            "Every person was set aside, opted out, or has an opt-out that is not known, so nobody is left. See the "
            "gate and the opt_out table (meta.opt_out_ledger counts its states)."
        )
    raise GateFailure(
        f"None of the {staged} persons is in the register on {workspace.config.run.index_date}; most often: "
        f"{reasons['reason'][-1]}. Check [run] index_date and the registrations."
    )


def build_planning(workspace: Workspace, codelists: Codelists, secret: str) -> dict[str, int]:
    """Build who could be offered what, and segments: they read clusters and risk, so come after both; rows by table."""
    with workspace.open_build() as warehouse:
        carry_decisions(warehouse, workspace.out)
        parameters = build_parameters(workspace.config, codelists, secret)
        return build_models(warehouse, ["planning"], parameters, progress=tell, keep=True)


def build_marts(workspace: Workspace, codelists: Codelists, secret: str) -> dict[str, int]:
    """Build the tables that people read, before disclosure control; rows by table."""
    with workspace.open_build() as warehouse:
        parameters = build_parameters(workspace.config, codelists, secret)
        return build_models(warehouse, ["marts"], parameters, progress=tell, keep=True)
