"""The run as a Prefect deployment on a schedule."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows import terminal
from flows.own_server import reached_server
from flows.refresh import refresh
from flows.request import RunRequest
from mltc.config import read_secret
from mltc.errors import ConfigError
from mltc.notify import read_webhook

if TYPE_CHECKING:
    from prefect.client.schemas.schedules import CronSchedule


def serve_refresh(config_path: Path, out: Path, cron: str, timezone: str = "Europe/London") -> None:
    """Serve the deployment until stopped. What is wrong is told now and not at the first run.

    Raises ConfigError for a configuration, schedule, time zone, secret or web address that is not valid.
    """
    schedule = read_schedule(cron, timezone)
    request = RunRequest(config_path=config_path.resolve(), out=out.resolve())
    config = request.load()
    read_secret(config)
    is_told = read_webhook(config.notify) is not None
    name = config.icb.code.lower()
    first = schedule_next(cron, timezone)
    terminal.out.print(f"Serving deployment mltc-refresh/{name} at {cron!r}; stop with Ctrl+C.")
    terminal.out.print(f"First run: {first:%d %B %Y %H:%M} {timezone}.")
    if not is_told:
        terminal.out.print(f"{config.notify.webhook_env} is not set: nobody is told when a run fails.")
    with reached_server():
        refresh.serve(
            name=name,
            schedules=[schedule],
            parameters={"request": request.model_dump(mode="json")},
            limit=1,
            pause_on_shutdown=False,
            print_starting_message=False,
        )


def read_schedule(cron: str, timezone: str) -> "CronSchedule":
    """The schedule. Raises ConfigError for one that is not valid."""
    from prefect.client.schemas.schedules import CronSchedule

    try:
        CronSchedule(cron=cron)
    except ValueError:
        raise ConfigError(
            f"{cron!r} is not a cron schedule: give minute, hour, day of month, month and weekday, e.g. '0 7 1 * *'."
        ) from None
    try:
        return CronSchedule(cron=cron, timezone=timezone)
    except ValueError:
        raise ConfigError(f"{timezone!r} is no time zone: give one such as Europe/London.") from None


def schedule_next(cron: str, timezone: str, since: datetime | None = None) -> datetime:
    """When the schedule comes round next after `since` (now), by the clock of its time zone.

    Raises ConfigError for a schedule or time zone that is not valid.
    """
    import asyncio

    from prefect.server.schemas.schedules import CronSchedule

    read_schedule(cron, timezone)
    [found] = asyncio.run(CronSchedule(cron=cron, timezone=timezone).get_dates(1, start=since))
    return found
