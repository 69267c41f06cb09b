"""Propose a mapping for files that nobody described, show it, and write it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flows import terminal
from mltc.errors import ConfigError

if TYPE_CHECKING:
    from mltc.mapping import FileProposal

LEVEL_STYLES = {"stop": "bold red", "warn": "yellow", "note": "cyan"}


def map_files(
    files: Sequence[Path], tables: Sequence[str], out: Path | None, *, as_layout: bool, as_json: bool
) -> None:
    """Show the proposal for every file and write it to `out`.

    Raises ConfigError, after showing and writing, where a required column has no likely source, or where a file
    seems to hold NHS numbers.
    """
    from mltc.mapping import dump_proposals, find_open, needs_layout, propose_file, write_proposal

    if out is not None and (out.exists() or not out.parent.is_dir()):
        what = "is there already, and is not written over" if out.exists() else "lies in a folder that is not there"
        raise ConfigError(f"{out} {what}. Choose another name with --out.")
    with terminal.show_progress("Reading samples"):
        proposals = [propose_file(path, tables) for path in files]
    if as_json:
        terminal.out.print(json.dumps(dump_proposals(proposals), indent=2), soft_wrap=True, highlight=False)
    else:
        for proposal in proposals:
            _show(proposal)
    if out is not None:
        text = write_proposal(proposals, as_layout=as_layout or needs_layout(proposals))
        out.write_text(text, encoding="utf-8")
        if not as_json:
            terminal.out.print(f"Written to {out}. Check every line before it is used.", soft_wrap=True)
    _refuse(proposals, find_open(proposals))


def _show(proposal: "FileProposal") -> None:
    from mltc.mapping import frame_columns, tell_file

    for sentence in tell_file(proposal):
        terminal.out.print(sentence, soft_wrap=True, highlight=False)
    for concern in proposal.concerns:
        terminal.out.print(
            f"{concern.level}: {concern.text}", style=LEVEL_STYLES[concern.level], soft_wrap=True, highlight=False
        )
    for table in proposal.tables:
        terminal.out.print(f"{table.table}:", style="bold")
        terminal.show_frame(frame_columns(table))


def _refuse(proposals: Sequence["FileProposal"], missing: Sequence[str]) -> None:
    named = [one.sample.path.name for one in proposals if any(concern.level == "stop" for concern in one.concerns)]
    told = []
    if named:
        told.append(f"{', '.join(named)} seems to hold NHS numbers and is not to be loaded: ask for pseudonyms.")
    if missing:
        told.append(
            f"No column is likely enough for {', '.join(missing)}, without which the table cannot be filled: write "
            "the mapping by hand where the proposal says TODO, or choose another table with --table."
        )
    if told:
        raise ConfigError(" ".join(told))
