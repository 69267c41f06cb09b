"""One Prefect server and two real runs per session: every test of the flows looks at what they left."""

import os
from pathlib import Path

import pytest
from hostile_places import make_hostile

PERSONS = 1_500


@pytest.fixture(scope="session")
def extracts(tmp_path_factory) -> Path:
    """A small synthetic ICB with its configuration, in places that are called what no place should be."""
    from flows.steps.synthetic_config import write_synthetic_config
    from mltc.synthetic import SyntheticSettings, write_synthetic_icb

    folder = tmp_path_factory.mktemp("extracts")
    settings = SyntheticSettings(persons=PERSONS)
    write_synthetic_icb(settings, folder)
    write_synthetic_config(settings, folder)
    make_hostile(folder)
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory, extracts) -> tuple[Path, str]:
    """Output folder of a whole run, in this process under Prefect's test harness, and what it logged."""
    from prefect.testing.utilities import prefect_test_harness

    os.environ["PREFECT_LOGGING_LEVEL"] = "INFO"
    from flows.refresh import refresh
    from flows.request import RunRequest

    out = tmp_path_factory.mktemp("finished")
    with prefect_test_harness(server_startup_timeout=120):
        refresh(RunRequest(config_path=extracts / "mltc.toml", out=out))
        stored = _read_prefect()
    return out, stored


def _read_prefect() -> str:
    """Everything that Prefect's database holds of the session, as text."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import LogFilter

    with get_client(sync_client=True) as client:
        parts = [
            *client.read_flow_runs(limit=200),
            *client.read_task_runs(limit=200),
            *client.read_artifacts(limit=200),
            *client.read_logs(LogFilter(), limit=200),
        ]
    return "\n".join(str(part.model_dump()) for part in parts)
