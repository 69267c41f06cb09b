"""The gate on real files: what stops, what is set aside, and that every row is accounted for."""

from pathlib import Path

import pytest

from mltc import intake
from mltc.codelists import load_codelists
from mltc.config import load_config
from mltc.contract import load_contract
from mltc.errors import GateFailure
from mltc.workspace import Workspace

PERSON = """person_id,birth_date,sex,practice_code,registered_from
1,1950-01-01,1,A,2000-01-01
2,1950-01-01,2,A,2000-01-01
2,1950-01-01,2,A,2000-01-01
3,1950-01-01,3,A,2000-01-01
4,2030-01-01,1,A,2000-01-01
,1950-01-01,1,A,2000-01-01
5,1950-01-01,1,A,2000-01-01
6,1950-01-01,1,A,2000-01-01
7,1950-01-01,1,A,2000-01-01
8,1950-01-01,1,A,2000-01-01
9,1950-01-01,1,A,2000-01-01
10,1950-01-01,1,A,2000-01-01
"""
GP = """person_id,event_date,code,code_system
1,2020-01-01,73211009,snomed
1,2020-01-01,73211009,snomed
2,1940-01-01,73211009,snomed
99,2026-09-01,73211009,snomed
5,2020-01-01,7.32E+07,snomed
5,2030-01-01,73211009,snomed
6,2020-01-01,73211009,snomed
7,2020-01-01,73211009,snomed
8,2020-01-01,73211009,snomed
9,2026-09-01,73211009,snomed
"""
OPT_OUT = """person_id,type1,national
1,none,not
2,none,not
5,none,not
6,dissent,not
7,none,opted_out
8,withdrawn,not
9,none,unknown
"""
CONFIG = """
[icb]
name = "A"
code = "QAA"
synthetic = true
[run]
index_date = 2026-10-01
[gate]
maximum_quarantined_share = 0.9
[source.person]
path = "person.csv"
[source.gp_event]
path = "gp_event.csv"
[source.opt_out]
path = "opt_out.csv"
"""


def prepare(folder: Path, config: str = CONFIG, **files: str) -> Workspace:
    for name, content in {"person": PERSON, "gp_event": GP, "opt_out": OPT_OUT, **files}.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    (folder / "c.toml").write_text(config, encoding="utf-8")
    workspace = Workspace(folder / "out", load_config(folder / "c.toml"))
    workspace.start_build()
    read = [file for table in load_contract() for file in intake.read_table(workspace, table)]
    intake.record_extracts(workspace, read, load_codelists())
    return workspace


def test_each_row_has_one_fate(tmp_path):
    workspace = prepare(tmp_path)
    intake.refuse_failures(intake.gate_extracts(workspace))
    intake.stage_extracts(workspace)
    with workspace.open_build() as warehouse:
        fates = warehouse.read("select table_name, row_id, fate, rule from meta.row_exclusion order by all").rows()
        account = warehouse.read("select * exclude (file, feed) from meta.row_account order by all").rows()
        held = warehouse.read("select _source_row, _rule from quarantine.gp_event order by all").rows()
    assert [(table, row, fate) for table, row, fate, _ in fates if table == "gp_event"] == [
        ("gp_event", 2, "duplicate"),
        ("gp_event", 3, "quarantined"),  # before birth
        ("gp_event", 4, "quarantined"),  # unknown person
        ("gp_event", 5, "quarantined"),  # a code that passed through a spreadsheet
        ("gp_event", 6, "quarantined"),  # years after the index date
        ("gp_event", 7, "opted_out"),  # Type 1
        ("gp_event", 8, "opted_out"),  # national opt-out
        ("gp_event", 10, "opted_out"),  # not known is not consent
    ]
    assert held == [
        (3, "event_date_after_birth"),
        (4, "person_known"),
        (5, "snomed_is_numeric"),
        (6, "event_date_not_future"),
    ]
    assert account == [
        ("gp_event", 10, 2, 0, 4, 1, 3),  # 2 + 0 + 4 + 1 + 3 = 10
        ("opt_out", 7, 7, 0, 0, 0, 0),
        ("person", 12, 4, 0, 2, 1, 5),  # staged 1, 2, 5, 8; opted out 3, 6, 7, 9, 10; quarantined 4 and the keyless
    ]


def test_the_latest_choice_counts_and_of_one_day_the_stricter(tmp_path):
    choices = """person_id,type1,national,as_of
1,dissent,not,2020-01-01
1,withdrawn,not,2021-01-01
2,none,not,2020-01-01
2,dissent,not,2021-01-01
3,none,not,2021-01-01
3,dissent,not,2021-01-01
5,none,opted_out,2020-01-01
5,none,not,2021-01-01
6,none,not,
6,dissent,not,2021-01-01
7,none,,2021-01-01
8,none,other,2021-01-01
"""
    workspace = prepare(tmp_path, opt_out=choices)
    intake.gate_extracts(workspace)
    with workspace.open_build() as warehouse:
        found = warehouse.read("select person_id, gp, other from meta.person_permission").rows()
    states = {person: (gp, other) for person, gp, other in found}
    assert states["1"] == ("allowed", "allowed")  # withdrew the dissent
    assert states["2"] == ("opted_out", "allowed")
    assert states["3"] == ("opted_out", "allowed")
    assert states["5"] == ("allowed", "allowed")
    assert states["6"] == ("allowed", "allowed")  # a row without a date is the present state
    assert states["7"] == states["8"] == ("unknown", "unknown")
    assert states["9"] == ("unknown", "unknown")  # said nothing: not known


def test_a_stop_rule_ends_the_run_and_says_what_to_do(tmp_path):
    wrong_format = "\n".join([GP.splitlines()[0], *["1,01/02/2020,73211009,snomed"] * 5]) + "\n"
    workspace = prepare(tmp_path, gp_event=wrong_format)
    results = intake.gate_extracts(workspace)
    with pytest.raises(GateFailure, match="More than 5% of event_date cannot be read as a date") as caught:
        intake.refuse_failures(results)
    assert "Set date_formats" in str(caught.value)
    assert "01/02/2020" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_many_rows_set_aside_stop_the_run(tmp_path):
    workspace = prepare(tmp_path, CONFIG.replace("0.9", "0.3"))
    with pytest.raises(GateFailure, match="gp_event: More than 30% of the rows were quarantined"):
        intake.refuse_failures(intake.gate_extracts(workspace))


def test_an_index_date_beyond_the_feeds_stops_the_run(tmp_path):
    """GP's newest usable record is of 2020: a register of 2026 would show falling need."""
    workspace = prepare(tmp_path, gp_event=GP.replace("2030-01-01", "2020-01-01").replace("2026-09-01", "2020-01-01"))
    with pytest.raises(GateFailure, match="No feed has a record in the 92 days before the index date"):
        intake.refuse_failures(intake.gate_extracts(workspace))


def test_nobody_left_stops_the_run(tmp_path):
    from mltc.derive import refuse_empty_register

    workspace = prepare(tmp_path)
    with workspace.open_build() as warehouse:
        for table in ("register.person", "register.person_outside", "staging.person"):
            warehouse.build(table, "select 1 as person_id, 'no registration' as reason where false")
    with pytest.raises(GateFailure, match="nobody is left"):
        refuse_empty_register(workspace)
    with workspace.open_build() as warehouse:
        for table in ("register.person_outside", "staging.person"):
            warehouse.build(table, "select 1 as person_id, 'no registration' as reason")
    with pytest.raises(GateFailure, match="None of the 1 persons is in the register on 2026-10-01; most often: no reg"):
        refuse_empty_register(workspace)


def test_rows_that_do_not_reconcile_stop_the_run(tmp_path):
    workspace = prepare(tmp_path)
    intake.gate_extracts(workspace)
    with workspace.open_build() as warehouse:
        warehouse.execute("update meta.extract_file set rows_in = rows_in + 1 where table_name = 'gp_event'")
    with pytest.raises(GateFailure, match=r"gp_event\.csv has 11 rows and 10 are accounted for"):
        intake.stage_extracts(workspace)
