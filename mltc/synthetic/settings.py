"""What a synthetic ICB is made from: its size, its months, its seed."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from mltc.errors import ConfigError

FEWEST_PERSONS = 500
FEWEST_MONTHS = 13
Layout = Literal["canonical", "hes", "sus", "omop"]


@dataclass(frozen=True)
class SyntheticSettings:
    """Settings of one synthetic ICB; the same settings give the same bytes.

    persons: rows of `person` before defects, people who died or left included.
    months: length of the activity window, which ends on the day before `index_date`.
    defect_rate: share of the rows of each table that are spoilt on purpose, in [0, 0.1].
    layout: whose files the same people are written in; `canonical` is the contract's own.
    """

    persons: int = 20_000
    months: int = 60
    seed: int = 20261001
    index_date: date = date(2026, 10, 1)
    file_format: Literal["parquet", "csv"] = "parquet"
    defect_rate: float = 0.002
    layout: Layout = "canonical"

    def __post_init__(self) -> None:
        """Raises ConfigError that names every setting out of range."""
        problems = []
        if self.persons < FEWEST_PERSONS:
            problems.append(f"persons is {self.persons}; at least {FEWEST_PERSONS} are needed")
        if self.months < FEWEST_MONTHS:
            problems.append(f"months is {self.months}; at least {FEWEST_MONTHS} are needed")
        if not 0 <= self.defect_rate <= 0.1:
            problems.append(f"defect_rate is {self.defect_rate}; allowed is 0 to 0.1")
        if self.seed < 0:
            problems.append(f"seed is {self.seed}; allowed is 0 or more")
        if self.file_format not in ("parquet", "csv"):
            problems.append(f"file_format is {self.file_format!r}; allowed are 'parquet' and 'csv'")
        if self.layout not in get_args(Layout):
            problems.append(f"layout is {self.layout!r}; allowed are {', '.join(get_args(Layout))}")
        if problems:
            raise ConfigError("synthetic ICB: " + "; ".join(problems))
