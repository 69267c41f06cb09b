"""Suppression and rounding at the boundaries of every profile."""

import polars as pl
import pytest

from mltc.disclosure import PROFILES, TableSpec, protect, read_profile, strictest
from mltc.errors import ConfigError, DisclosureError

SPEC = TableSpec(
    name="plain",
    title="Plain",
    description="One count",
    dimensions=("place",),
    counts=("persons",),
    columns={"place": "Place", "persons": "Persons"},
)


def published(counts, profile):
    frame = pl.DataFrame({"place": [f"{place:02}" for place in range(len(counts))], "persons": counts})
    return protect({"plain": frame}, {"plain": SPEC}, profile)["plain"].text_frame()["persons"].to_list()


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        # true counts       0      1      4      5      7      8     12    13
        ("hes", ["0", "[c]", "[c]", "[c]", "[c]", "10", "10", "15"]),
        ("community", ["[c]", "[c]", "[c]", "5", "5", "10", "10", "15"]),
        ("opensafely", ["[c]", "[c]", "[c]", "[c]", "[c]", "10", "10", "15"]),
    ],
)
def test_counts_at_the_boundaries(profile, expected):
    assert published([0, 1, 4, 5, 7, 8, 12, 13], PROFILES[profile]) == expected


def test_strictest_suppresses_what_any_of_the_profiles_suppresses():
    assert strictest(["hes"]) == PROFILES["hes"]
    union = strictest(["community", "hes"])
    assert (union.lowest, union.highest, union.percent_decimals) == (0, 7, 0)  # 0-4 and 1-7; whole percentages
    assert read_profile(union.name) == union
    assert strictest(["hes", "opensafely"]) == PROFILES["opensafely"]


def test_unknown_profile_is_named_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"\['hess'\].*hes"):
        strictest(["hess"])


def test_a_negative_or_missing_count_is_refused_without_its_value():
    with pytest.raises(DisclosureError, match="2 of 3 rows") as caught:
        published([-41, None, 3], PROFILES["hes"])
    assert "41" not in str(caught.value)
