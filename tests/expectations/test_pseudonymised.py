"""The gate stops an extract whose person key is the NHS number itself."""

from datetime import date

import polars as pl
import pytest

from mltc.contract import load_contract
from mltc.mapping.nhs_number import are_nhs_numbers
from mltc.quality.rule import Rule
from mltc.quality.rules import load_rules

# Published examples: 943 476 5919 (NHS Data Dictionary) and 999 999 9999 pass modulus 11 in the range for tests, which
# is never issued. Issued ranges: 401 023 2137 and 450 557 7104: 4*10+5*9+0*8+5*7+5*6+7*5+7*4+1*3+0*2 = 216, and
# 216 mod 11 = 7, so that the check digit is 11 - 7 = 4.
NUMBERS = {
    "4010232137": True,
    "401 023 2137": True,
    "401-023-2137": True,
    "4505577104": True,
    "4857773457": True,
    "4505577105": False,  # a wrong check digit
    "9434765919": False,  # right, in the range for tests
    "9999999999": False,
    "9990000018": False,
    "0000000000": False,  # passes the arithmetic, is of no range
    "1234567881": False,  # right, but a number of Scotland begins with a date and no year has a month 34
    "0101501005": True,  # 1*9+1*7+5*6+1*4 = 50, 50 mod 11 = 6, 11 - 6 = 5; born on 01 01 50
    "9876543210": False,
    "401023213": False,  # nine digits
    "P4010232137": False,
}


@pytest.fixture
def rule() -> Rule:
    table = load_contract()["person"]
    return next(rule for rule in load_rules(table, 0.05) if rule.rule == "person_id_is_pseudonym")


def failing(warehouse, rule: Rule, identifiers: list[str | None]) -> int:
    """Rows on which the rule fails."""
    frame = pl.DataFrame(
        {
            "_row_id": range(1, len(identifiers) + 1),
            "_dropped": [None] * len(identifiers),
            "person_id": identifiers,
        },
        schema={"_row_id": pl.Int64, "_dropped": pl.String, "person_id": pl.String},
    )
    warehouse.write("raw.person", frame)
    return warehouse.read(rule.query("raw.person", "person", date(2026, 10, 1))).height


@pytest.mark.parametrize(("number", "is_issued"), NUMBERS.items())
def test_published_numbers(warehouse, rule, number, is_issued):
    assert (failing(warehouse, rule, [number]) == 1) is is_issued
    assert are_nhs_numbers(pl.Series([number])).to_list() == [is_issued]


def test_stops_above_half_of_the_persons(warehouse, rule):
    real, other = "4010232137", "9434765919"
    assert rule.level == "stop"
    assert failing(warehouse, rule, [real, other]) == 0  # 1 of 2 is not more than half
    assert failing(warehouse, rule, [real, real, other]) == 2  # 2 of 3 is
    assert failing(warehouse, rule, [real, None, None]) == 0  # a missing key is no NHS number


def test_ten_digit_pseudonyms_pass(warehouse, rule):
    # Evenly spaced numbers: the remainders of the checksum go round, so that about 1 in 11 passes by chance.
    numbers = [str(6_000_000_000 + 7_919 * step) for step in range(2_200)]
    valid = are_nhs_numbers(pl.Series(numbers)).sum()
    assert 2_200 / 11 * 0.7 < valid < 2_200 / 11 * 1.3
    assert failing(warehouse, rule, list(numbers)) == 0
