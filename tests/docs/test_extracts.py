"""The pages on extracts can fail: the layout that they show is run, and every key of the code is in them."""

import re
from pathlib import Path

import polars as pl
import pytest
from command_lines import find_unknown_options

from mltc.config.gate import CoverageSettings, DriftSettings, GateSettings, PlausibilitySettings
from mltc.config.schema import Config, FeedSettings, IcbSettings, LawfulSettings, RunSettings
from mltc.dialect import Child, ColumnMapping, DropRule, LayoutFile, Lookup, ReadOptions, list_dialects, load_dialect
from mltc.dialect.schema import TablePart
from mltc.lawful import load_lawful_use, read_tables_of
from mltc.paths import ROOT
from mltc.quality import drop_superseded
from mltc.sources import load_extract
from mltc.warehouse import Warehouse, load_models

EXTRACTS = (ROOT / "docs" / "extracts.md").read_text(encoding="utf-8")
GATE = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
LAWFUL = (ROOT / "docs" / "lawful-use.md").read_text(encoding="utf-8")

FILES = {
    "patients.csv": "PATIENT|PSEUDO|MYDOB|SEX|TEST\n1|a1|51950|F|N\n2|a2|121961|M|N\n3|zz|11900|M|Y\n",
    "stays_2026_10.txt": (
        "STAY|EPI|BATCH|KIND|PATIENT|WARD|SITE|ADMITTED|DISCHARGED|METHOD|PROC1|PROC2|PROC3|DELETED\n"
        "s1|1|7|IP|1|w1|01|02/03/2026|-|EM|-|K401|-|0\n"
        "s1|1|8|IP|1|w1|01|02/03/2026|09/03/2026|EM|-|K401|-|0\n"
        "s2|1|7|IP|2|w2|02|05/05/2026|06/05/2026|EL|W371|-|-|0\n"
        "s2|1|9|IP|2|w2|02|05/05/2026|06/05/2026|EL|W371|-|-|1\n"
        "s3|1|7|IP|3|w1|01|01/06/2026|02/06/2026|EM|-|-|-|0\n"
        "x1|1|7|WA|1|-|01|08/07/2026|-|-|-|-|-|0\n"
    ),
    "coding_2026_10.csv": (
        "STAY|EPI|SCHEME|POSITION|ICD\ns1|1|ICD10|2|I10X\ns1|1|ICD10|1|J44.1\ns1|1|OPCS|1|K401\ns2|1|ICD10|1|M171\n"
    ),
    "wards.csv": "w1|340\nw2|110\n",
}


@pytest.fixture
def shown_config(tmp_path: Path) -> Config:
    """A configuration of the layout that the page shows, with files for it."""
    layout = re.search(r"```toml\n# layouts/county_trust\.toml\n(.*?)```", EXTRACTS, re.S)
    assert layout is not None
    (tmp_path / "county_trust.toml").write_text(layout[1], encoding="utf-8")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return Config(
        icb=IcbSettings(name="Shown", code="QZZ", synthetic=True),
        run=RunSettings(index_date="2026-10-01"),  # type: ignore[arg-type]
        lawful=LawfulSettings(opt_outs_applied_upstream="Nobody is in these files"),
        feed={"county": FeedSettings(dialect="county_trust.toml")},
        extracts={"root": "."},  # type: ignore[arg-type]
        base=tmp_path,
    )


def test_the_layout_that_is_shown_does_what_the_page_says(shown_config: Config, warehouse: Warehouse, tmp_path: Path):
    for table in ("person", "hospital_episode"):
        load_extract(warehouse, shown_config, table, tmp_path / "landing")
    drop_superseded(warehouse, "hospital_episode")

    rows = warehouse.read(
        "select _source_row, _dropped, diagnoses, procedures, specialty, provider_code "
        "from raw.hospital_episode order by _row_id"
    ).rows()
    superseded = "superseded by a later record"
    assert [row[:2] for row in rows] == [
        (1, superseded), (2, None), (3, superseded), (4, "deleted by the sender"), (5, "test patient"),
    ]  # fmt: skip
    assert rows[1][2:] == (["J44.1", "I10X"], ["K401"], "340", "RXX01")
    assert all(f": {row[1]}" in EXTRACTS for row in rows if row[1])

    births = warehouse.read("select person_id, cast(birth_date as varchar) as birth from raw.person order by _row_id")
    assert births.filter(pl.col("person_id") == "a1")["birth"].item() == "1950-05-01"


def test_every_shipped_layout_is_in_the_table_with_its_tables():
    for name in list_dialects():
        line = re.search(rf"^\| `{name}` \|.*$", EXTRACTS, re.M)
        assert line is not None, name
        if name != "omop_5_4":  # said by reference to the line above it
            assert all(f"`{table}`" in line[0] for table in load_dialect(name).table), name


@pytest.mark.parametrize(
    "section",
    [ReadOptions, LayoutFile, DropRule, Lookup, Child, TablePart, ColumnMapping],
    ids=lambda kind: kind.__name__,
)
def test_every_key_of_a_layout_is_explained(section):
    assert [key for key in section.model_fields if not re.search(rf"\b{key}\b", EXTRACTS)] == []


@pytest.mark.parametrize(
    "section", [GateSettings, CoverageSettings, PlausibilitySettings, DriftSettings], ids=lambda kind: kind.__name__
)
def test_every_key_of_the_gate_is_explained(section):
    assert [key for key in section.model_fields if not re.search(rf"\b{key}\b", GATE)] == []


def test_uses_and_what_outputs_draw_on_are_those_of_the_code():
    assert [use for use in load_lawful_use().uses if f"`{use}`" not in LAWFUL] == []
    models = load_models()
    for output in load_lawful_use().output:
        drawn = read_tables_of(output, models)
        line = re.search(rf"^\| `{output.key}` \|.*$", LAWFUL, re.M)
        assert (line is not None) == bool(drawn), output.key
        assert line is None or f"`{output.use}`" in line[0]


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        page = (path.parent / name) if name else path
        assert page.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
            anchors = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
            assert heading in anchors, target


@pytest.mark.parametrize(
    "name", ["extracts.md", "gate.md", "lawful-use.md", "geography.md", "methods.md", "register.md"]
)
def test_commands_of_the_pages_exist(name):
    for line in re.findall(r"uv run (mltc [^\n`]+)", (ROOT / "docs" / name).read_text(encoding="utf-8")):
        assert find_unknown_options(line) == set(), line
