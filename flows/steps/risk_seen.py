"""Who has been seen by the models in use: `risk.seen_person`, so that nobody is tested on by a model that knows them.

Practices that a model has not seen stay held out while it is in use, but people move. The ids of the people whom it was
trained or recalibrated on are kept in the warehouse, where the other rows of persons are, and never with the model.
"""

import polars as pl

from mltc.warehouse import Warehouse
from mltc.workspace import Workspace

TABLE = "risk.seen_person"
SCHEMA = {"person_id": pl.String, "run": pl.String}
_SEES = ("training", "recalibration")


def read_seen(workspace: Workspace) -> pl.DataFrame:
    """person_id, run (the first that they were seen in) of runs of earlier months; empty where none are known."""
    empty = pl.DataFrame(schema=SCHEMA)
    last = workspace.open_last()
    if last is None:
        return empty
    with last as warehouse:
        if list(warehouse.columns(TABLE)) != list(SCHEMA):
            return empty
        # a month that is run again must not look at itself
        return warehouse.read(
            f"select person_id, run from {TABLE} where run < $run order by person_id",
            {"run": workspace.config.run.name},
        )


def write_seen(
    warehouse: Warehouse, run: str, parts: dict[str, pl.DataFrame], earlier: pl.DataFrame, people: pl.Series
) -> None:
    """`risk.seen_person`: `earlier` and who is seen in this run, as far as they are among `people`.

    Of people whom the extracts no longer hold (who opted out, or left long ago) nothing is kept.
    """
    seen = [parts[name].select("person_id", run=pl.lit(run)) for name in _SEES]
    everyone = pl.concat([earlier, *seen]).filter(pl.col("person_id").is_in(people.unique().implode()))
    warehouse.write(TABLE, everyone.group_by("person_id").agg(pl.col("run").min()).sort("person_id"))
