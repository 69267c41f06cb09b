"""A dry run of a release of code lists says who would be gained and lost, and leaves the last run as it is."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from codelist_folder import register, write_folder, write_text
from conftest import INDEX_DATE, draw
from typer.testing import CliRunner

from flows.codelists_cli import app
from mltc.codelist_diff import Difference, RunValues, try_release
from mltc.codelist_diff.trial import find_rebuilt
from mltc.codelists import load_codelists
from mltc.errors import CodelistError, ConfigError
from mltc.reference import write_reference
from mltc.warehouse import build_models, load_models, open_warehouse

VALUES = RunValues.read(None)
ACUTE = "304527002"  # on no list of the last run
NOTHING = [0, 0]

# Asthma 195967001 and 31387002 count, 304527002 does not. Depression counts for 12 months.
EVENTS = """
    person_id | code_system | code      | value | event_date | recorded_date
    both      | snomed      | 195967001 |       | 2020-01-01 |
    both      | snomed      | 73211009  |       | 2020-01-01 |
    acute_dm  | snomed      | 304527002 |       | 2024-05-01 |
    acute_dm  | snomed      | 73211009  |       | 2020-01-01 |
    acute_dep | snomed      | 304527002 |       | 2026-05-01 |
    acute_dep | snomed      | 35489007  |       | 2026-01-15 |
    exercise  | snomed      | 31387002  |       | 2020-01-01 |
    exercise  | snomed      | 73211009  |       | 2020-01-01 |
    acute     | snomed      | 304527002 |       | 2020-01-01 |
    all_three | snomed      | 195967001 |       | 2020-01-01 |
    all_three | snomed      | 304527002 |       | 2020-01-01 |
    all_three | snomed      | 73211009  |       | 2020-01-01 |
    all_three | snomed      | 35489007  |       | 2026-09-15 |
    later     | snomed      | 304527002 |       | 2026-10-02 |
    elsewhere | snomed      | 304527002 |       | 2020-01-01 |
    """
PERSONS = """
    person_id | practice_code | imd_quintile
    both      | A             | 1
    acute_dm  | A             | 1
    acute_dep | A             | 5
    exercise  | B             | 5
    acute     | B             |
    all_three | B             | 3
    later     | B             | 3
    """


def draw_last_run() -> dict[str, pl.DataFrame]:
    """What a run leaves behind and the register reads. `elsewhere` has records and is registered nowhere."""
    persons = draw(PERSONS, imd_quintile=pl.Int64)
    observed = persons.select("person_id", "practice_code").with_columns(
        index_date=pl.lit(INDEX_DATE), succeeded_from=pl.lit(None, pl.String), age_years=pl.lit(60)
    )
    earlier = observed.with_columns(index_date=pl.lit(INDEX_DATE.replace(year=2025)))
    return {
        "meta.index_date": draw("role | index_date \n current | 2026-10-01 \n validation | 2025-10-01"),
        "meta.last_person_condition": draw(
            "person_id | condition | source | evidence_code | evidence_count | onset_date | last_date | first_known_date",
            evidence_count=pl.Int64,
            first_known_date=pl.Date,
        ),
        "register.failed_feed": draw(
            "index_date | person_id | gp_event_until | gp_prescription_until",
            gp_event_until=pl.Date,
            gp_prescription_until=pl.Date,
        ),
        "register.person": persons,
        "register.observation": pl.concat([observed, earlier]),
        "register.spine": pl.concat([observed, earlier]),
        "register.person_pseudonym": persons.select("person_id", mltc_id="person_id"),
        "scores.hfrs": draw("index_date | person_id | hfrs", hfrs=pl.Float64),
        "staging.gp_event": draw(EVENTS, value=pl.Float64),
        "staging.gp_prescription": draw("person_id | issue_date | code | code_system"),
        "staging.hospital_diagnosis": draw("person_id | admission_date | known_date | code"),
    }


@pytest.fixture(scope="module")
def last_run(tmp_path_factory):
    """The folder of a run, and a copy of the code lists that it was made with."""
    out = tmp_path_factory.mktemp("out")
    folder = write_folder(out / "codelists")
    with open_warehouse(out / "warehouse.duckdb") as warehouse:
        for name, frame in draw_last_run().items():
            warehouse.write(name, frame)
        write_reference(warehouse, load_codelists(folder), folder)
        models = find_rebuilt(load_models(), [])
        layers = {model.layer for model in models.values()}
        build_models(warehouse, layers, {"index_date": INDEX_DATE, **vars(VALUES)}, models=models)
    return out


@pytest.fixture
def release(last_run, tmp_path) -> Callable[..., Path]:
    """A changed copy of the code lists: each change names a file, a text in it and what takes its place."""

    def change(*changes: tuple[str, str, str]) -> Path:
        folder = tmp_path / "new"
        shutil.copytree(last_run / "codelists", folder)
        for name, old, new in changes:
            text = (folder / name).read_text(encoding="utf-8")
            assert old in text
            write_text(folder / name, text.replace(old, new))
        register(folder)
        return folder

    return change


def compare(last_run: Path, folder: Path) -> Difference:
    return try_release(last_run / "warehouse.duckdb", folder, VALUES)


def moved(difference: Difference, level: str, definition: str, condition: str | None = None) -> list[int]:
    """Gained and lost of everybody."""
    rows = difference.persons.filter(
        pl.col("area_type") == "all",
        level=level,
        definition=definition,
    ).filter(pl.col("condition").eq_missing(pl.lit(condition)))
    return [rows["gained"].item(), rows["lost"].item()]


ADD_ACUTE = ("snomed/asthma.csv", "195967001,", f"{ACUTE},Acute asthma,a list,yes\n195967001,")


def test_the_same_lists_make_no_difference(last_run, release):
    difference = compare(last_run, release())
    assert difference.codes.is_empty()
    assert difference.rules.is_empty()
    persons = difference.persons
    assert (persons["gained"] == 0).all()
    assert (persons["lost"] == 0).all()
    assert set(persons["area_type"]) == {"all"}
    counted = persons.select("level", "definition", "condition", "persons_before", "persons_after").rows()
    assert counted[:5] == [
        ("condition", "narrow", "depression", 2, 2),  # acute_dep, all_three
        ("condition", "narrow", "diabetes", 4, 4),
        ("condition", "wide", "asthma", 3, 3),  # both, exercise, all_three
        ("condition", "wide", "depression", 2, 2),
        ("condition", "wide", "diabetes", 4, 4),
    ]
    assert ("mltc", "narrow", None, 1, 1) in counted  # all_three
    assert ("mltc", "wide", None, 3, 3) in counted  # both, exercise, all_three


def test_a_code_gains_exactly_those_who_have_it_and_had_not_the_condition(last_run, release):
    difference = compare(last_run, release(ADD_ACUTE))
    assert difference.codes.rows() == [("code", "asthma", "snomed", ACUTE, "added")]
    # acute_dm, acute_dep, acute; all_three had asthma already, later has it after the date, elsewhere is no one's
    assert moved(difference, "condition", "wide", "asthma") == [3, 0]
    assert moved(difference, "condition", "wide", "diabetes") == NOTHING
    assert moved(difference, "mltc", "wide") == [2, 0]  # acute_dm, acute_dep; acute has one condition
    assert moved(difference, "mltc", "narrow") == NOTHING  # asthma is not of that definition


def test_a_removed_code_loses_exactly_those_who_have_no_other(last_run, release):
    difference = compare(last_run, release(("snomed/asthma.csv", "31387002,Exercise-induced asthma,a list,yes\n", "")))
    assert difference.codes.rows() == [("code", "asthma", "snomed", "31387002", "removed")]
    assert moved(difference, "condition", "wide", "asthma") == [0, 1]  # exercise
    assert moved(difference, "mltc", "wide") == [0, 1]


def test_practices_and_quintiles_sum_to_everybody(last_run, release):
    changes = (ADD_ACUTE, ("snomed/asthma.csv", "31387002,Exercise-induced asthma,a list,yes\n", ""))
    persons = compare(last_run, release(*changes)).persons
    keys = ["level", "definition", "condition"]
    total = persons.filter(area_type="all").select(*keys, "gained", "lost")
    total = total.filter(pl.col("gained") + pl.col("lost") > 0)
    for kind in ("practice", "imd_quintile"):
        summed = persons.filter(area_type=kind).group_by(keys).agg(pl.col("gained", "lost").sum())
        assert summed.sort(keys).equals(total.sort(keys))
    asthma = persons.filter(level="condition", condition="asthma", definition="wide")
    areas = asthma.filter(pl.col("area_type") != "all").select("area_type", "area", "gained", "lost")
    assert areas.rows() == [
        ("imd_quintile", "1", 1, 0),  # acute_dm
        ("imd_quintile", "5", 1, 1),  # acute_dep, exercise
        ("imd_quintile", "not known", 1, 0),  # acute
        ("practice", "A", 2, 0),  # acute_dm, acute_dep
        ("practice", "B", 1, 1),  # acute, exercise
    ]


def test_a_changed_rule_is_told_in_words_and_in_persons(last_run, release):
    difference = compare(last_run, release(("conditions.toml", "months = 12", "months = 6")))
    ((what, name, change, before, after),) = difference.rules.rows()
    assert (what, name, change) == ("condition", "depression", "rule changed")
    assert "12 months" in before
    assert "6 months" in after
    assert difference.codes.is_empty()
    assert moved(difference, "condition", "narrow", "depression") == [0, 1]  # acute_dep, last seen in January
    assert moved(difference, "mltc", "wide") == NOTHING  # acute_dep had depression alone


def test_a_condition_that_a_definition_no_longer_counts_loses_all_its_persons_there(last_run, release):
    asked = ("conditions.toml", 'definitions = ["wide"]', 'definitions = ["narrow"]')
    difference = compare(last_run, release(asked))
    ((what, name, change, before, after),) = difference.rules.rows()
    assert (what, name, change, before, after) == ("condition", "asthma", "definitions changed", "wide", "narrow")
    assert moved(difference, "condition", "wide", "asthma") == [0, 3]  # both, exercise, all_three
    assert moved(difference, "condition", "narrow", "asthma") == [3, 0]
    assert moved(difference, "mltc", "wide") == [0, 2]  # both, exercise; all_three keeps two
    assert moved(difference, "mltc", "narrow") == [2, 0]


def test_a_condition_that_is_dropped_altogether(last_run, release):
    unverified = 'rule = [[{ codes = "asthma" }]]\nsource = "a paper"\nverified = '
    difference = compare(last_run, release(("conditions.toml", f"{unverified}true", f"{unverified}false")))
    assert [row[:3] for row in difference.rules.rows()] == [("condition", "asthma", "dropped")]
    assert moved(difference, "condition", "wide", "asthma") == [0, 3]
    assert moved(difference, "mltc", "wide") == [0, 2]


def test_the_last_run_stays_as_it_is_and_nothing_is_left_behind(last_run, release):
    folder = release(ADD_ACUTE)
    before = hashlib.sha256((last_run / "warehouse.duckdb").read_bytes()).hexdigest()
    compare(last_run, folder)
    assert hashlib.sha256((last_run / "warehouse.duckdb").read_bytes()).hexdigest() == before
    assert sorted(path.name for path in last_run.iterdir()) == ["codelists", "warehouse.duckdb"]


def test_what_cannot_be_compared_is_refused(last_run, release, tmp_path):
    with pytest.raises(ConfigError, match="Run `mltc run` first"):
        try_release(tmp_path / "warehouse.duckdb", last_run / "codelists", VALUES)
    with pytest.raises(ConfigError, match="There is no folder"):
        compare(last_run, tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="by other thresholds"):
        try_release(last_run / "warehouse.duckdb", last_run / "codelists", RunValues(2, 1, 60))
    folder = release()
    (folder / "needs.toml").unlink()
    with pytest.raises(ConfigError, match=r"lacks needs\.toml: it must be a whole copy"):
        compare(last_run, folder)
    write_text(folder / "needs.toml", (last_run / "codelists" / "needs.toml").read_text(encoding="utf-8"))
    write_text(folder / "snomed" / "asthma.csv", "code,term,source,verified\n195967002,Asthma,a list,yes\n")
    with pytest.raises(CodelistError, match="fails its check digit"):
        compare(last_run, folder)


def test_the_command_prints_the_counts_and_how_to_handle_them(last_run, release, tmp_path):
    csv = tmp_path / "difference.csv"
    codes = tmp_path / "codes.csv"
    where = ["--with", str(release(ADD_ACUTE)), "--out", str(last_run)]
    asked = ["diff", *where, "--csv", str(csv), "--codes", str(codes)]
    found = CliRunner().invoke(app, asked)
    assert found.exit_code == 0, found.output
    said = " ".join(found.output.split())
    assert "Against the last good run, index date 2026-10-01." in said
    assert "must not leave it" in said
    assert "MLTC by practice" in said
    written = pl.read_csv(csv)
    assert written.filter(level="condition", condition="asthma", area_type="all")["gained"].to_list() == [3]
    assert set(written["handling"]) == {"exact counts, must not leave"}
    assert codes.read_text(encoding="utf-8").splitlines()[1:] == [f"code,asthma,snomed,{ACUTE},added"]


def test_a_file_that_cannot_be_written_is_refused_before_the_trial(last_run, tmp_path):
    asked = ["diff", "--with", str(last_run / "codelists"), "--out", str(last_run), "--csv", str(tmp_path / "no" / "x")]
    found = CliRunner().invoke(app, asked)
    assert found.exit_code == 2
    assert "There is no folder" in found.output


def test_a_changed_weight_of_a_score_is_noticed():
    with_scores = find_rebuilt(load_models(), ["hfrs_weight"])
    assert "scores.hfrs" in with_scores  # a rule may look at the score, so it is built again
    assert "scores.hfrs" not in find_rebuilt(load_models(), [])
