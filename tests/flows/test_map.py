"""`mltc map` as an analyst meets it: what it says, what it writes, how it ends."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app

LINES = ["patient_id;event_dt;snomed_code;result_value"]
LINES += [f"A{row % 40};{1 + row % 28:02}/{1 + row % 12:02}/2024;73211009;{row / 10}" for row in range(200)]


@pytest.fixture
def extract(tmp_path) -> Path:
    path = tmp_path / "gp_codes.csv"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


def test_a_proposal_is_shown_and_written(extract, tmp_path):
    out = tmp_path / "mine.toml"
    result = CliRunner().invoke(app, ["map", str(extract), "--out", str(out)], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    for told in ("parted by semicolon", "gp_event", "event_date *", "event_dt", "sure", "%d/%m/%Y"):
        assert told in result.stdout
    source = tomllib.loads(out.read_text(encoding="utf-8"))["source"]["gp_event"]
    assert source["delimiter"] == ";"
    assert source["columns"]["event_date"] == {"column": "event_dt", "date_formats": ["%d/%m/%Y"]}
    assert source["columns"]["code"] == "snomed_code"


def test_machines_get_json(extract):
    result = CliRunner().invoke(app, ["map", str(extract), "--json", "--table", "gp_event"])
    assert result.exit_code == 0
    (told,) = json.loads(result.stdout)
    assert told["delimiter"] == ";"
    columns = {item["column"]: item for item in told["tables"][0]["columns"]}
    assert columns["code"]["mapping"] == {"column": "snomed_code"}
    assert columns["person_id"]["word"] == "sure"


def test_a_required_column_without_source_is_an_exit_code(extract):
    result = CliRunner().invoke(app, ["map", str(extract), "--table", "hospital_episode"], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert "hospital_episode.spell_id" in result.output
    assert "TODO" in result.output
