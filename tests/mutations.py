"""Small valid deliveries, and what can happen to a file between a sender's database and an ICB's folder.

A mutation of text works on the bytes read as Latin-1, so that it may be applied to whatever an earlier one left.
Cells of the deliveries hold no commas and no quotes, so that splitting at commas finds them.
"""

import gzip
import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from random import Random

import polars as pl

# Person ids and values that no message and no log may hold. Dates of birth are as telling as an id.
CANARIES = ("canary", "1931-03-07", "9434765919")

CANONICAL = {
    "person": """person_id,birth_date,sex,ethnic_category,lsoa_code,practice_code,registered_from,death_date,is_care_home
canaryAnne,1931-03-07,2,A,E01000001,Y99001,2001-05-06,,false
canaryBea,1931-03-07,2,B,E01000002,Y99001,2001-05-06,2026-03-04,true
9434765919,1960-02-01,1,A,E01000001,Y99002,1999-01-01,,
canaryDan,1970-02-01,1,Z,E01000003,Y99002,1999-01-01,,0
""",
    "gp_event": """person_id,event_date,code,code_system,value,value_unit,episodicity,recorded_date
canaryAnne,2020-01-01,44054006,snomed,,,canaryfirst,2020-01-02
canaryAnne,2026-08-01,999791000000106123,snomed,7.5,mmol/L,,2026-08-01
canaryBea,2020-01-01,XE0Uc,ctv3,,,canaryfirst,
9434765919,2021-02-03,C10F.,read2,48,canaryunit,,2021-02-03
canaryDan,2022-03-04,73211009,snomed,,,,
canaryDan,2022-03-04,73211009,snomed,,,,
""",
    "hospital_episode": """person_id,spell_id,episode_order,admission_date,discharge_date,admission_method,specialty,diagnoses,cost_gbp
canaryAnne,s1,1,2026-01-05,2026-01-09,21,300,I10X|E119,1234.50
canaryAnne,s1,2,2026-01-05,2026-01-09,21,300,I10X,
9434765919,s2,1,2026-02-01,2026-02-01,11,100,K40,900
""",
    "organisation": """practice_code,name,pcn_code,icb,effective_from
Y99001,The Old Surgery,U00001,QAA,2015-04-01
Y99002,Saint Mary,U00002,QAA,2015-04-01
""",
    "opt_out": """person_id,type1,national,as_of
canaryAnne,none,not,2026-01-01
canaryBea,none,not,2026-01-01
9434765919,dissent,not,2026-01-01
""",
}  # fmt: skip

EMIS = {
    "Admin_Patient": """PatientGuid,OrganisationGuid,Sex,DateOfBirth,DateOfDeath,DateOfRegistration,NhsNumber,PatientTypeDescription,DummyType,PersonGuid,DateofDeactivation,Deleted,SpineSensitive,IsConfidential,ProcessingId
{P1},{O1},F,1931-03-07,,2001-05-06,canaryAnne,Regular,false,{Q1},,false,false,false,1
{P2},{O1},M,1960-02-01,,2001-05-06,9434765919,Regular,false,{Q2},,false,false,false,1
{P3},{O1},U,1970-02-01,,2001-05-06,canaryDummy,Temporary,true,{Q3},,false,false,false,1
{P1},{O1},F,1931-03-07,,2001-05-06,canaryAnne,Regular,false,{Q1},,false,false,false,2
""",
    "Admin_Organisation": """OrganisationGuid,OrganisationName,ODSCode,ProcessingId
{O1},The Surgery,Y99001,1
""",
    "Agreements_SharingOrganisation": """OrganisationGuid,IsActivated,LastModifiedDate,Disabled,Deleted
{O1},true,2020-01-01 00:00:00,false,false
""",
    "Coding_ClinicalCode": """CodeId,Term,ReadTermId,SnomedCTConceptId,ProcessingId
9223372036854775,Type 2 diabetes,C10F.,44054006,1
12,Local entry,EMISNQ1,,1
""",
    "CareRecord_Observation": """ObservationGuid,PatientGuid,OrganisationGuid,EffectiveDate,EffectiveDatePrecision,EnteredDate,CodeId,Value,NumericUnit,Episode,Deleted,IsConfidential,ProcessingId
{G1},{P1},{O1},2010-01-01,Y,2010-07-08,9223372036854775,,,canaryfirst,false,false,1
{G2},{P1},{O1},2026-08-01,YMD,2026-08-01,12,7.5,mmol/L,None,false,false,1
{G3},{P2},{O1},2026-08-01,YMD,2026-08-02,12,,,None,false,true,1
{G2},{P1},{O1},2026-08-01,YMD,2026-08-01,12,7.5,mmol/L,None,true,false,2
""",
}  # fmt: skip

FILE_NAMES = (
    "x.csv", "x.CSV", "X.TXT", "it's.csv", 'a"b.csv', "a;drop table raw.person.csv", "a{x,y}[1].csv", "a*b?.csv",
    "month=2026-01/x.csv", "code=9/person_id=1/x.csv", "é 😀.csv", "%s {batch} $x.csv", "--.csv", "a\\b.csv", "[2026]/x.csv",
)  # fmt: skip
# Whatever a file holds, it may be sent under another ending.
ENDINGS = (".csv.gz", ".csv.GZ", ".tsv", ".parquet", ".xlsx", ".csv.zip")

INJECTIONS = (
    "'; drop table raw.person; --", '"', '""', "'", "{batch}", "{index_date}", "%s", "$1", "?", "\\", "=cmd()", "<b>",
    "${x}", "raw.person", "select", "_row_id", "_dropped", "_source_row", "_file_position", "file_row_number",
)  # fmt: skip
NUMBERS = (
    "1e309",
    "NaN",
    "Infinity",
    "-inf",
    "9" * 40,
    "-" + "9" * 40,
    "1.2E+17",
    "1,234.50",
    "7,5",
    "0x1F",
    "-0",
    "£12",
)
DATES = (
    "01/02/2020", "20200201", "2020-02-30", "44197", "0000-01-01", "10000-01-01", "-0044-03-15", "1800-01-01",
    "9999-12-31", "9999-99-99", "01-Feb-2020", "2020-02-01 00:00:00", "2020-02-01T00:00:00Z", "20-02-01", "infinity",
    "290000-01-01", "1",
)  # fmt: skip
TOKENS = ("NULL", "N/A", "-", ".", "#N/A", "nan", "None", "\\N", " ", "\t")
UNSEEN = ("\u200b", "\u202e", "😀", "\u00a0", "\u0301", "\ufeff", "שלום", "\u2028", "\u2019", "é", "\u017f", "İ")


def _rows(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.split("\n")]


def _text(rows: list[list[str]]) -> str:
    return "\n".join(",".join(row) for row in rows)


def _utf8(text: str) -> str:
    """Text beyond Latin-1, as the characters of its bytes."""
    return text.encode("utf-8").decode("latin-1")


def _place(text: str, random: Random) -> int:
    return random.randint(0, len(text))


def _insert(text: str, piece: str, random: Random) -> str:
    place = _place(text, random)
    return text[:place] + piece + text[place:]


def _line(text: str, piece: str, random: Random, *, at: int | None = None) -> str:
    lines = text.split("\n")
    lines.insert(random.randint(0, len(lines)) if at is None else at, piece)
    return "\n".join(lines)


def _cell(text: str, change: Callable[[str], str], random: Random, *, header: bool = False) -> str:
    rows = _rows(text)
    row = rows[0] if header or len(rows) < 3 else rows[random.randrange(1, len(rows) - 1)]
    place = random.randrange(len(row))
    row[place] = change(row[place])
    return _text(rows)


def _column(text: str, change: Callable[[list[str], int], None], random: Random) -> str:
    rows = _rows(text)
    place = random.randrange(len(rows[0]))
    for row in rows:
        if place < len(row) and row != [""]:
            change(row, place)
    return _text(rows)


def _flip(text: str, random: Random) -> str:
    if not text:
        return text
    place = random.randrange(len(text))
    return text[:place] + chr(ord(text[place]) ^ (1 << random.randrange(8))) + text[place + 1 :]


def _reorder(text: str, random: Random) -> str:
    rows = _rows(text)
    order = random.sample(range(len(rows[0])), len(rows[0]))
    return _text([[row[place] for place in order] if len(row) == len(order) else row for row in rows])


def _encoded(encoding: str, mark: bytes = b"") -> Callable[[str, Random], str]:
    def change(text: str, _random: Random) -> str:
        plain = text.encode("latin-1").decode("utf-8", errors="replace")
        return (mark + plain.encode(encoding, errors="replace")).decode("latin-1")

    return change


def _packed(damage: Callable[[bytes, Random], bytes]) -> Callable[[str, Random], str]:
    return lambda text, random: damage(gzip.compress(text.encode("latin-1"), mtime=0), random).decode("latin-1")


def _damaged(content: bytes, random: Random) -> bytes:
    place = random.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]


def _zipped(text: str, _random: Random) -> str:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("x.csv", text.encode("latin-1"))
    return target.getvalue().decode("latin-1")


def _headers(text: str) -> str:
    return text.split("\n", 1)[0]


def _body(text: str) -> str:
    return text.partition("\n")[2]


TEXT: dict[str, Callable[[str, Random], str]] = {
    "bit flipped": _flip,
    "cut short": lambda text, random: text[: _place(text, random)],
    "control character": lambda text, random: _insert(text, chr(random.choice((*range(32), 127, 0x85, 0xA0))), random),
    "byte-order mark": lambda text, random: _insert(text, "\xef\xbb\xbf", random),
    "marked as UTF-8": lambda text, _: "\xef\xbb\xbf" + text,
    "unseen character": lambda text, random: _insert(text, _utf8(random.choice(UNSEEN)), random),
    "latin-1 letter": lambda text, random: _insert(text, "\xe9", random),
    "cp1252 letter": lambda text, random: _insert(text, "\x92", random),
    "no letter at all": lambda text, random: _insert(text, "\x81", random),
    "utf-16": _encoded("utf-16"),
    "utf-16-le": _encoded("utf-16-le"),
    "utf-16-be": _encoded("utf-16-be"),
    "utf-16-be marked": _encoded("utf-16-be", b"\xfe\xff"),
    "utf-32": _encoded("utf-32"),
    "other delimiter": lambda text, random: text.replace(",", random.choice(";|\t^\x01")),
    "sep line": lambda text, random: (
        f"sep={(sign := random.choice(';|,'))}\r\n" + text.replace(",", sign)),
    "all quoted": lambda text, _: "\n".join(
        ",".join(f'"{cell}"' for cell in row) if row != [""] else "" for row in _rows(text)),
    "stray quote": lambda text, random: _insert(text, '"', random),
    "quotes doubled": lambda text, _: text.replace('"', '""'),
    "quoted line end": lambda text, random: _cell(text, lambda cell: f'"{cell}\nx"', random),
    "quoted delimiter": lambda text, random: _cell(text, lambda cell: f'"{cell},x"', random),
    "quote after text": lambda text, random: _cell(text, lambda cell: f'"{cell}"x', random),
    "CRLF": lambda text, _: text.replace("\n", "\r\n"),
    "CR": lambda text, _: text.replace("\n", "\r"),
    "CRCRLF": lambda text, _: text.replace("\n", "\r\r\n"),
    "one CRLF": lambda text, random: text.replace("\n", "\r\n", random.randint(1, 3)),
    "lone CR": lambda text, random: _insert(text, "\r", random),
    "line end": lambda text, random: _insert(text, "\n", random),
    "column more": lambda text, random: _column(text, lambda row, place: row.insert(place, "x"), random),
    "column less": lambda text, random: _column(text, lambda row, place: row.pop(place), random),
    "column twice": lambda text, random: _column(text, lambda row, place: row.insert(place, row[place]), random),
    "column emptied": lambda text, random: _column(text, lambda row, place: row.__setitem__(place, ""), random),
    "columns in another order": _reorder,
    "header in another order": lambda text, random: _headers(_reorder(_headers(text), random)) + "\n" + _body(text),
    "name changed": lambda text, random: _cell(text, lambda cell: cell + "_x", random, header=True),
    "name in capitals": lambda text, random: _cell(text, str.upper, random, header=True),
    "name with blanks": lambda text, random: _cell(text, lambda cell: f" {cell} ", random, header=True),
    "name quoted": lambda text, random: _cell(text, lambda cell: f'"{cell}"', random, header=True),
    "name injected": lambda text, random: _cell(text, lambda _: random.choice(INJECTIONS), random, header=True),
    "name emptied": lambda text, random: _cell(text, lambda _: "", random, header=True),
    "blank line": lambda text, random: _line(text, random.choice(("", " ", "\t", "   ")), random),
    "blank lines at the end": lambda text, random: text + random.choice(("\n\n", "  \n \n", "\x1a", "\n\x1a", "\x00\x00")),
    "row of delimiters": lambda text, random: _line(text, "," * _headers(text).count(","), random),
    "header alone": lambda text, _: _headers(text) + "\n",
    "no header": lambda text, _: _body(text),
    "header glued to a row": lambda text, _: text.replace("\n", "", 1),
    "nothing": lambda _text, _: "",
    "long cell": lambda text, random: _cell(text, lambda cell: cell + "x" * 200_000, random),
    "very long cell": lambda text, random: _cell(text, lambda cell: cell + "x" * 2_500_000, random),
    "row twice": lambda text, random: _line(text, random.choice(text.split("\n")), random),
    "cells too many": lambda text, random: _cell(text, lambda cell: cell + ",x", random),
    "cells too few": lambda text, random: _line(text, "x", random),
    "delimiter at the end": lambda text, _: text.replace("\n", ",\n"),
    "delimiter at the end of the header": lambda text, _: text.replace("\n", ",\n", 1),
    "scientific": lambda text, random: _cell(text, lambda _: "9.99791E+17", random),
    "number": lambda text, random: _cell(text, lambda _: random.choice(NUMBERS), random),
    "date": lambda text, random: _cell(text, lambda _: random.choice(DATES), random),
    "dates of one kind": lambda text, random: _column(
        text, lambda row, place: row.__setitem__(place, DATES[len(text) % len(DATES)]), random),
    "null token": lambda text, random: _cell(text, lambda _: random.choice(TOKENS), random),
    "code of no list": lambda text, random: _cell(text, lambda _: random.choice(("X", "99", "Ä", "0")), random),
    "injected": lambda text, random: _cell(text, lambda _: random.choice(INJECTIONS), random),
    "person of no one": lambda text, random: _cell(text, lambda _: "canaryStranger", random),
    "true total": lambda text, _: text + f"Record count,{max(0, text.count(chr(10)) - 1)}\n",
    "false total": lambda text, _: text + "Record count,1200\n",
    "total of all columns": lambda text, _: text + "Total" + "," * _headers(text).count(",") + "\n",
    "notes at the end": lambda text, _: text + "End of report\nPrinted 1 July\n\n",
    "note at the end": lambda text, _: text + "Printed by the team\n",
    "titles": lambda text, random: random.choice(("Extract of July\n\n", "Extract,,,\nRun on,1 July\n", "\n\n")) + text,
    "header again": lambda text, random: _line(text, _headers(text), random),
    "file joined to itself": lambda text, _: text + text,
    "other order joined": lambda text, random: text + _reorder(text, random),
    "gzip": _packed(lambda content, _: content),
    "gzip twice": _packed(lambda content, _: gzip.compress(content, mtime=0)),
    "gzip cut": _packed(lambda content, random: content[: random.randrange(len(content))]),
    "gzip damaged": _packed(_damaged),
    "gzip with more": _packed(lambda content, _: content + b"\x00" * 8),
    "zip": _zipped,
}  # fmt: skip

_Frame = Callable[[pl.DataFrame, Random], pl.DataFrame]


def _typed(dtype: pl.DataType | type[pl.DataType]) -> _Frame:
    def change(frame: pl.DataFrame, random: Random) -> pl.DataFrame:
        name = random.choice(frame.columns)
        if frame.schema[name] in {pl.List(pl.String), pl.Struct}:
            return frame
        text = pl.col(name).cast(pl.String)
        if dtype == pl.Boolean:
            cast = text.str.contains("1")
        elif dtype == pl.Date:
            cast = text.str.to_date("%Y-%m-%d", strict=False)
        else:
            cast = text.cast(dtype, strict=False)
        return frame.with_columns(cast.alias(name))

    return change


def _filled(value: object) -> _Frame:
    return lambda frame, random: frame.with_columns(pl.lit(value).alias(random.choice(frame.columns)))


def _nested(frame: pl.DataFrame, random: Random) -> pl.DataFrame:
    name = random.choice(frame.columns)
    return frame.with_columns(pl.struct(pl.col(name).alias("a")).alias(name))


FRAMES: dict[str, _Frame] = {
    "whole numbers": _typed(pl.Int64),
    "small numbers": _typed(pl.Int8),
    "unsigned": _typed(pl.UInt64),
    "floats": _typed(pl.Float64),
    "small floats": _typed(pl.Float32),
    "decimals": _typed(pl.Decimal(20, 4)),
    "dates": _typed(pl.Date),
    "categories": _typed(pl.Categorical),
    "binary": _typed(pl.Binary),
    "booleans": _typed(pl.Boolean),
    "all null": _filled(None),
    "timestamps": _filled(datetime(2020, 7, 1, 12)),
    "timestamps of a zone": _filled(datetime(2020, 7, 1, 23, tzinfo=UTC)),
    "day of year 1": _filled(date(1, 1, 1)),
    "infinity": _filled(float("inf")),
    "not a number": _filled(float("nan")),
    "huge": _filled(2**62),
    "injected": lambda frame, random: _filled(random.choice(INJECTIONS))(frame, random),
    "nested": _nested,
    "lists": lambda frame, random: frame.with_columns(pl.concat_list(pl.col(name := random.choice(frame.columns))).alias(name)),
    "column less": lambda frame, random: frame.drop(random.choice(frame.columns)),
    "column more": lambda frame, random: frame.with_columns(pl.lit("x").alias(random.choice(INJECTIONS) or "x")),
    "name changed": lambda frame, random: frame.rename({random.choice(frame.columns): random.choice(INJECTIONS) + "x"}),
    "name in capitals": lambda frame, random: frame.rename({(name := random.choice(frame.columns)): name.upper()}),
    "no rows": lambda frame, _: frame.clear(),
    "rows twice": lambda frame, _: pl.concat([frame, frame]),
    "columns in another order": lambda frame, random: frame.select(random.sample(frame.columns, frame.width)),
}  # fmt: skip


def mutate_text(text: str, kinds: list[str], random: Random) -> bytes:
    """The file after each of the mutations of TEXT, in order."""
    content = text.encode("utf-8").decode("latin-1")
    for kind in kinds:
        content = TEXT[kind](content, random)
    return content.encode("latin-1")


def mutate_frame(text: str, kinds: list[str], random: Random) -> bytes:
    """The same rows as Parquet after mutations of FRAMES; those of TEXT among `kinds` change its bytes."""
    frame = pl.read_csv(text.encode(), infer_schema=False)
    for kind in kinds:
        if kind in FRAMES and frame.width:
            # What a type or a name does not allow leaves the rows as they are.
            with suppress(pl.exceptions.PolarsError):
                frame = FRAMES[kind](frame, random)
    target = io.BytesIO()
    frame.write_parquet(target)
    content = target.getvalue().decode("latin-1")
    for kind in kinds:
        if kind in {"bit flipped", "cut short", "nothing", "gzip"}:
            content = TEXT[kind](content, random)
    return content.encode("latin-1")
