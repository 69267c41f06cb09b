"""`mltc capacity` on a drawn warehouse: the figures, the errors, and no person in what is printed."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from flows.capacity_cli import capacity
from mltc.warehouse import open_warehouse

app = typer.Typer()
app.command()(capacity)
runner = CliRunner()
PEOPLE = 200
STOPPED = 40


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 people: risks 0.60 (10), 0.40 (10), 0.10 (180). North has the first ten, and half of the others.

    West has 40 people more, all of a practice whose feed stopped.
    """
    folder = tmp_path_factory.mktemp("out")
    risk = [0.6] * 10 + [0.4] * 10 + [0.1] * 180
    ids = [f"secret{number:03d}" for number in range(PEOPLE)]
    practice = ["A1"] * 10 + ["B1", "A1"] * 95
    quintile = [5] * 20 + [1] * 180
    nights = [10 * each for each in risk]
    with open_warehouse(folder / "warehouse.duckdb") as warehouse:
        warehouse.write(
            "risk.outcome",
            pl.DataFrame(
                {
                    "outcome": ["unplanned_admission", "bed_days", "death"],
                    "outcome_name": ["Unplanned admission", "Nights in hospital", "Death"],
                    "kind": ["binary", "count", "binary"],
                    "is_main": [True, False, False],
                    "sort_key": [1, 2, 3],
                    "model_version": ["unplanned_admission-m", "bed_days-m", None],
                    "decision": ["", "", "Too few people died."],
                }
            ),
        )
        scored = {"person_id": ids, "status": ["scored"] * PEOPLE}
        risks = pl.DataFrame(
            {**scored, "outcome": ["unplanned_admission"] * PEOPLE, "predicted_risk": risk, "predicted_count": None},
            schema_overrides={"predicted_count": pl.Float64},
        )
        counts = pl.DataFrame(
            {**scored, "outcome": ["bed_days"] * PEOPLE, "predicted_risk": None, "predicted_count": nights},
            schema_overrides={"predicted_risk": pl.Float64},
        )
        gone = [f"secret9{number:02d}" for number in range(STOPPED)]
        unscored = risks.head(STOPPED).with_columns(
            person_id=pl.Series(gone), status=pl.lit("coverage"), predicted_risk=pl.lit(None, pl.Float64)
        )
        warehouse.write("risk.person_risk", pl.concat([risks, counts.select(risks.columns), unscored]))
        warehouse.write(
            "register.person",
            pl.DataFrame(
                {
                    "person_id": [*ids, *gone],
                    "practice_code": [*practice, *["C1"] * STOPPED],
                    "succeeded_from": [None] * (PEOPLE + STOPPED),
                    "pcn_code": [f"U{each[0]}" for each in [*practice, *"C" * STOPPED]],
                    "imd_quintile": [*quintile, *[1] * STOPPED],
                    "ethnic_group": ["White"] * (PEOPLE + STOPPED),
                },
                schema_overrides={"succeeded_from": pl.String},
            ),
        )
        places = {
            "practice_code": ["A1", "B1", "C1"],
            "practice_name": ["Elm", "Elm", "Ash"],
            "pcn_name": ["North", "South", "West"],
        }
        failed = {"practice_code": ["C1"], "table_name": ["gp_event"], "from_month": [date(2026, 8, 1)]}
        warehouse.write("meta.practice_abstention", pl.DataFrame(failed))
        warehouse.write("register.practice", pl.DataFrame(places))
        # validation: ten at 0.6, of whom eight were admitted, twelve times in all; 90 at 0.1, of whom nine were
        checked = pl.DataFrame(
            {
                "outcome": ["unplanned_admission"] * 100,
                "person_id": [f"then{number:03d}" for number in range(100)],
                "predicted": [0.6] * 10 + [0.1] * 90,
                "observed": [1.0] * 8 + [0.0] * 2 + [1.0] * 9 + [0.0] * 81,
                "unplanned_admissions": [2] * 4 + [1] * 4 + [0] * 2 + [1] * 9 + [0] * 81,
            }
        )
        nights_then = checked.with_columns(
            outcome=pl.lit("bed_days"), predicted=pl.col("predicted") * 10, observed=pl.col("observed") * 5
        )
        warehouse.write("risk.validation_person", pl.concat([checked, nights_then]))
        warehouse.write(
            "risk.subgroup",
            pl.DataFrame(
                {
                    "outcome": ["unplanned_admission"],
                    "group_type": ["imd_quintile"],
                    "group_value": ["1 (most deprived)"],
                    "warning": ["under-predicted by much"],
                }
            ),
        )
        days = {"role": ["current", "validation"], "index_date": [date(2026, 10, 1), date(2025, 10, 1)]}
        warehouse.write("meta.index_date", pl.DataFrame(days))
    return folder


def ask(out: Path, *arguments: str) -> tuple[int, str]:
    result = runner.invoke(app, [*arguments, "--out", str(out)])
    assert "secret" not in result.output and "then0" not in result.output
    return result.exit_code, " ".join(result.output.replace("│", " ").split())


def test_a_list_is_measured_by_today_and_by_validation(out: Path) -> None:
    code, said = ask(out, "--places", "10")
    assert code == 0
    assert "10 places for the 200 people with a risk on 2026-10-01 (5.0 %)" in said
    assert "Exact counts of persons" in said
    assert "lowest on the list 60.0 %" in said
    assert "expected in the list 6.0 " in said  # 10 x 0.6
    assert "expected among all others (missed) 22.0 " in said  # 10 x 0.4 + 180 x 0.1
    assert "PPV 60.0 % " in said
    assert "PPV 80.0 % 49.0 % to 94.3 % validation people" in said  # 8 of 10
    assert "sensitivity 47.1 % " in said  # 8 of 17
    assert "number needed to review for one 1.2 " in said  # 10 / 8 = 1.25, to one decimal
    assert "net benefit per 1,000 50.00 " in said  # (8 - 2 x 0.6 / 0.4) / 100
    assert "unplanned admissions per person of the list 1.20 " in said  # 12 / 10
    assert "Break-even pounds need the cost of one unplanned admission; there is no default." in said
    assert "primary care network" not in said


def test_pounds_come_with_a_cost(out: Path) -> None:
    _, said = ask(out, "--places", "10", "--cost-per-admission", "3000", "--effect", "10")
    assert "10 % £360 " in said  # 10 % x 1.2 x 3,000
    assert "£3,600" in said  # for ten places
    assert "as given with --cost-per-admission" in said


def test_pounds_come_from_the_configuration_with_their_source(out: Path, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "config" / "demo.toml").read_text(encoding="utf-8")
    costs = '\n[costs]\nunplanned_admission_gbp = 1000\nsource = "The finance team, 2025/26 prices"\n'
    config = tmp_path / "mltc.toml"
    config.write_text(text + costs, encoding="utf-8")
    _, said = ask(out, "--places", "10", "--config", str(config))
    assert "5 % £60 " in said and "20 % £240 " in said  # 1.2 x 1,000 x 5 % and 20 %
    assert "The finance team, 2025/26 prices" in said


def test_a_cost_without_its_source_is_refused(out: Path, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "config" / "demo.toml").read_text(encoding="utf-8")
    config = tmp_path / "mltc.toml"
    config.write_text(text + "\n[costs]\nunplanned_admission_gbp = 1000\n", encoding="utf-8")
    code, said = ask(out, "--places", "10", "--config", str(config))
    assert code == 2 and "source is asked for with a cost" in said


def test_by_network_compares_need_with_equal_shares(out: Path) -> None:
    # North has 10 + 95 people, South 95, West 40: of ten places 4.38, 3.96 and 1.67, so 4, 4 and 2
    code, said = ask(out, "--places", "10", "--by", "pcn")
    assert code == 0
    assert "North 105 0 10 60.0 % 6.0 4 60.0 % 2.4" in said
    assert "South 95 0 0 0.0 4 40.0 % 1.6" in said
    assert "West 40 40 0 0.0 2 0.0" in said
    # 10 x 0.6 = 6 by risk, 4 x 0.6 + 4 x 0.4 = 4 by share, and nobody known for the two places of West
    assert "expected to hold 6.0, by equal shares 4.0: 2.0 more by risk" in said
    assert "Of the equal shares 2 cannot be filled by risk, since too few people of West have one." in said
    assert "By risk nobody would be listed from: South, West." in said


def test_people_of_a_stopped_feed_are_told_and_counted_among_everyone(out: Path) -> None:
    sentence = (
        "No risk for 40 people of Ash (C1): its records are missing or too few (gp_event since 2026-08). They are not "
        "known to be at low risk."
    )
    assert sentence in ask(out, "--places", "10")[1]
    code, said = ask(out, "--places", "1", "--pcn", "West")
    assert code == 2 and "the 0 people in West who have a risk. No list can be made. No risk for 40 people" in said
    assert "No risk for" not in ask(out, "--places", "5", "--pcn", "North")[1]
    # quintile 1 has 180 of the 200 with a risk, and 220 of all 240: 91.7 %
    assert "1 (most deprived) 220 0 91.7" in ask(out, "--places", "10")[1]


def test_practices_of_one_name_are_told_apart(out: Path) -> None:
    _, said = ask(out, "--places", "10", "--by", "practice")
    assert "Elm (A1) 105 0 10" in said and "Elm (B1) 95 0 0" in said and "Ash 40 40 0" in said


def test_who_is_left_out_is_said(out: Path) -> None:
    # quintile 1 holds 18 of the 28 expected admissions and nobody of the list
    _, said = ask(out, "--places", "20")
    assert "Under-listed beyond chance: deprivation quintile 1 (most deprived) holds 64.3 %" in said
    assert "Risks of deprivation quintile 1 (most deprived) were under-predicted by much at validation" in said


def test_one_network_has_its_own_list(out: Path) -> None:
    code, said = ask(out, "--places", "5", "--pcn", "south")
    assert code == 0
    assert "5 places for the 95 people of South with a risk" in said
    assert "lowest on the list 40.0 %" in said


def test_nights_are_counted_and_cost_by_night(out: Path) -> None:
    code, said = ask(out, "--places", "10", "--outcome", "bed_days", "--cost-per-bed-day", "400", "--effect", "20")
    assert code == 0
    assert "nights per person of the list 4.00 " in said  # 8 x 5 / 10
    assert "20 % £320 " in said  # 20 % x 4 x 400
    assert "net benefit" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--places", "201"],
            "--places 201 is more than the 200 people in the register who have a risk. Give 1 to 200.",
        ),
        (["--places", "96", "--pcn", "UB"], "--places 96 is more than the 95 people in South"),
        (["--places", "5", "--outcome", "deaths"], "There is no outcome 'deaths'. Outcomes of this run: unplanned_adm"),
        (
            ["--places", "5", "--outcome", "death"],
            "No model is in force for death, so nobody has a risk to be listed by.",
        ),
        (["--places", "5", "--pcn", "Nroth"], "called 'Nroth' or has that code. Nearest: North"),
    ],
)
def test_what_cannot_be_planned_is_refused_as_a_configuration(out: Path, arguments: list[str], said: str) -> None:
    code, output = ask(out, *arguments)
    assert code == 2
    assert said in output


def test_no_warehouse_and_one_of_another_version_are_refused(tmp_path: Path) -> None:
    code, said = ask(tmp_path, "--places", "5")
    assert code == 2 and "There is no warehouse at" in said
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        warehouse.write("risk.person_risk", pl.DataFrame({"person_id": ["a"]}))
    code, said = ask(tmp_path, "--places", "5")
    assert code == 2 and "no risk models of this version of mltc" in said
