"""The Central Metrics Library export: what it says, that suppressed figures are not in it, and that NHS England's own
package takes it (cml-schemas; its pandas half is enough).
"""

import csv
import io
import json
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from cml_schemas import pandas_schemas as schemas

from mltc.report import render_metrics
from mltc.report.metrics import build_metrics, load_metrics

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    return build_metrics(drawn.draw_context(), drawn.draw_tables())


def one(frame: pl.DataFrame, **wanted: Any) -> dict[str, Any]:
    [row] = frame.filter([pl.col(name).eq_missing(pl.lit(value)) for name, value in wanted.items()]).to_dicts()
    return row


def test_a_figure_is_a_datapoint_with_what_it_is_made_of(frames):
    row = one(frames["metric"], metric_id="mltc_prevalence", dimension_id=None, location_id="QXX")
    table = drawn.draw_tables()["prevalence"].frame
    figure = one(table, geography_type="icb", breakdown="all")
    assert row["metric_value"] == figure["mltc_percent"]
    assert json.loads(row["additional_metric_values"]) == {
        "numerator": figure["mltc_persons"],
        "denominator": figure["persons"],
        "lower": figure["mltc_percent_lower"],
        "upper": figure["mltc_percent_upper"],
    }
    assert (row["location_type"], row["reporting_grain"]) == ("ICB", "Month")


def test_suppressed_figures_have_no_datapoint(frames):
    table = drawn.draw_tables()["condition"].frame
    shown = table.filter(pl.col("condition_percent").is_not_null())
    found = frames["metric"].filter(pl.col("metric_id") == "mltc_condition_prevalence")
    assert table.height > shown.height == found.height
    assert frames["metric"]["metric_value"].null_count() == 0


def test_a_need_is_a_metric_of_its_own(frames):
    described = one(frames["metadata"], metric_id="mltc_need_ten_medicines")
    assert described["metric_title"] == "10 or more medicines"
    assert described["metric_description"] == "Ten or more medicines in 3 months"
    assert "mltc_need_no_contact" not in frames["metadata"]["metric_id"]  # suppressed everywhere
    assert described["statistical_disclosure_control_flag"] == "Y"


@pytest.mark.parametrize(
    ("band", "more"),
    [("all", {}), ("80% to 94%", {"known_share": "80% to 94%"}), ("less than 80%", None), ("none", None)],
)
def test_a_service_of_which_too_few_are_known_has_no_datapoint(band, more):
    tables = drawn.draw_tables()
    rows = [row | {"known_share": band} for row in tables["innovation"].frame.to_dicts()]
    found = build_metrics(drawn.draw_context(), tables | {"innovation": drawn.publish("innovation", rows)})["metric"]
    of_review = found.filter(metric_id="mltc_eligible_review", location_id="QXX")
    assert of_review.height == (more is not None)
    if more is not None:
        values = json.loads(of_review["additional_metric_values"][0])
        assert {name: value for name, value in values.items() if name == "known_share"} == more
        assert values["numerator"] == 5_355


def test_keys_join(frames):
    metric, dimensions, metadata = (frames[name] for name in ("metric", "dimensions", "metadata"))
    assert metric["datapoint_id"].is_unique().all()
    assert set(metric["metric_id"]) == set(metadata["metric_id"])
    assert metadata["metric_id"].is_unique().all()
    assert set(metric["dimension_id"].drop_nulls()) == set(dimensions["dimension_id"])
    assert dimensions["dimension_id"].is_unique().all()
    assert one(dimensions, dimension_id="sex:female")["sex"] == "female"
    assert set(frames["relationships"]["child_metric_id"]) <= set(metadata["metric_id"])


def test_every_metric_names_columns_that_are_published():
    from mltc.disclosure import load_table_specs

    specs = load_table_specs()
    for metric in load_metrics()["metric"]:
        columns = specs[metric["table"]].kinds
        keys = (
            "value",
            "numerator",
            "denominator",
            "each",
            "by",
            "by_value",
            "by_column",
            "title_column",
            "rule_column",
        )
        assert [metric[key] for key in keys if key in metric and metric[key] not in columns] == [], metric["key"]


def test_hostile_names_are_text():
    context = drawn.draw_context(icb_name='=HYPERLINK("x")')
    text = render_metrics(context, drawn.draw_tables())["metrics/metadata.csv"].decode("utf-8")
    assert {row["metric_owner"] for row in csv.DictReader(io.StringIO(text))} == {'\'=HYPERLINK("x")'}


def test_same_tables_give_the_same_bytes():
    context, tables = drawn.draw_context(), drawn.draw_tables()
    assert render_metrics(context, tables) == render_metrics(context, tables)


@pytest.mark.parametrize("tables", [{}, None], ids=["no tables", "empty tables"])
def test_without_figures_there_are_tables_without_rows(tables):
    found = build_metrics(drawn.draw_context(), drawn.draw_empty_tables() if tables is None else tables)
    assert {name: frame.height for name, frame in found.items()} == {
        "metric": 0, "dimensions": 0, "metadata": 0, "source": 0, "relationships": 0,
    }  # fmt: skip


def test_the_schemas_of_nhs_england_are_met():
    files = render_metrics(drawn.draw_context(), drawn.draw_tables())
    read = {
        name: pl.read_parquet(io.BytesIO(files[f"metrics/{name}.parquet"]))
        for name in ("metric", "dimensions", "metadata", "source", "relationships")
    }
    kinds = read["dimensions"].columns[3:]
    expected = {
        "metric": schemas.get_metric_schema("float"),
        "dimensions": schemas.create_dimensions_schema(kinds),
        "metadata": schemas.METADATA_SCHEMA,
        "source": schemas.SOURCE_SCHEMA,
        "relationships": schemas.RELATIONSHIPS_SCHEMA,
    }
    for name, schema in expected.items():
        assert read[name].height > 0, name
        assert read[name].columns == [field.name for field in schema.fields], name
        schemas.validate_schema(read[name].to_pandas(), schema)
