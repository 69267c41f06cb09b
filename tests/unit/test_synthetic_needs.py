"""What care needs are told from: it changes nothing that was there, and the known processes are what they say."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mltc.codelists import load_codelists
from mltc.synthetic import SyntheticSettings, chunks, write_synthetic_icb
from mltc.synthetic.care import OTHER_TERMINOLOGY
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.defects import DEFECT_SCHEMA
from mltc.synthetic.facts import load_data
from mltc.synthetic.need_states import NEED_SCHEMA
from mltc.synthetic.needs import NeedRows, merge_rows
from mltc.synthetic.possession import supply_short
from mltc.synthetic.spells import Spells
from mltc.synthetic.window import Window

SETTINGS = SyntheticSettings(persons=1_500, months=26, seed=5, defect_rate=0.004)
INDEX = SETTINGS.index_date
UNCHANGED = ("person", "registration", "opt_out", "hospital_episode", "outpatient", "emergency", "death",
             "truth/person", "truth/pattern", "truth/onset", "truth/register", "truth/risk")  # fmt: skip
NUMBERED = ("gp_event", "gp_prescription", "gp_consultation")


def add_nothing(
    randoms: dict[str, np.random.Generator], chunk: Chunk, window: Window, spells: Spells,
    frames: dict[str, pl.DataFrame],
) -> NeedRows:  # fmt: skip
    """The feeds as they were before any need was told from them."""
    none = {
        "mental_health_contact": ("contact_date", "service", "provider_code", "status"),
        "community_contact": ("contact_date", "service", "provider_code", "status"),
        "waiting_list": ("snapshot_date", "pathway_id", "specialty", "provider_code", "clock_start", "priority"),
    }
    tables = {
        name: pl.DataFrame(
            schema={"person": pl.Int64, **{column: pl.Date if "_" in column and column.split("_")[-1] in ("date", "start")
                                           else pl.String for column in columns}}
        )
        for name, columns in none.items()
    }  # fmt: skip
    return NeedRows(added={}, tables=tables, care=pl.DataFrame())


@pytest.fixture(scope="module")
def icbs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same settings, with and without the processes that needs are told from."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("with", "without")}
    write_synthetic_icb(SETTINGS, folders["with"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "make_need_rows", add_nothing)
        patch.setattr(chunks, "gather_written", lambda *given: None)
        patch.setattr(chunks, "tell_needs", lambda given: pl.DataFrame(schema=NEED_SCHEMA))
        write_synthetic_icb(SETTINGS, folders["without"])
    return folders


def read(folder: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{table}.parquet")


@pytest.mark.parametrize("table", UNCHANGED)
def test_what_was_there_before_is_the_same_to_the_byte(icbs: dict[str, Path], table: str) -> None:
    files = [(folder / f"{table}.parquet").read_bytes() for folder in icbs.values()]
    assert files[0] == files[1]


@pytest.mark.parametrize("table", NUMBERED)
def test_rows_are_added_and_defects_stay_with_the_rows_that_have_them(icbs: dict[str, Path], table: str) -> None:
    columns = {"gp_event": ["person_id", "event_date", "code", "value"],
               "gp_prescription": ["person_id", "issue_date", "code"],
               "gp_consultation": ["person_id", "consultation_date", "clinician_role", "mode"]}[table]  # fmt: skip
    rows, logs = {}, {}
    for name, folder in icbs.items():
        log = read(folder / "truth", "defects").filter(pl.col("table") == table, pl.col("row_number").is_not_null())
        rows[name], logs[name] = read(folder, table), log
        numbers = (log["row_number"] - 1).to_list()
        logs[name] = pl.concat([log.select("kind", "detail"), rows[name][numbers].select(columns)], how="horizontal")
    assert len(rows["with"]) > len(rows["without"])
    assert len(logs["with"]) > 10
    assert logs["with"].equals(logs["without"])


def test_merged_rows_stand_where_they_belong_and_numbers_follow() -> None:
    """Keys 1, 3, 5; row 2 is there twice and row 3 is spoilt. Added: keys 0, 3 (after its equal) and 9."""
    spoilt = pl.DataFrame({"what": ["one", "three", "three", "five"]})
    log = pl.DataFrame(
        {
            "table": ["gp_event"] * 2,
            "row_number": [3, 4],
            "kind": ["duplicate_row", "missing_date"],
            "detail": [""] * 2,
        },
        schema=DEFECT_SCHEMA,
    )
    added = pl.DataFrame({"what": ["first", "after three", "last"]})
    merged, moved = merge_rows(spoilt, log, np.array([1, 3, 5]), added, np.array([0, 3, 9]))
    assert merged["what"].to_list() == ["first", "one", "three", "three", "after three", "five", "last"]
    assert moved["row_number"].to_list() == [4, 6]  # the copy of `three`, and `five`


def test_a_feed_without_defects_has_no_row_twice(tmp_path: Path) -> None:
    write_synthetic_icb(SyntheticSettings(1_000, 26, seed=8, defect_rate=0.0), tmp_path)
    for table in (*NUMBERED, "mental_health_contact", "community_contact", "waiting_list"):
        frame = read(tmp_path, table)
        assert len(frame) == frame.n_unique(), table
        order = frame.select(pl.col("person_id").rank("dense")).to_series()
        assert order.is_sorted(), table


def test_care_processes_are_written_with_codes_that_count_and_with_some_that_must_not(icbs: dict[str, Path]) -> None:
    codes = load_codelists().codes.filter(pl.col("code_system") == "snomed")
    entries = read(icbs["with"], "gp_event")
    drawn = set(load_data("care")["process"])
    verified = codes.filter(pl.col("verified") == "yes")
    found = set(entries.join(verified.select("code", "key"), on="code")["key"]) & drawn
    assert {"diabetes_review", "medication_review", "is_carer", "home_blood_pressure", "social_prescribing_declined",
            "structured_education_offered", "longer_appointment", "self_management_plan"} <= found  # fmt: skip
    only_unverified = codes.join(verified.select("code"), on="code", how="anti")
    assert entries.join(only_unverified.select("code").unique(), on="code").height > 50
    foreign = entries.filter(pl.col("code_system") == OTHER_TERMINOLOGY)
    assert foreign.height > 50 and foreign["code"].is_in(verified["code"].implode()).all()


def test_the_waiting_list_is_told_by_provider_and_one_is_late(icbs: dict[str, Path]) -> None:
    rows = read(icbs["with"], "waiting_list")
    latest = dict(rows.group_by("provider_code").agg(pl.col("snapshot_date").max()).iter_rows())
    assert latest == {"R9X": date(2026, 9, 30), "R9Y": date(2026, 9, 30), "R9Z": date(2026, 8, 31)}
    assert rows.filter(pl.col("clock_start") > pl.col("snapshot_date")).is_empty()
    assert 0 < rows["clock_start"].null_count() < 0.05 * len(rows)
    keys = ["person_id", "pathway_id", "provider_code", "snapshot_date"]
    assert not rows.select(pl.struct(keys).is_duplicated().any()).item()


def test_other_services_are_used_in_the_window_and_some_contacts_are_missed(icbs: dict[str, Path]) -> None:
    for table in ("mental_health_contact", "community_contact"):
        rows = read(icbs["with"], table)
        assert rows["contact_date"].min() >= date(2024, 8, 1) and rows["contact_date"].max() < INDEX, table
        share = dict(rows["status"].value_counts(normalize=True).iter_rows())
        assert 0.02 < share["dna"] < 0.3 and 0.6 < share["attended"] < 0.95 and 0 < share["cancelled"] < 0.1, table


def test_some_people_always_see_one_gp_and_others_nobody_twice(icbs: dict[str, Path]) -> None:
    """Share of the GP seen most, of people with ten contacts or more with one practice: wider than without."""
    spread = {}
    for name, folder in icbs.items():
        rows = read(folder, "gp_consultation").filter(pl.col("clinician_role") == "gp", pl.col("status") == "attended")
        seen = rows.group_by("person_id", "clinician_id").agg(n=pl.len())
        whole = seen.group_by("person_id").agg(share=pl.col("n").max() / pl.col("n").sum(), n=pl.col("n").sum())
        spread[name] = whole.filter(pl.col("n") >= 10)["share"].std()
    assert spread["with"] > spread["without"]


def test_short_courses_supply_fewer_days_than_they_run_over() -> None:
    issues = pl.DataFrame(
        {
            "person": np.repeat(np.arange(400), 10),
            "code": ["0205051R0"] * 4_000,
            "days": [28] * 4_000,
            "quantity": [28.0] * 4_000,
            "is_repeat": [True] * 4_000,
        }
    )
    changed = supply_short(np.random.default_rng(1), issues)
    assert changed.drop("days", "quantity").equals(issues.drop("days", "quantity"))
    told = changed.filter(pl.col("days") > 0)
    by_course = told.group_by("person").agg(pl.col("days").n_unique().alias("kinds"), pl.col("days").first())
    assert by_course["kinds"].max() == 1  # one share per course
    short = by_course.filter(pl.col("days") < 28).height / len(by_course)
    assert abs(short - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 400) + 0.01
    # 0.4 of 28 days is 11.2, 0.95 is 26.6
    assert by_course["days"].min() >= 11
    none = (changed["days"] == 0).sum()
    assert 0 < none < 4_000 * 0.002 * 3
    other = issues.with_columns(code=pl.lit("0407010H0"))  # paracetamol: not a lasting medicine
    assert supply_short(np.random.default_rng(1), other).equals(other)


def test_truth_of_needs_has_one_row_per_person_and_indicator(icbs: dict[str, Path]) -> None:
    need = read(icbs["with"] / "truth", "need")
    assert need.schema == pl.Schema(NEED_SCHEMA)
    assert not need.select(pl.struct("person_id", "indicator").is_duplicated().any()).item()
    assert set(need["state"]) == {"present", "absent", "not_known"}
    register = read(icbs["with"] / "truth", "register").group_by("person_id").len().filter(pl.col("len") >= 2)
    # with defects one practice stops: the register lacks what it did not send, the truth of needs does not
    assert set(register["person_id"]) <= set(need["person_id"])
