"""One rule of the gate."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

Level = Literal["stop", "quarantine", "warn"]


class Rule(BaseModel):
    """One rule on one table: it fails on the rows for which `rows` is true.

    With `above_share`, it fails only where those rows are more than that share of the table.
    `{index_date}` stands for the configured date. `needs` names tables without which the rule cannot be
    judged: it is skipped where one of them is not supplied. `whole_table` says that the rule is about the
    table and not about single rows, so that no row numbers are given for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    level: Level
    why: str
    affects: tuple[str, ...]
    mend: str
    rows: str
    above_share: float | None = None
    needs: tuple[str, ...] = ()
    whole_table: bool = False

    def condition(self, index_date: date) -> str:
        """SQL condition of a failing row on the configured date."""
        return self.rows.replace("{index_date}", f"date '{index_date.isoformat()}'")

    def describe(self, index_date: date) -> dict[str, str]:
        """The rule in words, for whoever reads the results."""
        share = "" if self.above_share is None else f"more than {self.above_share:.0%} of rows have: "
        return {
            "rule": self.rule,
            "level": self.level,
            "why": self.why,
            "mend": self.mend,
            "affects": ", ".join(self.affects),
            "condition": share + self.condition(index_date),
        }

    def query(self, source: str, table: str, index_date: date) -> str:
        """Select of `_row_id` of the failing rows of `source`, which the condition knows as `table`.

        Rows that are not for us (`_dropped`) break no rule.
        """
        condition = self.condition(index_date)
        named = (
            f"with {table} as (select * from {source} where _dropped is null) "
            f"select {table}._row_id from {table} where ({condition})"
        )
        if self.above_share is None:
            return named
        return (
            f"{named} and (select avg(case when {condition} then 1.0 else 0.0 end) from {table}) > {self.above_share}"
        )
