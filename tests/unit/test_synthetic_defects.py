"""Defects are where the log says, and nowhere else."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mltc.synthetic import SyntheticSettings, write_synthetic_icb
from mltc.synthetic.defects import COPY, TEXT, DefectKind, load_defect_kinds
from mltc.synthetic.spoilers import FINDERS, LATE_DAYS, SPOILERS

SETTINGS = SyntheticSettings(persons=3_000, months=30, seed=11, defect_rate=0.03)
TABLES = sorted({kind.table for kind in load_defect_kinds()})
INDEX = SETTINGS.index_date
SENTINELS = [date(1800, 1, 1), date(1801, 1, 1), date(1900, 1, 1), date(9999, 1, 1), date(9999, 12, 31)]


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spoilt")
    write_synthetic_icb(SETTINGS, folder)
    return folder


def read(folder: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{table}.parquet")


def rows_of(folder: Path, kind: DefectKind) -> set[int]:
    log = read(folder / "truth", "defects").filter(pl.col("table") == kind.table, pl.col("kind") == kind.kind)
    return set(log["row_number"])


def read_with_lives(folder: Path, table: str) -> pl.DataFrame:
    """A table with row numbers, and the dates of birth and death of each person as the extract has them."""
    person = read(folder, "person").unique("person_id", keep="first", maintain_order=True)
    born = person.select("person_id", pl.col("birth_date").alias("born"), pl.lit(True).alias("is_known"))
    died = read(folder, "death").unique("person_id").select("person_id", pl.col("death_date").alias("died"))
    frame = read(folder, table).with_row_index("row", 1)
    frame = frame.join(born, on="person_id", how="left", maintain_order="left")
    return frame.join(died, on="person_id", how="left", maintain_order="left")


def without_sentinels(frame: pl.DataFrame) -> pl.DataFrame:
    """Placeholders read as no date, and times as days."""
    days = frame.with_columns(pl.col(pl.Datetime).dt.date())
    return days.with_columns(pl.when(~pl.col(pl.Date).is_in(SENTINELS)).then(pl.col(pl.Date)))


def tell_special(kind: DefectKind) -> pl.Expr:
    """True for the rows that have the defect, by what the row itself says."""
    value = pl.col(kind.column)
    return {
        "unknown_person": value.is_not_null() & pl.col("is_known").is_null(),
        "event_before_birth": value < pl.col("born") - pl.duration(days=31),
        "event_after_death": value >= pl.col("died") + pl.duration(days=LATE_DAYS),
        "future_date": value > INDEX + timedelta(days=366),
        "scientific_code": ~value.cast(pl.String).str.contains("^[0-9]{6,18}$"),
        "recorded_before_event": value < pl.col("event_date"),
        "discharge_before_admission": value < pl.col("admission_date"),
        "episode_before_spell": value < pl.col("admission_date"),
        "dirty_icd10": pl.col("diagnoses").list.first().str.contains(r"[a-z *+-]"),
        "implausible_birth_date": value < INDEX - timedelta(days=121 * 366),
        "end_before_start": value > pl.col("registered_to"),
    }[kind.kind]


def tell(kind: DefectKind, frame: pl.DataFrame) -> pl.Series:
    """Rows of a table that have the defect, found without the log."""
    value = pl.col(kind.column)
    if kind.change == "missing":
        return frame.filter(value.is_null())["row"]
    if kind.change == "special":
        return without_sentinels(frame).filter(tell_special(kind))["row"]
    if frame.schema[kind.column] == pl.Float64:
        return frame.filter(value.is_in([float(item) for item in kind.values]))["row"]
    return frame.filter(value.cast(pl.String).str.head(10).is_in(kind.values))["row"]


@pytest.mark.parametrize("table", TABLES)
def test_defects_logged_are_the_defects_found(spoilt: Path, table: str) -> None:
    frame = read_with_lives(spoilt, table)
    for kind in load_defect_kinds():
        if kind.table == table and kind.change not in (COPY, TEXT):
            assert set(tell(kind, frame)) == rows_of(spoilt, kind), kind.kind


@pytest.mark.parametrize("kind", [kind for kind in load_defect_kinds() if kind.change == COPY], ids=str)
def test_copies_come_right_after_their_originals(spoilt: Path, kind: DefectKind) -> None:
    frame = read(spoilt, kind.table)
    rows = sorted(rows_of(spoilt, kind))
    assert rows
    copies, originals = frame[[row - 1 for row in rows]], frame[[row - 2 for row in rows]]
    if kind.kind == "key_collision":
        assert copies["person_id"].equals(originals["person_id"])
        assert (copies["sex"] != originals["sex"]).all()
        assert (copies["birth_date"] < originals["birth_date"]).all()
    else:
        assert copies.equals(originals)


def test_no_row_has_two_defects_and_all_kinds_occur(spoilt: Path) -> None:
    log = read(spoilt / "truth", "defects").filter(pl.col("row_number").is_not_null())
    assert not log.select("table", "row_number").is_duplicated().any()
    wanted = {(kind.table, kind.kind) for kind in load_defect_kinds() if kind.change != TEXT}
    assert set(log.select("table", "kind").unique().iter_rows()) == wanted


def test_defects_come_at_about_the_rate_asked_for(spoilt: Path) -> None:
    for table in ("gp_event", "gp_prescription", "outpatient"):
        log = read(spoilt / "truth", "defects").filter(pl.col("table") == table, pl.col("row_number").is_not_null())
        expected = SETTINGS.defect_rate * read(spoilt, table).height
        kinds = sum(kind.table == table for kind in load_defect_kinds())
        scarce = expected / kinds  # some kinds find fewer rows that can carry them
        assert -5 * np.sqrt(expected) - scarce < log.height - expected < 5 * np.sqrt(expected), table


def test_without_defects_no_row_is_wrong_or_twice(tmp_path: Path) -> None:
    rows = write_synthetic_icb(SyntheticSettings(persons=1_500, months=36, seed=2, defect_rate=0.0), tmp_path)
    assert read(tmp_path / "truth", "defects").is_empty()
    for table in rows:
        assert not read(tmp_path, table).is_duplicated().any(), table


def test_text_files_hold_lists_and_values_that_are_none(tmp_path: Path) -> None:
    settings = SyntheticSettings(persons=800, months=14, seed=5, file_format="csv", defect_rate=0.02)
    write_synthetic_icb(settings, tmp_path)
    log = pl.read_parquet(tmp_path / "truth" / "defects.parquet")
    for kind in load_defect_kinds():
        if kind.change == TEXT:
            frame = pl.read_csv(tmp_path / f"{kind.table}.csv", infer_schema=False)
            rows = log.filter(pl.col("table") == kind.table, pl.col("kind") == kind.kind)["row_number"]
            assert set(frame[kind.column].is_in(kind.values).arg_true() + 1) == set(rows), kind
            assert len(rows) > 0 or frame.height < 2_000
    episodes = pl.read_csv(tmp_path / "hospital_episode.csv", infer_schema=False)
    assert episodes["diagnoses"].str.contains("|", literal=True).any()


def test_every_kind_says_what_must_become_of_it() -> None:
    kinds = load_defect_kinds()
    assert len({(kind.table, kind.kind) for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind.fate in {"quarantined", "duplicate", "warned", "nulled", "cleaned"}, kind
        assert bool(kind.rule) or kind.fate not in {"quarantined", "warned"}, kind
        assert (kind.change == "special") == (kind.kind in SPOILERS), kind
    assert set(FINDERS) <= {kind.kind for kind in kinds}
