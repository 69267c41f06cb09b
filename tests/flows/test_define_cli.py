"""The commands `define` and `explain`: what they print, how they end, and that no id is repeated."""

import json
from pathlib import Path

import pytest
import typer
from handbook_drawn import draw_codelists, mltc_id_of, write_register
from typer.testing import CliRunner

from flows.define_cli import define, explain
from mltc.warehouse import open_warehouse

app = typer.Typer()
app.command("define")(define)
app.command("explain")(explain)
runner = CliRunner()


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    with open_warehouse(folder / "warehouse.duckdb") as warehouse:
        write_register(warehouse, draw_codelists(folder / "codelists"))
    (folder / "run.json").write_text(json.dumps({"definition": "paper"}), encoding="utf-8")
    return folder


def test_define_prints_the_shipped_definition(tmp_path: Path) -> None:
    result = runner.invoke(app, ["define", "Stroke", "--out", str(tmp_path), "--no-counts"])
    assert result.exit_code == 0
    assert "Rule: Any stroke code ever." in result.output
    assert "Counts were left out on request (--no-counts)." in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Give one CONDITION, or --all"),
        (["stroke", "--all"], "Give one CONDITION, or --all"),
        (["--all"], "--html"),
        (["strokes"], "Nearest: stroke"),
        (["stroke", "--definition", "mine"], "There is no definition 'mine'"),
    ],
)
def test_define_refuses_with_the_exit_code_of_a_configuration(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = runner.invoke(app, ["define", *arguments, "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert said in result.output


def test_explain_uses_the_definition_of_the_run_and_takes_the_id_from_a_prompt(out: Path) -> None:
    given = runner.invoke(app, ["explain", mltc_id_of("held"), "--out", str(out)])
    asked = runner.invoke(app, ["explain", "-", "--out", str(out)], input=mltc_id_of("held") + "\n")
    assert given.exit_code == asked.exit_code == 0
    assert given.output.startswith("FOR USE INSIDE THE SECURE SETTING ONLY.")
    assert "Under paper (version " in given.output
    assert asked.output.partition("FOR USE")[2] == given.output.partition("FOR USE")[2]


def test_explain_never_repeats_an_id(out: Path) -> None:
    for typed in (mltc_id_of("nobody"), mltc_id_of("held")[:-1] + "0"):
        result = runner.invoke(app, ["explain", typed, "--out", str(out)])
        assert result.exit_code == 2
        assert typed not in result.output
