"""The run as a Prefect deployment on a schedule."""

from pathlib import Path

from flows import terminal
from flows.refresh import refresh
from flows.request import RunRequest
from mltc.errors import ConfigError


def serve_refresh(config_path: Path, out: Path, cron: str) -> None:
    """Serve the deployment until stopped. Raises ConfigError for a configuration or schedule that is not valid."""
    from prefect.client.schemas.schedules import CronSchedule

    try:
        CronSchedule(cron=cron)
    except ValueError:
        raise ConfigError(
            f"{cron!r} is not a cron schedule: give minute, hour, day of month, month and weekday, e.g. '0 7 1 * *'."
        ) from None
    request = RunRequest(config_path=config_path.resolve(), out=out.resolve())
    name = request.load().icb.code.lower()
    terminal.out.print(f"Serving deployment mltc-refresh/{name} at {cron!r}; stop with Ctrl+C.")
    refresh.serve(
        name=name,
        cron=cron,
        parameters={"request": request.model_dump(mode="json")},
        limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
    )
