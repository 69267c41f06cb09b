"""The monthly run. Sub-flows in order: ingest, derive, score, publish."""

from prefect import flow

from flows import tasks
from flows.request import RunRequest
from flows.steps.history import recorded_run
from flows.steps.stopped import kept_when_stopped
from mltc.contract import load_contract
from mltc.workspace import hold_lock


@flow(name="mltc-ingest")
def ingest(request: RunRequest) -> None:
    """Extracts to staging, through the gate."""
    files = [file for table in load_contract() for file in tasks.read_extract(request, table)]
    tasks.record_extracts(request, files)
    tasks.gate_extracts(request)
    tasks.stage_extracts(request)


@flow(name="mltc-derive")
def derive(request: RunRequest) -> None:
    """Staging to register, features and needs."""
    tasks.derive_register(request)


@flow(name="mltc-score")
def score(request: RunRequest) -> None:
    """Clusters, risk, and what could be commissioned."""
    tasks.fit_clusters(request)
    tasks.fit_risk(request)
    tasks.build_planning(request)


@flow(name="mltc-publish")
def publish(request: RunRequest) -> None:
    """Cohorts and marts to a release, then swap everything into place."""
    tasks.describe_cohorts(request)
    tasks.build_marts(request)
    tasks.write_release(request)
    tasks.commit_run(request)


@flow(name="mltc-refresh")
def refresh(request: RunRequest) -> None:
    """One run of one ICB. The last good warehouse and release stand until the very end."""
    with recorded_run(request), hold_lock(request.out.resolve()):
        request.workspace().start_run()
        with kept_when_stopped(request):
            tasks.begin_from_last(request)
            ingest(request)
            derive(request)
            score(request)
            publish(request)
