"""The risk step over months: champion and challenger, refusals, nobody scored, leakage, the same bytes twice."""

import json
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from flows.steps import risk, risk_change, risk_read, risk_reason
from flows.steps.model_store import find_card, list_models, read_history
from mltc.config import load_config
from mltc.derive import add_months
from mltc.risk_catalogue import Feature, Outcome, Words
from mltc.warehouse import DuckDBWarehouse, open_warehouse
from mltc.workspace import Workspace

FIRST, SECOND = date(2026, 10, 1), date(2026, 11, 1)
PERSONS, PRACTICES = 4000, 12
BATCH = 1500  # so that the people of an index date come in several batches
FAST = {"interval_refits": 3, "bootstrap_replicates": 20, "batch_persons": BATCH}
MAIN = Outcome(
    key="unplanned_admission",
    name="Unplanned admission",
    kind="binary",
    table="register.spell",
    main=True,
    excludes="-",
)
NIGHTS = Outcome(key="bed_days", name="Nights in hospital", kind="count", table="register.spell", excludes="-")
COMPLEX = Outcome(
    key="incident_complex_mltc",
    name="New complex",
    kind="binary",
    table="register.mltc",
    excludes="-",
    already="is_complex_mltc",
)


def describe_feature(key: str, shape: str) -> Feature:
    return Feature(
        key=key, name=key, window="ever", unit="n", source="register.spine", why="-",
        shape=shape, direction="free", is_evidence_dated=False,
    )  # fmt: skip


FEATURES = (
    describe_feature("age_years", "continuous"),
    describe_feature("is_female", "flag"),
    describe_feature("imd_quintile", "ordinal"),
    describe_feature("condition_count", "count"),
    describe_feature("is_complex_mltc", "flag"),
    describe_feature("admission_count", "count"),
)


# What the reasons' dates and what can be done for a person are read from: nothing is on record.
KEYS = "cast(null as date) as index_date, cast(null as varchar) as person_id"
RECORDS = {
    "register.condition_status": f"{KEYS}, '' as condition, cast(null as date) as last_date",
    "scores.person_medicine": f"{KEYS}, 0 as issue_count_3m, cast(null as date) as last_issue_date",
    "features.hospital_use": f"{KEYS}, cast(null as date) as last_unplanned_admission_date, "
    "cast(null as date) as last_discharge_date",
    "features.emergency_use": f"{KEYS}, cast(null as date) as last_emergency_attendance_date",
    "features.outpatient_use": f"{KEYS}, cast(null as date) as last_outpatient_attended_date",
    "features.practice_use": f"{KEYS}, cast(null as date) as last_gp_contact_date",
    "features.latest_value": f"{KEYS}, cast(null as date) as latest_bmi_date, cast(null as date) as latest_egfr_date, "
    "cast(null as date) as latest_haemoglobin_date, cast(null as date) as latest_urine_acr_date",
    "features.feed_start": "'' as table_name, cast(null as date) as first_month",
    "utilisation.continuity": f"{KEYS}, 0 as named_clinician_contact_count_24m, 0.5 as any_usual_provider_index_24m",
    "staging.gp_event": "'' as person_id, '' as code, '' as code_system, cast(null as date) as event_date",
    "codelist.code": "'' as code, '' as code_system, '' as key, true as is_verified",
    "codelist.rule": "'' as condition, 1 as clause",
    "codelist.clause_evidence": "1 as clause, '' as kind, '' as evidence",
    "codelist.evidence_code": "'' as kind, '' as evidence, '' as code_system, '' as code, true as is_prefix",
    "codelist.condition": "'' as key, '' as rule_words",
    "meta.practice_abstention": "'' as practice_code, '' as table_name, cast(null as date) as from_month",
}


NOT_MODELLED = (
    "acsc_admission_count_12m",
    "medicine_count_3m",
    "outpatient_specialty_count_12m",
    "gp_missed_count_12m",
    "outpatient_missed_count_12m",
)


def draw_date(day: date, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """People of one index date, and their outcomes: log-odds of age, conditions and past admissions."""
    random = np.random.default_rng([seed, day.toordinal()])
    age = np.random.default_rng(seed).uniform(18, 90, PERSONS)
    conditions = random.poisson(0.03 * age)
    admissions = random.negative_binomial(0.5, 0.6, PERSONS)
    risk_ = expit(-4.0 + 0.03 * age + 0.2 * conditions + 0.9 * np.log1p(admissions))
    ids = pl.Series([f"p{each:05d}" for each in range(PERSONS)])
    people = pl.DataFrame(
        {
            "index_date": [day] * PERSONS,
            "person_id": ids,
            "practice_code": [f"A{each % PRACTICES:05d}" for each in range(PERSONS)],
            "age_years": age.astype(int),
            "is_female": np.arange(PERSONS) % 2,
            "imd_quintile": random.integers(1, 6, PERSONS),
            "condition_count": conditions,
            "is_complex_mltc": (conditions >= 4).astype(int),
            "admission_count": admissions,
        }
    )
    value = {
        MAIN.key: (random.random(PERSONS) < risk_).astype(int),
        NIGHTS.key: random.poisson(3 * risk_ * random.gamma(0.5, 2, PERSONS)),
        COMPLEX.key: (random.random(PERSONS) < 0.04 + 0.1 * conditions).astype(int),
    }
    outcomes = [
        pl.DataFrame({"index_date": [day] * PERSONS, "person_id": ids, "outcome": [key] * PERSONS, "value": found})
        for key, found in value.items()
    ]
    outcomes[2] = outcomes[2].filter(pl.Series(conditions < 4))
    return people, pl.concat(outcomes)


def write_inputs(warehouse: DuckDBWarehouse, index_date: date, people_of: date | None = None) -> None:
    """What the risk step reads, for the index date and the two horizons before it.

    `people_of`: another date, as whose people those of the index date are described.
    """
    dates = [add_months(index_date, months) for months in (-24, -12, 0)]
    drawn = [draw_date(day, seed=7) for day in dates]
    if people_of:
        drawn[2] = (draw_date(people_of, seed=7)[0].with_columns(index_date=pl.lit(index_date)), drawn[2][1])
    unknown = {name: pl.lit(None, pl.Int64) for name in NOT_MODELLED}
    warehouse.write("features.person_feature", pl.concat(people for people, _ in drawn).with_columns(**unknown))
    warehouse.write("features.outcome", pl.concat(found for _, found in drawn[:2]))
    people = drawn[2][0].select("person_id", "practice_code")
    warehouse.write("register.person", people.with_columns(succeeded_from=pl.lit(None, pl.String)))
    warehouse.write("staging.person", people.select("person_id", sex=pl.lit("2"), ethnic_category=pl.lit("A")))
    codes = people.select("practice_code").unique()
    warehouse.write("register.practice", codes.with_columns(pcn_name=pl.lit("Oak"), practice_name=pl.lit("Elm")))
    bands = {"age_band": ["0-49", "50+"], "lower_age_years": [0, 50], "upper_age_years": [49, 120], "sort_key": [1, 2]}
    warehouse.write("codelist.age_band", pl.DataFrame(bands))
    warehouse.write("codelist.ethnic_category", pl.DataFrame({"code": ["A"], "ethnic_group": ["White"]}))
    shares = {"risk_band": ["High", "Low"], "upper_share": [0.05, 1.0], "sort_key": [1, 2]}
    warehouse.write("codelist.risk_band", pl.DataFrame(shares))
    for name, columns in RECORDS.items():
        warehouse.build(name, f"select {columns} where false")
    warehouse.build("meta.feed", "select true as has_gp_event")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the risk step of one month in a folder and make it the last good run; its workspace."""

    def run_month(
        out: Path,
        index_date: date,
        *,
        features=FEATURES,
        codelist_version="v1",
        change=None,
        outcomes=(MAIN, NIGHTS, COMPLEX),
        people_of=None,
        **settings,
    ) -> Workspace:
        monkeypatch.setattr(risk_read, "load_features", lambda: features)
        monkeypatch.setattr(risk, "load_outcomes", lambda: outcomes)
        config = load_config(Path(__file__).parents[2] / "config" / "demo.toml")
        gates = config.risk.gates.model_copy(update=settings)
        config = config.model_copy(
            update={
                "run": config.run.model_copy(update={"index_date": index_date}),
                "risk": config.risk.model_copy(update={**FAST, "gates": gates}),
            }
        )
        workspace = Workspace(out, config)
        workspace.start_build()
        with workspace.open_build() as warehouse:
            write_inputs(warehouse, index_date, people_of)
            if change is not None:
                warehouse.execute(change)
        risk.score_risk(workspace, SimpleNamespace(version=codelist_version))
        workspace.commit()
        return workspace

    return run_month


@pytest.fixture(scope="module")
def first_month(tmp_path_factory):
    return tmp_path_factory.mktemp("first")


@pytest.fixture
def scored(run, first_month, tmp_path):
    """A copy of a folder in which October has been run once."""
    if not (first_month / "out").exists():
        run(first_month / "out", FIRST)
    shutil.copytree(first_month / "out", tmp_path / "out")
    return tmp_path / "out"


def read(out: Path, query: str) -> pl.DataFrame:
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        return warehouse.read(query)


def read_notes(out: Path) -> str:
    return " ".join(read(out, "select note from meta.run_note where area = 'risk' order by note")["note"])


def test_everyone_has_a_row_for_every_outcome_and_a_number_or_the_reason_why_not(scored):
    people = read(scored, "select * from risk.person_risk")
    counts = people.group_by("outcome", "status").len().sort("outcome", "status")
    complex_now = draw_date(FIRST, seed=7)[0]["is_complex_mltc"].sum()
    assert counts.rows() == [
        ("bed_days", "scored", PERSONS),
        ("incident_complex_mltc", "has it already", complex_now),
        ("incident_complex_mltc", "scored", PERSONS - complex_now),
        ("unplanned_admission", "scored", PERSONS),
    ]
    main = people.filter(outcome="unplanned_admission")
    assert main["person_id"].n_unique() == PERSONS and main["index_date"].unique().to_list() == [FIRST]
    assert (main["predicted_risk_lower"] <= main["predicted_risk"]).all()
    assert (main["predicted_risk"] <= main["predicted_risk_upper"]).all()
    assert main["predicted_count"].null_count() == PERSONS
    assert main.filter(risk_band="High").height == 0.05 * PERSONS
    highest = main.sort("predicted_risk", descending=True).row(0, named=True)
    assert highest["risk_percentile"] == pytest.approx(100 * (1 - 0.5 / PERSONS))
    nights = people.filter(outcome="bed_days")
    assert nights["predicted_risk"].null_count() == PERSONS and (nights["predicted_count"] > 0).all()
    unscored = people.filter(status="has it already")
    assert unscored.select("predicted_risk", "risk_percentile", "risk_band", "model_version").null_count().row(0) == (
        (complex_now,) * 4
    )


def test_nobody_is_on_both_sides_and_every_number_has_its_limits(scored):
    split = read(scored, "select * from risk.split")
    sides = {part: set(split.filter(part=part)["person_id"]) for part in ("training", "recalibration", "validation")}
    assert not sides["training"] & sides["validation"] and not sides["recalibration"] & sides["validation"]
    assert min(len(each) for each in sides.values()) > 400
    performance = read(scored, "select * from risk.performance where outcome = 'unplanned_admission'")
    assert performance["model"].unique(maintain_order=True).to_list() == [
        "age_sex",
        "condition_count",
        "elastic_net",
        "boosting",
    ]
    assert performance.filter(is_chosen="yes")["model"].n_unique() == 1
    assert performance.select("estimate", "lower", "upper").null_count().row(0) == (0, 0, 0)
    assert (performance["lower"] <= performance["upper"]).all()
    groups = read(scored, "select distinct group_type from risk.subgroup")["group_type"].to_list()
    assert set(groups) == set(risk_read.GROUPS)
    capacity = read(scored, "select distinct measure from risk.capacity where outcome = 'unplanned_admission'")
    assert {"sensitivity", "ppv", "number_needed_to_review", "net_benefit"} <= set(capacity["measure"])
    kinds = read(scored, "select kind, count(*) as n from risk.calibration group by kind order by kind")
    assert kinds["kind"].to_list() == ["smooth", "tenth"]


def test_a_month_that_is_run_again_gives_the_same_bytes(run, scored):
    before = {path.relative_to(scored): path.read_bytes() for path in sorted((scored / "models").rglob("*.*"))}
    people = read(scored, "select * from risk.person_risk order by all")
    run(scored, FIRST)
    after = {path.relative_to(scored): path.read_bytes() for path in sorted((scored / "models").rglob("*.*"))}
    assert after == before and len(after) > 10
    assert read(scored, "select * from risk.person_risk order by all").equals(people)
    assert read(scored, "select * from risk.monthly where decile is null").height == 3


def test_the_champion_stays_the_next_month_and_is_followed(run, scored):
    first = list_models(scored / "models", "2026-10")
    workspace = run(scored, SECOND, promotion_gain=0.5)
    assert list_models(workspace.models, "2026-11") == first
    decision = read(scored, "select decision from risk.outcome where is_main")["decision"].item()
    assert decision.startswith("The champion stays")
    months = read(scored, "select outcome, known_date, ratio, lower, upper from risk.monthly where decile is null")
    assert months.filter(outcome="unplanned_admission")["known_date"].sort().to_list() == [FIRST, SECOND]
    assert (months["lower"] < months["upper"]).all()
    models = read(
        scored, "select model from risk.performance where outcome = 'unplanned_admission' and is_chosen = 'yes'"
    )
    assert models["model"].unique().to_list() == ["champion"]
    assert find_card(workspace.models, "unplanned_admission", "2026-11").exists()
    # the same practices as before test the same model
    manifests = [json.loads(path.read_text()) for path in scored.glob("models/unplanned_admission/*/manifest.json")]
    validated = read(scored, "select distinct person_id from risk.split where part = 'validation'")["person_id"]
    held_out = {f"A{int(each[1:]) % PRACTICES:05d}" for each in validated}
    assert held_out == set(manifests[0]["held_out_practices"])


def break_model(out: Path) -> None:
    """Change one byte of the model in force."""
    path = next(out.glob("models/unplanned_admission/*/model.skops"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def break_manifest(out: Path) -> None:
    """Change what a manifest says, in a way that no figure shows."""
    path = next(out.glob("models/unplanned_admission/*/manifest.json"))
    path.write_text(path.read_text(encoding="utf-8").replace("elastic", "plastic") + " ", encoding="utf-8")


RENAMED = (*FEATURES[:-1], describe_feature("stay_count", "count"))
RENAME = "alter table features.person_feature rename admission_count to stay_count"


@pytest.mark.parametrize(
    ("break_it", "changed", "words"),
    [
        (break_model, {}, "The file model.skops is not the one that was entered as champion (checksum)."),
        (break_manifest, {}, "The file manifest.json is not the one that was entered as champion (checksum)."),
        (None, {"codelist_version": "v2"}, "Codelists differ: trained on v1, found v2."),
        (
            None,
            {"features": RENAMED, "change": RENAME},
            "Features differ (absent: admission_count; not known to the model: stay_count; order counts).",
        ),
    ],
)
def test_a_champion_that_differs_is_refused_in_words_and_a_challenger_scores(run, scored, break_it, changed, words):
    before = read_history(scored / "models", "unplanned_admission")[0]["version"]
    if break_it:
        break_it(scored)
    run(scored, SECOND, outcomes=(MAIN,), **changed)
    assert f"Unplanned admission: the model in use until now ({before}) was refused. {words}" in read_notes(scored)
    entry = read_history(scored / "models", "unplanned_admission")[-1]
    assert (entry["run"], entry["version"][:7]) == ("2026-11", "2026-11")
    assert read(scored, "select distinct status from risk.person_risk")["status"].to_list() == ["scored"]


def test_where_the_challenger_fails_too_nobody_is_scored_and_the_release_says_why(run, scored):
    run(scored, SECOND, outcomes=(MAIN,), codelist_version="v2", minimum_c_statistic=0.99)
    people = read(scored, "select status, count(predicted_risk) as risks from risk.person_risk group by status")
    assert people.rows() == [("no model", 0)]
    notes = read_notes(scored)
    assert "Codelists differ: trained on v1, found v2." in notes
    assert "Unplanned admission: nobody was scored." in notes and "at least 0.99 is asked" in notes
    assert read(scored, "select count(*) as n from risk.person_reason")["n"].item() == 0
    assert list_models(scored / "models", "2026-11") == []
    # the month after, the last champion that scored somebody is looked at again
    assert read_history(scored / "models", "unplanned_admission")[-1]["version"] is None


def test_a_feature_that_knows_the_future_raises_the_alarm(run, tmp_path):
    leak = (
        "update features.person_feature as feature set admission_count = 20 * outcome.value from features.outcome "
        "as outcome where outcome.person_id = feature.person_id and outcome.index_date = feature.index_date "
        "and outcome.outcome = 'unplanned_admission'"
    )
    run(tmp_path / "out", FIRST, outcomes=(MAIN,), change=leak)
    assert read(tmp_path / "out", "select alarm from risk.alarm")["alarm"].item().startswith("Suspected leakage")
    assert "Suspected leakage" in read_notes(tmp_path / "out")


def test_too_few_people_are_a_note_and_no_number(run, tmp_path):
    nothing = "delete from features.outcome where outcome <> 'bed_days' and value = 1"
    run(tmp_path / "out", FIRST, change=nothing)
    notes = read_notes(tmp_path / "out")
    assert "A risk model could not be fitted, and nobody was scored." in notes
    assert "Nobody was scored for new complex: too few people had it" in notes
    status = read(
        tmp_path / "out", "select outcome, status, count(predicted_risk) as n from risk.person_risk group by all"
    )
    assert ("unplanned_admission", "no model", 0) in status.rows()
    assert read(tmp_path / "out", "select outcome from risk.outcome where model_version is not null").rows() == [
        ("bed_days",)
    ]


def test_nobody_has_two_reasons_of_one_fact_and_every_reason_has_words(run, tmp_path, monkeypatch):
    told = tuple(
        each.model_copy(update={"group": "conditions", "words": WORDS[each.key]}) if each.key in WORDS else each
        for each in FEATURES
    )
    monkeypatch.setattr(risk_reason, "load_features", lambda: told)
    run(tmp_path / "out", FIRST, outcomes=(MAIN, NIGHTS))
    reasons = read(tmp_path / "out", "select * from risk.person_reason order by person_id, outcome, direction, rank")
    assert reasons.columns == ["person_id", "outcome", "direction", "rank", "feature", "words", "evidence_date"]
    assert reasons["words"].null_count() == 0 and set(reasons["rank"]) == {1, 2, 3}
    assert reasons.select("person_id", "outcome", "direction", "rank").is_unique().all()
    both = reasons.filter(pl.col("feature").is_in(list(WORDS)))
    assert both.select("person_id", "outcome").is_unique().all() and both.height > PERSONS
    people = draw_date(FIRST, seed=7)[0]
    counted = both.filter(feature="condition_count").join(people, on="person_id")
    assert {"no condition", "1 condition"} <= set(counted["words"])
    several = counted.filter(pl.col("condition_count") > 1).select(
        "words", told=pl.format("{} conditions", "condition_count")
    )
    assert several.height and several["words"].equals(several["told"])
    # everybody for the main outcome, a twentieth for the others
    assert reasons.filter(outcome="unplanned_admission")["person_id"].n_unique() > 0.99 * PERSONS
    assert reasons.filter(outcome="bed_days")["person_id"].n_unique() == 0.05 * PERSONS


WORDS = {
    "condition_count": Words(none="no condition", one="1 condition", many="{value} conditions"),
    "is_complex_mltc": Words(one="complex"),
}


def test_parts_of_a_change_add_up_and_a_model_that_stays_moves_nobody(run, scored):
    run(scored, SECOND, promotion_gain=0.5)
    change = read(
        scored,
        "select change.*, last_run.predicted_risk as stored, risk.predicted_risk from risk.change as change "
        "inner join risk.last_risk as last_run using (person_id, outcome) "
        "inner join risk.person_risk as risk using (person_id, outcome) order by person_id, outcome",
    )
    main = change.filter(outcome=MAIN.key)
    assert main.height == PERSONS and change["outcome"].unique().sort().to_list() == [COMPLEX.key, MAIN.key]
    assert (main["last_risk"] - main["stored"]).abs().max() < 1e-12
    assert (main["risk"] - main["predicted_risk"]).abs().max() < 1e-12
    parts = main.select(pl.sum_horizontal(risk_change._PARTS)).to_series()
    assert (parts - (main["risk"] - main["last_risk"])).abs().max() < 1e-15
    assert main["from_model"].abs().max() == main["from_codelist"].abs().max() == 0
    assert main["from_events"].abs().max() > 0.01
    again = read(scored, "select * from risk.change order by person_id, outcome")
    run(scored, SECOND, promotion_gain=0.5)
    assert read(scored, "select * from risk.change order by person_id, outcome").equals(again)


def test_a_person_whose_features_stay_has_only_what_the_model_moves(run, scored):
    """October's people once more in November, and another model: the code lists differ, the conditions do not."""
    run(scored, SECOND, outcomes=(MAIN,), codelist_version="v2", people_of=FIRST)
    change = read(scored, "select * from risk.change")
    assert change.height == PERSONS
    for part in ("from_events", "from_ageing", "from_codelist"):
        assert change[part].abs().max() == 0
    assert (change["from_model"] == change["risk"] - change["last_risk"]).all()


def test_what_moved_a_risk_is_left_open_where_the_last_model_is_broken(run, scored):
    break_model(scored)
    run(scored, SECOND, outcomes=(MAIN,))
    change = read(scored, "select count(*) as n, count(risk) as r, count(from_events) as e from risk.change")
    assert change.row(0) == (PERSONS, PERSONS, 0)
    assert "what moved people's risk since the last run cannot be told apart" in read_notes(scored)


def test_who_trained_the_champion_and_moved_to_a_held_out_practice_does_not_validate_it(run, scored):
    split = read(scored, "select * from risk.split")
    seen = read(scored, "select * from risk.seen_person")
    trained = set(split.filter(pl.col("part").is_in(["training", "recalibration"]))["person_id"])
    assert set(seen["person_id"]) == trained and seen["run"].unique().to_list() == ["2026-10"]
    held_out = f"A{int(split.filter(part='validation')['person_id'].sort()[0][1:]) % PRACTICES:05d}"
    mover = min(split.filter(part="training")["person_id"])
    move = f"update features.person_feature set practice_code = '{held_out}' where person_id = '{mover}'"
    run(scored, SECOND, promotion_gain=0.5, change=move)
    later = read(scored, "select * from risk.split")
    assert later.filter(pl.col("person_id") == mover)["part"].to_list() == ["current"]
    registry = b"".join(path.read_bytes() for path in (scored / "models").rglob("*") if path.is_file())
    assert mover.encode() not in registry


def test_checklists_lie_beside_the_card_and_in_the_warehouse(scored):
    place = scored / "models" / list_models(scored / "models", "2026-10")[-1]
    assert {path.name for path in place.glob("checklist_*.json")} == {
        "checklist_tripod_ai.json",
        "checklist_probast_ai.json",
    }
    stored = json.loads((place / "checklist_tripod_ai.json").read_text(encoding="utf-8"))
    query = "select number, answer, answered_by from risk.checklist where checklist = 'TRIPOD+AI' and outcome = '{}'"
    items = read(scored, query.format(place.parent.name) + " order by sort_key").rows()
    assert items == [(each["number"], each["answer"], each["answered_by"]) for each in stored["items"]]
    left = [answer for _, answer, by in items if by == "ICB"]
    assert len(items) == 52 and len(left) == stored["left_to_icb"]
    assert set(left) == {"for the ICB to complete"}
    card = json.loads((place / "card.json").read_text(encoding="utf-8"))
    assert f"{card['data']['validation_people']:,}" in next(answer for number, answer, _ in items if number == "21")
    assert "was not checked" in card["evaluation_and_performance"]["leakage_check"]


def test_the_people_who_validated_are_kept_with_prediction_and_outcome(scored):
    kept = read(
        scored,
        "select outcome, count(*) as persons, sum(observed) as events from risk.validation_person group by outcome",
    )
    told = read(scored, "select distinct outcome, persons, events from risk.performance where is_chosen = 'yes'")
    assert kept.sort("outcome").rows() == told.sort("outcome").rows() and kept.height == 3
