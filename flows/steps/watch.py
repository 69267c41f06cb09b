"""Somebody has to notice a run that never began, or that was killed: nothing of mltc was there to say so."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mltc.config import Config
from mltc.errors import LockedError, MissedRunError
from mltc.notify import build_message, read_webhook, send_message
from mltc.run_history import UNFINISHED, RunEntry, read_history
from mltc.workspace import hold_lock

RESTORED = "restored"


@dataclass(frozen=True)
class Watched:
    """How the last run stands: ok, running, stopped, killed or missed; `run` None where there has been none."""

    ending: str
    run: RunEntry | None


def watch_runs(out: Path, cron: str | None, timezone: str) -> Watched:
    """How the last run of a folder stands. With `cron`, a run that has not begun since it was due is missed.

    Raises ConfigError for a schedule or time zone that is not valid.
    """
    runs = [run for run in read_history(out) if run.ending != RESTORED]
    last = runs[-1] if runs else None
    if cron and _is_missed(last, cron, timezone):
        return Watched("missed", last)
    if last is None:
        return Watched("missed", None)
    if last.ending == UNFINISHED:
        return Watched("running" if is_at_work(out) else "killed", last)
    return Watched("stopped" if last.ending == "stopped" else "ok", last)


def is_at_work(out: Path) -> bool:
    """Whether another process holds the folder: a run that was killed holds nothing."""
    try:
        with hold_lock(out):
            return False
    except LockedError:
        return True


def find_killed(out: Path) -> RunEntry | None:
    """The last run, where it was killed. A run asks this before it puts itself on record."""
    runs = read_history(out)
    is_left = bool(runs) and runs[-1].ending == UNFINISHED and not is_at_work(out)
    return runs[-1] if is_left else None


def tell_watched(config: Config, watched: Watched) -> bool:
    """Send what was found to the address of [notify], if there is one. Whoever asks wants to be told whatever `on` is.

    Raises ConfigError where nobody took the message.
    """
    url = read_webhook(config.notify)
    if url is None:
        return False
    facts = {"run": watched.run.run, "began": watched.run.started_at} if watched.run else {}
    if watched.run and watched.ending == "stopped":
        facts |= {"error": watched.run.error or "", "exit_code": str(watched.run.exit_code)}
    send_message(url, build_message(config.icb.code, watched.ending, facts))
    return True


def refuse_watched(watched: Watched, out: Path) -> None:
    """Raise MissedRunError where the last run is missing, was killed or was stopped."""
    run = watched.run
    which = f"The run {run.run} that began at {run.started_at} (UTC)" if run else ""
    if watched.ending == "missed":
        begun = f" The last one, {run.run}, began at {run.started_at} (UTC)." if run else ""
        raise MissedRunError(
            f"No run has begun in {out} since one was due.{begun} Is `mltc schedule` still up? "
            "Start the run by hand with `mltc run`, then see why it was not started."
        )
    if watched.ending == "killed":
        raise MissedRunError(
            f"{which} was killed: it never came to its end, and no run is at work. The last good state stands. "
            "Look for a restart of the machine or too little memory, and run it again."
        )
    if watched.ending == "stopped" and run:
        raise MissedRunError(f"{which} was stopped by {run.error}. See why with `mltc history --out {out}`.")


def _is_missed(last: RunEntry | None, cron: str, timezone: str) -> bool:
    from flows.schedule import schedule_next

    since = datetime.fromisoformat(last.started_at) if last else None
    due = schedule_next(cron, timezone, since)
    return last is None or due <= datetime.now(tz=UTC)
