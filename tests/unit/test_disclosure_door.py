"""The door: what is written, what is refused, and that the same tables give the same bytes."""

import csv
import hashlib
import json

import polars as pl
import pytest

from mltc.disclosure import (
    PROFILES,
    PublishedTable,
    ReleaseDoor,
    attack_release,
    load_table_specs,
    protect,
    read_previous,
    read_release,
    scan_for_identifiers,
)
from mltc.disclosure.written import escape_formula, restore_formula
from mltc.errors import DisclosureError

HES = PROFILES["hes"]
SPECS = load_table_specs()


def bands():
    frame = pl.DataFrame(
        {
            "risk_band": ["Highest 1%", "=1+1", "-5"],
            "sort_key": [-1, 2, 3],
            "persons": [101, 3, 0],
            "mltc_persons": [50, 1, 0],
            "most_deprived_persons": [20, 0, 0],
            "mean_predicted_percent": [float("nan"), 4.0, 3.0],
        }
    )
    return protect({"risk_band": frame}, SPECS, HES)["risk_band"]


def write_release(folder, **more_files):
    with ReleaseDoor(folder, HES, versions={"code": "0.1.0"}) as door:
        door.write_table(bands())
        for name, text in more_files.items():
            door.write_text(name, text)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_table_is_written_for_people_and_for_programs(tmp_path):
    write_release(tmp_path / "2026-10")
    data = (tmp_path / "2026-10/tables/risk_band.csv").read_bytes()
    assert b"\r" not in data
    rows = list(csv.DictReader(data.decode("utf-8").splitlines()))
    assert [row["persons"] for row in rows] == ["100", "[c]", "0"]
    assert [row["mltc_percent"] for row in rows] == ["50", "[c]", "[x]"]  # 50 / 100; withheld; 0 / 0
    assert [row["mean_predicted_percent"] for row in rows] == ["[x]", "[c]", "3"]
    typed = pl.read_parquet(tmp_path / "2026-10/tables/risk_band.parquet")
    assert typed["persons"].to_list() == [100, None, 0]


def test_names_cannot_run_as_formulas_and_numbers_stay_numbers(tmp_path):
    write_release(tmp_path / "2026-10")
    rows = list(csv.DictReader((tmp_path / "2026-10/tables/risk_band.csv").read_text("utf-8").splitlines()))
    assert [row["risk_band"] for row in rows] == ["Highest 1%", "'=1+1", "'-5"]
    assert rows[0]["sort_key"] == "-1"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_escaping_can_be_undone(start):
    for text in (f"{start}cmd", f"'{start}cmd", "plain", "'quoted'", ""):
        assert not escape_formula(text).startswith(start)
    assert restore_formula(escape_formula(f"{start}cmd")) == f"{start}cmd"


def test_a_release_reads_back_and_withstands_the_attack(tmp_path):
    write_release(tmp_path / "r")
    back = read_release(tmp_path / "r", SPECS)["risk_band"]
    assert back.frame.equals(bands().frame)
    assert attack_release(tmp_path / "r") == []


def test_an_earlier_release_of_another_shape_does_not_stop_the_next(tmp_path):
    write_release(tmp_path / "r")
    (tmp_path / "r/tables/prevalence.csv").write_text("geography,persons\nA,10\n", encoding="utf-8")
    (tmp_path / "r/tables/retired.csv").write_text("a\n", encoding="utf-8")
    assert list(read_previous(tmp_path / "r")) == ["risk_band"]
    with pytest.raises(DisclosureError, match="described nowhere"):
        read_release(tmp_path / "r")


def test_a_changed_release_does_not_withstand_the_attack(tmp_path):
    write_release(tmp_path / "r")
    path = tmp_path / "r/tables/risk_band.csv"
    path.write_text(path.read_text("utf-8").replace(",100,", ",101,"), encoding="utf-8")
    assert {exposure.reason for exposure in attack_release(tmp_path / "r")} >= {"not rounded"}


def test_the_manifest_names_every_file_and_what_was_suppressed(tmp_path):
    write_release(tmp_path / "r", **{"pages/index.html": "<p>"})
    manifest = json.loads((tmp_path / "r/manifest.json").read_text("utf-8"))
    files = contents(tmp_path / "r")
    assert set(manifest["files"]) == set(files) - {"manifest.json"}
    for name, written in manifest["files"].items():
        assert written == {"bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
    # row 2: persons 3 and mltc_persons 1 are small; most_deprived_persons 0 is shown
    assert manifest["suppression"]["risk_band"]["small"] == 2
    assert manifest["versions"] == {"code": "0.1.0"}


def test_the_dictionary_describes_every_published_column(tmp_path):
    write_release(tmp_path / "r")
    rows = list(csv.DictReader((tmp_path / "r/tables/dictionary.csv").read_text("utf-8").splitlines()))
    assert [row["column"] for row in rows] == list(SPECS["risk_band"].kinds)
    assert all(row["description"] for row in rows)


def test_the_same_tables_give_the_same_bytes(tmp_path):
    write_release(tmp_path / "one")
    write_release(tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_new_release_takes_the_place_of_the_old_one(tmp_path):
    write_release(tmp_path / "r", **{"old.html": ""})
    write_release(tmp_path / "r")
    assert "old.html" not in contents(tmp_path / "r")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_failure_leaves_the_earlier_release_alone(tmp_path):
    write_release(tmp_path / "r")
    before = contents(tmp_path / "r")
    with pytest.raises(ZeroDivisionError), ReleaseDoor(tmp_path / "r", HES) as door:
        door.write_text("index.html", "half")
        _ = 1 / 0
    assert contents(tmp_path / "r") == before
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_raw_tables_do_not_pass_the_door(tmp_path):
    table = bands()
    raw = PublishedTable(table.spec, table.frame.with_columns(persons=pl.Series([101, 3, 0])))
    with pytest.raises(DisclosureError, match="nothing was released"), ReleaseDoor(tmp_path / "r", HES) as door:
        door.write_table(raw)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a/../../x", "C:/x", "a\\b", "", "a//b", "./x", "con.txt", "a/nul", "x.", "a\x00b"]
)
def test_no_file_leaves_the_folder(tmp_path, path):
    with ReleaseDoor(tmp_path / "r", HES) as door, pytest.raises(DisclosureError, match="no path for a release"):
        door.write_text(path, "x")


def test_no_file_is_written_twice(tmp_path):
    with ReleaseDoor(tmp_path / "r", HES) as door:
        door.write_text("a.html", "x")
        for taken in ("A.html", "Manifest.json"):
            with pytest.raises(DisclosureError, match="already has"):
                door.write_text(taken, "y")


def test_a_folder_of_other_files_is_not_replaced(tmp_path):
    (tmp_path / "thesis.doc").write_text("x", encoding="utf-8")
    with pytest.raises(DisclosureError, match="no release wrote"), ReleaseDoor(tmp_path, HES):
        pass
    assert (tmp_path / "thesis.doc").is_file()


def test_identifiers_are_found_in_text_parquet_and_workbooks(tmp_path):
    import zipfile

    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/page.html").write_text("<td>CANARY-0001</td>", encoding="utf-8")
    (tmp_path / "clean.html").write_text("<td>CANARY-9999</td>", encoding="utf-8")
    pl.DataFrame({"a": ["xCANARY-0002x"]}).write_parquet(tmp_path / "t.parquet")
    with zipfile.ZipFile(tmp_path / "w.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", "CANARY-0001" * 50)
    found = scan_for_identifiers(tmp_path, ["CANARY-0001", "CANARY-0002", ""])
    assert [path.as_posix() for path in found] == ["deep/page.html", "t.parquet", "w.xlsx"]
