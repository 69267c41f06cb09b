"""Every score side by side: no score left out, one row for each person of the spine."""

import polars as pl
from conftest import draw

from mltc.data_dictionary import load_dictionary

SCORES = ("charlson", "elixhauser", "hfrs", "efi", "cambridge", "polypharmacy", "anticholinergic")
KEYS = ("index_date", "person_id")
LEFT_OUT = {"product_count_12m"}  # how far polypharmacy can be trusted: looked up there


def test_every_column_of_every_score_is_there():
    told = load_dictionary()
    expected = {column for score in SCORES for column in told[f"scores.{score}"].columns} - set(KEYS) - LEFT_OUT
    assert set(told["scores.person_score"].columns) - set(KEYS) == expected


def test_joins_by_person_and_index_date(build):
    told = load_dictionary()
    scored = draw("index_date | person_id \n 2026-10-01 | p \n 2025-10-01 | p")
    tables = {
        f"scores.{score}": scored.with_columns(
            pl.Series(column, [f"{column} 2026", f"{column} 2025"])
            for column in told[f"scores.{score}"].columns
            if column not in KEYS
        )
        for score in SCORES
    }
    spine = draw("index_date | person_id \n 2026-10-01 | p \n 2025-10-01 | p \n 2026-10-01 | unscored")
    found = build("scores.person_score", {**tables, "register.spine": spine})
    assert found.columns == list(told["scores.person_score"].columns)
    assert found.height == 3
    for row in found.filter(pl.col("person_id") == "p").iter_rows(named=True):
        assert all(value == f"{column} {row['index_date'].year}" for column, value in row.items() if column not in KEYS)
    assert set(found.filter(pl.col("person_id") == "unscored").drop(KEYS).row(0)) == {None}
