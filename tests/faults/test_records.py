"""Records beside the warehouse that were cut or changed: history, models in force, releases."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.steps.champion import read_champion
from flows.steps.history import publish_history
from flows.steps.model_store import read_history as read_models
from flows.steps.model_store import start_registry, write_version
from flows.steps.publish import read_card
from mltc.config import load_config
from mltc.disclosure import ReleaseDoor, protect
from mltc.disclosure.profile import read_profile
from mltc.errors import DamagedError
from mltc.report.runs import build_run_frames, load_run_specs
from mltc.run_history import NAME, end_entry, read_history, start_entry
from mltc.workspace import Workspace

CONFIG = Path(__file__).parents[2] / "config" / "demo.toml"
DEEP = "[" * 100_000

LINES = (
    "", "{", "null", "[]", "7", '"text"', DEEP, '{"id": []}', '{"id": {}}', '{"id": null}', '{"id": "a"}', "\x00\x00\x00",
    '{"id": "b", "run": 7, "started_at": 7, "by": 7, "code_version": 7, "config_sha256": 7}',
    '{"id": "c", "run": "x", "started_at": "yesterday", "by": "", "code_version": "", "config_sha256": ""}',
    '{"id": "d", "run": "x", "started_at": "2026-10-01T00:00:00+00:00", "by": "", "code_version": "", '
    '"config_sha256": "", "ending": "exploded"}',
    '{"id": "e", "run": "x", "started_at": "2026-10-01T00:00:00+00:00", "by": "", "code_version": "", '
    '"config_sha256": "", "ending": "ok", "rows": {"rows_in": 1}}',
    '{"id": "f", "run": "x", "started_at": "2026-10-01T00:00:00+00:00", "by": "", "code_version": "", '
    '"config_sha256": "", "ending": "ok", "seconds": "long"}',
    '{"id": "g", "run": "x", "started_at": "2026-10-01T00:00:00+00:00", "by": "", "code_version": "", '
    '"config_sha256": "", "ending": "ok", "stages": [{}]}',
)  # fmt: skip


def write_good_run(out: Path, name: str) -> None:
    end_entry(out, start_entry(out, name, "0.1.0", "abc"), ending="ok", seconds=60.0)


@pytest.mark.parametrize("line", LINES)
def test_a_damaged_line_hides_no_run_and_stops_no_command(tmp_path, line):
    write_good_run(tmp_path, "2026-08")
    with (tmp_path / NAME).open("ab") as file:
        file.write(line.encode() + b"\n\xff\xfe\n" + line.encode())  # the last one cut before its end
    write_good_run(tmp_path, "2026-09")
    assert [entry.run for entry in read_history(tmp_path)] == ["2026-08", "2026-09"]
    shown = CliRunner().invoke(app, ["history", "--out", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    assert "2026-09" in shown.output
    publish_history(tmp_path, load_config(CONFIG))
    page = (tmp_path / "release" / "runs" / "index.html").read_text(encoding="utf-8")
    assert "2 runs were begun; 2 came to a release." in page


def test_a_history_of_nothing_but_damage_is_no_traceback(tmp_path):
    (tmp_path / NAME).write_bytes(b"\xff" * 1000)
    shown = CliRunner().invoke(app, ["history", "--out", str(tmp_path)])
    assert shown.exit_code == 2, shown.output
    assert "nothing has been run there yet" in shown.output
    shutil.rmtree(tmp_path / NAME, ignore_errors=True)


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """A folder with a registry that a run of the month before has left."""
    from flows.steps.model_store import enter_champion

    place = Workspace(tmp_path, load_config(CONFIG))
    records = {"manifest.json": {"held_out_practices": []}, "card.json": {}, "reference.json": {}}
    write_version(place.models, "death", "2026-09-linear", b"model", records)
    enter_champion(place.models, "death", "2026-09", "2026-09-linear", "Fitted.")
    place.build_folder.mkdir()
    return place


@pytest.mark.parametrize(
    "content", [b"", b"{", b"7", b"[7]", b"[{}]", b"null", b"\xff\xfe", b'[{"run": 1}]', DEEP.encode()]
)
def test_a_damaged_list_of_models_is_told_with_the_ways_on(workspace, content):
    (workspace.models / "death" / "champion.json").write_bytes(content)
    with pytest.raises(DamagedError) as told:
        start_registry(workspace)
    assert "models/death/champion.json" in str(told.value)
    assert "delete the folder models/death" in str(told.value)
    assert "\n" not in str(told.value)
    shutil.rmtree(workspace.models / "death")
    assert read_models(start_registry(workspace), "death") == []


@pytest.mark.parametrize("name", ["model.skops", "manifest.json"])
@pytest.mark.parametrize("content", [None, b"", b"{"])
def test_a_damaged_model_is_refused_by_its_checksum(workspace, name, content):
    path = workspace.models / "death" / "2026-09-linear" / name
    path.unlink() if content is None else path.write_bytes(content)
    champion = read_champion(start_registry(workspace), "death", "2026-10", (), "x")
    assert champion is not None
    assert champion.candidate is None
    assert name in champion.refusals[0]


@pytest.mark.parametrize("content", [None, b"", b"{", b"7"])
def test_damaged_bins_of_the_training_people_refuse_the_model(workspace, content):
    """They have no checksum of their own; without them nobody could say whether the people are still such people."""
    from flows.steps.champion import read_reference

    path = workspace.models / "death" / "2026-09-linear" / "reference.json"
    path.unlink() if content is None else path.write_bytes(content)
    assert read_reference(path.parent) is None


@pytest.mark.parametrize("content", [b"", b"{", b"7", b"\xff"])
def test_a_damaged_card_of_a_model_is_told(tmp_path, content):
    """`mltc report` reads the card that the run has left."""
    card = tmp_path / "models" / "death" / "2026-10-linear" / "card.json"
    card.parent.mkdir(parents=True)
    card.write_bytes(content)
    with pytest.raises(DamagedError, match=r"card\.json") as told:
        read_card(card)
    assert "mltc run" in str(told.value)
    card.unlink()
    assert read_card(card) is None


@pytest.fixture
def release(tmp_path) -> Path:
    """A small real release: the history of two runs."""
    out = tmp_path / "out"
    for name in ("2026-08", "2026-09"):
        write_good_run(out, name)
    publish_history(out, load_config(CONFIG))
    return out / "release" / "runs"


MANIFESTS = {
    "manifest cut": lambda text: text[: len(text) // 2].encode(),
    "manifest emptied": lambda text: b"",
    "manifest of bytes": lambda text: b"\xff\xfe\x00" * 100,
    "manifest too deep": lambda text: DEEP.encode(),
    "manifest without profile": lambda text: json.dumps({"files": json.loads(text)["files"]}).encode(),
    "manifest of another profile": lambda text: text.replace('"name": "', '"name": "un').encode(),
    "manifest leads elsewhere": lambda text: text.replace("tables/run.csv", "../../run.json").encode(),
}
TABLES = {
    "table cut": lambda table: table.write_bytes(table.read_bytes()[:-20]),
    "table emptied": lambda table: table.write_bytes(b""),
    "table of bytes": lambda table: table.write_bytes(b"\xff\xfe\x00" * 100),
    "table of one huge cell": lambda table: table.write_bytes(b'"' + b"x" * 300_000 + b"\n"),
    "table gone": lambda table: table.unlink(),
    "table a folder": lambda table: (table.unlink(), table.mkdir()),
    "parquet cut": lambda table: table.with_suffix(".parquet").write_bytes(b"PAR1"),
    "no table": lambda table: shutil.rmtree(table.parent),
}


def damage_release(folder: Path, how: str) -> None:
    if how in MANIFESTS:
        manifest = folder / "manifest.json"
        manifest.write_bytes(MANIFESTS[how](manifest.read_text(encoding="utf-8")))
    else:
        TABLES[how](folder / "tables" / "run.csv")


@pytest.mark.parametrize("how", [*MANIFESTS, *TABLES])
def test_a_damaged_release_is_never_called_safe(release, how):
    damage_release(release, how)
    checked = CliRunner().invoke(app, ["disclose", "check", str(release)])
    assert checked.exit_code in {2, 4}, checked.output
    assert isinstance(checked.exception, SystemExit)
    assert "Traceback" not in checked.output
    assert "UnexpectedError" not in checked.output


def test_a_good_release_is_called_safe(release):
    checked = CliRunner().invoke(app, ["disclose", "check", str(release)])
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize("how", ["table cut", "table of bytes", "table emptied", "no table", "table a folder"])
def test_a_damaged_release_of_last_month_does_not_stop_this_one(release, how):
    """It steers which numbers are withheld; one that cannot be read steers nothing."""
    from mltc.disclosure import read_previous

    damage_release(release, how)
    specs, profile = load_run_specs(), read_profile("hes")
    frames = build_run_frames(read_history(release.parents[1]))
    previous = read_previous(release, specs)
    with ReleaseDoor(release.parent / "next", profile, specs=specs) as door:
        for table in protect(frames, specs, profile, previous).values():
            door.write_table(table)
    assert pl.read_parquet(release.parent / "next" / "tables" / "run.parquet").height == 2
