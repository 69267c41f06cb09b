"""Command lines of the pages, held against the command as it is."""

import shlex

import click
import typer


def find_command(line: str) -> tuple[click.Command, list[str]]:
    """The command, or command of a group, that a line such as `mltc codelists diff --out x` calls; its arguments."""
    from flows.cli import app

    _, *words = shlex.split(line)
    known: click.Command = typer.main.get_command(app)
    while words and words[0] in (getattr(known, "commands", None) or {}):
        known = known.commands[words.pop(0)]
    return known, words


def find_unknown_options(line: str) -> set[str]:
    """Options of a line that its command does not have."""
    known, arguments = find_command(line)
    options = {option for parameter in known.params for option in parameter.opts}
    return {argument for argument in arguments if argument.startswith("--")} - options
