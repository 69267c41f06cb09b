"""The release's figures in the shape of the NHS Central Metrics Library (CML), from published tables alone.

Five tables, as NHS England's package cml-schemas 3.0.0 (CML Proforma 3.0, beta) describes them: metric, dimensions,
metadata, source, relationships. A figure that is suppressed or withheld has no datapoint: nothing there means zero.
"""

import calendar
import hashlib
import io
import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Any

from mltc.disclosure import PublishedTable
from mltc.disclosure.written import escape_formula, write_csv
from mltc.paths import REPORTS
from mltc.report.context import ReportContext
from mltc.report.figures import Row, load_rows
from mltc.report.known import Known, known_of

if TYPE_CHECKING:
    import polars as pl

Values = dict[str, Any]
ALL = "all"
# Fields of METADATA_SCHEMA that the release does not know; null there.
_UNKNOWN = (
    "metric_end_date", "numerator_project_id", "numerator_source_platform", "denominator_project_id",
    "denominator_source_platform", "metric_alias", "target", "footnotes",
)  # fmt: skip
METADATA_FIELDS = (
    "metric_family_id", "metric_id", "metric_status", "metric_state", "metric_title", "metric_start_date",
    "metric_end_date", "available_metric_category", "available_reporting_grain", "available_location_types",
    "available_dimension_types", "business_area", "business_sub_area", "domain", "numerator_source_name",
    "numerator_project_id", "numerator_source_platform", "denominator_source_name", "denominator_project_id",
    "denominator_source_platform", "metric_owner", "metric_short_name", "metric_alias", "metric_description",
    "calculation", "metric_purpose", "unit", "format", "target", "frequency_of_refresh", "aggregation",
    "statistical_disclosure_control_flag", "statistical_disclosure_control_description", "interpretation",
    "inclusion_exclusion_rules", "usage", "organisation_geog_type", "footnotes", "notes",
)  # fmt: skip
_DATES = {
    "reporting_period_start_datetime", "publication_datetime", "metric_start_date", "metric_end_date",
    "first_record_timestamp", "last_record_timestamp", "last_ingest_timestamp", "version_release_date",
}  # fmt: skip
_NUMBERS = {"dimension_count", "version_release"}


@cache
def load_metrics() -> dict[str, Any]:
    """What becomes a metric: `reports/metrics.toml`."""
    return tomllib.loads((REPORTS / "metrics.toml").read_text(encoding="utf-8"))


def render_metrics(context: ReportContext, tables: dict[str, PublishedTable]) -> dict[str, bytes]:
    """`metrics/<table>.parquet` (typed) and `.csv` (text) by path. Same arguments, same bytes."""
    files: dict[str, bytes] = {}
    for name, frame in build_metrics(context, tables).items():
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd", statistics=False)
        files[f"metrics/{name}.parquet"] = buffer.getvalue()
        files[f"metrics/{name}.csv"] = _to_csv(frame)
    return files


def build_metrics(context: ReportContext, tables: dict[str, PublishedTable]) -> "dict[str, pl.DataFrame]":
    """The five tables. `source` has no row where the release has no monthly series to date its records by."""
    rows = load_rows(tables)
    area = next((row for row in rows.get("prevalence", []) if row["geography_type"] == "icb"), None)
    points: list[Values] = []
    dimensions: dict[str, Values] = {}
    metadata: list[Values] = []
    for metric in load_metrics()["metric"]:
        for key, of_metric in _split(metric, rows.get(metric["table"], [])).items():
            made = [_datapoint(context, metric, key, row, area) for row in of_metric if _can_tell(metric, row)]
            made = [point for point in made if point["metric_value"] is not None and point["location_id"]]
            if not made:
                continue
            points += [{name: value for name, value in point.items() if name != "split"} for point in made]
            dimensions |= {point["dimension_id"]: _dimension(*point["split"]) for point in made if point["split"]}
            metadata.append(_describe(context, metric, key, of_metric[0], made))
    return {
        "metric": _frame(points, _POINT_FIELDS, {"metric_value": "number"}),
        "dimensions": _frame(list(dimensions.values()), _dimension_fields(dimensions.values())),
        "metadata": _frame(metadata, METADATA_FIELDS),
        "source": _frame(_source(context, rows), _SOURCE_FIELDS),
        "relationships": _frame(list(_relate(metadata)), _RELATION_FIELDS),
    }


_POINT_FIELDS = (
    "datapoint_id", "metric_id", "dimension_id", "reporting_grain", "location_id", "location_type",
    "reporting_period_start_datetime", "publication_datetime", "metric_value", "additional_metric_values",
)  # fmt: skip
_SOURCE_FIELDS = (
    "numerator_source_name", "numerator_project_id", "numerator_source_platform", "denominator_source_name",
    "denominator_project_id", "denominator_source_platform", "first_record_timestamp", "last_record_timestamp",
    "last_ingest_timestamp", "version_release_date", "version_release",
)  # fmt: skip
_RELATION_FIELDS = (
    "metric_id", "metric_short_name", "child_metric_id", "child_metric_short_name", "relationship_type",
    "relationship_category", "relationship_description",
)  # fmt: skip


def _split(metric: Mapping[str, Any], rows: list[Row]) -> dict[str, list[Row]]:
    """Rows by metric id: one metric of all rows, or one for each value of `each`."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        key = f"{metric['key']}_{row[metric['each']]}" if "each" in metric else str(metric["key"])
        found.setdefault(f"mltc_{key}", []).append(row)
    return found


def _can_tell(metric: Mapping[str, Any], row: Row) -> bool:
    """Whether a percentage of everyone can be told: not where it is known of nobody or of too few."""
    return not metric.get("of_everyone") or known_of(row) in (Known.MOST, Known.ALL)


def _datapoint(context: ReportContext, metric: Mapping[str, Any], metric_id: str, row: Row, area: Row | None) -> Values:
    """One figure; `split` is what it is split by and the value, None for all people."""
    split = _split_of(metric, row)
    place = row if "geography_code" in row.values else area
    location = (str(place["geography_code"]), str(place["geography_type"]).upper()) if place else ("", "")
    dimension = ":".join(split) if split else None
    parts = {name: metric[name] for name in ("numerator", "denominator")}
    parts |= {name: f"{metric['value']}_{name}" for name in ("lower", "upper")}
    more = {name: row.values.get(column) for name, column in parts.items()}
    if metric.get("of_everyone") and row["known_share"] != "all":
        more["known_share"] = row["known_share"]
    identity = "|".join((metric_id, dimension or ALL, *location, context.index_date.isoformat()))
    return {
        "datapoint_id": hashlib.sha256(identity.encode("utf-8")).hexdigest()[:32],
        "metric_id": metric_id,
        "dimension_id": dimension,
        "reporting_grain": load_metrics()["all"]["reporting_grain"],
        "location_id": location[0],
        "location_type": location[1],
        "reporting_period_start_datetime": _at(context.index_date),
        "publication_datetime": None,
        "metric_value": row.values[metric["value"]],
        "additional_metric_values": json.dumps({k: v for k, v in more.items() if v is not None}, sort_keys=True),
        "split": split,
    }


def _split_of(metric: Mapping[str, Any], row: Row) -> tuple[str, str] | None:
    if "by_column" in metric:
        return str(metric["by_column"]), str(row[metric["by_column"]])
    if "by" in metric and row[metric["by"]] != ALL:
        return str(row[metric["by"]]), str(row[metric["by_value"]])
    return None


def _dimension(kind: str, value: str) -> Values:
    return {"dimension_id": f"{kind}:{value}", "dimension_type_id": kind, "dimension_count": 1, kind: value}


def _dimension_fields(dimensions: Iterable[Values]) -> tuple[str, ...]:
    """The schema's three fields, then one column for each kind of split."""
    kinds = sorted({str(dimension["dimension_type_id"]) for dimension in dimensions})
    return ("dimension_id", "dimension_type_id", "dimension_count", *kinds)


def _describe(
    context: ReportContext, metric: Mapping[str, Any], metric_id: str, row: Row, points: list[Values]
) -> Values:
    shared = load_metrics()["all"]
    title = str(row[metric["title_column"]]) if "title_column" in metric else str(metric["title"])
    rule = str(row[metric["rule_column"]]) if "rule_column" in metric else str(metric["description"])
    kinds = sorted({str(point["split"][0]) for point in points if point["split"]})
    places = ", ".join(sorted({str(point["location_type"]) for point in points}))
    return {
        **{name: shared.get(name) for name in METADATA_FIELDS},
        **dict.fromkeys(_UNKNOWN),
        "metric_family_id": metric["family"],
        "metric_id": metric_id,
        "metric_title": title,
        "metric_short_name": metric_id.removeprefix("mltc_"),
        "metric_description": rule,
        "metric_purpose": metric["purpose"],
        "calculation": metric["calculation"],
        "metric_start_date": _at(context.index_date),
        "metric_owner": context.icb_name,
        "available_reporting_grain": shared["reporting_grain"],
        "available_location_types": places,
        "available_dimension_types": ", ".join(kinds) or None,
        "organisation_geog_type": places,
        "statistical_disclosure_control_description": context.profile_rule,
        "notes": f"Definition {context.definition} {context.definition_version}, codelists "
        f"{context.codelist_version}, code {context.code_version}."
        + (" Synthetic data: not real people." if context.is_synthetic else ""),
    }


def _source(context: ReportContext, rows: Mapping[str, list[Row]]) -> list[Values]:
    """What the figures are made of, by published months; the day that they describe stands for that of the intake."""
    months = sorted({str(row["month"])[:7] for row in rows.get("month", []) if row["month"]})
    if not months:
        return []
    shared = load_metrics()["all"]
    (first_year, first_month), (year, month) = (
        [int(part) for part in name.split("-")] for name in (months[0], months[-1])
    )
    described = _at(context.index_date)
    return [
        {
            "numerator_source_name": shared["numerator_source_name"],
            "denominator_source_name": shared["denominator_source_name"],
            "first_record_timestamp": datetime(first_year, first_month, 1),
            "last_record_timestamp": datetime(year, month, calendar.monthrange(year, month)[1]),
            "last_ingest_timestamp": described,
            "version_release_date": described,
            "version_release": 1,
        }
    ]


def _relate(metadata: list[Values]) -> Iterable[Values]:
    """Complex MLTC, and a physical with a mental condition, are parts of MLTC."""
    titles = {entry["metric_id"]: entry["metric_short_name"] for entry in metadata}
    whole = "mltc_prevalence"
    for child in ("mltc_complex_prevalence", "mltc_physical_mental_prevalence"):
        if whole in titles and child in titles:
            yield {
                "metric_id": whole,
                "metric_short_name": titles[whole],
                "child_metric_id": child,
                "child_metric_short_name": titles[child],
                "relationship_type": "Subset",
                "relationship_category": "Numerator",
                "relationship_description": "Everybody who counts in the child's numerator counts in the parent's.",
            }


def _frame(rows: list[Values], fields: tuple[str, ...], kinds: Mapping[str, str] | None = None) -> "pl.DataFrame":
    import polars as pl

    types: dict[str, Any] = {name: pl.Datetime("ns") for name in _DATES} | dict.fromkeys(_NUMBERS, pl.Int64)
    types |= dict.fromkeys(kinds or {}, pl.Float64)
    schema = {name: types.get(name, pl.String()) for name in fields}
    return pl.DataFrame([{name: row.get(name) for name in fields} for row in rows], schema=schema)


def _at(day: date) -> datetime:
    return datetime.combine(day, time())


def _to_csv(frame: "pl.DataFrame") -> bytes:
    texts = [["" if value is None else _text(value) for value in row] for row in frame.iter_rows()]
    return write_csv([frame.columns, *texts])


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return escape_formula(value) if isinstance(value, str) else str(value)
