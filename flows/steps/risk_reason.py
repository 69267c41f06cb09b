"""Why each person's risk is what it is, in words: for the main outcome everyone, for others those of highest risk."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from flows.steps.risk_score import append, build_table, read_batches
from flows.steps.risk_tables import REASON_SCHEMA
from mltc.config import Config
from mltc.progress import tell
from mltc.risk_catalogue import Feature, Outcome, load_features
from mltc.warehouse import Warehouse


def explain_people(warehouse: Warehouse, config: Config, in_force: Sequence[tuple[Outcome, Any]]) -> int:
    """`risk.person_reason` of the people of `risk.person_risk`; rows."""
    features = load_features()
    facts = {feature.key: feature.fact for feature in features}
    warehouse.write("risk.reason", pl.DataFrame(schema=REASON_SCHEMA))
    for number, (people, asked) in enumerate(read_explained(warehouse, config), start=1):
        tell(f"reasons, batch {number}")
        for outcome, candidate in in_force:
            chosen = people.join(asked.filter(outcome=outcome.key), on="person_id", how="semi", maintain_order="left")
            if chosen.height:
                append(warehouse, "risk.reason", explain(outcome, candidate, chosen, facts))
    write_words(warehouse, features)
    built = build_table(warehouse, config, "risk.person_reason")
    warehouse.execute("drop table risk.reason")
    warehouse.execute("drop table risk.reason_words")
    return built


def read_explained(warehouse: Warehouse, config: Config) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Batches of features, and person_id and outcome of those of them who are explained."""
    lowest = 100 * (1 - config.risk.reason_share)
    for people in read_batches(warehouse, config.run.index_date, config.risk.batch_persons):
        asked = warehouse.read(
            "select risk.person_id, risk.outcome from risk.person_risk as risk "
            "inner join risk.outcome as outcome on outcome.outcome = risk.outcome "
            "where risk.status = 'scored' and (outcome.is_main or risk.risk_percentile >= $lowest) "
            "and risk.person_id between $first and $last",
            {"lowest": lowest, "first": people["person_id"][0], "last": people["person_id"][-1]},
        )
        yield people, asked


def explain(outcome: Outcome, candidate: Any, people: pl.DataFrame, facts: dict[str, str]) -> pl.DataFrame:
    """`REASON_SCHEMA`: the strongest reasons up and down of each person, with the outcome that they are of."""
    from models.risk import explain_risks

    reasons = explain_risks(candidate, people, people["person_id"], facts=facts)
    return reasons.with_columns(outcome=pl.lit(outcome.key)).select(
        pl.col(name).cast(kind) for name, kind in REASON_SCHEMA.items()
    )


def write_words(warehouse: Warehouse, features: Sequence[Feature]) -> None:
    """`risk.reason_words`: what is said of each value that is a reason of somebody; is_dated where a date may stand."""
    from models.risk_words import say_values

    values = warehouse.read("select distinct feature, value from risk.reason order by feature, value")
    words = list_words(features)
    said = say_values(values, words).join(
        words.select("feature", "shape", "is_evidence_dated"), on="feature", how="left"
    )
    nothing = pl.col("shape").is_in(["count", "flag"]) & (pl.col("value") == 0)
    dated = pl.col("is_evidence_dated").fill_null(value=False) & ~nothing & pl.col("value").is_not_null()
    table = said.select("feature", "value", pl.col("words").fill_null(pl.col("feature")), is_dated=dated)
    warehouse.write("risk.reason_words", table)


def list_words(features: Sequence[Feature]) -> pl.DataFrame:
    """One row per declared feature: feature, unit, shape, is_evidence_dated and its words, null where it has none."""
    from models.risk_words import CASES

    rows = [
        {
            "feature": feature.key,
            "unit": feature.unit,
            "shape": feature.shape,
            "is_evidence_dated": feature.is_evidence_dated,
            **feature.said.model_dump(),
        }
        for feature in features
    ]
    kinds = {**dict.fromkeys(("feature", "unit", "shape"), pl.String), "is_evidence_dated": pl.Boolean}
    return pl.DataFrame(rows, schema={**kinds, **dict.fromkeys(CASES, pl.String)})
