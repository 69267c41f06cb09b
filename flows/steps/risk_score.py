"""Everybody's risk, a batch of people at a time: no frame ever holds the whole population."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import polars as pl

from flows.steps.risk_tables import PREDICTED_SCHEMA
from mltc.config import Config
from mltc.progress import tell
from mltc.quality.coverage.abstention import drop_uncovered
from mltc.risk_catalogue import Outcome
from mltc.warehouse import Warehouse, load_models


def score_people(
    warehouse: Warehouse, config: Config, in_force: Sequence[tuple[Outcome, Any]], failed: pl.DataFrame
) -> int:
    """`risk.person_risk` with the candidate in force for each outcome; rows.

    Rank, band and status of everyone in the register are from what was predicted, `risk.predicted`, which is dropped.
    """
    from models.threads import map_fits

    warehouse.write("risk.predicted", pl.DataFrame(schema=PREDICTED_SCHEMA))
    for number, batch in enumerate(read_batches(warehouse, config.run.index_date, config.risk.batch_persons), start=1):
        tell(f"scoring people, batch {number}")
        covered = drop_uncovered(batch, failed)
        asked = [(each, candidate, people) for each, candidate in in_force if (people := at_risk(covered, each)).height]
        found = map_fits(lambda given: predict(*given), asked, config.engine.threads)
        if found:
            append(warehouse, "risk.predicted", pl.concat(found))
    built = build_table(warehouse, config, "risk.person_risk")
    warehouse.execute("drop table risk.predicted")
    return built


def build_table(warehouse: Warehouse, config: Config, name: str) -> int:
    """Build one SQL model of the index date; rows."""
    model = load_models()[name]
    bound = {"index_date": config.run.index_date} if "index_date" in model.binds else {}
    return warehouse.build(name, model.sql, bound)


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
    return people.filter(pl.col(outcome.already).fill_null(0) == 0) if outcome.already else people


def predict(outcome: Outcome, candidate: Any, people: pl.DataFrame) -> pl.DataFrame:
    """`PREDICTED_SCHEMA`: a risk or an expected count, with its interval; the other three are null."""
    value, lower, upper = candidate.predict_with_interval(people)
    kind = "count" if outcome.kind == "count" else "risk"
    found = {f"predicted_{kind}": value, f"predicted_{kind}_lower": lower, f"predicted_{kind}_upper": upper}
    frame = people.select("person_id", outcome=pl.lit(outcome.key)).with_columns(
        **{n: pl.Series(v) for n, v in found.items()}
    )
    return frame.select(
        pl.col(name).cast(kind_) if name in frame.columns else pl.lit(None, kind_).alias(name)
        for name, kind_ in PREDICTED_SCHEMA.items()
    )


def append(warehouse: Warehouse, table: str, frame: pl.DataFrame) -> None:
    """Add the rows of a frame to a table that has its columns, in its order."""
    warehouse.write("risk.batch", frame)
    warehouse.execute(f"insert into {table} select * from risk.batch")
    warehouse.execute("drop table risk.batch")
