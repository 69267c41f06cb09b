"""A whole run without Prefect: every step in the order of the flow, for tests that need many runs."""

from pathlib import Path

from flows.request import RunRequest
from flows.steps.cluster import cluster_people
from flows.steps.cohort import build_cohorts
from flows.steps.model_store import find_card
from flows.steps.notes import note_what_is_missing
from flows.steps.publish import ReleaseRequest, release_or_keep
from flows.steps.record import build_record
from flows.steps.risk import score_risk
from mltc import derive, intake
from mltc.codelists import load_codelists
from mltc.config.secret import DEMO_SECRET
from mltc.contract import load_contract
from mltc.kept import note_program, take_over_last
from mltc.risk_catalogue import load_outcomes, main_outcome
from mltc.run_record import write_run_record
from mltc.workspace import Workspace


def run_steps(config_path: Path, out: Path, *, rebuild: bool = False, secret: str = DEMO_SECRET) -> Workspace:
    """One run; its folder, where it is the last good one."""
    request = RunRequest(config_path=config_path, out=out, rebuild=rebuild)
    workspace, codelists = request.workspace(), load_codelists()
    workspace.start_run()
    if not rebuild:
        take_over_last(workspace)
    files = [file for table in load_contract() for file in intake.read_table(workspace, table)]
    intake.record_extracts(workspace, files, codelists)
    intake.refuse_failures(intake.gate_extracts(workspace, workspace.build_docs))
    intake.stage_extracts(workspace)
    derive.derive_register(workspace, codelists, secret)
    cluster_people(workspace)
    score_risk(workspace, codelists)
    derive.build_planning(workspace, codelists, secret)
    build_cohorts(workspace, codelists, secret)
    with workspace.open_build() as warehouse:
        note_what_is_missing(warehouse, workspace.config)
    derive.build_marts(workspace, codelists, secret)
    card = find_card(workspace.build_models, main_outcome(load_outcomes()).key, workspace.config.run.name)
    wanted = ReleaseRequest(workspace.config, codelists, workspace.build_release, workspace.previous_release(), card)
    release_or_keep(workspace, wanted)
    with workspace.open_build() as warehouse:
        note_program(warehouse)
    write_run_record(workspace.build_folder / workspace.run_file.name, build_record(request, codelists))
    workspace.commit()
    return workspace
