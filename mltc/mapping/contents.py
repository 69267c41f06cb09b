"""What the sampled values of one column look like: shares, never values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from mltc.codelists.check_digit import has_valid_check_digit
from mltc.dialect import ReadOptions
from mltc.mapping.dates import DateFacts, find_dates
from mltc.mapping.nhs_number import are_nhs_numbers
from mltc.mapping.shares import share_true

NULL_TOKENS = (*ReadOptions().null_tokens, "N/A", "None", "nan", "NaN", "NaT", "#N/A", r"\N", "(null)", "<NA>")
# Shapes of codes as the NHS Data Dictionary, SNOMED CT, ICD-10, OPCS-4, Read, BNF and ONS write them.
SHAPES: dict[str, str] = {
    "integer": r"^[-+]?\d+(\.0+)?$",
    "number": r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$",
    "point_zero": r"^[-+]?\d+\.0+$",
    "decimal": r"^[-+]?\d+\.\d*[1-9]\d*$",
    "boolean": r"^(?i:0|1|t|f|true|false|y|n|yes|no)$",
    "identifier": r"^\S{1,128}$",
    "words": r"[A-Za-z]{2,}.*\s.*[A-Za-z]",
    "long_digits": r"^\d{6,18}$",
    "scientific": r"^\d(\.\d+)?[eE]\+?\d+$",
    "icd10": r"^(?i:[A-Z]\d[0-9AB]\.?([0-9X-][0-9-]{0,2})?[DA+*†]?)$",
    "opcs4": r"^(?i:[A-HJ-NP-VX-Z]\d\d(\.?\d)?)$",
    "read2": r"^([A-HJ-NP-UZ][0-9A-Za-z.]{3,4}|[0-9][0-9A-Za-z.]{0,2}[A-Za-z.][0-9A-Za-z.]{0,2})(00|1[1-9])?$",
    "ctv3": r"^([A-Za-z][0-9A-Za-z.]{4}|[0-9][0-9A-Za-z.]{0,3}[A-Za-z.][0-9A-Za-z.]{0,3})$",
    "bnf": r"^(0[1-9]|1\d|2[0-3])\d{4}[0-9A-Z]{3,9}$",
    "lsoa": r"^[EW]01\d{6}$",
    "msoa": r"^[EW]02\d{6}$",
    "practice": r"^[A-HJ-NPVWY]\d{5}$",
    "provider": r"^([RT][A-Z0-9]{2}([A-Z0-9]{2})?|[NG8][A-Z0-9]{2,5}|N[A-Z0-9]{4}|0?AD\d+|VL[A-Z0-9]+)$",
    "treatment_function": r"^[1-9]\d\d$",
    "pcn": r"^U\d{5}$",
    "sub_icb": r"^(\d\d[A-Z]|[A-Z]\d[A-Z]\d[A-Z]|E38\d{6})$",
    "icb": r"^(Q[A-Z0-9]{2}|E54\d{6})$",
    "guid": r"^\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$",
    "hash": r"^([0-9a-fA-F]{32,128}|[0-9A-Za-z+/]{32,}={0,2})$",
    "ten_digits": r"^\d{3}[ -]?\d{3}[ -]?\d{4}$",
    "time": r"^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$",
    "postcode": r"^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$",
    "email": r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
}
SEPARATORS = ("|", ";", ",", " ")
# Partition identifiers of concepts and of descriptions, the two digits before the check digit.
_PARTITION = r"^\d*(00|01|10|11)\d$"


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
        shapes=_find_shapes(single),
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


def _find_shapes(values: pl.Series) -> dict[str, float]:
    if values.is_empty():
        return {}
    found = {name: share_true(values.str.contains(pattern)) for name, pattern in SHAPES.items()}
    found["nhs_number"] = share_true(are_nhs_numbers(values)) if found["ten_digits"] > 0.05 else 0.0
    found |= _find_snomed(values) if found["long_digits"] > 0.05 else {"snomed": 0.0, "ruined": found["scientific"]}
    # Excel counts days since 1899-12-30: 7306 is 1920, 60000 is 2064.
    days = values.cast(pl.Float64, strict=False)
    found["excel_day"] = share_true(days.is_between(7306, 60000))
    return found


def _find_snomed(values: pl.Series) -> dict[str, float]:
    """Shares of identifiers with a right check digit, and of those that a spreadsheet rounded."""
    counts = values.value_counts(name="n")
    digits = counts.filter(counts[values.name].str.contains(SHAPES["long_digits"]))
    texts = digits[values.name]
    valid = pl.Series([has_valid_check_digit(text) for text in texts], dtype=pl.Boolean)
    valid &= texts.str.contains(_PARTITION)
    rounded = ~valid & (texts.str.len_chars() >= 16) & texts.str.ends_with("0")
    scientific = share_true(values.str.contains(SHAPES["scientific"]))
    return {
        "snomed": float(digits["n"].filter(valid).sum()) / len(values),
        "ruined": float(digits["n"].filter(rounded).sum()) / len(values) + scientific,
    }


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
