"""Files in: what arrived is typed where it can be, kept as text where it cannot, and numbered."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from deliveries import read_raw

from mltc.errors import ExtractError

CONFIG = """
[source.person]
path = "person.csv"
[source.hospital_episode]
path = "episode.csv"
"""


def load(folder: Path, table: str, source: str = "", content: bytes | None = None, name: str = "gp_event.csv"):
    """Load `content` as `table` by the source settings; the raw rows in file order."""
    if content is not None:
        (folder / name).write_bytes(content)
    given = f"[source.{table}]" in CONFIG + source
    text = CONFIG if given else CONFIG + f'[source.{table}]\npath = "{name}"\n'
    return read_raw(folder, table, text + source)


GP = b"person_id,event_date,code,code_system,value,recorded_date\n"


def test_values_are_typed_and_what_cannot_be_read_is_kept(tmp_path):
    files, rows = load(
        tmp_path,
        "gp_event",
        content=GP
        + b"1,2020-01-31,73211009,snomed,7.5,20200201\n"  # a compact date is allowed too
        + b"2,31/01/2020,73211009,snomed,seven,\n"
        + b"3,1800-01-01,73211009,snomed,,9999-12-31\n"  # sentinel dates mean no date, and are no error
        + b" 4 ,2020-02-30, 73211009 ,snomed,NULL,NA\n",
    )
    assert files[0].rows == 4
    assert rows["_source_row"].to_list() == [1, 2, 3, 4]
    assert rows["person_id"].to_list() == ["1", "2", "3", "4"]
    assert rows["event_date"].to_list() == [date(2020, 1, 31), None, None, None]
    assert rows["value"].to_list() == [7.5, None, None, None]
    assert rows["recorded_date"].to_list() == [date(2020, 2, 1), None, None, None]
    assert rows["_unread_columns"].to_list() == [None, "event_date,value", None, "event_date"]
    assert rows["_unread_text"].to_list() == [None, "31/01/2020\x1fseven", None, "2020-02-30"]


def test_an_18_digit_concept_stays_whole(tmp_path):
    _, rows = load(tmp_path, "gp_event", content=GP + b"1,2020-01-01,999791000000106123,snomed,,\n")
    assert rows["code"].to_list() == ["999791000000106123"]


@pytest.mark.parametrize(
    ("content", "settings"),
    [
        (b"\xef\xbb\xbf" + GP + b"J\xc3\xb6,2020-01-01,1,snomed,,\n", ""),  # byte-order mark
        ((GP + b"J\xf6,2020-01-01,1,snomed,,\n"), '\nencoding = "latin-1"'),
        (GP.replace(b"\n", b"\r\n") + b"J\xc3\xb6,2020-01-01,1,snomed,,\r\n", ""),
        (GP.replace(b",", b";") + b'"J\xc3\xb6";2020-01-01;1;snomed;;\n', '\ndelimiter = ";"'),
    ],
    ids=["bom", "latin-1", "crlf", "semicolon and quotes"],
)
def test_encodings_line_ends_and_delimiters(tmp_path, content, settings):
    source = f'[source.gp_event]\npath = "gp_event.csv"{settings}\n'
    _, rows = load(tmp_path, "gp_event", source, content)
    assert rows["person_id"].to_list() == ["Jö"]


def test_quoted_commas_and_line_ends_belong_to_the_value(tmp_path):
    content = b'practice_code,name\nA,"Smith, Jones\nand partners"\nB,"The ""Old"" Surgery"\n'
    _, rows = load(tmp_path, "organisation", content=content, name="o.csv")
    assert rows["name"].to_list() == ["Smith, Jones\nand partners", 'The "Old" Surgery']


def test_mapping_first_of_values_constant_and_label(tmp_path):
    source = """
[source.gp_event]
path = "gp_event.csv"
[source.gp_event.columns]
person_id = "pid"
event_date = { column = "when", date_formats = ["%d/%m/%Y"] }
code = { first_of = ["snomed", "ctv3"] }
code_system = { label_of_first = { snomed = "snomed", ctv3 = "ctv3" } }
episodicity = { constant = "new" }
value_comparator = { column = "cmp", values = { lt = "<", none = "" } }
"""
    content = b"pid,when,snomed,ctv3,cmp\n1,31/01/2020,123,XE0,lt\n2,01/02/2020,,XE0,none\n3,01/02/2020,,,>\n"
    _, rows = load(tmp_path, "gp_event", source, content)
    assert rows.select("code", "code_system", "episodicity", "value_comparator", "event_date").rows() == [
        ("123", "snomed", "new", "<", date(2020, 1, 31)),
        ("XE0", "ctv3", "new", None, date(2020, 2, 1)),
        (None, None, "new", ">", date(2020, 2, 1)),
    ]


def test_wide_diagnoses_fold_in_order_and_gaps_close(tmp_path):
    source = """
[source.hospital_episode.columns]
person_id = "id"
spell_id = "spell"
admission_date = "adm"
diagnoses = { list = ["d1", "d2", "d3"] }
procedures = { column = "ops", split = ";" }
"""
    content = b"id,spell,adm,d1,d2,d3,ops\n1,s,2020-01-01,I10X,,E11.9,W37;Z94\n2,s,2020-01-01,,,,\n"
    (tmp_path / "episode.csv").write_bytes(content)
    text = CONFIG.replace('path = "episode.csv"\n', f'path = "episode.csv"\n{source}')
    _, rows = read_raw(tmp_path, "hospital_episode", text)
    assert rows.select("diagnoses", "procedures").rows() == [(["I10X", "E11.9"], ["W37", "Z94"]), ([], None)]


def test_parquet_keeps_its_types_and_sentinels_are_null(tmp_path):
    frame = pl.DataFrame(
        {
            "person_id": [1, 2],
            "arrival_at": [datetime(2020, 1, 1, 12), datetime(9999, 12, 31)],
            "diagnoses": [["1", ""], None],
        }
    )
    frame.write_parquet(tmp_path / "e.parquet")
    _, rows = load(tmp_path, "emergency", name="e.parquet")
    assert rows["person_id"].to_list() == ["1", "2"]
    assert rows["arrival_at"].to_list() == [datetime(2020, 1, 1, 12), None]
    assert rows["diagnoses"].to_list() == [["1"], None]
    assert rows["_unread_columns"].to_list() == [None, None]


def test_birth_date_may_be_a_year_or_month(tmp_path):
    content = b"person_id,birth_date\n1,1950\n2,1950-06\n3,1950-06-07\n"
    _, rows = load(tmp_path, "person", content=content, name="person.csv")
    assert rows["birth_date"].to_list() == [date(1950, 1, 1), date(1950, 6, 1), date(1950, 6, 7)]


def test_monthly_files_by_glob_number_their_own_rows(tmp_path):
    for month in ("01", "02"):
        (tmp_path / f"gp_{month}.csv").write_bytes(GP + b"1,2020-01-01,1,snomed,,\n2,2020-01-01,1,snomed,,\n")
    files, rows = load(tmp_path, "gp_event", '[source.gp_event]\npath = "gp_*.csv"\n')
    assert [file.rows for file in files] == [2, 2]
    assert rows.select("_row_id", "_source_file", "_source_row").rows() == [
        (1, "gp_01.csv", 1),
        (2, "gp_01.csv", 2),
        (3, "gp_02.csv", 1),
        (4, "gp_02.csv", 2),
    ]


def test_folder_with_glob_characters_and_quotes(tmp_path):
    folder = tmp_path / "it's [2026]"
    folder.mkdir()
    files, _ = load(folder, "gp_event", content=GP + b"1,2020-01-01,1,snomed,,\n")
    assert files[0].rows == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty: it has no header line"),
        (GP, "is empty: it has a header and no rows"),
        (GP.replace(b"event_date", b"eventdate") + b"1,2,3,4,5,6\n", "lacks the column event_date; it has person_id"),
        (GP + b"1,2020-01-01,1,snomed,,,surplus\n", "could not be read to its end"),
        (GP + b"1,2020-01-01,1\n", "could not be read to its end"),
        (b"code,event_date,Code\n1,2,3\n", "has the column code more than once"),
    ],
    ids=["empty", "header only", "renamed", "too many fields", "too few fields", "repeated"],
)
def test_a_wrong_file_is_told_in_one_sentence(tmp_path, content, told):
    with pytest.raises(ExtractError, match=told) as caught:
        load(tmp_path, "gp_event", content=content)
    assert "\n" not in str(caught.value)


def test_a_renamed_column_is_offered(tmp_path):
    with pytest.raises(ExtractError, match="Did it become eventdate\\?"):
        load(tmp_path, "gp_event", content=GP.replace(b"event_date", b"eventdate") + b"1,2,3,4,5,6\n")


def test_a_missing_file_names_where_it_looked(tmp_path):
    with pytest.raises(ExtractError, match=r"No file for table gp_event: nothing matches .*gp_event\.csv"):
        load(tmp_path, "gp_event")


@pytest.mark.parametrize("name", ["x.parquet", "x.csv.gz", "x.xls"])
def test_a_file_that_is_not_what_its_name_says(tmp_path, name):
    with pytest.raises(ExtractError, match=r"x\."):
        load(tmp_path, "gp_event", content=b"\x00\x01 not a file of that kind", name=name)


def test_no_error_quotes_a_row(tmp_path):
    canary = "CANARY9999"
    with pytest.raises(ExtractError) as caught:
        load(tmp_path, "gp_event", content=GP + f"{canary},2020-01-01,1,snomed,,,{canary},\n".encode())
    assert canary not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_column_that_is_used_already_is_not_offered(tmp_path):
    content = b"person_id,dob,death_date\n1,1950-01-01,\n"
    with pytest.raises(ExtractError, match="lacks the column birth_date") as caught:
        load(tmp_path, "person", content=content, name="person.csv")
    assert "Did it become death_date" not in str(caught.value)
