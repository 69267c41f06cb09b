"""The contents of `run.json`."""

from typing import Any

from flows.request import RunRequest
from mltc.codelists import Codelists
from mltc.run_record import hash_config, peak_memory, read_code_version, read_library_versions, read_stages


def build_record(request: RunRequest, codelists: Codelists) -> dict[str, Any]:
    """Versions, inputs, row accounts, gate, opt-outs, sizes and timings of the run at work."""
    workspace = request.workspace()
    config = workspace.config
    with workspace.open_build() as warehouse:
        tables = {
            "inputs": "select * from meta.extract_file order by table_name, file",
            "row_account": "select * from meta.row_account order by table_name, file",
            "gate": "select table_name, rule, level, status, rows_failed from meta.gate_result order by all",
            "opt_out_ledger": "select * from meta.opt_out_ledger order by all",
            "notes": "select area, note from meta.run_note order by all",
        }
        found = {name: warehouse.read(query).to_dicts() for name, query in tables.items()}
    failed = [rule for rule in found["gate"] if rule["status"] == "failed"]
    models = workspace.build_models
    return {
        **found,
        "status": "passed with failed rows" if failed else "passed",
        "icb": config.icb.code,
        "is_synthetic": config.icb.synthetic,
        "index_date": config.run.index_date.isoformat(),
        "definition": config.run.definition,
        "run": config.run.name,
        "seed": config.run.seed,
        "code_version": read_code_version(),
        "codelist_version": codelists.version,
        "config_sha256": hash_config(request.config_path),
        "libraries": read_library_versions(),
        "models": sorted(path.name for path in models.glob("*")) if models.exists() else [],
        "stages": read_stages(workspace.build_folder),
        "peak_memory_mib": peak_memory(),
    }
