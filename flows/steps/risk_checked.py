"""The people who validated the models, with what was predicted and what happened: what lists of any length rest on."""

import polars as pl

from flows.steps.risk_fit import Fitted
from flows.steps.risk_read import Parts, know_outcome
from flows.steps.risk_tables import SCHEMAS
from mltc.config import Config
from mltc.warehouse import Warehouse

# Unplanned admissions within the horizon after the date at which the model was validated.
ADMISSIONS = """
select
    cips.person_id,
    count(*) as unplanned_admissions
from register.continuous_inpatient_spell as cips
inner join meta.index_date as day on day.role = 'validation'
inner join features.horizon as horizon on horizon.index_date = day.index_date
where
    cips.is_unplanned
    and cips.admission_date > horizon.index_date
    and cips.admission_date <= horizon.horizon_end
group by cips.person_id
"""


def show_checked(warehouse: Warehouse, fitted: Fitted, parts: Parts) -> pl.DataFrame:
    """`risk.validation_person`, one outcome's rows: prediction of the model in use, outcome, unplanned admissions.

    Admissions are null where the hospital feed was not supplied.
    """
    people = know_outcome(parts.validation, fitted.outcome).select("person_id")
    table = people.with_columns(
        outcome=pl.lit(fitted.outcome.key),
        predicted=pl.Series(fitted.predictions.risk),
        observed=pl.Series(fitted.predictions.outcome),
    )
    if not warehouse.columns("register.continuous_inpatient_spell"):
        return table.with_columns(unplanned_admissions=pl.lit(None, pl.Int64))
    admissions = warehouse.read(ADMISSIONS)
    joined = table.join(admissions, on="person_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("unplanned_admissions").fill_null(0))


def list_costs(config: Config) -> pl.DataFrame:
    """`risk.unit_cost`: what the configuration says a unit costs, and within a year where the horizon is another."""
    costs = config.costs
    amounts = {"unplanned admission": costs.unplanned_admission_gbp, "night in hospital": costs.unplanned_bed_day_gbp}
    months = config.risk.horizon_months
    rows = [(unit, gbp, gbp * 12 / months, costs.source) for unit, gbp in amounts.items() if gbp is not None]
    return pl.DataFrame(rows, schema=SCHEMAS["unit_cost"], orient="row")
