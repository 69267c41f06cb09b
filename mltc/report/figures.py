"""Reading figures out of published tables: rows, rates with their intervals, notes of the run."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mltc.disclosure import PublishedTable
from mltc.report.wording import SUPPRESSED, percent_text

# The stems that a note's area starts with, for each part of the report.
NOTE_STEMS = {
    "prevalence": ("prevalence", "register", "mltc"),
    "condition": ("condition", "codelist"),
    "cluster": ("cluster",),
    "risk": ("risk",),
    "need": ("need", "innovation"),
    "cohort": ("cohort", "standardised", "activity", "recorded"),
    "data": ("data", "gate", "row", "extract", "feed", "segment"),
}


@dataclass(frozen=True)
class Row:
    """One row of a published table: values by column, and the text that stands for each."""

    values: Mapping[str, Any]
    texts: Mapping[str, str]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def text(self, column: str) -> str:
        """The published text of a cell: `[c]` suppressed or withheld, `[x]` not available."""
        return self.texts[column]


Rows = Mapping[str, list[Row]]


@dataclass(frozen=True)
class Rate:
    """A published percentage with its 95% interval; every part None where it was withheld."""

    percent: float | None
    lower: float | None
    upper: float | None
    mark: str = SUPPRESSED

    @property
    def is_shown(self) -> bool:
        """Whether the percentage was published."""
        return self.percent is not None

    @property
    def has_interval(self) -> bool:
        """Whether the percentage and both limits were published."""
        return None not in (self.percent, self.lower, self.upper)

    @property
    def text(self) -> str:
        """ "27.9% (95% interval 27.6% to 28.2%)"."""
        if not self.has_interval:
            return percent_text(self.percent, self.mark)
        return f"{percent_text(self.percent)} (95% interval {self.limits})"

    @property
    def limits(self) -> str:
        """ "27.6% to 28.2%"."""
        return f"{percent_text(self.lower, self.mark)} to {percent_text(self.upper, self.mark)}"

    def overlaps(self, other: "Rate") -> bool:
        """Whether the two intervals share a value; True also where one is missing."""
        if not (self.has_interval and other.has_interval):
            return True
        return bool(self.lower <= other.upper and other.lower <= self.upper)  # type: ignore[operator]


def load_rows(tables: Mapping[str, PublishedTable]) -> Rows:
    """All rows of all tables by table name, in `sort_key` order where a table has one."""
    return {name: _rows(table) for name, table in tables.items()}


def _rows(table: PublishedTable) -> list[Row]:
    pairs = zip(table.frame.to_dicts(), table.text_frame().to_dicts(), strict=True)
    rows = [Row(values, texts) for values, texts in pairs]
    if "sort_key" not in table.frame.columns:
        return rows
    return sorted(rows, key=lambda row: (row["sort_key"] is None, row["sort_key"]))


def pick(rows: Rows, name: str, **equal: object) -> list[Row]:
    """Rows of a table that equal the given values; none where the table is absent."""
    return [row for row in rows.get(name, []) if all(row[column] == value for column, value in equal.items())]


def read_rate(row: Row, name: str) -> Rate:
    """The rate called `name` in a row, with its limits where the table has them."""
    lower, upper = (row.values.get(f"{name}_{end}") for end in ("lower", "upper"))
    mark = row.text(name) if row[name] is None else SUPPRESSED
    return Rate(row[name], lower, upper, mark)


def difference(first: Rate, second: Rate) -> Rate:
    """First minus second in percentage points, with a 95% interval from the two Wilson intervals.

    Newcombe's hybrid score interval (method 10): the distances from each percentage to its limits are
    squared and added. Newcombe RG. Statistics in Medicine 1998;17:873-890. Empty where one is withheld.
    """
    if not (first.has_interval and second.has_interval):
        return Rate(None, None, None)
    p1, l1, u1 = (float(x) for x in (first.percent, first.lower, first.upper) if x is not None)
    p2, l2, u2 = (float(x) for x in (second.percent, second.lower, second.upper) if x is not None)
    gap = p1 - p2
    return Rate(gap, gap - math.hypot(p1 - l1, u2 - p2), gap + math.hypot(u1 - p1, p2 - l2))


def read_notes(rows: Rows, topic: str) -> list[str]:
    """What the run noted about one part of the report, in the order of the table."""
    stems = NOTE_STEMS.get(topic, (topic,))
    notes = ((str(row["area"]).casefold().replace(" ", "_"), str(row["note"])) for row in pick(rows, "run_note"))
    return [note for area, note in notes if area.startswith(stems)]


def records_kind(rows: Rows) -> str:
    """Which care the records of the run come from: both, gp, hospital, or any where the run does not say."""
    read = {str(row["table_name"]) for row in pick(rows, "row_account", feed_status="read")}
    gp = any(name.startswith("gp_") for name in read)
    hospital = bool(read & {"hospital_episode", "outpatient", "emergency"})
    return "both" if gp and hospital else "gp" if gp else "hospital" if hospital else "any"


def whole_area(rows: Rows) -> Row | None:
    """The row of the whole ICB, everyone; None where it was not published."""
    found = pick(rows, "prevalence", geography_type="icb", breakdown="all")
    return found[0] if found else None


def pcn_rows(rows: Rows) -> list[Row]:
    """One row per PCN, everyone, by name and then code."""
    found = pick(rows, "prevalence", geography_type="pcn", breakdown="all")
    return sorted(found, key=lambda row: (str(row["geography_name"]).casefold(), str(row["geography_code"])))


def shown(rows: Iterable[Row], rate_name: str) -> list[tuple[Row, Rate]]:
    """The rows whose rate was published, with it."""
    pairs = [(row, read_rate(row, rate_name)) for row in rows]
    return [(row, rate) for row, rate in pairs if rate.is_shown]
