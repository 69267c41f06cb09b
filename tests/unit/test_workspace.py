"""The work folder: one run at a time, and the last good state until the very end."""

from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from mltc.config import load_config
from mltc.errors import LockedError
from mltc.workspace import COMMIT_FILE, Workspace, hold_lock

CONFIG = Path(__file__).parents[2] / "config" / "demo.toml"


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path, load_config(CONFIG))


def build(workspace: Workspace, mark: str) -> None:
    workspace.start_build()
    workspace.build_release.mkdir(parents=True)
    (workspace.build_release / "index.html").write_text(mark, encoding="utf-8")
    (workspace.build_folder / "warehouse.duckdb").write_text(mark, encoding="utf-8")
    (workspace.build_folder / "run.json").write_text(mark, encoding="utf-8")


def marks(workspace: Workspace) -> list[str]:
    files = (workspace.release / "index.html", workspace.warehouse, workspace.run_file)
    return [file.read_text(encoding="utf-8") for file in files]


def test_commit_swaps_everything_and_leaves_nothing_behind(workspace):
    build(workspace, "1")
    workspace.commit()
    build(workspace, "2")
    assert marks(workspace) == ["1", "1", "1"]  # nothing moves before the commit
    workspace.commit()
    assert marks(workspace) == ["2", "2", "2"]
    assert not workspace.build_folder.exists()


def test_a_killed_build_leaves_the_last_good_state(workspace):
    build(workspace, "1")
    workspace.commit()
    build(workspace, "half")
    workspace.start_build()  # the next run
    assert marks(workspace) == ["1", "1", "1"]
    assert not (workspace.build_folder / "run.json").exists()


@pytest.mark.parametrize("moved", [0, 1, 2], ids=["nothing moved", "release moved", "release and warehouse moved"])
def test_a_swap_that_was_killed_is_finished_by_the_next_run(workspace, moved):
    build(workspace, "1")
    workspace.commit()
    build(workspace, "2")
    (workspace.build_folder / COMMIT_FILE).write_text('{"run": "2026-10"}', encoding="utf-8")
    if moved >= 1:
        workspace.release.rename(workspace.build_folder / "replaced")
        workspace.build_release.rename(workspace.release)
    if moved >= 2:
        (workspace.build_folder / "warehouse.duckdb").replace(workspace.warehouse)
    workspace.start_build()
    assert marks(workspace) == ["2", "2", "2"]


def test_the_second_run_on_a_folder_is_refused_at_once(tmp_path):
    other = FileLock(tmp_path / ".lock")  # as another process would hold it
    with other, pytest.raises(LockedError, match="Another run is at work"), hold_lock(tmp_path):
        pass
    with hold_lock(tmp_path), hold_lock(tmp_path):  # the command, and within it the flow
        assert other.is_locked is False
        with pytest.raises(Timeout):
            other.acquire(timeout=0)
    other.acquire(timeout=0)
    other.release()


def test_previous_release_is_of_an_earlier_month(workspace):
    for name in ("2026-08", "2026-09", "2026-10", "2026-11"):
        (workspace.out / "release" / name).mkdir(parents=True)
    assert workspace.previous_release().name == "2026-09"


def test_what_led_nowhere_is_removed_and_a_begun_swap_is_left(workspace):
    """A run that failed after its commit marker is finished by the next one, which needs its files."""
    workspace.start_build()
    (workspace.build_folder / "warehouse.duckdb").write_bytes(b"rows")
    marker = workspace.build_folder / COMMIT_FILE
    marker.write_text("{}", encoding="utf-8")
    workspace.discard_build()
    assert (workspace.build_folder / "warehouse.duckdb").exists()
    marker.unlink()
    workspace.discard_build()
    assert not workspace.build_folder.exists()
