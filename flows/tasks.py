"""Prefect tasks: thin wrappers that pass paths and table names, never a frame. Only reading is retried."""

from pathlib import Path

from prefect import task
from prefect.artifacts import create_table_artifact

from flows.privacy import UnexpectedError, without_contents
from flows.request import RunRequest
from flows.secret_block import read_secret_block
from flows.steps.audited import audit_release
from flows.steps.cluster import cluster_people
from flows.steps.cohort import build_cohorts
from flows.steps.model_store import find_card
from flows.steps.notes import note_what_is_missing
from flows.steps.publish import ReleaseRequest, release_or_keep
from flows.steps.record import build_record
from flows.steps.risk import score_risk
from mltc import derive, intake
from mltc.codelists import load_codelists
from mltc.config import read_secret
from mltc.errors import MltcError
from mltc.kept import note_program, take_over_last
from mltc.pseudonym import check_last_secret
from mltc.risk_catalogue import load_outcomes, main_outcome
from mltc.run_record import timed_stage, write_run_record
from mltc.sources import ExtractFile


def is_worth_retrying(_task: object, _run: object, state: object) -> bool:
    """An extract that is wrong stays wrong; only trouble outside (a share, a network) may pass.

    Such trouble reaches here as UnexpectedError, since the task lets nothing else through.
    """
    try:
        state.result()  # type: ignore[attr-defined]
    except UnexpectedError:
        return True
    except MltcError:
        return False
    return False


@task
def begin_from_last(request: RunRequest) -> bool:
    """Begin with a copy of the last good warehouse, unless everything is to be made anew; whether there is one."""
    if request.rebuild:
        return False
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, "take over"), without_contents():
        return take_over_last(workspace)


@task(retries=2, retry_delay_seconds=5, retry_condition_fn=is_worth_retrying)
def read_extract(request: RunRequest, table: str) -> list[ExtractFile]:
    """Load one table into raw."""
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, f"read {table}"), without_contents():
        return intake.read_table(workspace, table, read_secret_block)


@task
def record_extracts(request: RunRequest, files: list[ExtractFile]) -> None:
    """Write what was read and the definitions in use."""
    with without_contents():
        intake.record_extracts(request.workspace(), files, load_codelists())


@task
def gate_extracts(request: RunRequest) -> None:
    """Check the rules, show them as an artifact, stop where a stop rule failed."""
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, "gate"), without_contents():
        results = intake.gate_extracts(workspace, workspace.build_docs, read_secret_block)
        shown = results.select("table_name", "rule", "level", "status", "rows_failed", "first_rows", "affects")
        create_table_artifact(key="mltc-gate", table=shown.to_dicts(), description="Expectations of the last gate")
        intake.refuse_failures(results)


@task
def stage_extracts(request: RunRequest) -> None:
    """Type, deduplicate, take out opted-out rows, and reconcile every row."""
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, "staging"), without_contents():
        intake.stage_extracts(workspace)
        with workspace.open_build() as warehouse:
            account = warehouse.read("select * from meta.row_account")
        create_table_artifact(key="mltc-rows", table=account.to_dicts(), description="Rows in and where they went")


@task
def derive_register(request: RunRequest) -> dict[str, int]:
    """Build register, features and needs."""
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, "register, features, needs"), without_contents():
        secret = read_secret(workspace.config)
        check_last_secret(workspace, secret, rotate=request.rotate_secret)
        built = derive.derive_register(workspace, load_codelists(), secret)
        derive.refuse_empty_register(workspace)
        return built


@task
def fit_clusters(request: RunRequest) -> dict[str, int]:
    """Fit and describe condition clusters."""
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, "clusters"), without_contents():
        return cluster_people(workspace)


@task
def fit_risk(request: RunRequest) -> dict[str, int]:
    """Fit, validate and apply the risk model."""
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, "risk"), without_contents():
        return score_risk(workspace, load_codelists())


@task
def build_planning(request: RunRequest) -> dict[str, int]:
    """Build who could be offered what, and segments of everyone."""
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, "planning"), without_contents():
        return derive.build_planning(workspace, load_codelists(), read_secret(workspace.config))


@task
def describe_cohorts(request: RunRequest) -> dict[str, int]:
    """Standardise, compare, and project cohorts by place."""
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, "cohorts"), without_contents():
        return build_cohorts(workspace, load_codelists(), read_secret(workspace.config))


@task
def build_marts(request: RunRequest) -> dict[str, int]:
    """Build what people read, before disclosure control."""
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, "marts"), without_contents():
        with workspace.open_build() as warehouse:
            note_what_is_missing(warehouse, workspace.config)
        return derive.build_marts(workspace, load_codelists(), read_secret(workspace.config))


@task
def write_release(request: RunRequest) -> dict[str, int]:
    """Protect and publish into the build folder."""
    workspace = request.workspace()
    with timed_stage(workspace.build_folder, "release"), without_contents():
        wanted = ReleaseRequest(
            config=workspace.config,
            codelists=load_codelists(),
            folder=workspace.build_release,
            previous=workspace.previous_release(),
            card=find_card(workspace.build_models, main_outcome(load_outcomes()).key, workspace.config.run.name),
        )
        return release_or_keep(workspace, wanted)


@task
def commit_run(request: RunRequest) -> Path:
    """Write run.json and swap everything into place."""
    workspace = request.workspace()
    with without_contents():
        with workspace.open_build() as warehouse:
            note_program(warehouse)
        record = build_record(request, load_codelists())
        write_run_record(workspace.build_folder / workspace.run_file.name, record)
        audit_release(workspace, workspace.build_release, record)
        workspace.commit()
    return workspace.release
