"""What the sampled values of one column look like: shares, never values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from mltc.dialect import ReadOptions
from mltc.mapping.dates import DateFacts, find_dates
from mltc.mapping.shapes import find_shapes
from mltc.mapping.shares import share_true

NULL_TOKENS = (*ReadOptions().null_tokens, "N/A", "None", "nan", "NaN", "NaT", "#N/A", r"\N", "(null)", "<NA>")
SEPARATORS = ("|", ";", ",", " ")


@dataclass(frozen=True)
class ColumnFacts:
    """Facts of one source column; shares are of the filled values (0-1).

    `tokens`: share by value as it is spelt, where there are at most 60 of them; never shown or written as such.
    `native`: type in a Parquet file, `text` in a CSV. `separator` cuts several codes in one cell.
    """

    name: str
    native: str
    filled: float
    distinct: int
    distinct_share: float
    shapes: Mapping[str, float]
    dates: DateFacts = field(default_factory=DateFacts)
    tokens: Mapping[str, float] = field(default_factory=dict)
    separator: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    parsed: pl.Series | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the sample holds no value."""
        return self.filled == 0

    def share(self, *names: str) -> float:
        """Highest share among the named shapes."""
        return max((self.shapes.get(name, 0.0) for name in names), default=0.0)


def is_spreadsheet_day(facts: ColumnFacts) -> bool:
    """Whether dates may have arrived as the day numbers of a spreadsheet."""
    return facts.dates.share < 0.1 and facts.share("excel_day") > 0.9 and facts.distinct > 5


def describe_column(series: pl.Series) -> ColumnFacts:
    """Facts of a sampled column."""
    native = _native_kind(series.dtype)
    if native == "list":
        series = series.list.eval(pl.element().cast(pl.String)).list.join("|")
    text = series.cast(pl.String, strict=False).str.strip_chars()
    text = text.set(text.is_in(list(NULL_TOKENS)).fill_null(True), None)
    filled = text.drop_nulls()
    if filled.is_empty():
        return ColumnFacts(series.name, native, 0.0, 0, 0.0, {})
    separator = "|" if native == "list" else _find_separator(filled)
    single = _cut(filled, separator)
    numbers = filled.cast(pl.Float64, strict=False).drop_nulls()
    dates = _native_dates(native) or find_dates(filled)
    return ColumnFacts(
        name=series.name,
        native=native,
        filled=len(filled) / len(series),
        distinct=filled.n_unique(),
        distinct_share=filled.n_unique() / len(filled),
        shapes=find_shapes(single),
        dates=dates,
        tokens=_find_tokens(filled),
        separator=separator,
        minimum=_quantile(numbers, 0.01),
        maximum=_quantile(numbers, 0.99),
        parsed=_parse(series, text, dates, native),
    )


def _native_kind(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.List):
        return "list"
    if dtype.is_temporal():
        return "date" if dtype == pl.Date else "timestamp"
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "number"
    return "boolean" if dtype == pl.Boolean else "text"


def _native_dates(native: str) -> DateFacts | None:
    if native not in {"date", "timestamp"}:
        return None
    return DateFacts((("%Y-%m-%d", 1.0),), True, float(native == "timestamp"))


def _find_separator(values: pl.Series) -> str | None:
    """Sign between several codes in one cell, where at least one cell in twenty has more than one code."""
    for sign in SEPARATORS:
        several = values.filter(values.str.contains(sign, literal=True))
        if len(several) < max(1, len(values) // 20):
            continue
        parts = several.str.split(sign).explode().str.strip_chars()
        parts = parts.filter(parts != "")
        if len(parts) and share_true(parts.str.contains(r"^(?i:[A-Z]\d[0-9A-Z.X-]{1,4}|\d{6,18})$")) > 0.8:
            return sign
    return None


def _cut(values: pl.Series, separator: str | None) -> pl.Series:
    if separator is None:
        return values
    parts = values.str.split(separator).explode().str.strip_chars()
    return parts.filter((parts != "").fill_null(False))


def _find_tokens(values: pl.Series) -> dict[str, float]:
    if values.n_unique() > 60:
        return {}
    counts = values.value_counts(name="n").sort(["n", values.name], descending=[True, False])
    return {token: count / len(values) for token, count in counts.iter_rows()}


def _quantile(numbers: pl.Series, share: float) -> float | None:
    return None if numbers.is_empty() else numbers.quantile(share)


def _parse(series: pl.Series, text: pl.Series, dates: DateFacts, native: str) -> pl.Series | None:
    """Days of the column in row order, for comparing two columns."""
    if native in {"date", "timestamp"}:
        return series.cast(pl.Date)
    if dates.share < 0.5:
        return None
    day = text.str.replace(r"[ T]\d{1,2}:\d{2}.*$", "")
    name = dates.formats[0][0]
    if name in {"%Y-%m", "%m/%Y", "%Y%m", "%m%Y", "%Y"}:
        return None
    return day.str.to_date(name, strict=False)
