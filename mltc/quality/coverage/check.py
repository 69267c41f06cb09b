"""Does every practice and provider still send what it usually sends? A feed that stops is no falling need."""

import polars as pl

from mltc.config import Config
from mltc.quality.coverage.feed_lag import check_lags, read_lags
from mltc.quality.coverage.status import FAILED, find_abstentions, judge_coverage
from mltc.quality.coverage.window import CoverageInput, list_months
from mltc.quality.findings import Finding, write_findings
from mltc.quality.supplied import read_supplied
from mltc.warehouse import Warehouse, build_models, load_models

GP_TABLES = ("gp_event", "gp_prescription", "gp_consultation")
HOSPITAL_TABLES = ("hospital_episode", "outpatient", "emergency")
RULES = ("practice_coverage", "practice_over_reporting", "provider_coverage")
AFFECTS = {"practice": "register, prevalence, needs, risk", "provider": "admissions, bed-days, needs, risk"}


def check_coverage(warehouse: Warehouse, config: Config) -> pl.DataFrame:
    """Write `meta.practice_coverage` and `.provider_coverage`, `.practice_abstention` and `.provider_gap`.

    Gives the results, which are kept in `meta.gate_result`, too.
    Reads `staging` and builds schema `coverage`, one row per practice or provider, table and month, first.
    """
    settings, index_date = config.gate.coverage, config.run.index_date
    warehouse.write("meta.coverage_month", list_months(index_date, settings))
    _build_counts(warehouse, config)
    supplied = read_supplied(warehouse, (*GP_TABLES, *HOSPITAL_TABLES))
    lags = read_lags(warehouse)
    practices = judge_coverage(_read_practices(warehouse, config, supplied, lags), settings)
    providers = judge_coverage(_read_providers(warehouse, config, supplied, lags), settings)
    for name, code, gaps, coverage in (
        ("practice_coverage", "practice_code", "practice_abstention", practices),
        ("provider_coverage", "provider_code", "provider_gap", providers),
    ):
        warehouse.write(f"meta.{name}", coverage.rename({"organisation_code": code}))
        warehouse.write(f"meta.{gaps}", find_abstentions(coverage, settings).rename({"organisation_code": code}))
    findings = [finding for table in supplied for finding in _describe(table, practices, providers)]
    late = check_lags(warehouse, config, supplied)
    return pl.concat([write_findings(warehouse, RULES, findings), late])


def _build_counts(warehouse: Warehouse, config: Config) -> None:
    models = load_models()
    wanted = {
        name: model for name, model in models.items() if model.layer == "coverage" or name == "register.registration"
    }
    build_models(warehouse, ["register", "coverage"], {"index_date": config.run.index_date}, models=wanted, keep=True)


def _read_counts(warehouse: Warehouse, organisation_type: str, supplied: list[str]) -> pl.DataFrame:
    return warehouse.read(
        "select table_name, organisation_code, month, row_count, last_date from coverage.month_rows "
        "where organisation_type = $organisation_type order by table_name, organisation_code, month",
        {"organisation_type": organisation_type},
    ).filter(pl.col("table_name").is_in(supplied))


def _read_practices(warehouse: Warehouse, config: Config, supplied: list[str], lags: pl.DataFrame) -> CoverageInput:
    return CoverageInput(
        counts=_read_counts(warehouse, "practice", supplied),
        exposure=warehouse.read(
            "select practice_code as organisation_code, month, first_persons, last_persons, is_open "
            "from coverage.practice_month order by practice_code, month"
        ),
        organisations=warehouse.read(
            "select practice_code as organisation_code, supplier from coverage.practice_supplier order by practice_code"
        ),
        lags=lags,
        index_date=config.run.index_date,
    )


def _read_providers(warehouse: Warehouse, config: Config, supplied: list[str], lags: pl.DataFrame) -> CoverageInput:
    """Providers send records of anybody registered with any practice: that is the exposure of each."""
    counts = _read_counts(warehouse, "provider", supplied)
    everybody = warehouse.read(
        "select month, cast(sum(first_persons) as bigint) as first_persons, "
        "cast(sum(last_persons) as bigint) as last_persons, true as is_open "
        "from coverage.practice_month group by month order by month"
    )
    providers = counts.select("organisation_code").unique(maintain_order=True)
    return CoverageInput(
        counts=counts,
        exposure=providers.join(everybody, how="cross"),
        organisations=providers.with_columns(supplier=pl.lit(None, pl.String)),
        lags=lags,
        index_date=config.run.index_date,
        has_peer_rates=False,
    )


def _describe(table: str, practices: pl.DataFrame, providers: pl.DataFrame) -> list[Finding]:
    if table in GP_TABLES:
        found = practices.filter(pl.col("table_name") == table)
        return [_low_finding(table, "practice", found), _high_finding(table, found)]
    return [_low_finding(table, "provider", providers.filter(pl.col("table_name") == table))]


def _low_finding(table: str, kind: str, found: pl.DataFrame) -> Finding:
    """Counts months of practices (or providers), never rows of people."""
    failed = int(found["status"].is_in(FAILED).sum())
    mend = f"See meta.{kind}_coverage for the months; ask the {kind}, or the supplier where its {kind}s fail together."
    told = (
        "while that lasts its people get no risk score, and prevalence there may be too low"
        if kind == "practice"
        else ("admissions and attendances there may be missing, or the provider has closed or merged")
    )
    why = f"In a {kind}'s month (the count) far less arrived than its own history and its peers lead to expect: {told}."
    return Finding(table, f"{kind}_coverage", failed > 0, failed, why, AFFECTS[kind], mend)


def _high_finding(table: str, found: pl.DataFrame) -> Finding:
    failed = int((found["status"] == "high").sum())
    why = (
        "A practice that suddenly sends far more than is usual for it may repeat its records, or has taken over a list."
    )
    mend = "See meta.practice_coverage (status high); ask whether an extract was loaded twice or a practice merged."
    return Finding(table, "practice_over_reporting", failed > 0, failed, why, AFFECTS["practice"], mend)
