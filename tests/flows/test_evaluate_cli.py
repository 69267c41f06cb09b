"""`mltc evaluate`: a known effect is found again, none where there is none, and who is left out is counted."""

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import typer
from evaluation_drawn import CANARY, TREATED, write_evaluation_warehouse
from handbook_drawn import mltc_id_of
from typer.testing import CliRunner

from flows.evaluate_cli import evaluate
from mltc.lists.kept import decisions_file
from mltc.lists.returned import SCHEMA
from mltc.lists.write import to_parquet
from mltc.private_files import write_private

app = typer.Typer()
app.command()(evaluate)
runner = CliRunner()
KEY = "complex_care_team"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    write_evaluation_warehouse(folder).write_csv(folder / "cohort.csv")
    return folder


def ask(out: Path, *arguments: str) -> tuple[int, str]:
    result = runner.invoke(app, [*arguments, "--out", str(out)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert CANARY not in result.output
    return result.exit_code, " ".join(result.output.replace("│", " ").split())


def read_effects(out: Path) -> dict[str, dict[str, object]]:
    record = json.loads((out / "evaluation" / f"{KEY}.json").read_text(encoding="utf-8"))
    return {row["measure"]: row for row in record["effects"]}


def test_a_known_effect_is_found_again(out: Path) -> None:
    code, said = ask(out, "--innovation", KEY, "--cohort", str(out / "cohort.csv"))
    assert code == 0
    assert "Exact counts of persons" in said
    # 150 less one who left, one who began too late and one without MLTC
    assert f"{TREATED} people of the cohort, {TREATED - 3} followed" in said
    assert "Left out: 1 not registered throughout the 24 months." in said
    assert "Left out: 1 less than 12 months of records after the start." in said
    assert "Left out: 1 no MLTC on the index date." in said
    assert "Not compared: GP practice contacts; known of fewer than 10 people on a side, or of so few matched." in said
    assert "Matching evens out what is recorded" in said and "regression to the mean" in said
    assert "There is no comparison group" in said  # of before and after alone
    assert "a ratio below 1 is no proof of an effect" in said
    assert "A cohort that was chosen by records made after the start is biased" in said
    effects = read_effects(out)
    assert set(effects) == {"unplanned_admissions", "emergency_attendances", "unplanned_bed_days"}
    for row in effects.values():
        # drawn with half the rate after the start, and no change in others
        assert row["ratio_lower"] <= 0.5 <= row["ratio_upper"] < 1
        assert row["difference_upper"] < 0
        assert row["comparison_before"] == pytest.approx(row["comparison_after"], rel=0.25)
        assert row["is_parallel"]


def test_the_groups_are_alike_after_matching(out: Path) -> None:
    ask(out, "--innovation", KEY, "--cohort", str(out / "cohort.csv"))
    record = json.loads((out / "evaluation" / f"{KEY}.json").read_text(encoding="utf-8"))
    age = next(row for row in record["balance"] if row["variable"] == "age_years")
    assert age["difference_before_matching"] > 0.3  # 60 % frail against 30 %
    assert abs(age["difference_after_matching"]) < 0.1


def test_it_gives_the_same_answer_twice_and_holds_no_person(out: Path) -> None:
    arguments = ("--innovation", KEY, "--cohort", str(out / "cohort.csv"))
    ask(out, *arguments)
    first = {path.name: path.read_bytes() for path in (out / "evaluation").iterdir()}
    ask(out, *arguments)
    assert {path.name: path.read_bytes() for path in (out / "evaluation").iterdir()} == first
    assert set(first) == {f"{KEY}.json", f"{KEY}.csv"}
    ids = pl.read_csv(out / "cohort.csv")["mltc_id"].to_list()
    for content in first.values():
        assert CANARY.encode() not in content and not any(each.encode() in content for each in ids)


def test_no_effect_is_found_where_there_is_none(tmp_path: Path) -> None:
    write_evaluation_warehouse(tmp_path, effect=1.0).write_csv(tmp_path / "cohort.csv")
    assert ask(tmp_path, "--innovation", KEY, "--cohort", str(tmp_path / "cohort.csv"))[0] == 0
    for row in read_effects(tmp_path).values():
        assert row["ratio_lower"] < 1 < row["ratio_upper"]


def test_a_practice_whose_feed_stopped_blocks_nothing(tmp_path: Path) -> None:
    write_evaluation_warehouse(tmp_path, is_stopped=True).write_csv(tmp_path / "cohort.csv")
    code, said = ask(tmp_path, "--innovation", KEY, "--cohort", str(tmp_path / "cohort.csv"))
    assert code == 0 and "Not compared" not in said
    record = json.loads((tmp_path / "evaluation" / f"{KEY}.json").read_text(encoding="utf-8"))
    balance = {row["variable"]: row for row in record["balance"]}
    assert balance["age_years"]["left_out"] == 0
    contacts = balance["before_gp_contacts"]
    assert contacts["left_out"] > 100  # a third of some 550 matched people
    # drawn with 8 a year, 16 of frail people (60 % of them): 12.8; a third counted as 0 would make it 8.5
    assert contacts["treated_mean"] == pytest.approx(12.8, rel=0.1)
    assert contacts["comparison_mean"] == pytest.approx(contacts["treated_mean"], rel=0.1)
    assert read_effects(tmp_path)["gp_contacts"]["ratio"] == pytest.approx(0.5, abs=0.1)


def test_a_start_is_not_before_a_decision_and_not_in_place_of_a_files_own(out: Path, tmp_path: Path) -> None:
    shutil.copytree(out, tmp_path / "out")
    ids = pl.read_csv(out / "cohort.csv")["mltc_id"].to_list()
    decided = pl.DataFrame(
        {
            "run": "2025-06",
            "practice_code": "P1",
            "mltc_id": ids,
            # 50 of 150 are decided on a month later than the others
            "reviewed_on": [date(2025, 7, 1) if number < 50 else date(2025, 6, 1) for number in range(len(ids))],
            "reviewed_by_role": "gp",
            "decision": "accepted",
            "reason": None,
            "chosen_innovation": KEY,
        }
    ).cast(SCHEMA)
    write_private(decisions_file(tmp_path / "out", "P1"), to_parquet(decided))
    code, said = ask(tmp_path / "out", "--innovation", KEY, "--from-decisions", "--start", "2025-06-30")
    assert code == 2
    assert "--start 2025-06-30 is before the day on which 50 of 150 people accepted" in said
    assert "Allowed is 2025-07-01, the day of the last decision, or a later one." in said
    assert ask(tmp_path / "out", "--innovation", KEY, "--from-decisions", "--start", "2025-07-01")[0] == 0
    code, said = ask(out, "--innovation", KEY, "--cohort", str(out / "cohort.csv"), "--start", "2025-06-01")
    assert code == 2 and "cohort.csv has a column start_date, and --start gives one day for all." in said
    pl.DataFrame({"mltc_id": ids}).write_csv(tmp_path / "ids.csv")
    assert ask(out, "--innovation", KEY, "--cohort", str(tmp_path / "ids.csv"), "--start", "2025-06-01")[0] == 0


def test_a_cohort_comes_from_decisions(out: Path) -> None:
    cohort = pl.read_csv(out / "cohort.csv", try_parse_dates=True)
    decided = cohort.select(
        run=pl.lit("2025-06"),
        practice_code=pl.lit("P1"),
        mltc_id="mltc_id",
        reviewed_on="start_date",
        reviewed_by_role=pl.lit("gp"),
        decision=pl.when(pl.int_range(pl.len()) < 100).then(pl.lit("accepted")).otherwise(pl.lit("already in place")),
        reason=pl.lit(None, pl.String),
        chosen_innovation=pl.lit(KEY),
    ).cast(SCHEMA)
    write_private(decisions_file(out, "P1"), to_parquet(decided))
    code, said = ask(out, "--innovation", KEY, "--from-decisions")
    assert code == 0
    assert "100 people of the cohort, 97 followed" in said
    record = json.loads((out / "evaluation" / f"{KEY}.json").read_text(encoding="utf-8"))
    alone = {row["measure"]: row for row in record["before_after"]}
    for row in alone.values():
        assert row["ratio"] == pytest.approx(row["observed"] / row["expected"])
        assert row["ratio_lower"] < 0.5 + 0.15 and row["ratio_upper"] < 1
    decisions_file(out, "P1").unlink()
    assert ask(out, "--innovation", KEY, "--from-decisions")[0] == 2


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("mltc_id\nx\n", 3, "the column(s) start_date are missing"),
        (f"mltc_id,start_date\n{mltc_id_of('a')},soon\nx,2025-06-01\n", 3, "row 3, mltc_id: The mltc_id is mistyped"),
        (f"mltc_id,start_date\n{mltc_id_of('a')},2025-06-01\n", 2, "Of 1 people of the cohort 0 can be followed"),
    ],
)
def test_a_cohort_that_cannot_be_read_or_followed_is_refused(
    out: Path, tmp_path: Path, text: str, code: int, said: str
) -> None:
    path = tmp_path / "cohort.csv"
    path.write_text(text, encoding="utf-8")
    found, output = ask(out, "--innovation", KEY, "--cohort", str(path))
    assert found == code and said in output and mltc_id_of("a") not in output


def test_a_handful_of_events_is_said_to_be_one(out: Path, tmp_path: Path) -> None:
    pl.read_csv(out / "cohort.csv").head(23).write_csv(tmp_path / "few.csv")
    code, said = ask(out, "--innovation", KEY, "--cohort", str(tmp_path / "few.csv"))
    # 20 people, of whom about 12 are frail: 20 x 1.2 x 1.6 x 0.5 = 19 admissions in the year after
    assert code == 0 and "events of the treated people on one side of the start" in said
    assert "matched sets: the limits are too narrow" in said


def test_what_to_evaluate_must_be_said(out: Path) -> None:
    assert ask(out, "--innovation", KEY)[0] == 2
    code, said = ask(out, "--innovation", "nothing", "--cohort", str(out / "cohort.csv"))
    assert code == 2 and "There is no innovation 'nothing'. There are: one_clinic" in said
