"""The contents of `run.json`."""

from typing import Any

from flows.request import RunRequest
from flows.steps.model_store import list_models
from mltc.audit import audit_head
from mltc.codelists import Codelists
from mltc.disclosure import describe_beside
from mltc.intake import read_opt_out_day
from mltc.kept import list_kept
from mltc.quality import read_gate_results
from mltc.quality.report import PASSED, PASSED_WITH_FAILED_ROWS, read_status
from mltc.run_record import hash_config, peak_memory, read_code_version, read_library_versions, read_stages
from mltc.warehouse import Warehouse


def build_record(request: RunRequest, codelists: Codelists) -> dict[str, Any]:
    """Versions, inputs, row accounts, gate, opt-outs, sizes and timings of the run at work.

    Of a run that was stopped, what it had not come to is empty. Suspected leakage in a risk model is something that did
    not pass: such a run never ends as `passed`.
    """
    workspace = request.workspace()
    config = workspace.config
    with workspace.open_build() as warehouse:
        tables = {
            "inputs": "select * from meta.extract_file order by table_name, file",
            "row_account": "select * from meta.row_account order by table_name, file",
            "gate": "select table_name, rule, level, status, rows_failed, rows_checked, first_rows "
            "from meta.gate_result order by all",
            "failed_rules": "select table_name, rule, level, why, affects, mend from meta.gate_result "
            "where status = 'failed' order by all",
            "agreements": "select * from meta.source_table order by table_name, feed",
            "links": "select * from meta.link_account order by all",
            "sensitive_codes": "select * from meta.sensitive_count order by all",
            "opt_out_ledger": "select * from meta.opt_out_ledger order by all",
            "notes": "select area, note from meta.run_note order by all",
        }
        found = {
            name: warehouse.read(query).to_dicts() if _has(warehouse, query) else [] for name, query in tables.items()
        }
        status = read_status(read_gate_results(warehouse)) if found["gate"] else PASSED
        alarms = "select outcome, alarm from risk.alarm order by all"
        found["risk_alarms"] = warehouse.read(alarms).to_dicts() if warehouse.columns("risk.alarm") else []
        leaks = "select distinct feature from meta.feature_leak where persons_changed > 0 order by feature"
        found["feature_leaks"] = warehouse.read(leaks).to_dicts() if _has(warehouse, leaks) else []
        kept = list_kept(warehouse)
        if found["risk_alarms"] or found["feature_leaks"]:
            status = PASSED_WITH_FAILED_ROWS
    return {
        **found,
        "status": status,
        "problems": [*([loss] if (loss := workspace.last_loss()) else []), *describe_beside(workspace.build_release)],
        "icb": config.icb.code,
        "encryption": config.key_place.describe() if config.key_place else None,
        "audit": audit_head(workspace.out),
        "opt_outs_as_of": read_opt_out_day(config.run.index_date).isoformat(),
        "is_synthetic": config.icb.synthetic,
        "index_date": config.run.index_date.isoformat(),
        "definition": config.run.definition,
        "run": config.run.name,
        "seed": config.run.seed,
        "code_version": read_code_version(),
        "codelist_version": codelists.version,
        "config_sha256": hash_config(request.config_path),
        "libraries": read_library_versions(),
        "kept": kept,
        "models": list_models(workspace.build_models, config.run.name),
        "stages": read_stages(workspace.build_folder),
        "peak_memory_mib": peak_memory(),
    }


def _has(warehouse: Warehouse, query: str) -> bool:
    """Whether the table that a query reads has been built."""
    name = next(word for word in query.split() if word.startswith("meta."))
    return bool(warehouse.columns(name))
