"""Definitions as pages: in the terminal for one condition, as HTML for one or all."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows import terminal
from mltc.audit import AuditEvent, record_event
from mltc.codelists import Codelists, load_codelists
from mltc.codelists.records import Condition
from mltc.errors import ConfigError
from mltc.handbook.entry import Handbook
from mltc.paths import CODELISTS
from mltc.warehouse import open_warehouse

MARK = "mltc handbook"  # in the first page of a handbook: such a folder may be written again
LEFT_OUT = "Counts were left out on request (--no-counts)."
NO_WAREHOUSE = "Nothing was counted: there is no warehouse of a good run yet. Run `mltc run`, or give its --out."
CODE_LIMIT = 1_000  # rows of a list that the terminal shows


@dataclass(frozen=True)
class DefineRequest:
    """Which conditions, from which warehouse, and where to. `condition` None: all of them."""

    condition: str | None
    out: Path
    config: Path | None = None
    definition: str | None = None
    html: Path | None = None
    has_counts: bool = True
    codelists: Path = CODELISTS


def define(request: DefineRequest) -> None:
    """Print or write the pages. Raises ConfigError for a condition, definition or folder that cannot be."""
    from mltc.handbook.build import check_definition

    if request.condition is None and request.html is None:
        raise ConfigError("All conditions are too long for a terminal. Give a folder for the pages with --html.")
    if request.html is not None:
        check_folder(request.html, request.out)
    codelists = load_codelists(request.codelists)
    check_definition(codelists, request.definition)
    book = build_book(request, codelists, choose_conditions(request, codelists))
    if request.html is None:
        print_pages(book)
    else:
        write_pages(book, request.html)
        terminal.out.print(str(request.html / "index.html"), soft_wrap=True, highlight=False)


def choose_conditions(request: DefineRequest, codelists: Codelists) -> list[Condition]:
    """The conditions asked about, in registry order."""
    from mltc.handbook.build import choose_condition

    if request.condition is not None:
        return choose_condition(codelists, request.condition, request.definition)
    return [item for item in codelists.parsed if request.definition is None or request.definition in item.definitions]


def build_book(request: DefineRequest, codelists: Codelists, conditions: list[Condition]) -> Handbook:
    """The handbook of these conditions, counted where there is a good warehouse and counts are wanted."""
    from mltc.handbook.build import build_handbook

    path = request.out / "warehouse.duckdb"
    if not request.has_counts or not path.exists():
        reason = LEFT_OUT if not request.has_counts else NO_WAREHOUSE
        return build_handbook(codelists, conditions, None, no_counts=reason, folder=request.codelists)
    options = {"command": "define", "condition": request.condition, "definition": request.definition}
    record_event(request.out, AuditEvent("warehouse_opened", parameters=options))
    with open_warehouse(path, read_only=True) as warehouse, terminal.show_progress("Counting codes"):
        return build_handbook(codelists, conditions, warehouse, **read_run(request), folder=request.codelists)


def read_run(request: DefineRequest) -> dict[str, Any]:
    """Name of the area and whether the data are synthetic: from the configuration, else from run.json."""
    if request.config is not None:
        from mltc.config import load_config

        icb = load_config(request.config).icb
        return {"area": icb.name, "is_synthetic": icb.synthetic}
    path = request.out / "run.json"
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {"area": record.get("icb", ""), "is_synthetic": bool(record.get("is_synthetic", False))}


def print_pages(book: Handbook) -> None:
    """The pages one below the other."""
    from mltc.handbook.text import describe_entry

    for entry in book.entries:
        for part in describe_entry(entry, book):
            if isinstance(part, str):
                terminal.out.print(part, soft_wrap=True, highlight=False)
            else:
                terminal.show_frame(part, limit=CODE_LIMIT)


def write_pages(book: Handbook, folder: Path) -> None:
    """Write the pages; those of an earlier handbook in the folder go first."""
    from mltc.handbook.page import render_handbook

    pages = render_handbook(book)
    try:
        shutil.rmtree(folder / "conditions", ignore_errors=True)
        for path, text in pages.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConfigError(
            f"The folder {folder} cannot be written ({type(error).__name__}). Choose another with --html."
        ) from None


def check_folder(folder: Path, out: Path) -> None:
    """Raise ConfigError unless the folder is new, empty or an earlier handbook, and no part of a release."""
    if folder.resolve().is_relative_to((out / "release").resolve()):
        raise ConfigError(
            f"{folder} is part of a release, and exact counts must not be. Choose a folder elsewhere with --html."
        )
    if not folder.exists():
        return
    index = folder / "index.html"
    is_handbook = index.is_file() and MARK in index.read_text(encoding="utf-8", errors="replace")[:2000]
    if not folder.is_dir() or (any(folder.iterdir()) and not is_handbook):
        raise ConfigError(f"{folder} holds something else already. Give a new or empty folder with --html.")
