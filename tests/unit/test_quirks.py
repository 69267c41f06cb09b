"""What real files have and the reader must survive: one test each."""

import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from deliveries import read_raw, write_files

from mltc.errors import ExtractError
from mltc.sources.locate import matches

CONFIG = """
[source.person]
path = "person.csv"
[source.gp_event]
path = "{path}"
"""
HEADER = "person_id,event_date,code,code_system,value\n"
ROWS = "1,2020-01-01,73211009,snomed,\n2,2020-01-02,73211009,snomed,7.5\n"


def load(folder: Path, files: dict[str, bytes], path: str = "gp_event.csv", more: str = ""):
    """Files read and raw rows of `gp_event`."""
    write_files(folder, files)
    return read_raw(folder, "gp_event", CONFIG.format(path=path) + more)


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
    write_files(tmp_path, {"e.csv": "p,s,d,x,y\n1,s,2026-01-01,i10,E119"})
    _, rows = read_raw(tmp_path, "hospital_episode", CONFIG.format(path="gp_event.csv") + more)
    assert rows["diagnoses"].to_list() == [["I10", "E119"]]


EXCEL_DAY = "44197"  # 1 January 2021 as Excel counts days


def rows_of(folder: Path, content: str | bytes, name: str = "gp_event.csv", more: str = "") -> pl.DataFrame:
    """Raw rows of one file; no copy of it is left behind."""
    given = content.encode() if isinstance(content, str) else content
    _, rows = load(folder, {name: given}, name, more)
    assert not list((folder / "landing").rglob("*.csv*"))
    return rows


def refusal(folder: Path, content: str | bytes, name: str = "gp_event.csv", more: str = "") -> str:
    """What the error says; it repeats nothing of a row."""
    with pytest.raises(ExtractError) as caught:
        rows_of(folder, content, name, more)
    assert "73211009" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "above", ["GP extract of July\n\n", "GP extract,,,,\nRun on,1 July,,,\n", "\n\n", "sep=,\n", '"sep=,"\r\n']
)
def test_titles_above_the_header_are_passed_over(tmp_path, above):
    rows = rows_of(tmp_path, above + HEADER + ROWS)
    assert rows["code"].to_list() == ["73211009", "73211009"]
    assert rows["_source_row"].to_list() == [1, 2]


def test_the_delimiter_that_excel_names_in_its_first_line(tmp_path):
    assert rows_of(tmp_path, "sep=;\n" + (HEADER + ROWS).replace(",", ";")).height == 2


def test_rows_above_the_header_are_not_passed_over(tmp_path):
    assert "rows of data above the line of column names (line 3)" in refusal(tmp_path, ROWS + HEADER + ROWS)


def test_another_delimiter_is_told_and_can_be_set(tmp_path):
    content = (HEADER + ROWS).replace(",", "|")
    assert "set delimiter = '|'" in refusal(tmp_path, content)
    assert rows_of(tmp_path, content, more='delimiter = "|"\n').height == 2


def test_a_file_without_its_header_is_told_without_its_first_row(tmp_path):
    told = refusal(tmp_path, ROWS)
    assert "has no header line" in told
    assert "2020-01-01" not in told


def test_a_header_glued_to_the_first_row_is_not_repeated(tmp_path):
    told = refusal(tmp_path, HEADER.replace("event_date,", "").strip() + "Anne,2020-01-01,1,2,3\n")
    assert told.startswith("gp_event.csv lacks the column event_date")
    assert "Anne" not in told


@pytest.mark.parametrize("mark", ["\ufeff", "\u200b", "\u00a0", "\x00", " "])
def test_marks_that_no_one_sees_belong_to_no_name_and_no_value(tmp_path, mark):
    header = HEADER.replace("person_id", f'"{mark}person_id{mark}"')
    rows = rows_of(tmp_path, "\ufeff" + header + f"{mark}Anne{mark},2020-01-01,{mark}1,snomed,7.5{mark}\n")
    assert rows.select("person_id", "code", "value", "_unread_columns").rows() == [("Anne", "1", 7.5, None)]


def test_an_id_with_a_zero_byte_inside_is_not_another_id(tmp_path):
    assert rows_of(tmp_path, HEADER + "12\x003,2020-01-01,1,snomed,\n")["person_id"].to_list() == ["12 3"]


@pytest.mark.parametrize("end", ["\n\n", "   \n \n", "\x1a", "\n\x1a", "\t\n\x00\x00"])
def test_blank_lines_and_end_marks_are_no_rows(tmp_path, end):
    rows = rows_of(tmp_path, HEADER + ROWS + end)
    assert rows["_dropped"].to_list() == [None, None]


def test_rows_of_nothing_but_delimiters_are_dropped(tmp_path):
    rows = rows_of(tmp_path, HEADER + ROWS + ",,,,\n , ,,,\n")
    assert rows["_dropped"].to_list() == [None, None, "empty row", "empty row"]


def test_a_totals_line_counts_records_alone(tmp_path):
    rows = rows_of(tmp_path, HEADER + ROWS + ",,,,\n" + HEADER + "Row count,2\n")
    assert rows["_dropped"].to_list() == [None, None, "empty row", "repeated header line", "totals line"]


def test_notes_after_a_totals_line_are_dropped_with_it(tmp_path):
    rows = rows_of(tmp_path, HEADER + ROWS + "\nTotal rows,2\nPrinted 1 July\n\n")
    assert rows["_dropped"].to_list() == [None, None, "totals line", "totals line"]
    assert rows["_source_row"].to_list() == [1, 2, 3, 4]


def test_a_note_at_the_end_that_is_no_total_may_be_a_row_cut_off(tmp_path):
    told = refusal(tmp_path, HEADER + ROWS + "Printed 1 July\n")
    assert "at line 4" in told
    assert "a note at the end?" in told


def test_a_totals_line_hides_no_short_row(tmp_path):
    assert "at line 6" in refusal(tmp_path, "Titles\n\n" + HEADER + ROWS + "3,2020-01\n" + ROWS + "Total,5\n")[:200]


def test_a_header_line_alone_and_a_count_of_none_is_an_empty_file(tmp_path):
    assert "is empty: it has a header and no rows" in refusal(tmp_path, HEADER + "Record count,0\n")


@pytest.mark.parametrize("again", [HEADER, HEADER.upper(), "\ufeff" + HEADER, HEADER.replace(",", " , ")])
def test_a_header_that_comes_again_is_dropped(tmp_path, again):
    rows = rows_of(tmp_path, HEADER + ROWS + again + ROWS)
    assert rows["_dropped"].to_list() == [None, None, "repeated header line", None, None]


def test_files_joined_whose_columns_are_in_another_order_are_refused(tmp_path):
    other = "event_date,person_id,code,code_system,value\n2020-01-01,Anne,73211009,snomed,\n"
    told = refusal(tmp_path, HEADER + ROWS + other)
    assert "second header line with other columns, or in another order, at row 3" in told


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("lines", [1, 2, 9])
def test_line_ends_of_every_kind_and_mixed(tmp_path, ends, lines):
    rows = rows_of(tmp_path, (HEADER + ROWS).replace("\n", ends, lines))
    assert rows["value"].to_list() == [None, 7.5]


def test_a_line_end_within_quotes_in_a_file_of_windows(tmp_path):
    content = (HEADER + ROWS).replace("\n", "\r\n") + '"3\nx",2020-01-01,1,snomed,\r\n'
    assert rows_of(tmp_path, content)["person_id"].to_list() == ["1", "2", "3\nx"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_with_and_without_their_mark(tmp_path, encoding):
    rows = rows_of(tmp_path, (HEADER + ROWS + "Zoë 😀,2020-01-01,1,snomed,\nTotal,3\n").encode(encoding))
    assert rows["person_id"].to_list() == ["1", "2", "Zoë 😀", None]


def test_utf_16_from_which_a_byte_is_missing_is_refused(tmp_path):
    content = (HEADER + ROWS * 20).encode("utf-16-le")
    assert "damaged or cut short" in refusal(tmp_path, content[:101] + content[102:-1])


def test_letters_of_windows(tmp_path):
    read, rows = load(tmp_path, {"gp_event.csv": (HEADER + "O\u2019Brien €,2020-01-01,1,snomed,\n").encode("cp1252")})
    assert rows["person_id"].to_list() == ["O\u2019Brien €"]
    assert read[0].encoding == "cp1252"


def test_utf_8_with_a_damaged_byte_is_not_taken_for_latin_1(tmp_path):
    content = (HEADER + "Zoë,2020-01-01,1,snomed,\n").encode() + b"J\xf6,2020-01-01,1,snomed,\n"
    assert "is not UTF-8 throughout: line 3" in refusal(tmp_path, content)


def test_a_letter_cut_off_at_the_end_of_the_file(tmp_path):
    assert "is not UTF-8 throughout" in refusal(tmp_path, (HEADER + "Zoë,2020-01-01,1,snomed,é").encode()[:-1])


@pytest.mark.parametrize("name", ["gp.csv", "GP.CSV", "gp.TXT", "gp.csv.gz", "gp.CSV.GZ"])
@pytest.mark.parametrize("packed", [False, True])
def test_packed_or_not_is_told_by_the_bytes(tmp_path, name, packed):
    content = (HEADER + ROWS).encode()
    assert rows_of(tmp_path, gzip.compress(content) if packed else content, name).height == 2


def test_packed_files_joined_end_to_end(tmp_path):
    packed = gzip.compress((HEADER + ROWS).encode()) + gzip.compress(ROWS.encode())
    assert rows_of(tmp_path, packed, "gp.csv.gz").height == 4


@pytest.mark.parametrize(
    ("begin", "told"),
    [(b"PK\x03\x04", "zip archive or an Excel workbook"), (b"PAR1", "Parquet"), (b"%PDF-1.7", "PDF"),
     (gzip.compress(gzip.compress(b"a,b\n", mtime=0), mtime=0), "packed twice")],
)  # fmt: skip
def test_another_kind_of_file_under_the_name_of_a_csv(tmp_path, begin, told):
    assert told in refusal(tmp_path, begin + b"x" * 50 if begin[:2] != b"\x1f\x8b" else begin)


def test_a_folder_whose_name_looks_like_a_column_overwrites_nothing(tmp_path):
    rows = rows_of(tmp_path, HEADER + ROWS, "code=9/person_id=7/gp.csv")
    assert rows["code"].to_list() == ["73211009", "73211009"]
    frame = pl.DataFrame({"person_id": ["1"], "event_date": [date(2020, 1, 1)], "code": ["5"], "code_system": ["ctv3"]})
    frame.write_parquet(tmp_path / "code=9" / "gp.parquet")
    assert load(tmp_path, {}, "code=9/gp.parquet")[1]["code"].to_list() == ["5"]


@pytest.mark.parametrize(
    "day", [EXCEL_DAY, "20-01-05", "0000-01-01", "0001-01-01", "10000-01-01", "2020-02-30", "05/01/2020", "2020-01"]
)
def test_days_that_are_none_are_kept_as_text(tmp_path, day):
    rows = rows_of(tmp_path, HEADER + f"1,{day},1,snomed,\n")
    assert rows.select("event_date", "_unread_columns", "_unread_text").rows() == [(None, "event_date", day)]


@pytest.mark.parametrize("number", ["1e309", "Infinity", "-inf", "1,234.50", "1,234", "7,5", "£12", "0x1F"])
def test_numbers_that_are_none_are_kept_as_text(tmp_path, number):
    rows = rows_of(tmp_path, HEADER + f'1,2020-01-01,1,snomed,"{number}"\n')
    assert rows.select("value", "_unread_text").rows() == [(None, number)]


def test_thousands_and_decimal_commas_are_read_by_a_mapping(tmp_path):
    more = """
[source.gp_event.columns]
person_id = "person_id"
event_date = "event_date"
code = "code"
code_system = "code_system"
value = { sql = "replace(\\"value\\", ',', '')" }
"""
    rows = rows_of(tmp_path, HEADER + '1,2020-01-01,1,snomed,"1,234.50"\n', more=more)
    assert rows["value"].to_list() == [1234.5]


def test_a_whole_number_is_not_rounded(tmp_path):
    more = '[source.hospital_episode]\npath = "episode.csv"\n'
    content = b"person_id,spell_id,admission_date,episode_order\n1,s,2026-01-01,5.7\n1,s,2026-01-01,5.0\n"
    write_files(tmp_path, {"episode.csv": content})
    _, rows = read_raw(tmp_path, "hospital_episode", CONFIG.format(path="gp_event.csv") + more)
    assert rows.select("episode_order", "_unread_text").rows() == [(None, "5.7"), (5, None)]


@pytest.mark.parametrize("token", ["NULL", "N/A", "n/a", "#N/A", "NaN", "-", ".", "\\N", "<NA>", "   "])
def test_words_for_nothing(tmp_path, token):
    rows = rows_of(tmp_path, HEADER + f"1,2020-01-01,{token},snomed,{token}\n")
    assert rows.select("code", "value", "_unread_columns").rows() == [(None, None, None)]


def test_zeros_that_excel_took_away_come_back_by_padding(tmp_path):
    more = """
[source.gp_event.columns]
person_id = { column = "person_id", pad = 10 }
event_date = "event_date"
code = "code"
code_system = "code_system"
"""
    assert rows_of(tmp_path, HEADER + "12345678,2020-01-01,1,snomed,\n", more=more)["person_id"].to_list() == [
        "0012345678"
    ]


def test_quotes_that_are_inches_are_characters_where_quoting_is_off(tmp_path):
    content = (
        'person_id|event_date|code|code_system|value_unit\n1|2020-01-01|1|snomed|"5 inch\n2|2020-01-01|1|snomed|5"\n'
    )
    told = refusal(tmp_path, content, more='delimiter = "|"\n')
    assert "row 1 that holds whole rows" in told
    assert 'set quote = ""' in told
    rows = rows_of(tmp_path, content, more='delimiter = "|"\nquote = ""\n')
    assert rows["value_unit"].to_list() == ['"5 inch', '5"']


@pytest.mark.parametrize(
    "content",
    [(HEADER + ROWS).replace("\n", ",\n"), (HEADER + ROWS).replace("\n", ",\n", 1), HEADER + ROWS.replace("\n", ",\n")],
    ids=["everywhere", "header", "rows"],
)
def test_a_delimiter_at_the_end_of_lines(tmp_path, content):
    assert rows_of(tmp_path, content)["value"].to_list() == [None, 7.5]


def test_columns_called_as_the_reader_calls_its_own(tmp_path):
    header = HEADER.strip() + ",_source_row,_row_id,_dropped,_file_position,unnamed_9,\n"
    rows = rows_of(tmp_path, header + "1,2020-01-01,1,snomed,,77,88,x,99,,\n")
    assert rows.select("_row_id", "_source_row", "_dropped").rows() == [(1, 1, None)]
    frame = pl.DataFrame({"person_id": ["1"], "event_date": ["2020-01-01"], "code": ["1"], "code_system": ["ctv3"]})
    frame.with_columns(_source_row=pl.lit(77)).write_parquet(tmp_path / "own.parquet")
    assert load(tmp_path, {}, "own.parquet")[1]["_source_row"].to_list() == [1]


def test_numbers_of_parquet_that_stand_for_codes_and_for_nothing(tmp_path):
    frame = pl.DataFrame(
        {
            "person_id": [12.0, 13.5],
            "event_date": [date(2020, 1, 1), date(1, 1, 1)],
            "code": [73211009.0, None],
            "code_system": ["snomed", "snomed"],
            "value": [float("nan"), float("inf")],
        }
    )
    frame.write_parquet(tmp_path / "n.parquet")
    rows = load(tmp_path, {}, "n.parquet")[1]
    assert rows.select("person_id", "code", "event_date", "value", "_unread_columns").rows() == [
        ("12", "73211009", date(2020, 1, 1), None, None),
        ("13.5", None, None, None, "event_date,value"),
    ]


def test_a_totals_line_of_a_file_that_two_tables_share_drops_no_row_of_either(tmp_path):
    layout = """
title = "Drawn"
source = "drawn for this test"
[file.all]
path = "all"
[[table.gp_event]]
file = "all"
where = "\\"kind\\" = 'e'"
[table.gp_event.columns]
person_id = "person_id"
event_date = "event_date"
code = "code"
code_system = "code_system"
"""
    (tmp_path / "drawn.toml").write_text(layout, encoding="utf-8")
    more = '[feed.gp]\ndialect = "drawn.toml"\n'
    content = (
        "kind,person_id,event_date,code,code_system\ne,1,2020-01-01,5,ctv3\nx,2,2020-01-01,5,ctv3\nRecord count,2\n"
    )
    config = CONFIG.replace('[source.gp_event]\npath = "{path}"\n', "") + more
    write_files(tmp_path, {"all.csv": content})
    read, rows = read_raw(tmp_path, "gp_event", config)
    assert rows.select("person_id", "_dropped").rows() == [("1", None)]
    assert (read[0].rows, read[0].rows_in_file) == (1, 3)
