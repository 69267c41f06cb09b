"""Whether a key is a real NHS number: modulus 11, and the ranges from which numbers are issued.

Source: NHS Data Dictionary, NHS NUMBER. 400-499 and 600-799 million in England, Wales and the Isle of Man; 320-399 in
Northern Ireland; in Scotland CHI numbers, which begin with a date of birth as DDMMYY. 900-999 are for tests.
"""

import polars as pl

WEIGHTS = tuple(range(10, 0, -1))  # digits times these add up to a multiple of 11
ISSUED = r"^((0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])[0-9]{6}|3[2-9][0-9]{8}|[467][0-9]{9})$"


def are_nhs_numbers(values: pl.Series) -> pl.Series:
    """By value of text: true where it is a valid NHS number of an issued range; spaces and dashes do not count."""
    frame = pl.DataFrame({"digits": values.str.replace_all(r"[\s-]", "")})
    issued = pl.when(pl.col("digits").str.contains(ISSUED)).then(pl.col("digits"))
    terms = [issued.str.slice(place, 1).cast(pl.Int64) * weight for place, weight in enumerate(WEIGHTS)]
    valid = (pl.sum_horizontal(terms, ignore_nulls=False) % 11 == 0).fill_null(False)
    return frame.select(valid.alias("valid"))["valid"]
