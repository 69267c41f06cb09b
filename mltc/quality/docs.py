"""Data Docs of a gate: the site that Great Expectations builds, made to work without a network.

Its own templates load styles, scripts and a logo from a dozen other hosts; those in `expectations/data_docs`
take the place of the ones that do. Pages show rules, counts, file names and row numbers, and nothing of a row.
"""

import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

_SITE = "gate"


def build_data_docs(
    context: Any, outcomes: Mapping[str, Any], results: pl.DataFrame, index_date: date, folder: Path
) -> None:
    """Write `folder/index.html` and two pages per table, of results and of rules.

    `outcomes` are the validation results by table, `results` (schema GATE_SCHEMA) what is told beside them.
    """
    run_time = datetime.now(tz=UTC)
    where = {(row["table_name"], row["rule"]): row["first_rows"] for row in results.iter_rows(named=True)}
    for table, outcome in outcomes.items():
        for result in outcome.results:
            meta = result.expectation_config.meta
            meta["where"] = where[(table, meta["rule"])]
        outcome.results.sort(key=lambda result: bool(result.success))
        _store(context, table, outcome, f"{index_date:%Y-%m}", run_time)
    context.add_data_docs_site(_SITE, _site(folder))
    context.build_data_docs(site_names=[_SITE])
    # Fonts and pictures of the tool's tutorial, 4 MB, which no page here shows.
    shutil.rmtree(folder / "static", ignore_errors=True)


def _store(context: Any, table: str, outcome: Any, run_name: str, run_time: datetime) -> None:
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    run = RunIdentifier(run_name=run_name, run_time=run_time)
    outcome.meta["run_id"] = run
    suite = ExpectationSuiteIdentifier(name=table)
    key = ValidationResultIdentifier(expectation_suite_identifier=suite, run_id=run, batch_identifier=table)
    context.validation_results_store.store_validation_results(
        suite_validation_result=outcome,
        suite_validation_result_identifier=key,
        expectation_suite_identifier=suite,
    )


def _site(folder: Path) -> dict[str, Any]:
    view = {"module_name": "mltc.quality.docs_view", "class_name": "OfflinePageView"}
    section = {"class_name": "DefaultSiteSectionBuilder", "view": view}
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": view},
        "site_section_builders": {
            "expectations": {
                **section,
                "source_store_name": "expectations_store",
                "renderer": {"class_name": "ExpectationSuitePageRenderer"},
            },
            "validations": {
                **section,
                "source_store_name": "validation_results_store",
                "renderer": {"class_name": "ValidationResultsPageRenderer"},
            },
        },
    }
