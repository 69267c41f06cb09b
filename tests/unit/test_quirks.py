"""What real files have and the reader must survive: one test each."""

import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from mltc.config import load_config
from mltc.errors import ExtractError
from mltc.sources import load_extract
from mltc.sources.locate import matches
from mltc.warehouse import open_warehouse

CONFIG = """
[icb]
name = "A"
code = "QAA"
synthetic = true
[run]
index_date = 2026-10-01
[lawful]
opt_outs_applied_upstream = "synthetic people"
[source.person]
path = "person.csv"
[source.gp_event]
path = "{path}"
"""
HEADER = "person_id,event_date,code,code_system,value\n"
ROWS = "1,2020-01-01,73211009,snomed,\n2,2020-01-02,73211009,snomed,7.5\n"


def load(folder: Path, files: dict[str, bytes], path: str = "gp_event.csv", more: str = ""):
    """Files read and raw rows of `gp_event`."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "c.toml").write_text(CONFIG.format(path=path) + more, encoding="utf-8")
    with open_warehouse(folder / "w.duckdb") as warehouse:
        read = load_extract(warehouse, load_config(folder / "c.toml"), "gp_event", folder / "landing")
        return read, warehouse.read("select * from raw.gp_event order by _row_id")


@pytest.mark.parametrize("line", ["TOTAL,2", "Total,,,,2", "Record count: 2", "Rows,2,,,", '"Total rows",2', "EOF"])
def test_a_totals_line_is_dropped_and_counted(tmp_path, line):
    read, rows = load(tmp_path, {"gp_event.csv": (HEADER + ROWS + line + "\n").encode()})
    assert read[0].rows == 3
    assert rows["_dropped"].to_list() == [None, None, "totals line"]
    assert rows["code"].to_list()[:2] == ["73211009", "73211009"]


def test_a_totals_line_in_a_packed_file_without_a_last_line_end(tmp_path):
    packed = gzip.compress((HEADER + ROWS + "Records,2").encode())
    _, rows = load(tmp_path, {"gp_event.csv.gz": packed}, "gp_event.csv.gz")
    assert rows["_dropped"].to_list() == [None, None, "totals line"]


def test_a_totals_line_that_counts_otherwise_means_a_file_cut_short(tmp_path):
    with pytest.raises(ExtractError, match="counts 1200 rows, and 2 came before it: the file is cut short"):
        load(tmp_path, {"gp_event.csv": (HEADER + ROWS + 'Record count,"1,200"\n').encode()})


@pytest.mark.parametrize("line", ["totally,2020-01-03,73211009,snomed,1", "9,2020-01-03,73211009,snomed,"])
def test_a_last_row_of_a_person_is_no_totals_line(tmp_path, line):
    _, rows = load(tmp_path, {"gp_event.csv": (HEADER + ROWS + line + "\n").encode()})
    assert rows["_dropped"].to_list() == [None, None, None]


def test_latin_1_is_noticed_and_said(tmp_path):
    read, rows = load(tmp_path, {"gp_event.csv": (HEADER + "Jö,2020-01-01,1,snomed,\n").encode("latin-1")})
    assert rows["person_id"].to_list() == ["Jö"]
    assert read[0].encoding == "latin-1"


def test_utf_16_is_known_by_its_mark(tmp_path):
    read, rows = load(tmp_path, {"gp_event.csv": (HEADER + "Jö,2020-01-01,1,snomed,\n").encode("utf-16")})
    assert rows["person_id"].to_list() == ["Jö"]
    assert read[0].encoding == "utf-16"


def test_column_names_in_another_case(tmp_path):
    _, rows = load(tmp_path, {"gp_event.csv": (HEADER.upper() + ROWS).encode()})
    assert rows["event_date"].to_list() == [date(2020, 1, 1), date(2020, 1, 2)]


def test_the_same_column_twice_in_two_cases_is_refused(tmp_path):
    with pytest.raises(ExtractError, match=r"column .* more than once"):
        load(tmp_path, {"gp_event.csv": b"person_id,Code,code,event_date,code_system\n1,2,3,2020-01-01,snomed\n"})


def test_dates_with_a_time_and_of_several_formats(tmp_path):
    more = 'date_formats = ["%d/%m/%Y", "%Y-%m-%d", "%d-%b-%Y"]\n'
    texts = ["2020-01-31 00:00:00", "31/01/2020", "31-JAN-2020", "2020-01-31T00:00:00", "2020-01-31 00:00:00.000"]
    lines = "".join(f"1,{text},1,snomed,\n" for text in [*texts, "2020-31-01"])
    _, rows = load(tmp_path, {"gp_event.csv": (HEADER + lines).encode()}, more=more)
    assert rows["event_date"].to_list() == [date(2020, 1, 31)] * 5 + [None]
    assert rows["_unread_columns"].to_list() == [None] * 5 + ["event_date"]


def test_months_in_folders_keep_their_own_names(tmp_path):
    files = {f"2026-0{month}/gp.csv": (HEADER + ROWS).encode() for month in (1, 2)}
    read, rows = load(tmp_path, files, "2026-*/gp.csv")
    assert [(file.file, file.rows) for file in read] == [("2026-01/gp.csv", 2), ("2026-02/gp.csv", 2)]
    assert rows["_row_id"].to_list() == [1, 2, 3, 4]
    assert rows["_source_row"].to_list() == [1, 2, 1, 2]


def test_one_empty_file_among_several_is_a_month_without_records(tmp_path):
    read, rows = load(tmp_path, {"gp_1.csv": HEADER.encode(), "gp_2.csv": (HEADER + ROWS).encode()}, "gp_*.csv")
    assert [file.rows for file in read] == [0, 2]
    assert rows.height == 2


def test_a_file_with_a_header_alone_is_refused(tmp_path):
    with pytest.raises(ExtractError, match="is empty: it has a header and no rows"):
        load(tmp_path, {"gp_event.csv": HEADER.encode()})


def test_whole_numbers_of_parquet_stay_whole_and_floats_are_seen_to_be_ruined(tmp_path):
    frame = pl.DataFrame(
        {
            "person_id": ["1"],
            "event_date": [date(2020, 1, 1)],
            "code": [999791000000106123],
            "code_system": ["snomed"],
        }
    )
    frame.write_parquet(tmp_path / "whole.parquet")
    frame.with_columns(pl.col("code").cast(pl.Float64)).write_parquet(tmp_path / "float.parquet")
    _, whole = load(tmp_path, {}, "whole.parquet")
    assert whole["code"].to_list() == ["999791000000106123"]
    _, ruined = load(tmp_path, {}, "float.parquet")
    assert "e" in ruined["code"][0]  # scientific notation, which the gate quarantines


def test_a_timestamp_of_parquet_is_read_as_its_day(tmp_path):
    frame = pl.DataFrame(
        {"person_id": ["1"], "event_date": [date(2020, 1, 31)], "code": ["1"], "code_system": ["ctv3"]}
    )
    frame.with_columns(pl.col("event_date").cast(pl.Datetime("us"))).write_parquet(tmp_path / "t.parquet")
    _, rows = load(tmp_path, {}, "t.parquet")
    assert rows["event_date"].to_list() == [date(2020, 1, 31)]
    assert rows["_unread_columns"].to_list() == [None]


@pytest.mark.parametrize(
    ("name", "pattern", "anchored", "expected"),
    [
        ("person.csv", "person.csv", True, True),
        ("PERSON.CSV", "person.csv", True, True),
        ("sub/person.csv", "person.csv", True, False),
        ("sub/person.csv", "person.csv", False, True),
        ("sub/X_apc_1.csv.gz", "*apc*", False, True),
        ("apc.xlsx", "*apc*", False, False),
        ("._apc.csv", "*apc*", False, False),
        ("~$apc.csv", "*apc*", False, False),
        ("a/SRCode.csv", "SRCode|SRCode_*", False, True),
        ("a/SRCode_2.csv", "SRCode|SRCode_*", False, True),
        ("a/SRCodeTemplate.csv", "SRCode|SRCode_*", False, False),
        ("2026-01/apc.parquet", "2026-*/apc.parquet", True, True),
    ],
)
def test_which_files_a_pattern_means(name, pattern, anchored, expected):
    assert matches(name, pattern, anchored=anchored) is expected


def test_a_moment_in_utc_is_told_by_the_clock_of_england(tmp_path):
    """23:30 UTC on 1 July is half past midnight of the next day in England; in January it is the same day."""
    lines = "1,2026-07-01T23:30:00Z,1,snomed,\n1,2026-01-01T23:30:00Z,1,snomed,\n"
    _, rows = load(tmp_path, {"gp_event.csv": (HEADER + lines).encode()})
    assert rows["event_date"].to_list() == [date(2026, 7, 2), date(2026, 1, 1)]


def test_a_list_from_an_expression_is_cut_at_its_separator(tmp_path):
    more = """[source.gp_event.columns]
person_id = "person_id"
event_date = "event_date"
code = "code"
code_system = "code_system"
[source.hospital_episode]
path = "e.csv"
[source.hospital_episode.columns]
person_id = "p"
spell_id = "s"
admission_date = "d"
diagnoses = { sql = "upper(\\"x\\") || ';' || \\"y\\"", split = ";" }
"""
    (tmp_path / "e.csv").write_text("p,s,d,x,y\n1,s,2026-01-01,i10,E119\n", encoding="utf-8")
    (tmp_path / "c.toml").write_text(CONFIG.format(path="gp_event.csv") + more, encoding="utf-8")
    with open_warehouse(tmp_path / "w.duckdb") as warehouse:
        load_extract(warehouse, load_config(tmp_path / "c.toml"), "hospital_episode", tmp_path / "landing")
        rows = warehouse.read("select diagnoses from raw.hospital_episode")
    assert rows["diagnoses"].to_list() == [["I10", "E119"]]
