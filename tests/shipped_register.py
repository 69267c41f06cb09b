"""A register of test persons under the code lists as shipped, through staging, register and scores as in a run."""

from collections.abc import Iterable

import polars as pl
from conftest import INDEX_DATE, draw
from drawn_persons import Person, write_raw
from registers import LAST_RUN

from mltc.codelists import Codelists
from mltc.codelists.load import build_conditions
from mltc.codelists.records import Condition
from mltc.codelists.rules import build_rules
from mltc.pseudonym import pad_secret
from mltc.reference import write_reference
from mltc.warehouse import DuckDBWarehouse, Parameter, build_models, load_models
from mltc.warehouse.sql_model import SqlModel

PARAMETERS: dict[str, Parameter] = {
    "index_date": INDEX_DATE,
    "hierarchy_date": INDEX_DATE,
    "imd_vintage": "2025",
    "icb_code": "QXX",
    "icb_name": "An ICB",
    "complex_conditions": 4,
    "complex_systems": 3,
    **pad_secret("a drawn secret"),
}


def build_register(warehouse: DuckDBWarehouse, persons: Iterable[Person], codelists: Codelists) -> None:
    """Everything up to `register.mltc`."""
    write_raw(warehouse, persons)
    write_reference(warehouse, codelists)
    warehouse.write("meta.index_date", draw("role | index_date \n current | 2026-10-01"))
    warehouse.write("meta.feed", draw("has_hospital_episode \n yes"))
    warehouse.write("meta.row_exclusion", pl.DataFrame(schema={"table_name": pl.String, "row_id": pl.Int64}))
    names = ("table_name", "column_name", "written")
    warehouse.write("meta.sensitive_item", pl.DataFrame(schema=dict.fromkeys(names, pl.String)))
    abstention = draw("practice_code | table_name | from_month_date").rename({"from_month_date": "from_month"})
    warehouse.write("meta.practice_abstention", abstention)
    warehouse.write("meta.last_person_condition", draw(LAST_RUN, evidence_count=pl.Int64))
    build_models(warehouse, ["staging", "register", "scores"], PARAMETERS, models=models_for("register.mltc"))


def rebuild_rules(warehouse: DuckDBWarehouse, conditions: list[Condition]) -> pl.DataFrame:
    """`register.condition_status` of the same records under other conditions."""
    tables = build_rules(conditions)
    warehouse.write("codelist.condition", build_conditions(conditions))
    warehouse.write("codelist.clause", tables.clauses)
    warehouse.write("codelist.clause_evidence", tables.evidence)
    warehouse.write("codelist.rule", tables.rules)
    models = {name: model for name, model in load_models().items() if name.startswith("register.clause_")}
    models["register.condition_status"] = load_models()["register.condition_status"]
    build_models(warehouse, ["register"], PARAMETERS, models=models)
    return warehouse.read("select person_id, condition from register.condition_status")


def models_for(name: str) -> dict[str, SqlModel]:
    """A model and every model that it reads, however far back."""
    models, found, asked = load_models(), {}, [name]
    while asked:
        model = models.get(asked.pop())
        if model and model.name not in found:
            found[model.name] = model
            asked += model.reads
    return found
