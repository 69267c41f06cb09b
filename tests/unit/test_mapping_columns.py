"""Names, dates, codes and samples that a proposal is made of."""

import gzip

import polars as pl
import pytest

from mltc.contract import load_contract
from mltc.mapping.contents import describe_column
from mltc.mapping.dates import find_dates
from mltc.mapping.fold import fold_columns
from mltc.mapping.header import looks_like_header
from mltc.mapping.names import compare_names
from mltc.mapping.recode import find_recode
from mltc.mapping.sample import HEAD_ROWS, PLACE_ROWS, PLACES, read_sample, sniff_delimiter
from mltc.mapping.synonyms import load_names
from mltc.mapping.words import split_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("PERSON_BIRTH_DATE", ("person", "birth", "date")),
        ("personBirthDt", ("person", "birth", "date")),
        ("dob", ("birth", "date")),
        ("admissiondate", ("admission", "date")),
        ("ADMIDATE", ("admission", "date")),  # the beginning of a word stands for it
        ("dschrg_dt", ("discharge", "date")),  # so does a word without its vowels
        ("DateOfRegistration", ("date", "registered")),
        ("START DATE (HOSPITAL PROVIDER SPELL)", ("start", "date", "hospital", "provider", "spell")),
        ("zzq9", ("zzq", "9")),
    ],
)
def test_names_are_cut_into_words(name, words):
    assert split_words(name) == words


def test_opposites_are_not_alike():
    names = load_names()
    synonyms = names.by_column["hospital_episode", "admission_date"]
    assert compare_names("Admission_Date", synonyms, names)[2]
    alike = compare_names("AdmissionDateTrust", synonyms, names)[0]
    opposite = compare_names("DischargeDateTrust", synonyms, names)[0]
    assert alike > 0.6
    assert opposite < 0.4


def test_a_layout_left_out_is_not_known():
    place = ("hospital_episode", "admission_date")
    known = {synonym.name for synonym in load_names().by_column[place]}
    without = {synonym.name for synonym in load_names(frozenset({"hes_apc"})).by_column[place]}
    assert "ADMIDATE" in known
    assert "ADMIDATE" not in without
    assert "Admission_Date" in without  # SUS+ has it too


def dates(*texts: str) -> pl.Series:
    return pl.Series(texts, dtype=pl.String)


def test_day_first_is_decided_by_days_above_twelve():
    facts = find_dates(dates("13/02/2020", "01/02/2020", "31/12/2020"))
    assert facts.formats == (("%d/%m/%Y", 1.0),)
    assert facts.is_decided
    american = find_dates(dates("02/13/2020", "01/02/2020", "12/31/2020"))
    assert american.formats == (("%m/%d/%Y", 1.0),)
    either = find_dates(dates("01/02/2020", "03/04/2020"))
    assert either.formats == (("%d/%m/%Y", 1.0),)
    assert not either.is_decided


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("2020-02-29", "%Y-%m-%d"), ("20200229", "%Y%m%d"), ("29-Feb-2020", "%d-%b-%Y"), ("29 Feb 2020", "%d %b %Y"),
        ("29.02.2020", "%d.%m.%Y"), ("2020-02", "%Y-%m"), ("21950", "%m%Y"), ("1950", "%Y"),
        ("2020-02-29 00:00:00.000", "%Y-%m-%d"), ("2020-02-29T10:11:12Z", "%Y-%m-%d"),
    ],
)  # fmt: skip
def test_date_formats(text, way):
    assert find_dates(dates(text)).formats == ((way, 1.0),)


def test_mixed_formats_and_sentinels_are_counted():
    facts = find_dates(dates("2020-02-29", "2020-03-01", "1900-01-01", "29/02/2020"))
    assert facts.formats == (("%Y-%m-%d", 0.75), ("%d/%m/%Y", 0.25))
    assert facts.sentinels == (("1900-01-01", 0.25),)
    assert find_dates(dates("2099-12-31", "2020-01-31")).sentinels == (("2099-12-31", 0.5),)


def test_numbers_and_words_are_no_dates():
    assert find_dates(dates("73211009", "hello", "12")).share == 0


def test_shapes_of_codes():
    def share(shape: str, *texts: str) -> float:
        return describe_column(pl.Series("x", texts)).share(shape)

    # 73211009 and 38341003 end in their check digit; 73211008 does not.
    assert share("snomed", "73211009", "38341003", "73211008", "") == pytest.approx(2 / 3)
    assert share("ruined", "1.23E+17", "999000000000000000", "73211009", "73211009") == 0.5
    assert share("icd10", "I10X", "E11.9", "I10-", "G20D", "x12") == 1.0
    assert share("lsoa", "E01014000", "W01000001", "E02000001", "95AA01S1") == 0.5
    assert share("practice", "L81001", "V81997", "12345", "Z99999") == 0.5
    assert share("bnf", "0212000B0AAABAB", "0212000", "73211009") == pytest.approx(1 / 3)
    assert share("nhs_number", "4010232137", "450 557 7104", "9434765919", "1") == 0.5


def test_codes_are_recoded_only_by_known_words():
    sex = load_contract()["person"].columns["sex"]
    found = find_recode(sex, describe_column(pl.Series("g", ["M", "F", "f", "Zebra"])))
    assert dict(found.values) == {"M": "1", "F": "2", "f": "2"}
    assert found.share == 0.75
    plain = find_recode(sex, describe_column(pl.Series("g", ["1", "2", "9"])))
    assert not plain.values
    assert plain.share == 1.0
    department = load_contract()["emergency"].columns["department_type"]
    padded = find_recode(department, describe_column(pl.Series("d", ["1", "2", "5"])))
    assert (padded.pad, padded.share, dict(padded.values)) == (2, 1.0, {})


def test_numbered_columns_are_one():
    groups = fold_columns(["ID", "DIAG_01", "DIAG_02", "DIAG_03", "LSOA11", "LSOA21", "op1_code", "op2_code"])
    assert [(group.label, group.listed) for group in groups] == [
        ("ID", ("ID",)),
        ("DIAG", ("DIAG_01..DIAG_03",)),
        ("LSOA11", ("LSOA11",)),
        ("LSOA21", ("LSOA21",)),
        ("op_code", ("op1_code", "op2_code")),
    ]


def test_delimiters_are_sniffed():
    for delimiter in ",\t|;":
        assert sniff_delimiter(f'a{delimiter}"b,x;y"{delimiter}c\n' + f"1{delimiter}2{delimiter}3\n" * 3) == delimiter


def test_a_line_of_data_is_no_header():
    assert looks_like_header(["id", "dob"], [["1", "1950-01-01"]])
    assert not looks_like_header(["4010232137", "Smith"], [["4505577104", "Jones"]])
    assert not looks_like_header(["P1", "1950-01-01"], [["P2", "1951-01-01"]])
    assert not looks_like_header(["M", "yes"], [["M", "no"], ["F", "yes"]])


def test_a_sample_is_bounded_and_spread(tmp_path):
    rows = 20_000
    text = "id,note\n" + "".join(f'{row},"a, {row}"\n' for row in range(rows))
    (tmp_path / "big.csv").write_text(text, encoding="utf-8")
    with gzip.open(tmp_path / "big2.csv.gz", "wt", encoding="utf-8") as packed:
        packed.write(text)
    pl.DataFrame({"id": range(rows)}).write_parquet(tmp_path / "big3.parquet")
    for name in ("big.csv", "big2.csv.gz", "big3.parquet"):
        numbers = read_sample(tmp_path / name).rows["id"].cast(pl.Int64)
        assert len(numbers) <= HEAD_ROWS + PLACES * PLACE_ROWS
        assert numbers.max() > 0.7 * rows
        assert numbers.head(HEAD_ROWS).to_list() == list(range(HEAD_ROWS))


@pytest.mark.parametrize("codec", ["cp1252", "utf-16", "utf-8-sig"])
def test_encodings(tmp_path, codec):
    text = "Naïve “id”,größe\n" + "".join(f"é{row},“{row}”\n" for row in range(60))
    (tmp_path / "a.csv").write_bytes(text.encode(codec))
    sample = read_sample(tmp_path / "a.csv")
    assert sample.columns == ["Naïve “id”", "größe"]
    assert sample.rows.row(59) == ("é59", "“59”")
    assert sample.encoding == codec.removesuffix("-sig")


def test_encoding_totals_and_crlf(tmp_path):
    lines = ["Praxis;Größe", *(f"Mühle {row};{row}" for row in range(60)), "Total;60"]
    (tmp_path / "a.csv").write_bytes("\r\n".join(lines).encode("latin-1"))
    sample = read_sample(tmp_path / "a.csv")
    assert (sample.encoding, sample.delimiter, sample.totals_line) == ("latin-1", ";", True)
    assert sample.columns == ["Praxis", "Größe"]
    assert sample.rows.height == 60
