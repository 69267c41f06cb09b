"""Prefect's settings for a run by hand: the same as prefect.toml, which is only read in its own folder."""

import os

DEFAULTS = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_CLI_COLORS": "false",
    # A flow that fails is told in one paragraph by the command; Prefect would add its traceback.
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    # Results stay in memory: nothing of a run is kept by Prefect but names, states and times.
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
}


def apply_prefect_settings() -> None:
    """Set what the user has not set. Call before Prefect is imported."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
