"""The configuration: every problem at once, with a hint, and the secret from the environment."""

from pathlib import Path

import pytest

from mltc.config import load_config, read_secret
from mltc.config.secret import DEMO_SECRET
from mltc.errors import ConfigError

SMALLEST = """
[icb]
name = "A"
code = "QAA"
{icb}
[run]
index_date = 2026-10-01
[lawful]
opt_outs_applied_upstream = "by the sender"
[source.person]
path = "person.csv"
[source.gp_event]
path = "gp_event.csv"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "c.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problem(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, text))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_smallest_configuration(tmp_path):
    config = load_config(write(tmp_path, SMALLEST.format(icb="")))
    assert config.run.name == "2026-10"
    assert config.extract_root == tmp_path
    assert config.run.disclosure_profile == "strictest"


def test_byte_order_mark_is_no_problem(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(SMALLEST.format(icb=""), encoding="utf-8-sig")
    assert load_config(path).icb.code == "QAA"


def test_all_problems_are_told_at_once_with_a_hint(tmp_path):
    text = SMALLEST.replace("index_date", "index_dat").format(icb="synthetik = true")
    told = problem(tmp_path, text)
    assert "unknown key icb.synthetik (did you mean synthetic?)" in told
    assert "key run.index_date is missing" in told
    assert "unknown key run.index_dat (did you mean index_date?)" in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[source.gp_event]", "[source.gp_events]", "[source.gp_events] is not a canonical table"),
        ("[source.gp_event]", "[source.death]", "at least one of gp_event and hospital_episode"),
        ('opt_outs_applied_upstream = "by the sender"', "", "everybody would be excluded"),
        ('code = "QAA"', 'code = "q a"', "icb.code: string should match pattern"),
        ("index_date = 2026-10-01", "index_date = 'soon'", "run.index_date"),
    ],
)
def test_one_wrong_thing(tmp_path, old, new, told):
    assert told in problem(tmp_path, SMALLEST.format(icb="").replace(old, new))


def test_unknown_canonical_column_lists_the_known(tmp_path):
    text = SMALLEST.format(icb="") + '[source.gp_event.columns]\nperson = "id"\n'
    assert "person is not a column of gp_event (known: person_id, event_date" in problem(tmp_path, text)


def test_a_mapping_has_one_origin(tmp_path):
    text = SMALLEST.format(icb="") + '[source.gp_event.columns]\nperson_id = { column = "a", constant = "b" }\n'
    assert "give exactly one of column, first_of, label_of_first, list, constant" in problem(tmp_path, text)


def test_missing_file_and_broken_toml(tmp_path):
    with pytest.raises(ConfigError, match="There is no configuration file"):
        load_config(tmp_path / "none.toml")
    assert "is not valid TOML" in problem(tmp_path, "[icb\n")


def test_secret_comes_from_the_named_variable(tmp_path, monkeypatch):
    config = load_config(write(tmp_path, SMALLEST.format(icb='secret_env = "ICB_KEY"')))
    monkeypatch.setenv("ICB_KEY", "0123456789abcdef")
    assert read_secret(config) == "0123456789abcdef"


def test_secret_is_required_long_and_not_the_demo_secret(tmp_path, monkeypatch):
    config = load_config(write(tmp_path, SMALLEST.format(icb="")))
    monkeypatch.delenv("MLTC_SECRET", raising=False)
    with pytest.raises(ConfigError, match="MLTC_SECRET is not set"):
        read_secret(config)
    monkeypatch.setenv("MLTC_SECRET", "0123456789abcde")
    with pytest.raises(ConfigError, match="has 15 characters"):
        read_secret(config)
    monkeypatch.setenv("MLTC_SECRET", DEMO_SECRET)
    with pytest.raises(ConfigError, match="holds the demo secret"):
        read_secret(config)


def test_synthetic_configuration_may_use_the_demo_secret(tmp_path, monkeypatch):
    monkeypatch.delenv("MLTC_SECRET", raising=False)
    config = load_config(write(tmp_path, SMALLEST.format(icb="synthetic = true")))
    assert read_secret(config) == DEMO_SECRET


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "config").glob("*.toml")), ids=lambda p: p.stem)
def test_shipped_configurations_are_valid(path):
    load_config(path)
