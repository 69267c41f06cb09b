"""A layout written as data: files joined, folded, replayed and dropped as its TOML says."""

from pathlib import Path

import pytest
from deliveries import read_raw, write_files

from mltc.errors import ConfigError, ExtractError

LAYOUT = """
title = "Drawn layout"
source = "drawn for this test"
date_formats = ["%d/%m/%Y"]

[file.observation]
path = "*_Observation_*"
key = ["Guid"]
order_by = "Processing"

[file.code]
path = "*_Code_*"

[file.patient]
path = "patient"

[file.stay]
path = "stay*"

[file.diagnosis]
path = "diagnosis"

[[table.person]]
file = "patient"
drop = [{ rule = "dummy patient", where = "lower(\\"Dummy\\") = 'true'" }]
[table.person.columns]
person_id = "Pid"
birth_date = { column = "Born", pad = 6, date_formats = ["%m%Y"] }
lsoa_code = { column = "LSOA21", optional = true }

[[table.gp_event]]
file = "observation"
drop = [
  { rule = "deleted by the supplier", where = "lower(\\"Deleted\\") = 'true'" },
  { rule = "dummy patient", where = "lower(\\"patient.Dummy\\") = 'true'" },
  { rule = "confidential", where = "lower(\\"Confidential\\") = 'true'", optional = true },
]
[table.gp_event.lookup.code]
file = "code"
on = { CodeId = "CodeId" }
order_by = "Version"
[table.gp_event.lookup.patient]
file = "patient"
on = { Pid = "Pid" }
[table.gp_event.columns]
person_id = "Pid"
event_date = "Effective"
code = { first_of = ["code.Snomed", "code.Local"] }
code_system = { label_of_first = { "code.Snomed" = "snomed", "code.Local" = "ctv3" } }

[[table.hospital_episode]]
file = "stay"
where = "\\"Kind\\" = 'IP'"
[table.hospital_episode.child.diagnoses]
file = "diagnosis"
on = { Stay = "StayKey" }
value = "Icd"
order_by = ["Seq"]
[table.hospital_episode.columns]
person_id = "Pid"
spell_id = "Stay"
admission_date = { sql = "\\"Day\\" || '/' || \\"Month\\" || '/2025'" }
diagnoses = "diagnoses"
procedures = { list = ["OP_01..OP_12"] }

[[table.outpatient]]
file = "stay"
where = "\\"Kind\\" = 'OP'"
[table.outpatient.columns]
person_id = "Pid"
appointment_date = { sql = "\\"Day\\" || '/' || \\"Month\\" || '/2025'" }
"""
CONFIG = """
[feed.gp]
dialect = "drawn.toml"
root = "delivery"
"""
FILES = {
    "a/X_Code_1.csv": "CodeId,Version,Snomed,Local\n7,1,111111,\n7,2,222222,\n8,1,,XE0\n",
    # The second month is before the first by name and later by number; its file has no Confidential column.
    "2026-02/X_Observation_9.csv": "Guid,Pid,CodeId,Effective,Deleted,Confidential,Processing\n"
    "g1,P1,7,01/02/2025,false,false,9\n"
    "g2,P1,7,01/02/2025,false,true,9\n"
    "g3,P2,8,02/02/2025,false,false,9\n"
    "g4,PD,8,02/02/2025,false,false,9\n",
    "2026-01/X_Observation_10.csv": "Guid,Pid,CodeId,Effective,Deleted,Processing\n"
    "g1,P1,8,03/02/2025,false,10\ng3,P2,8,02/02/2025,true,10\n",
    "patient.csv": "Pid,Born,Dummy\nP1,11950,false\nP2,121949,false\nPD,011980,TRUE\n",
    "stay_1.csv": "Stay,Pid,Kind,Day,Month,OP_01,OP_03\nS1,P1,IP,1,2,A01,C03\nS2,P1,OP,3,4,,\nS3,P2,XX,5,6,,\n",
    "diagnosis.csv": "StayKey,Seq,Icd\nS1,10,I10\nS1,9,E119\nS1,11, \nS9,1,J44\n",
}


def read(folder: Path, table: str, layout: str = LAYOUT, files: dict[str, str] | None = None):
    """The files read and the raw rows of one table."""
    write_files(folder / "delivery", FILES if files is None else files)
    (folder / "drawn.toml").write_text(layout, encoding="utf-8")
    return read_raw(folder, table, CONFIG)


def test_lookups_join_the_latest_row_and_keep_every_row(tmp_path):
    files, rows = read(tmp_path, "gp_event")
    assert [(file.file, file.rows) for file in files] == [
        ("gp/2026-01/X_Observation_10.csv", 2),
        ("gp/2026-02/X_Observation_9.csv", 4),
    ]
    assert rows.select("_source_file", "_source_row", "person_id", "code", "code_system", "_dropped").rows() == [
        ("gp/2026-01/X_Observation_10.csv", 1, "P1", "XE0", "ctv3", None),
        ("gp/2026-01/X_Observation_10.csv", 2, "P2", "XE0", "ctv3", "deleted by the supplier"),
        ("gp/2026-02/X_Observation_9.csv", 1, "P1", "222222", "snomed", None),
        ("gp/2026-02/X_Observation_9.csv", 2, "P1", "222222", "snomed", "confidential"),
        ("gp/2026-02/X_Observation_9.csv", 3, "P2", "XE0", "ctv3", None),
        ("gp/2026-02/X_Observation_9.csv", 4, "PD", "XE0", "ctv3", "dummy patient"),
    ]
    assert rows["_row_id"].n_unique() == 6
    assert rows["_replay_key"].n_unique() == 4  # g1 and g3 were sent twice
    assert rows["_replay_order"].to_list() == ["10", "10", "9", "9", "9", "9"]
    assert set(rows["_feed"]) == {"gp"}


def test_children_fold_in_their_order_and_where_parts_rows_between_tables(tmp_path):
    files, rows = read(tmp_path, "hospital_episode")
    assert rows.select("spell_id", "admission_date", "diagnoses", "procedures").rows() == [
        ("S1", rows["admission_date"][0], ["E119", "I10"], ["A01", "C03"])  # 9 before 10; blanks and gaps closed
    ]
    assert str(rows["admission_date"][0]) == "2025-02-01"
    assert (files[0].rows, files[0].rows_in_file) == (1, 3)
    _, outpatient = read(tmp_path, "outpatient")
    assert outpatient["_source_row"].to_list() == [2]


def test_a_month_without_its_leading_zero_and_an_optional_column(tmp_path):
    _, rows = read(tmp_path, "person")
    assert [str(day) for day in rows["birth_date"]] == ["1950-01-01", "1949-12-01", "1980-01-01"]
    assert rows["lsoa_code"].to_list() == [None, None, None]
    assert rows["_dropped"].to_list() == [None, None, "dummy patient"]


def test_a_missing_column_is_named_with_what_it_may_have_become(tmp_path):
    files = {**FILES, "patient.csv": "Pid,DateBorn,Dummy\nP1,11950,false\n"}
    with pytest.raises(ExtractError, match=r"gp/patient.csv lacks the column Born; it has .* Did it become DateBorn\?"):
        read(tmp_path, "person", files=files)


def test_a_range_needs_one_of_its_columns(tmp_path):
    files = {**FILES, "stay_1.csv": "Stay,Pid,Kind,Day,Month\nS1,P1,IP,1,2\n"}
    with pytest.raises(ExtractError, match=r"lacks the column OP_01\.\.OP_12"):
        read(tmp_path, "hospital_episode", files=files)


def test_a_missing_file_is_told_with_its_pattern(tmp_path):
    files = {name: text for name, text in FILES.items() if "_Code_" not in name}
    with pytest.raises(ExtractError, match=r"layout drawn.toml wants code as '\*_Code_\*'"):
        read(tmp_path, "gp_event", files=files)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('file = "stay"', 'file = "visit"', r"reads file visit, which has no \[file.visit\]"),
        ("[[table.outpatient]]", "[[table.clinic]]", "clinic.* is not a canonical table|table.clinic"),
        ('spell_id = "Stay"\n', "", "says nothing of spell_id, which hospital_episode needs"),
        ('spell_id = "Stay"', 'spell_id = "Stay"\nward = "W"', "ward is not a column of hospital_episode"),
        ('title = "Drawn layout"', "", "key title is missing"),
        ("code = { first_of", "code = { frist_of", r"frist_of \(did you mean first_of\?\)"),
    ],
)
def test_a_layout_that_is_not_valid_is_told_in_words(tmp_path, old, new, told):
    with pytest.raises(ConfigError, match=told):
        read(tmp_path, "person", layout=LAYOUT.replace(old, new))


def test_an_unknown_layout_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(ConfigError, match=r"There is no layout 'hes_ap'"):
        read_raw(tmp_path, "person", CONFIG.replace("drawn.toml", "hes_ap"))


CHAINED = """
title = "Drawn layout with visits"
source = "drawn for this test"
[file.event]
path = "event"
[file.visit]
path = "visit"
[file.site]
path = "site"
optional = true
[file.concept]
path = "concept"
[file.note]
path = "note"
optional = true
[[table.person]]
file = "event"
[table.person.columns]
person_id = "person_id"
birth_date = "day"
[[table.gp_event]]
file = "event"
[table.gp_event.lookup.visit]
file = "visit"
on = { visit_id = "visit_id" }
[table.gp_event.lookup.site]
file = "site"
on = { "visit.site_id" = "site_id" }
[table.gp_event.columns]
person_id = "person_id"
event_date = "day"
code = "code"
code_system = { constant = "snomed" }
recorded_date = "visit.start"
practice_code = "site.code"
[[table.hospital_episode]]
file = "visit"
[table.hospital_episode.child.diagnoses]
file = "event"
on = { visit_id = "visit_id" }
value = "code"
order_by = ["rank", "day"]
where = "\\"concept.vocabulary\\" = 'ICD10'"
[table.hospital_episode.child.diagnoses.lookup.concept]
file = "concept"
on = { concept_id = "concept_id" }
[table.hospital_episode.child.procedures]
file = "note"
on = { visit_id = "visit_id" }
value = "text"
[table.hospital_episode.columns]
person_id = "person_id"
spell_id = "visit_id"
admission_date = "start"
diagnoses = "diagnoses"
procedures = "procedures"
"""
VISITS = {
    "EVENT.csv": "PERSON_ID,day,code,visit_id,concept_id,rank\n"
    "1,2026-01-02,E119,v1,10,2\n1,2026-01-01,I10,v1,10,1\n1,2026-01-01,44054006,v1,20,1\n2,2026-01-05,J44,,10,1\n",
    "visit.csv": "visit_id,person_id,start,site_id\nv1,1,2026-01-03,s1\nv2,2,2026-01-04,s9\n",
    "concept.csv": "concept_id,vocabulary\n10,ICD10\n20,SNOMED\n",
    "site.csv": "site_id,code\ns1,Y99001\n",
}


def test_a_look_up_goes_on_from_one_before_it(tmp_path):
    _, rows = read(tmp_path, "gp_event", CHAINED, VISITS)
    assert rows["practice_code"].to_list() == ["Y99001"] * 3 + [None]
    assert [str(day) for day in rows["recorded_date"]] == ["2026-01-03"] * 3 + ["None"]


def test_children_take_what_their_condition_says_and_a_missing_optional_file_is_empty(tmp_path):
    _, rows = read(tmp_path, "hospital_episode", CHAINED, VISITS)
    assert rows["diagnoses"].to_list() == [["I10", "E119"], None]
    assert rows["procedures"].to_list() == [None, None]
    without = {name: text for name, text in VISITS.items() if name != "site.csv"}
    _, events = read(tmp_path / "b", "gp_event", CHAINED, without)
    assert events["practice_code"].to_list() == [None] * 4


def test_a_looked_up_column_that_is_missing_is_named(tmp_path):
    files = {**VISITS, "concept.csv": "concept_id,vocab\n10,ICD10\n"}
    with pytest.raises(ExtractError, match=r"concept\.vocabulary"):
        read(tmp_path, "hospital_episode", CHAINED, files)
