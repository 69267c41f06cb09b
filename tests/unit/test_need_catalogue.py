"""The catalogue of needs: every indicator says its rule, source, limits and feeds, and a gap is named."""

import polars as pl
import pytest

from mltc.contract import load_contract
from mltc.errors import CodelistError
from mltc.paths import CODELISTS
from mltc.reference import read_indicator_processes, read_indicators

ENTRY = """
[[need]]
key = "review"
name = "Review"
[[need.indicator]]
key = "no_review"
name = "No review"
rule = "No review coded."
source = "a paper"
limits = "Only codes are seen."
feeds = ["gp_event", "outpatient"]
"""


def test_processes_of_an_entry_become_rows(tmp_path):
    path = tmp_path / "needs.toml"
    path.write_text(f'{ENTRY}processes = ["care_plan", "is_carer"]\n', encoding="utf-8")
    found = read_indicator_processes(path).rows()
    assert found == [("no_review", "care_plan"), ("no_review", "is_carer")]


def test_an_entry_becomes_a_row(tmp_path):
    path = tmp_path / "needs.toml"
    path.write_text(ENTRY, encoding="utf-8")
    assert read_indicators(path).rows(named=True) == [
        {
            "need": "review",
            "need_name": "Review",
            "indicator": "no_review",
            "indicator_name": "No review",
            "indicator_rule": "No review coded.",
            "applies_to": "people with MLTC",
            "source": "a paper",
            "limits": "Only codes are seen.",
            "feeds": "gp_event, outpatient",
            "is_need": True,
        }
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('limits = "Only codes are seen."\n', "", "no_review: limits is missing or empty"),
        ('source = "a paper"', 'source = ""', "no_review: source is missing or empty"),
        ('"outpatient"', '"letters"', "no_review: 'letters' is no table of the contract"),
    ],
)
def test_what_an_entry_lacks_is_named(tmp_path, old, new, message):
    path = tmp_path / "needs.toml"
    path.write_text(ENTRY.replace(old, new), encoding="utf-8")
    with pytest.raises(CodelistError, match=message):
        read_indicators(path)


def test_all_problems_are_told_at_once(tmp_path):
    path = tmp_path / "needs.toml"
    path.write_text(ENTRY.replace('rule = "No review coded."\n', "").replace("gp_event", "gp"), encoding="utf-8")
    with pytest.raises(CodelistError, match="2 problem"):
        read_indicators(path)


def test_the_shipped_catalogue_is_whole():
    catalogue = read_indicators(CODELISTS / "needs.toml")
    assert catalogue["indicator"].is_unique().all()
    feeds = set(catalogue["feeds"].str.split(", ").explode())
    assert feeds <= load_contract().keys()
    # a support given, a fact or an outcome is no gap
    assert catalogue.filter(need="outcomes")["is_need"].sum() == 0
    assert catalogue.filter(pl.col("limits").str.len_chars() < 20).is_empty()
