"""kill -9 between any two changes on the disk: what was there is whole, and the next run finishes without help.

A process of its own does the work and kills itself just before its n-th change of a file or folder, for every n until
it gets through. Nothing stands in for anything: the kill is SIGKILL, the files are files.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from flows.steps.restore import restore_run
from mltc.config import load_config
from mltc.config.operation import RetentionSettings
from mltc.damaged import HASH, hash_warehouse
from mltc.disclosure import ReleaseDoor, read_profile
from mltc.run_history import NAME, end_entry, read_history, start_entry
from mltc.warehouse import open_warehouse
from mltc.workspace import Workspace

CONFIG = Path(__file__).parents[2] / "config" / "demo.toml"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows neither fork nor SIGKILL")
# What Python reports before it changes a file or folder (docs.python.org/3/library/audit_events.html).
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link"}
MOST = 200


def kill_before(number: int, work: Callable[[], object]) -> bool:
    """Do `work` in a process that is killed before its change of that number; whether it was."""
    child = os.fork()
    if child == 0:
        left = [number]

        def count(event: str, arguments: tuple[object, ...]) -> None:
            writes = event == "open" and str(arguments[1] or "")[:1] in {"w", "a", "x"}
            if event in CHANGES or writes:
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(count)
            work()
        except BaseException:  # noqa: BLE001 - the child must end here, whatever happened, and say so
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in {0, -signal.SIGKILL}
    return os.WIFSIGNALED(status)


def each_kill(start: Path, work: Callable[[Path], object], folder: Path) -> Iterator[Path]:
    """A copy of `start` for each change that the work makes there, as it is after a kill just before that change."""
    for number in range(MOST):
        place = folder / str(number)
        shutil.copytree(start, place)
        if not kill_before(number, partial(work, place)):
            assert number >= 3, "the work changes nothing worth killing"
            return
        yield place
    raise AssertionError("it never came to an end")


def of_month(out: Path, name: str) -> Workspace:
    config = load_config(CONFIG)
    run = config.run.model_copy(update={"index_date": config.run.index_date.replace(month=int(name[-2:]))})
    kept = RetentionSettings(earlier_warehouses=2)
    return Workspace(out, config.model_copy(update={"run": run, "retention": kept}))


def build(workspace: Workspace) -> None:
    """What a run has built when it commits, a real warehouse among it."""
    name = workspace.config.run.name
    workspace.start_build()
    with open_warehouse(workspace.build_folder / "warehouse.duckdb") as warehouse:
        warehouse.execute(f"create table month as select '{name}' as name")
    for folder in (workspace.build_release, workspace.build_models / "death", workspace.build_docs):
        folder.mkdir(parents=True)
        (folder / "file").write_text(name, encoding="utf-8")
        (folder / "other").write_text(name, encoding="utf-8")
    record = {"run": name, HASH: hash_warehouse(workspace.build_folder / "warehouse.duckdb")}
    (workspace.build_folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    (workspace.out / "landing" / name).mkdir(parents=True)
    (workspace.out / "landing" / name / "file").write_text(name, encoding="utf-8")


def commit(name: str) -> Callable[[Path], object]:
    return lambda out: of_month(out, name).commit()


def read_state(workspace: Workspace) -> dict[str, str]:
    """The month that each part of the last good state is of."""
    with open_warehouse(workspace.warehouse, read_only=True) as warehouse:
        state = {"warehouse": str(warehouse.read("select name from month").item())}
    state["run.json"] = json.loads(workspace.run_file.read_text(encoding="utf-8"))["run"]
    for place in (workspace.release, workspace.models / "death", workspace.docs):
        found = {(place / name).read_text(encoding="utf-8") for name in ("file", "other") if (place / name).exists()}
        state[place.parent.name] = "/".join(sorted(found))
    return state


def all_of(month: str) -> dict[str, str]:
    return dict.fromkeys(("warehouse", "run.json", "release", "models", "data_docs"), month)


def test_a_kill_anywhere_in_the_commit_of_a_month_that_is_run_again(tmp_path):
    """Before the marker the old state stands; from the marker on the next start finishes the new one."""

    workspace = of_month(tmp_path / "start", "2026-10")
    build(workspace)
    workspace.commit()
    build(workspace)
    mark = workspace.build_folder / "models" / "death" / "file"
    for path in (mark, workspace.build_release / "file", workspace.build_docs / "file"):
        path.write_text("again", encoding="utf-8")
    outcomes = set()
    for out in each_kill(tmp_path / "start", commit("2026-10"), tmp_path):
        workspace = of_month(out, "2026-10")
        begun = (workspace.build_folder / "commit.json").exists()
        moved = workspace.release.exists() and (workspace.release / "file").read_text(encoding="utf-8") == "again"
        workspace.recover()
        workspace.start_build()
        state = read_state(workspace)
        is_new = state["release"] == "2026-10/again"
        assert state == all_of("2026-10") | (
            dict.fromkeys(("release", "models", "data_docs"), "2026-10/again") if is_new else {}
        )
        assert is_new == (begun or moved)
        assert list(workspace.build_folder.iterdir()) == []
        assert workspace.last_loss() is None
        outcomes.add(is_new)
    assert outcomes == {True, False}


def test_a_kill_anywhere_in_the_commit_of_the_next_month(tmp_path):
    """The earlier release stays, the earlier warehouse is kept once, and the new state is whole."""

    build(of_month(tmp_path / "start", "2026-09"))
    of_month(tmp_path / "start", "2026-09").commit()
    build(of_month(tmp_path / "start", "2026-10"))
    for out in each_kill(tmp_path / "start", commit("2026-10"), tmp_path):
        earlier, workspace = of_month(out, "2026-09"), of_month(out, "2026-10")
        assert (earlier.release / "file").read_text(encoding="utf-8") == "2026-09"
        workspace.recover()
        workspace.start_build()
        if workspace.release.exists():
            assert read_state(workspace) == all_of("2026-10")
            kept = out / "earlier" / "2026-09"
            assert json.loads((kept / "run.json").read_text(encoding="utf-8"))["run"] == "2026-09"
            with open_warehouse(kept / "warehouse.duckdb", read_only=True) as warehouse:
                assert warehouse.read("select name from month").item() == "2026-09"
        else:
            assert read_state(earlier) == all_of("2026-09")
        assert (earlier.release / "file").read_text(encoding="utf-8") == "2026-09"


def test_a_kill_anywhere_while_the_next_start_finishes_the_swap(tmp_path):
    """The recovery may be killed too, as often as may be."""

    workspace = of_month(tmp_path / "start", "2026-10")
    build(workspace)
    workspace.commit()
    build(workspace)
    assert kill_before(5, workspace.commit)
    assert (workspace.build_folder / "commit.json").exists()

    def recover(out: Path) -> None:
        of_month(out, "2026-10").recover()
        of_month(out, "2026-10").start_build()

    for out in each_kill(tmp_path / "start", recover, tmp_path):
        workspace = of_month(out, "2026-10")
        workspace.recover()
        workspace.start_build()
        assert read_state(workspace) == all_of("2026-10")


def test_a_kill_anywhere_in_the_release_door(tmp_path):
    """A release that takes the place of another is whole, and the next one finds no obstacle."""
    profile = read_profile("hes")

    def write(folder: Path, text: str) -> None:
        with ReleaseDoor(folder, profile, specs={}) as door:
            door.write_text("a.html", text)
            door.write_text("b.html", text)

    write(tmp_path / "start" / "runs", "first")
    for place in each_kill(tmp_path / "start", lambda place: write(place / "runs", "second"), tmp_path):
        found = [path.read_text(encoding="utf-8") for path in sorted((place / "runs").glob("*.html"))]
        assert found in (["first"] * 2, ["second"] * 2, [])  # none in between the two renames alone
        write(place / "runs", "third")
        assert sorted(path.name for path in place.iterdir()) == ["runs"]
        assert (place / "runs" / "a.html").read_text(encoding="utf-8") == "third"


def test_a_kill_anywhere_in_a_restore(tmp_path):
    """The same restore again puts everything back, and what it replaced is still kept."""

    for name in ("2026-09", "2026-10"):
        build(of_month(tmp_path / "start", name))
        of_month(tmp_path / "start", name).commit()
    for out in each_kill(tmp_path / "start", lambda out: restore_run(out, "2026-09"), tmp_path):
        restore_run(out, "2026-09")
        state = read_state(of_month(out, "2026-09"))
        assert (state["warehouse"], state["run.json"]) == ("2026-09", "2026-09")
        restore_run(out, "2026-10")
        state = read_state(of_month(out, "2026-10"))
        assert (state["warehouse"], state["run.json"]) == ("2026-10", "2026-10")


@pytest.mark.parametrize("content", [b"", b'{"run": "20', b"\x00" * 19, b'{"run": "../../x"}', b"[]", b'{"run": null}'])
def test_a_marker_that_is_no_marker_is_no_swap(tmp_path, content):
    """Ours is whole or absent, so that another cannot have begun a swap: the build is given up, not the folder."""
    workspace = of_month(tmp_path, "2026-10")
    build(workspace)
    workspace.commit()
    build(workspace)
    (workspace.build_folder / "commit.json").write_bytes(content)
    workspace.recover()
    workspace.start_build()
    assert read_state(workspace) == all_of("2026-10")
    assert list(workspace.build_folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b'{"run": "20', b"\xff\xfe", b"[1]", None])
def test_an_unreadable_record_stops_neither_swap_nor_next_run(tmp_path, content):
    """The warehouse says itself of which month it is, so that it is kept all the same."""
    earlier, workspace = of_month(tmp_path, "2026-09"), of_month(tmp_path, "2026-10")
    build(earlier)
    with earlier.open_build() as warehouse:
        warehouse.write("meta.index_date", warehouse.read("select 'current' as role, date '2026-09-01' as index_date"))
    earlier.commit()
    if content is None:
        earlier.run_file.unlink()
    else:
        earlier.run_file.write_bytes(content)
    build(workspace)
    workspace.commit()
    assert read_state(workspace) == all_of("2026-10")
    assert (tmp_path / "earlier" / "2026-09" / "warehouse.duckdb").exists()


def test_a_kill_anywhere_in_the_history_takes_no_line_but_its_own(tmp_path):
    """Also where the kill cuts a line short, which a change of the file's length here does."""
    for length in range(0, 400, 37):
        out = tmp_path / str(length)
        end_entry(out, start_entry(out, "2026-09", "0.1.0", "abc"), ending="ok")
        start_entry(out, "2026-10", "0.1.0", "abc")
        path = out / NAME
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) - length] if length < len(whole) else b"")
        end_entry(out, start_entry(out, "2026-11", "0.1.0", "abc"), ending="ok")
        last = read_history(out)[-1]
        assert (last.run, last.ending) == ("2026-11", "ok")
