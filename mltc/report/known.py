"""What a figure may say by how many people its records can answer for (bands of `known_share`).

A feed that was not supplied is no small number, and no "not eligible": of nobody it is known. Where it is known of few,
the count is a lower limit, and a percentage of everyone or staff for everyone would be wrong.
"""

from enum import Enum

from mltc.report.figures import Row
from mltc.report.wording import look_up, say


class Known(Enum):
    """How far a count of people goes: of nobody, of too few for a percentage, of most, of (nearly) all."""

    NOBODY = "nobody"
    FEW = "few"
    MOST = "most"
    ALL = "all"


BANDS = {
    "none": Known.NOBODY,
    "less than 80%": Known.FEW,
    "not all": Known.FEW,  # fewer than 100 people: how many are not known is not told
    "80% to 94%": Known.MOST,
    "95% or more": Known.ALL,
    "all": Known.ALL,
}


def known_of(row: Row) -> Known:
    """How far the counts of a row with `known_share` go. KeyError names a band that is not one of BANDS."""
    return BANDS[str(row["known_share"])]


def as_known(known: Known, text: str, *, is_count: bool = False) -> str:
    """A figure as far as it is known: as it is, "at least" it, or words in its place; a mark stands as it is.

    `is_count`: a count still tells something where few are known; a percentage or staff do not.
    """
    if known is Known.NOBODY:
        return look_up("known.nobody")
    if known is Known.FEW and not is_count:
        return look_up("known.few")
    if known is Known.ALL or not text[:1].isdigit():
        return text
    return say("known.at_least", figure=text)
