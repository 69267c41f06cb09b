"""A published list is taken over whole or not at all, and what changes is told."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from codelist_folder import HEADER, write_folder, write_text
from typer.testing import CliRunner

from flows.codelists_cli import app
from mltc.codelist_import import ImportRequest, import_codelist
from mltc.codelist_import.published import ReadRequest
from mltc.codelists import load_codelists
from mltc.errors import CodelistError

ASTHMA = "code,term\n195967001,Asthma\n12428000,Intrinsic asthma\n304527002,Acute asthma\n"
SOURCE = "OpenCodelists: ast-20260401.csv, OpenCodelists, version 20260401"


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "codelists")


def take_over(folder: Path, text: str = ASTHMA, name: str = "ast-20260401.csv", **given: object):
    file = folder.parent / name
    write_text(file, text)
    system = given.pop("system", None)
    request = {
        "kind": "opencodelists",
        "source": ReadRequest(file, code_system=system),
        "key": "asthma",
        "licence": "CC BY 4.0",
        "reviewed_date": date(2026, 11, 22),
        "folder": folder,
        **given,
    }
    return import_codelist(ImportRequest(**request))  # type: ignore[arg-type]


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stated(folder: Path, name: str) -> dict[str, str]:
    rows = pl.read_csv(folder / "registry.csv", infer_schema=False).filter(pl.col("path") == name)
    return rows.row(0, named=True)


def refused(folder: Path, **given: object) -> str:
    """The refusal, after checking that nothing at all has changed."""
    before = content(folder)
    with pytest.raises(CodelistError) as error:
        take_over(folder, **given)
    assert content(folder) == before
    return str(error.value)


# The present list: 195967001 and 31387002 count, 12428000 is left out on purpose.


def test_replace_leaves_the_published_codes_alone(folder):
    outcome = take_over(folder, mode="replace")
    assert (folder / "snomed" / "asthma.csv").read_text(encoding="utf-8") == (
        f'{HEADER}12428000,Intrinsic asthma,"{SOURCE}",yes\n'
        f'195967001,Asthma,"{SOURCE}",yes\n'
        f'304527002,Acute asthma,"{SOURCE}",yes\n'
    )
    assert [row["code"] for row in outcome.change.added] == ["12428000", "304527002"]
    assert [row["code"] for row in outcome.change.removed] == ["31387002"]
    assert outcome.change.kept_count == 1
    assert outcome.notes == ("1 codes were left out on purpose (verified = no) and count now: 12428000.",)


def test_merge_keeps_what_is_there_and_what_was_left_out_on_purpose(folder):
    outcome = take_over(folder, mode="merge")
    assert (folder / "snomed" / "asthma.csv").read_text(encoding="utf-8") == (
        f"{HEADER}12428000,Intrinsic asthma without status asthmaticus,left out: a test,no\n"
        "31387002,Exercise-induced asthma,a list,yes\n"
        f'195967001,Asthma,"a list; {SOURCE}",yes\n'
        f'304527002,Acute asthma,"{SOURCE}",yes\n'
    )
    assert [row["code"] for row in outcome.change.added] == ["304527002"]
    assert (outcome.change.removed, outcome.change.kept_count) == ((), 2)


def test_the_registry_states_the_import_and_the_folder_loads(folder):
    outcome = take_over(folder, mode="replace")
    row = stated(folder, "snomed/asthma.csv")
    assert {name: row[name] for name in ("source", "version", "licence", "codes", "reviewed_date")} == {
        "source": SOURCE,
        "version": "20260401",
        "licence": "CC BY 4.0",
        "codes": "3",
        "reviewed_date": "2026-11-22",
    }
    assert stated(folder, "snomed/diabetes.csv")["source"] == "a list"  # the other lists keep what they state
    assert outcome.remaining is None
    assert load_codelists(folder).verified_codes.filter(key="asthma", code_system="snomed").height == 3


def test_a_merged_list_states_both_sources_and_licences(folder):
    take_over(folder, mode="merge")
    row = stated(folder, "snomed/asthma.csv")
    assert (row["source"], row["licence"]) == (f"a list; {SOURCE}", "MIT; CC BY 4.0")


def test_the_same_import_twice_changes_nothing(folder):
    for mode in ("replace", "merge"):
        take_over(folder, mode=mode)
        before = content(folder)
        outcome = take_over(folder, mode=mode)
        assert outcome.change.is_nothing
        assert content(folder) == before


def test_a_list_that_is_there_is_not_touched_unasked(folder):
    assert refused(folder) == (
        "snomed/asthma.csv is there already. --replace would add 2, remove 1 and keep 1 codes; --merge would add 1 and "
        "keep 2. Say which."
    )


def test_icd10_comes_without_terms_and_longer_codes_are_covered(folder):
    text = "code,term\nJ45,Asthma\nJ45.0,Allergic asthma\nJ46X,Status asthmaticus\n"
    outcome = take_over(folder, text=text, mode="replace")
    rows = (folder / "icd10" / "asthma.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [row.split(",")[:2] for row in rows] == [["J45", ""], ["J46", ""]]
    assert "for those that the file does not list: J45 (1)." in outcome.notes[0]


def test_merging_a_shorter_prefix_takes_the_longer_one_away(folder):
    take_over(folder, text="code,term\nJ45.0,Allergic asthma\n", mode="replace")
    outcome = take_over(folder, text="code,term\nJ45,Asthma\n", mode="merge")
    assert [row["code"] for row in outcome.change.added] == ["J45"]
    assert [row["code"] for row in outcome.change.removed] == ["J450"]


def test_a_new_list_may_come_before_the_rule_that_uses_it(folder):
    outcome = take_over(folder, key="copd", text="code,term\n13645005,Chronic obstructive lung disease\n")
    assert outcome.path == folder / "snomed" / "copd.csv"
    assert "no rule, care process or score names the list 'copd'" in str(outcome.remaining)


def test_resolved_drugs_and_measures_have_their_own_folders_and_columns(folder):
    take_over(folder, into="resolved", text="code,term\n162660004,Asthma resolved\n")
    assert (folder / "resolved" / "asthma.csv").read_text(encoding="utf-8").startswith(f"{HEADER}162660004,")
    take_over(folder, key="reliever", text="BNFCode,name\n0301011R0,Salbutamol\n")
    assert (
        (folder / "drugs" / "reliever.csv")
        .read_text(encoding="utf-8")
        .splitlines()[1]
        .startswith("bnf,0301011R0,Salbutamol,")
    )
    take_over(folder, key="hba1c", into="measures", unit="mmol/mol", text="code,term\n999791000000106,HbA1c\n")
    assert (
        (folder / "measures" / "hba1c.csv")
        .read_text(encoding="utf-8")
        .splitlines()[1]
        .startswith("999791000000106,HbA1c,mmol/mol,")
    )


def test_replacing_one_code_system_of_a_drug_group_leaves_the_others(folder):
    take_over(folder, key="reliever", text="BNFCode,name\n0301011R0,Salbutamol\n")
    text = "dmd_id,dmd_name\n10514511000001106,Adrenaline inhaler\n"
    outcome = take_over(folder, key="reliever", text=text, mode="replace")
    assert [row["code_system"] for row in outcome.change.rows] == ["bnf", "dmd"]
    assert outcome.change.removed == ()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"text": "code,term\n195967001,Asthma\n195967002,Asthma\n"}, "row 3: '195967002' fails its check digit"),
        ({"key": "Asthma!"}, "'Asthma!' is no key"),
        ({"into": "drugs", "text": "code,term\nJ45,Asthma\n"}, "holds icd10 codes; drugs/ takes bnf, atc, dmd, snomed"),
        ({"into": "elsewhere"}, "There is no folder 'elsewhere' for lists"),
        ({"name": "asthma.csv"}, "asthma.csv does not say its version: give it with --version"),
        ({"licence": " "}, "give it with --licence"),
        ({"into": "measures"}, "A measure has one unit"),
        ({"kind": "readcodes"}, "There is no reader 'readcodes'; --as takes pcd, opencodelists, hdruk, omop"),
    ],
)
def test_a_refused_import_changes_nothing(folder, given, told):
    assert told in refused(folder, mode="replace", **given)


def test_a_kill_between_list_and_registry_is_noticed(folder, monkeypatch):
    from mltc.codelist_import import writing

    def put_list_only(new: Path, path: Path) -> None:
        if path.name == "registry.csv":
            raise KeyboardInterrupt
        put(new, path)

    put = writing.put
    monkeypatch.setattr(writing, "put", put_list_only)
    with pytest.raises(KeyboardInterrupt):
        take_over(folder, mode="replace")
    with pytest.raises(CodelistError, match=r"checksum of snomed/asthma\.csv differs"):
        load_codelists(folder)


def test_a_folder_without_a_registry_is_refused(tmp_path):
    with pytest.raises(CodelistError, match=r"has no registry\.csv"):
        take_over(tmp_path / "nothing")


def test_the_command_shows_counts_and_codes(folder):
    file = folder.parent / "ast-20260401.csv"
    write_text(file, ASTHMA)
    asked = ["import", str(file), "--as", "opencodelists", "--condition", "asthma", "--licence", "CC BY 4.0"]
    where = ["--codelists", str(folder)]
    found = CliRunner().invoke(app, [*asked, *where])
    assert found.exit_code == 2
    assert "is there already" in found.output
    found = CliRunner().invoke(app, [*asked, *where, "--replace", "--reviewed", "2026-11-01"])
    assert found.exit_code == 0, found.output
    assert "2 codes added, 1 removed, 1 kept." in found.output
    assert "304527002" in found.output
    assert stated(folder, "snomed/asthma.csv")["reviewed_date"] == "2026-11-01"
    assert CliRunner().invoke(app, [*asked, *where, "--replace", "--merge"]).exit_code == 2
