"""Two runs, a month apart, on one synthetic population: a feed that stops is told from people who got better."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows.steps.as_of import explain, rebuild
from mltc import derive, intake
from mltc.codelists import load_codelists
from mltc.config import load_config
from mltc.config.secret import DEMO_SECRET
from mltc.contract import load_contract
from mltc.errors import ConfigError
from mltc.warehouse import build_models, open_warehouse
from mltc.workspace import Workspace

pytestmark = pytest.mark.slow

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
PRACTICE = "Y99002"
DEFINITION = "delphi-2022"


def run_month(extracts: Path, out: Path, day: date) -> None:
    """Extracts to register and history, gate included; then it is the last good run."""
    config = extracts / f"{day}.toml"
    text = (extracts / "mltc.toml").read_text(encoding="utf-8")
    config.write_text(text.replace("index_date = 2026-10-01", f"index_date = {day}"), encoding="utf-8")
    workspace = Workspace(out, load_config(config))
    workspace.start_build()
    codelists = load_codelists()
    files = [file for table in load_contract() for file in intake.read_table(workspace, table)]
    intake.record_extracts(workspace, files, codelists)
    intake.refuse_failures(intake.gate_extracts(workspace))
    intake.stage_extracts(workspace)
    with workspace.open_build() as warehouse:
        parameters = derive.prepare_register(warehouse, workspace, codelists, DEMO_SECRET)
        build_models(warehouse, ["register", "scores", "history"], parameters)
    workspace.commit()


@pytest.fixture(scope="module")
def population(tmp_path_factory) -> Path:
    """Extracts of 1,000 persons, up to October."""
    from flows.steps.synthetic_config import write_synthetic_config
    from mltc.synthetic import SyntheticSettings, write_synthetic_icb

    folder = tmp_path_factory.mktemp("population")
    settings = SyntheticSettings(persons=1_000)
    write_synthetic_icb(settings, folder)
    write_synthetic_config(settings, folder)
    return folder


@pytest.fixture(scope="module")
def september(population, tmp_path_factory) -> Path:
    """Folder of the run of September."""
    out = tmp_path_factory.mktemp("september")
    run_month(population, out, SEPTEMBER)
    return out


@pytest.fixture(scope="module")
def october(population, september, tmp_path_factory):
    """Run October after September, without the GP entries for which `is_gone` holds; the folder of the run."""

    def run(is_gone: pl.Expr | None = None, out: Path | None = None) -> Path:
        folder = tmp_path_factory.mktemp("october")
        extracts = folder / "extracts"
        shutil.copytree(population, extracts)
        if out is None:
            out = shutil.copytree(september, folder / "out")
        if is_gone is not None:
            events = pl.read_parquet(population / "gp_event.parquet")
            events.filter(~is_gone.fill_null(value=False)).write_parquet(extracts / "gp_event.parquet")
        run_month(extracts, out, OCTOBER)
        return out

    return run


@pytest.fixture(scope="module")
def whole(october) -> Path:
    """Folder of the run of October with everything there."""
    return october()


def ask(out: Path, query: str) -> pl.DataFrame:
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        return warehouse.read(query, {"practice": PRACTICE} if "$practice" in query else {})


def read_prevalence(out: Path, table: str, people: str) -> dict[str, float]:
    """Share with MLTC of those of the practice's people who are in both runs, by definition."""
    rows = ask(
        out,
        f"select definition, avg(case when is_mltc then 1.0 else 0.0 end) as share from {table} "
        f"inner join {people} using (person_id) where practice_code = $practice "
        "and person_id in (select person_id from register.person) "
        "and person_id in (select person_id from meta.last_person) group by definition",
    )
    return dict(rows.rows())


CHANGE = ["person_id", "definition", "change", "condition"]


def read_changes(out: Path) -> pl.DataFrame:
    """Changes of the people of the practice."""
    return ask(
        out,
        "select change.* from register.change inner join register.person using (person_id) "
        "where practice_code = $practice",
    )


FROM_AUGUST = pl.coalesce("recorded_date", "event_date") >= date(2026, 8, 1)


@pytest.mark.parametrize("is_gone", [FROM_AUGUST, pl.lit(value=True)], ids=["two months", "wholly"])
def test_a_feed_that_stops_is_no_fall_in_need(october, whole, is_gone):
    """Whatever changes because the rows are gone is put down to the feed, and the share with MLTC does not fall."""
    out = october((pl.col("practice_code") == PRACTICE) & is_gone)
    failed = ask(out, "select table_name from meta.practice_abstention where practice_code = $practice")
    assert "gp_event" in failed["table_name"].to_list()
    by_loss = read_changes(out).join(read_changes(whole), on=CHANGE, how="anti", nulls_equal=True)
    assert by_loss.filter(pl.col("change") == "held over").height > 0
    told = by_loss.filter(pl.col("reason") != "feed gap").group_by("change", "condition", "reason").len()
    assert told.is_empty(), told
    assert by_loss.filter(pl.col("change").is_in(["left", "condition lost", "no longer complex"])).is_empty()
    before = read_prevalence(out, "meta.last_mltc", "meta.last_person")
    after = read_prevalence(out, "register.mltc", "register.person")
    assert before[DEFINITION] > 0.1
    assert all(after[definition] >= share for definition, share in before.items()), (before, after)


def test_without_loss_nothing_is_put_down_to_a_feed_and_a_month_again_is_the_same(october, whole, population):
    out = whole
    assert "feed gap" not in set(read_changes(out)["reason"])
    names = ("register.change", "history.mltc", "history.run", "history.change", "meta.last_person_condition")
    once = {name: ask(out, f"select * from {name} order by all") for name in names}
    again = october(out=out)
    assert all(ask(again, f"select * from {name} order by all").equals(frame) for name, frame in once.items())
    assert once["register.change"].height > 0
    spells = once["history.mltc"]
    assert spells["valid_from"].min() == SEPTEMBER
    assert set(spells["valid_to"].drop_nulls()) == {OCTOBER}
    current = ask(out, "select person_id, definition from register.mltc where condition_count > 0")
    assert spells.filter(pl.col("valid_to").is_null()).height == current.height

    # The register of September, rebuilt from October's extracts: what was published then, up to late records.
    rebuilt = rebuild(SEPTEMBER, out, population / "mltc.toml").counts
    assert rebuilt["published_persons"].null_count() == 0
    moved = rebuilt.select(pl.col("only_rebuilt_persons") + pl.col("only_published_persons")).to_series()
    assert (moved <= 0.02 * rebuilt["published_mltc_persons"]).all()
    assert explain(rebuilt)
    with pytest.raises(ConfigError, match="describes 2026-10-01"):
        rebuild(date(2026, 11, 1), out, None)
    assert not list(out.glob(".scratch-*"))


def test_people_who_vanish_with_their_practice(population, september, tmp_path):
    """All rows of the practice's people gone without an end: their loss is the feed's."""
    out, extracts = tmp_path / "out", tmp_path / "extracts"
    shutil.copytree(september, out)
    shutil.copytree(population, extracts)
    people = set(ask(out, "select person_id from register.person where practice_code = $practice")["person_id"])
    for path in extracts.glob("*.parquet"):
        frame = pl.read_parquet(path)
        if "person_id" in frame.columns:
            frame.filter(~pl.col("person_id").is_in(people).fill_null(value=False)).write_parquet(path)
    run_month(extracts, out, OCTOBER)
    left = ask(
        out,
        "select reason, count(distinct person_id) as persons from register.change inner join meta.last_person "
        "using (person_id) where practice_code = $practice and change = 'left' group by reason",
    )
    assert left["reason"].to_list() == ["feed gap"]
    assert left["persons"].item() > 10
