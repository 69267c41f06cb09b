"""Everybody's risk, a batch of people at a time: no frame ever holds the whole population."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import polars as pl

from flows.steps.risk_tables import PREDICTED_SCHEMA, empty_reasons
from mltc.config import Config
from mltc.progress import tell
from mltc.quality.coverage.abstention import drop_uncovered
from mltc.risk_catalogue import Outcome
from mltc.warehouse import Warehouse

# Who has the outcome already on the index date, by the feature that says so: nobody can have it anew.
HAS_ALREADY = {"incident_complex_mltc": "is_complex_mltc"}

PERSON_RISK = """
with ranked as (
    select
        predicted.*,
        row_number() over (
            partition by predicted.outcome
            order by coalesce(predicted.predicted_risk, predicted.predicted_count) desc, predicted.person_id
        ) as position,
        count(*) over (partition by predicted.outcome) as persons
    from risk.predicted as predicted
),

banded as (
    select
        ranked.*,
        100 * (1 - (ranked.position - 0.5) / ranked.persons) as risk_percentile,
        row_number() over (
            partition by ranked.outcome, ranked.person_id order by band.sort_key
        ) as band_position,
        band.risk_band
    from ranked
    inner join codelist.risk_band as band on ranked.position / ranked.persons <= band.upper_share
)

select
    cast($index_date as date) as index_date,
    person.person_id,
    outcome.outcome,
    banded.predicted_risk,
    banded.predicted_risk_lower,
    banded.predicted_risk_upper,
    banded.predicted_count,
    banded.predicted_count_lower,
    banded.predicted_count_upper,
    banded.risk_percentile,
    banded.risk_band,
    case when banded.person_id is not null then outcome.model_version end as model_version,
    case
        when banded.person_id is not null then 'scored'
        when abstention.person_id is not null then abstention.reason
        when outcome.model_version is null then 'no model'
        else 'has it already'
    end as status
from risk.outcome as outcome
cross join register.person as person
left join (select * from banded where band_position = 1) as banded
    on banded.outcome = outcome.outcome and banded.person_id = person.person_id
left join risk.abstention as abstention on abstention.person_id = person.person_id
order by outcome.sort_key, person.person_id
"""


def score_people(
    warehouse: Warehouse, config: Config, in_force: Sequence[tuple[Outcome, Any]], failed: pl.DataFrame
) -> None:
    """Write `risk.predicted` and `risk.person_reason` with the candidate in force for each outcome."""
    warehouse.write("risk.predicted", pl.DataFrame(schema=PREDICTED_SCHEMA))
    warehouse.write("risk.person_reason", empty_reasons())
    for number, batch in enumerate(read_batches(warehouse, config.run.index_date, config.risk.batch_persons), start=1):
        tell(f"scoring people, batch {number}")
        covered = drop_uncovered(batch, failed)
        for outcome, candidate in in_force:
            people = at_risk(covered, outcome)
            if people.height:
                append(warehouse, "risk.predicted", predict(outcome, candidate, people))
                append(warehouse, "risk.person_reason", explain(outcome, candidate, people))


def read_batches(warehouse: Warehouse, index_date: date, size: int) -> Iterator[pl.DataFrame]:
    """Features of the index date, `size` people at a time, by person_id."""
    keys = warehouse.read(
        "select person_id from features.person_feature where index_date = $index_date order by person_id",
        {"index_date": index_date},
    )["person_id"]
    for start in range(0, len(keys), size):
        yield warehouse.read(
            "select * from features.person_feature "
            "where index_date = $index_date and person_id between $first and $last order by person_id",
            {"index_date": index_date, "first": keys[start], "last": keys[min(start + size, len(keys)) - 1]},
        )


def at_risk(people: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """Without those who have the outcome already."""
    name = HAS_ALREADY.get(outcome.key)
    return people.filter(pl.col(name).fill_null(0) == 0) if name else people


def predict(outcome: Outcome, candidate: Any, people: pl.DataFrame) -> pl.DataFrame:
    """`PREDICTED_SCHEMA`: a risk or an expected count, with its interval; the other three are null."""
    value = candidate.predict_risk(people)
    lower, upper = candidate.predict_interval(people)
    kind = "count" if outcome.kind == "count" else "risk"
    found = {f"predicted_{kind}": value, f"predicted_{kind}_lower": lower, f"predicted_{kind}_upper": upper}
    frame = people.select("person_id", outcome=pl.lit(outcome.key)).with_columns(
        **{n: pl.Series(v) for n, v in found.items()}
    )
    return frame.select(
        pl.col(name).cast(kind_) if name in frame.columns else pl.lit(None, kind_).alias(name)
        for name, kind_ in PREDICTED_SCHEMA.items()
    )


def explain(outcome: Outcome, candidate: Any, people: pl.DataFrame) -> pl.DataFrame:
    """The strongest reasons up and down of each person, with the outcome that they are of."""
    from models.risk import explain_risks

    reasons = explain_risks(candidate, people, people["person_id"])
    return reasons.select("person_id", pl.lit(outcome.key).alias("outcome"), pl.exclude("person_id", "outcome"))


def append(warehouse: Warehouse, table: str, frame: pl.DataFrame) -> None:
    """Add the rows of a frame to a table that has its columns, in its order."""
    warehouse.write("risk.batch", frame)
    warehouse.execute(f"insert into {table} select * from risk.batch")
    warehouse.execute("drop table risk.batch")


def write_person_risk(warehouse: Warehouse, config: Config) -> int:
    """`risk.person_risk` from what was predicted: rank, band and status of everyone in the register; rows."""
    built = warehouse.build("risk.person_risk", PERSON_RISK, {"index_date": config.run.index_date})
    warehouse.execute("drop table risk.predicted")
    return built
