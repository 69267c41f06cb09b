"""Steps that are kept: what makes one be done again, and what is never taken over."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from mltc import kept
from mltc.config import load_config
from mltc.kept import Folder, keep_or_make, list_kept, note_program, read_step, take_over_last
from mltc.workspace import Workspace

CONFIG = Path(__file__).parents[2] / "config" / "demo.toml"


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """An empty build folder with one table of two rows."""
    found = Workspace(tmp_path / "out", load_config(CONFIG))
    found.start_build()
    write_event(found, ["p1", "p2"])
    return found


def write_event(workspace: Workspace, persons: list[str]) -> None:
    with workspace.open_build() as warehouse:
        warehouse.write("meta.event", pl.DataFrame({"person_id": persons}))


class Counting:
    """A step that counts persons into a table and a file, and how often it was asked to."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.asked = workspace, 0
        self.folder = Folder(workspace.build_folder / "models", workspace.out / "models")

    def __call__(self) -> dict[str, int]:
        self.asked += 1
        with self.workspace.open_build() as warehouse:
            rows = warehouse.build("risk.counted", "select count(*) as n from meta.event")
            warehouse.read("select n from risk.counted")
        self.folder.built.mkdir(exist_ok=True)
        (self.folder.built / "n.json").write_text(json.dumps(rows), encoding="utf-8")
        return {"risk.counted": rows}

    def run(self, values: dict[str, object] | None = None, *, folder: bool = False) -> dict[str, int]:
        given = values or {"seed": 1}
        return keep_or_make(self.workspace, "counting", given, self, folder=self.folder if folder else None)


def test_is_done_once_and_gives_the_same_back(workspace):
    step = Counting(workspace)
    assert step.run() == step.run() == {"risk.counted": 1}
    assert step.asked == 1
    with workspace.open_build() as warehouse:
        assert list_kept(warehouse) == ["counting"]
        assert set(read_step(warehouse, "counting")["read"]) == {"meta.event"}, "what it wrote is not what it read"


@pytest.mark.parametrize(
    ("values", "persons", "asked"),
    [
        ({"seed": 1}, ["p1", "p2"], 1),
        ({"seed": 2}, ["p1", "p2"], 2),
        ({"seed": 1, "more": None}, ["p1", "p2"], 2),
        ({"seed": 1}, ["p1", "p3"], 2),
        ({"seed": 1}, ["p1", "p2", "p2"], 2),
    ],
)
def test_is_done_again_where_what_it_was_given_or_read_differs(workspace, values, persons, asked):
    step = Counting(workspace)
    step.run()
    write_event(workspace, persons)
    step.run(values)
    assert step.asked == asked


def test_a_step_that_fails_is_not_on_record(workspace):
    def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        keep_or_make(workspace, "failing", {}, fail)
    with workspace.open_build() as warehouse:
        assert read_step(warehouse, "failing") is None


def leave(workspace: Workspace) -> None:
    """The run at work becomes the last one."""
    (workspace.build_folder / "models").rename(workspace.out / "models")
    workspace.warehouse.write_bytes((workspace.build_folder / "warehouse.duckdb").read_bytes())
    workspace.start_build()


def test_files_are_taken_over_as_they_were_written(workspace):
    step = Counting(workspace)
    step.run(folder=True)
    with workspace.open_build() as warehouse:
        note_program(warehouse)
    leave(workspace)
    assert take_over_last(workspace)
    step.run(folder=True)
    assert step.asked == 1
    assert (workspace.build_models / "n.json").read_text(encoding="utf-8") == "1"


@pytest.mark.parametrize("spoil", ["change", "add", "remove"])
def test_files_that_are_not_what_was_written_are_made_again(workspace, spoil):
    step = Counting(workspace)
    step.run(folder=True)
    with workspace.open_build() as warehouse:
        note_program(warehouse)
    leave(workspace)
    file = workspace.models / "n.json"
    if spoil == "remove":
        file.unlink()
    else:
        (file if spoil == "change" else file.with_name("more.json")).write_text("2", encoding="utf-8")
    assert take_over_last(workspace)
    step.run(folder=True)
    assert step.asked == 2
    assert (workspace.build_models / "n.json").read_text(encoding="utf-8") == "1"


def test_nothing_is_taken_over_from_another_version_of_the_program(workspace, monkeypatch):
    Counting(workspace).run(folder=True)
    with workspace.open_build() as warehouse:
        note_program(warehouse)
    leave(workspace)
    monkeypatch.setattr(kept, "read_program", lambda: "another")
    assert not take_over_last(workspace)
    assert not (workspace.build_folder / "warehouse.duckdb").exists()


def test_a_table_whose_sql_file_is_gone_is_not_taken_over(workspace):
    with workspace.open_build() as warehouse:
        warehouse.write("marts.of_old", pl.DataFrame({"day": [date(2026, 10, 1)]}))
        note_program(warehouse)
    (workspace.build_folder / "models").mkdir()
    leave(workspace)
    assert take_over_last(workspace)
    with workspace.open_build() as warehouse:
        assert not warehouse.columns("marts.of_old")
        assert warehouse.columns("meta.event"), "what is not of SQL stays"
