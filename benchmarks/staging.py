"""From extracts to staging without the expectations of the gate, for data that are known to be sound."""

from mltc import intake
from mltc.codelists import load_codelists
from mltc.contract import load_contract
from mltc.quality import exclude_rows
from mltc.quality.coverage.check import check_coverage
from mltc.workspace import Workspace


def stage_sound_extracts(workspace: Workspace) -> None:
    """Read, set aside what is twice or opted out, stage, reconcile, and judge coverage."""
    workspace.start_build()
    files = [file for table in load_contract() for file in intake.read_table(workspace, table)]
    intake.record_extracts(workspace, files, load_codelists())
    tables = sorted({file.table for file in files})
    with workspace.open_build() as warehouse:
        intake.prepare_rows(warehouse, workspace.config, tables)
        exclude_rows(warehouse, workspace.config, dict.fromkeys(tables, ()), workspace.config.run.index_date)
    intake.stage_rows(workspace)
    with workspace.open_build() as warehouse:
        check_coverage(warehouse, workspace.config)
