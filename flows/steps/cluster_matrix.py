"""Who has which conditions: what clusters are fitted to, for everyone of the register."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mltc.config import Config
from mltc.warehouse import Warehouse

ALL = "all"
AGE_BANDS = {"18-44": (18, 44), "45-64": (45, 64), "65-79": (65, 79), "80+": (80, 200)}
STRATA = (ALL, *AGE_BANDS)


@dataclass(frozen=True)
class ConditionMatrix:
    """One entry per person of the register, by person_id; conditions of the definition in registry order."""

    persons: pl.DataFrame
    """person_id, age_years, sex (1 male, 0 female, 0.5 other or not known), is_mltc."""
    conditions: list[str]
    titles: dict[str, str]
    values: npt.NDArray[np.bool_]
    """(persons, conditions)"""

    def select(self, stratum: str) -> "ConditionMatrix":
        """People of one age band; everyone for "all"."""
        if stratum == ALL:
            return self
        inside = self.persons["age_years"].is_between(*AGE_BANDS[stratum])
        return ConditionMatrix(
            self.persons.filter(inside), self.conditions, self.titles, self.values[inside.to_numpy()]
        )


def read_matrix(warehouse: Warehouse, config: Config) -> ConditionMatrix:
    """Everyone of the register with the conditions that the definition counts, on the index date."""
    parameters = {"definition": config.run.definition}
    persons = warehouse.read(
        "select person.person_id, person.age_years, person.sex, coalesce(mltc.is_mltc, false) as is_mltc "
        "from register.person as person "
        "left join register.mltc as mltc on mltc.person_id = person.person_id and mltc.definition = $definition "
        "order by person.person_id",
        parameters,
    ).select(
        "person_id",
        pl.col("age_years").cast(pl.Float64).fill_null(pl.col("age_years").median()),
        pl.col("sex").replace_strict({"1": 1.0, "2": 0.0}, default=0.5, return_dtype=pl.Float64).fill_null(0.5),
        "is_mltc",
    )
    pairs = warehouse.read(
        "select status.person_id, status.condition from register.person_condition as status "
        "inner join codelist.membership as membership "
        "on membership.condition = status.condition and membership.definition = $definition",
        parameters,
    )
    names = warehouse.read("select key, name from codelist.condition order by position")
    held = set(pairs["condition"].unique())
    conditions = [key for key in names["key"] if key in held]
    columns = pl.DataFrame({"condition": pl.Series(conditions, dtype=pl.String)}).with_row_index("column")
    rows = persons.select("person_id").with_row_index("row")
    placed = pairs.join(columns, on="condition").join(rows, on="person_id")
    values = np.zeros((persons.height, len(conditions)), dtype=bool)
    values[placed["row"].to_numpy(), placed["column"].to_numpy()] = True
    return ConditionMatrix(persons, conditions, dict(zip(names["key"], names["name"], strict=True)), values)
