"""The data dictionary says what the SQL builds, and the page is what the code makes."""

import pytest

from flows.steps import cluster_schemas, cohort_schemas, risk_change, risk_last, risk_seen, risk_tables
from mltc.data_dictionary import load_dictionary, read_header, render_dictionary
from mltc.paths import ROOT
from mltc.warehouse import load_models

WRITTEN = {
    "clusters": cluster_schemas.SCHEMAS,
    "cohort": cohort_schemas.SCHEMAS,
    "risk": {
        **risk_tables.SCHEMAS,
        "change": risk_change.SCHEMA,
        "seen_person": risk_seen.SCHEMA,
    },
}


def test_every_model_is_described_and_so_is_every_table_that_python_writes():
    described = load_dictionary()
    assert {name for name, entry in described.items() if entry.grain is None} == set(load_models())
    written = {f"{layer}.{table}" for layer, tables in WRITTEN.items() for table in tables}
    others = {"risk.abstention", "risk.split", "risk.last_risk", "risk.last_feature", "risk.last_codelist"}
    assert {name for name, entry in described.items() if entry.grain} == written | others


@pytest.mark.parametrize("layer", sorted(WRITTEN))
def test_columns_that_python_writes_are_those_that_are_described(layer):
    described = load_dictionary()
    for table, schema in WRITTEN[layer].items():
        entry = described[f"{layer}.{table}"]
        assert list(entry.columns) == list(schema), table
        assert entry.grain.startswith("One row per ") and set(entry.key) <= set(schema), table


@pytest.mark.parametrize("name", ["risk.last_risk", "risk.last_codelist"])
def test_what_is_carried_from_the_last_run_is_described(name, warehouse):
    warehouse.build(name, risk_last.NOTHING[name])
    assert list(warehouse.columns(name)) == list(load_dictionary()[name].columns)


def test_page_is_up_to_date():
    page = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert page == render_dictionary(), "run `just docs`"


def test_headers_give_grain_and_keys_are_columns():
    described = load_dictionary()
    for name, model in load_models().items():
        assert read_header(model)[0].startswith("One row per "), name
        assert set(described[name].key) <= set(described[name].columns), name
