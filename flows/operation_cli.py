"""Commands for whoever operates mltc: history, notify, watch, restore, disclose. `flows.cli` mounts them."""

from pathlib import Path
from typing import Annotated

import typer

from flows import terminal
from flows.told import told_in_words

DEFAULT_OUT = Path("out") / "run"
OutOption = Annotated[Path, typer.Option("--out", help="Folder of the runs.")]
HISTORY_EPILOG = "Example: mltc history --out out/demo --last 12"
NOTIFY_EPILOG = "Example: mltc notify --config my_icb.toml"
WATCH_EPILOG = 'Example: mltc watch --config my_icb.toml --cron "0 7 1 * *" --out out/my_icb'
RESTORE_EPILOG = "Example: mltc restore 2026-09 --out out/my_icb"

disclose_app = typer.Typer(name="disclose", help="Disclosure control of a release.", no_args_is_help=True)


def history(
    last: Annotated[int, typer.Option("--last", min=1, help="So many runs.")] = 12, out: OutOption = DEFAULT_OUT
) -> None:
    """Show the last runs of a folder: when, how long, how they ended and why. For use inside the secure setting."""
    from flows.steps.history_show import show_history

    with told_in_words():
        show_history(out, last)


def notify(config: Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")]) -> None:
    """Send a test message to the address that is told how runs end."""
    from flows.steps.history import tell_ending
    from mltc.config import load_config
    from mltc.errors import ConfigError
    from mltc.notify import read_webhook

    with told_in_words():
        settings = load_config(config)
        if read_webhook(settings.notify) is None:
            raise ConfigError(f"{settings.notify.webhook_env} is not set: nobody would be told. Set it to the address.")
        tell_ending(settings.notify, settings.icb.code, "test", {})
        terminal.out.print(f"Sent. Runs that end like this are told: {', '.join(settings.notify.on)}.")


def watch(
    config: Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")],
    out: OutOption = DEFAULT_OUT,
    cron: Annotated[
        str | None, typer.Option("--cron", help="The schedule; without it only the last run is looked at.")
    ] = None,
    timezone: Annotated[str, typer.Option("--timezone", help="Whose clock the schedule goes by.")] = "Europe/London",
) -> None:
    """Tell somebody when the last run was killed, was stopped or never began. Exit code 7 then."""
    from flows.prefect_settings import apply_prefect_settings
    from flows.steps.watch import refuse_watched, tell_watched, watch_runs
    from mltc.config import load_config

    with told_in_words():
        settings = load_config(config)
        apply_prefect_settings()
        watched = watch_runs(out, cron, timezone)
        if watched.ending in ("ok", "running"):
            terminal.out.print("A run is at work." if watched.ending == "running" else "The last run has ended well.")
            return
        if not tell_watched(settings, watched):
            terminal.out.print(f"{settings.notify.webhook_env} is not set: nobody is told.")
        refuse_watched(watched, out)


def restore(
    run: Annotated[str, typer.Argument(help="Month of the warehouse, such as 2026-09.")], out: OutOption = DEFAULT_OUT
) -> None:
    """Put the kept warehouse of an earlier month in place of the last good one, which is kept in turn."""
    from flows.steps.restore import restore_run

    with told_in_words():
        replaced = restore_run(out, run)
        terminal.out.print(
            f"The last good state is now {run}" + (f"; {replaced} is kept in earlier/." if replaced else ".")
        )


@disclose_app.callback()
def disclose() -> None:
    """Disclosure control of a release."""


@disclose_app.command("check", epilog="Example: mltc disclose check out/demo/release/2026-10")
def check(
    folder: Annotated[Path, typer.Argument(help="A release folder.")],
    profile: Annotated[str | None, typer.Option("--profile", help="Judge by this one; else by the manifest's.")] = None,
    previous: Annotated[Path | None, typer.Option("--previous", help="Lay this release beside it.")] = None,
) -> None:
    """Attack a release as a reader could, and hold its files against the manifest. Exit code 4 if anything is found."""
    from flows.steps.history_show import check_folder, show_checked

    with told_in_words():
        with terminal.show_progress("Attacking the tables"):
            checked = check_folder(folder, profile, previous)
        show_checked(checked)
        checked.refuse()
