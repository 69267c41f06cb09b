"""`mltc check FILE`: one file against one table, without a configuration."""

from datetime import date

import pytest

from flows.steps.check_file import check_file
from mltc.errors import ConfigError, GateFailure
from mltc.mapping.guess import guess_table

INDEX_DATE = date(2026, 10, 1)
EVENTS = """person_id,event_date,code,code_system
1,2026-09-01,73211009,snomed
1,2026-09-01,73211009,snomed
2,2026-09-01,7.32E+07,snomed
3,,73211009,snomed
"""


def test_a_file_is_taken_for_what_its_columns_say(tmp_path):
    path = tmp_path / "journal.csv"
    path.write_text(EVENTS, encoding="utf-8")
    outcome = check_file(path, index_date=INDEX_DATE)
    failed = {
        row["rule"]: row["first_rows"] for row in outcome.results.iter_rows(named=True) if row["status"] == "failed"
    }
    assert failed["snomed_is_numeric"] == "journal.csv: 3"
    assert failed["event_date_present"] == "journal.csv: 4"
    assert outcome.account.rows() == [("gp_event", "journal.csv", 4, 0, 2, 1, 1)]  # 4 = 2 held + 1 duplicate + 1 used
    assert outcome.notes[0].startswith("journal.csv was taken for gp_event, by 4 of its column names")
    assert "Not judged: person_known, which needs person." in outcome.notes


def test_a_stop_rule_is_refused_and_machines_are_told_the_same(tmp_path):
    path = tmp_path / "gp_event.csv"
    path.write_text(EVENTS.replace("2026-09-01", "01/09/2026"), encoding="utf-8")
    outcome = check_file(path, "gp_event", index_date=INDEX_DATE)
    with pytest.raises(GateFailure, match="More than 5% of event_date cannot be read"):
        outcome.refuse()
    told = outcome.to_dict()
    assert told["status"] == "stopped"
    assert {rule["status"] for rule in told["rules"]} == {"passed", "failed"}


def test_the_layout_is_guessed_from_a_supplier_s_names(tmp_path):
    path = tmp_path / "op.csv"
    path.write_text("ENCRYPTED_HESID,APPTDATE,ATTENDED,TRETSPEF,PROCODE3,FIRSTATT\n", encoding="utf-8")
    guess = guess_table(path)
    assert (guess.table, guess.dialect) == ("outpatient", "hes_op")


def test_a_stranger_is_refused_with_the_nearest_table(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("person_id,colour\n1,red\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"like no table by its column names.*lacks") as caught:
        check_file(path)
    assert "red" not in str(caught.value)
    with pytest.raises(ConfigError, match="gp_events is not a canonical table"):
        check_file(path, "gp_events")
    with pytest.raises(ConfigError, match="There is no file"):
        check_file(tmp_path / "absent.csv")


def test_a_file_that_lacks_columns_of_its_layout_is_told_which(tmp_path):
    path = tmp_path / "apc.csv"
    path.write_text("ENCRYPTED_HESID,ADMIDATE,DISDATE,ADMIMETH,DIAG_01\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"no file of the layout hes_apc.*hospital_episode.*lacks .*PROVSPNOPS"):
        check_file(path, dialect="hes_apc")
    with pytest.raises(ConfigError, match="it is a folder"):
        check_file(tmp_path)
