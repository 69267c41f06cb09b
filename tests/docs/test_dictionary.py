"""The data dictionary says what the SQL builds, and the page is what the code makes."""

import pytest

from mltc.data_dictionary import load_dictionary, read_header, render_dictionary
from mltc.paths import ROOT
from mltc.warehouse import load_models


def test_every_model_is_described_and_nothing_else():
    assert set(load_dictionary()) == set(load_models())


def test_page_is_up_to_date():
    page = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert page == render_dictionary(), "run `just docs`"


@pytest.mark.parametrize("name", sorted(load_models()))
def test_header_gives_grain_and_key_is_a_column(name):
    entry = load_dictionary()[name]
    assert read_header(load_models()[name])[0].startswith("One row per ")
    assert set(entry.key) <= set(entry.columns)
