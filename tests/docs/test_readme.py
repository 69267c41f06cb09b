"""The README can fail: its commands exist, its options are real, its links lead somewhere."""

import re

import pytest
import typer
from command_lines import find_unknown_options

from mltc.errors import EXIT_CODES
from mltc.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "operating-guide.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"uv run (mltc [^\n`]+)", README + GUIDE)))


def test_the_two_commands_stand_on_the_first_screen():
    first = README.splitlines()[:18]
    assert "pip install uv && uv run mltc demo" in first
    assert "pip install uv && uv run pytest" in first


def test_ci_calls_the_test_command_of_the_readme():
    assert "pip install uv && uv run pytest\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", COMMANDS)
def test_command_and_options_exist(line):
    assert find_unknown_options(line) == set()


def test_every_command_is_in_the_readme():
    from flows.cli import app

    shown = {line.split()[1] for line in COMMANDS}
    assert set(typer.main.get_command(app).commands) == shown


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_link_leads_somewhere(target):
    assert (ROOT / target).exists()


def test_notebooks_are_opened_on_a_named_warehouse():
    """Without `--out` a notebook looks for the warehouse of a demo that may never have run."""
    [(notebook, option)] = re.findall(r"uv run marimo edit (\S+) -- --(\S+) out/my_icb", README)
    assert README.count("marimo edit") == 1
    assert f'cli_args().get("{option}")' in (ROOT / notebook).read_text(encoding="utf-8")


def test_exit_codes_are_those_of_the_code():
    rows = {int(code): meaning.strip() for code, meaning in re.findall(r"^\| (\d) \| (.+) \|$", README, re.M)}
    assert set(rows) == set(EXIT_CODES)
    assert all(rows[code].startswith(meaning.split(":")[0]) for code, meaning in EXIT_CODES.items())


def test_example_configuration_has_every_key():
    from mltc.config.load import SECTIONS

    text = (ROOT / "config" / "icb_example.toml").read_text(encoding="utf-8")
    keys = {field.alias or key for section in SECTIONS for key, field in section.model_fields.items()} - {"base"}
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", text)] == []


def test_no_dependency_ships_one_of_our_packages():
    """A dependency with a package called `models` would win over an editable install."""
    from importlib.metadata import distributions

    taken = {
        (distribution.name, top)
        for distribution in distributions()
        for top in (distribution.read_text("top_level.txt") or "").split()
        if top in {"flows", "models", "mltc"} and distribution.name != "mltc"
    }
    assert taken == set()
