"""`mltc lists`: what a list holds and what it never holds, who may read it, and what is taken when it comes back."""

import csv
import os
import shutil
from pathlib import Path

import polars as pl
import pytest
import typer
from handbook_drawn import mltc_id_of
from lists_drawn import CANARY, RUN, write_lists_warehouse
from typer.testing import CliRunner

from flows.lists_cli import app as lists_app
from mltc.lists.kept import read_decisions
from mltc.lists.layout import COLUMNS, FILLED_IN

app = typer.Typer()
app.add_typer(lists_app)
runner = CliRunner()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lists_warehouse(tmp_path_factory.mktemp("made"))


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    shutil.copytree(made, folder)
    return folder


@pytest.fixture(scope="module")
def listed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With lists of everybody; for tests that change nothing."""
    folder = tmp_path_factory.mktemp("listed") / "out"
    shutil.copytree(made, folder)
    assert ask(folder)[0] == 0
    return folder


def ask(out: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and what was printed, on one line. No key of a person is ever printed."""
    result = runner.invoke(app, ["lists", *arguments, "--out", str(out)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert CANARY not in result.output
    assert not any(mltc_id_of(name) in result.output for name in ("ann", "bob", "cid", "dot", "eve", "fay"))
    return result.exit_code, " ".join(result.output.replace("│", " ").replace("┃", " ").split())


def read_list(out: Path, practice: str) -> list[dict[str, str]]:
    path = out / "lists" / RUN / f"{practice}.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def fill_in(out: Path, practice: str, *decisions: dict[str, str], name: str = "back.csv") -> Path:
    """The list of a practice as it comes back: the decisions go into its first rows."""
    rows = read_list(out, practice)
    for row, decision in zip(rows, decisions, strict=False):
        row.update(decision)
    path = out / name
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


ACCEPTED = {
    "reviewed_on": "2026-10-15",
    "reviewed_by_role": "GP",
    "decision": "accepted",
    "chosen_innovation": "complex_care_team",
}
DECLINED = {
    "reviewed_on": "16/10/2026",
    "reviewed_by_role": "pharmacist",
    "decision": "declined",
    "reason": "needs already met",
}


def test_a_list_says_what_is_known_and_in_which_order(out: Path) -> None:
    code, said = ask(out)
    assert code == 0
    assert "No list for P3: its records are missing or too few (gp_event since 2026-08)." in said
    assert "2 lists of 5 people are in:" in said
    assert "They are no release" in said
    rows = read_list(out, "P1")
    assert list(rows[0]) == list(COLUMNS)
    # two needs before one; of one need the higher band (1-5%) before 5-20%; none last, whose risk is not known
    assert [row["mltc_id"] for row in rows] == [mltc_id_of(name) for name in ("ann", "bob", "cid", "dot")]
    ann, bob, _, dot = rows
    assert ann["rank_basis"] == "needs present: 2; risk: Other 80%"
    assert (ann["run"], ann["age_band"], ann["complex_mltc"], ann["conditions"]) == (
        f"run {RUN}",
        "70 to 79",
        "yes",
        "Asthma; Stroke",
    )
    assert (ann["sex"], bob["sex"], ann["risk_percentile"]) == ("female", "male", "40.0")
    assert (ann["reason_1"], ann["reason_1_evidence_date"]) == ("3 unplanned admissions in 12 months", "2026-08-01")
    assert ann["reason_3"] == ""  # the third is a reason down
    assert ann["needs_evidence"] == "Low GP continuity (2026-09-01); Ten medicines or more"
    assert ann["eligible_innovations"] == "complex_care_team; medicines_optimisation"
    assert (ann["last_medication_review"], ann["last_contact"]) == ("2026-02-01", "2026-09-20")
    assert (bob["needs_present"], bob["needs_not_known"], bob["eligible_innovations"]) == (
        "Continuity",
        "Medicines",
        "",
    )
    assert (bob["last_medication_review"], bob["last_contact"]) == ("none on record", "none on record in 12 months")
    assert (dot["risk_status"], dot["risk_band"]) == ("coverage", "")
    assert (dot["last_medication_review"], dot["last_contact"]) == ("not known", "not known")
    assert all(row[name] == "" for row in rows for name in FILLED_IN)


def test_a_spreadsheet_runs_no_cell(listed: Path) -> None:
    assert read_list(listed, "P1")[0]["reason_2"] == "'=cmd(danger)"


def test_nobody_of_another_practice_and_no_key_of_a_person_is_in_a_list(listed: Path) -> None:
    folder = listed / "lists" / RUN
    assert sorted(path.name for path in folder.iterdir()) == ["P1.csv", "P2.csv", "README.txt"]
    assert [row["mltc_id"] for row in read_list(listed, "P2")] == [mltc_id_of("eve")]
    for path in folder.iterdir():
        assert CANARY not in path.read_text(encoding="utf-8-sig")
    assert {row["practice_code"] for row in read_list(listed, "P1")} == {"P1"}
    assert not (listed / "release").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_only_the_owner_may_read_lists_and_decisions(out: Path) -> None:
    ask(out)
    ask(out, "read", str(fill_in(out, "P1", ACCEPTED)))
    for root in (out / "lists", out / "decisions"):
        for path in [root, *root.rglob("*")]:
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_the_read_me_says_what_it_is_and_how_to_fill_it_in(out: Path) -> None:
    ask(out, "--top", "2", "--complex")
    text = " ".join((out / "lists" / RUN / "README.txt").read_text(encoding="utf-8").split())
    assert "The first 2 people with complex MLTC." in text
    assert "A list informs and never decides" in text
    assert "Never by risk alone" in text
    assert "complex_care_team: Complex care teams" in text
    assert "reason (needed for declined and deferred): person declined, not clinically appropriate" in text
    assert "THE PEOPLE ON THESE LISTS ARE INVENTED." in text


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--top", "2"], ["ann", "bob"]),
        (["--band", "5-20%"], ["cid"]),
        (["--innovation", "medicines_optimisation"], ["ann", "cid"]),  # not known is not eligible
        (["--complex"], ["ann"]),
    ],
)
def test_a_selection(out: Path, arguments: list[str], names: list[str]) -> None:
    assert ask(out, "--practice", "P1", *arguments)[0] == 0
    assert [row["mltc_id"] for row in read_list(out, "P1")] == [mltc_id_of(name) for name in names]


def test_one_list_and_one_person_are_told_as_one(out: Path) -> None:
    assert "1 list of 1 person is in:" in ask(out, "--practice", "P2")[1]
    assert "1 list of 4 people is in:" in ask(out, "--practice", "P1")[1]


def test_one_practice_leaves_the_lists_of_others(out: Path) -> None:
    ask(out)
    ask(out, "--practice", "P1", "--top", "1")
    assert len(read_list(out, "P1")) == 1
    assert len(read_list(out, "P2")) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--practice", "P9"], "There is no practice with people with MLTC 'P9'. Nearest: P"),
        (["--practice", "P3"], "Practice P3 gets no list: its records are missing or too few (gp_event since 2026-08)"),
        (["--band", "high"], "There is no risk band 'high'"),
        (["--innovation", "complex_care"], "Nearest: complex_care_team"),
    ],
)
def test_what_cannot_be_is_refused(out: Path, arguments: list[str], said: str) -> None:
    code, output = ask(out, *arguments)
    assert code == 2
    assert said in output
    assert not (out / "lists" / RUN).exists()


def test_no_list_without_permission(tmp_path: Path) -> None:
    code, said = ask(write_lists_warehouse(tmp_path, permitted="commissioning", is_synthetic=False))
    assert code == 2
    assert "which the agreements do not permit for: gp_event of the feed gp" in said


def test_decisions_are_read_kept_and_read_again(out: Path) -> None:
    ask(out)
    back = fill_in(out, "P1", ACCEPTED, DECLINED)
    code, said = ask(out, "read", str(back))
    assert code == 0
    assert "back.csv: run 2026-10, practice P1, 2 of 4 people reviewed; kept." in said
    kept = (out / "decisions" / "P1.parquet").read_bytes()
    assert "nothing new" in ask(out, "read", str(back))[1]
    assert (out / "decisions" / "P1.parquet").read_bytes() == kept
    found = {row["mltc_id"]: row for row in read_decisions(out).to_dicts()}
    assert found[mltc_id_of("ann")]["decision"] == "accepted"
    assert str(found[mltc_id_of("bob")]["reviewed_on"]) == "2026-10-16"
    # corrected: ann was declined after all, and bob's row was a mistake
    ask(out, "read", str(fill_in(out, "P1", DECLINED)))
    assert read_decisions(out).select("mltc_id", "decision").rows() == [(mltc_id_of("ann"), "declined")]


def test_a_second_list_of_a_practice_keeps_the_decisions_of_the_first(out: Path) -> None:
    ask(out, "--practice", "P1", "--innovation", "complex_care_team")
    ask(out, "read", str(fill_in(out, "P1", ACCEPTED)))
    ask(out, "--practice", "P1", "--band", "1-5%")
    ask(out, "read", str(fill_in(out, "P1", DECLINED)))
    assert set(read_decisions(out)["mltc_id"]) == {mltc_id_of("ann"), mltc_id_of("bob")}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"decision": "perhaps"}, "row 2, decision: not one of the allowed values (accepted, declined"),
        ({"reviewed_on": "2026-09-30"}, "row 2, reviewed_on: before the day of the records (2026-10-01)"),
        ({"reviewed_on": "2126-10-15"}, "row 2, reviewed_on: in the future"),
        ({"reviewed_on": "soon"}, "row 2, reviewed_on: not a day such as 2026-10-15"),
        ({"reviewed_by_role": "Dr Smith"}, "row 2, reviewed_by_role: not one of the allowed values (gp, nurse"),
        ({"chosen_innovation": ""}, "row 2, chosen_innovation: needed where the decision is accepted"),
        ({"reason": "person declined"}, "row 2, reason: must be empty where the decision is accepted"),
        (
            {"decision": "already in place", "reason": "person declined"},
            "row 2, reason: must be empty where the decision is already in place; only declined and deferred have one",
        ),
        ({"decision": "declined"}, "row 2, reason: needed where the decision is declined"),
        ({"reviewed_on": ""}, "row 2, reviewed_on: empty, while other cells of the row are filled in"),
        ({"mltc_id": mltc_id_of("ann")[:-1] + "!"}, "row 2, mltc_id: The mltc_id is mistyped"),
        ({"mltc_id": mltc_id_of("eve")}, "row 2, mltc_id: was never on a list of this practice and run"),
        ({"mltc_id": mltc_id_of("bob")}, "row 3, mltc_id: the same as in row 2"),
        ({"practice_code": "P2"}, "row 3, practice_code: one file is one list"),
    ],
)
def test_a_wrong_cell_is_told_by_row_and_column_and_nothing_is_taken(
    listed: Path, changed: dict[str, str], said: str
) -> None:
    code, output = ask(listed, "read", str(fill_in(listed, "P1", ACCEPTED | changed)))
    assert code == 3
    assert said in output
    assert "Dr Smith" not in output and "perhaps" not in output
    assert read_decisions(listed).is_empty()


def test_no_column_for_notes_is_taken(listed: Path) -> None:
    path = fill_in(listed, "P1", ACCEPTED)
    lines = path.read_text(encoding="utf-8").splitlines()
    noted = [f"{line},{'Mr X' if number else 'note'}" for number, line in enumerate(lines)]
    path.write_text("\n".join(noted), encoding="utf-8")
    code, said = ask(listed, "read", str(path))
    assert code == 3 and "no notes are taken" in said and "Mr X" not in said


def test_all_files_are_taken_or_none(listed: Path) -> None:
    good = fill_in(listed, "P1", ACCEPTED, name="good.csv")
    wrong = fill_in(listed, "P2", ACCEPTED | {"decision": "x"}, name="wrong.csv")
    assert ask(listed, "read", str(good), str(wrong))[0] == 3
    assert read_decisions(listed).is_empty()
    code, said = ask(listed, "read", str(good), str(good))
    assert code == 2 and "hold the same people of practice P1" in said


def test_the_summary_counts_what_was_decided(out: Path) -> None:
    ask(out)
    ask(out, "read", str(fill_in(out, "P1", ACCEPTED, DECLINED)))
    code, said = ask(out, "summary")
    assert code == 0
    assert "Exact counts of persons" in said
    # listed, reviewed, accepted, declined, deferred, already in place; two practices have one name
    assert "Elm P1 4 2 1 1 0 0" in said and "Elm P2 1 0 0 0 0 0" in said
    assert "South U2 1 0 0 0 0 0" in said
    assert "1 (most deprived) 1 1 1 0 0 0" in said
    assert "Not known 1 1 0 1 0 0" in said  # bob, of unknown ethnic group
    assert "complex_care_team accepted 1" in said
    assert "declined needs already met 1" in said
    assert ask(out, "summary", "--run", "2026-09")[0] == 2


def test_decisions_reach_the_next_run(out: Path, build) -> None:
    ask(out)
    ask(out, "read", str(fill_in(out, "P1", ACCEPTED, DECLINED)))
    # bob has left the register since
    here = pl.DataFrame({"person_id": ["a"], "mltc_id": [mltc_id_of("ann")]})
    found = build(
        "planning.list_decision", {"meta.list_decision": read_decisions(out), "register.person_pseudonym": here}
    )
    assert found.select("person_id", "run", "decision", "chosen_innovation").rows() == [
        ("a", RUN, "accepted", "complex_care_team")
    ]
