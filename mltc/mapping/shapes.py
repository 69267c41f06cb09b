"""The shapes that values of one column have: numbers, codes of a terminology, identifiers."""

import polars as pl

from mltc.codelists.check_digit import has_valid_check_digit
from mltc.mapping.nhs_number import are_nhs_numbers
from mltc.mapping.shares import share_true

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
# Partition identifiers of concepts and of descriptions, the two digits before the check digit.
_PARTITION = r"^\d*(00|01|10|11)\d$"


def find_shapes(values: pl.Series) -> dict[str, float]:
    """Share of the values (text without nulls) that have each shape."""
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
