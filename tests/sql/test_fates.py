"""What is decided on a row before and after the rules: linkage, deltas, sensitive codes, fates, the account."""

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest
from conftest import draw

from mltc.codelists import load_codelists
from mltc.config.schema import LawfulSettings
from mltc.contract import load_contract
from mltc.errors import GateFailure
from mltc.quality.account import build_row_account, check_row_account
from mltc.quality.exclusion import exclude_rows
from mltc.quality.linkage import link_persons
from mltc.quality.replay import drop_superseded
from mltc.quality.rules import Rule
from mltc.quality.sensitive import drop_sensitive, load_sensitive_codes
from mltc.reference import write_reference
from mltc.sources.insert import TRACE_COLUMNS
from mltc.warehouse import load_models

CONTRACT = load_contract()
INDEX_DATE = date(2026, 10, 1)


def settings(supplied=(), **lawful):
    return SimpleNamespace(
        supplied=set(supplied), lawful=LawfulSettings(**lawful), run=SimpleNamespace(definition="delphi-2022")
    )


def fill(warehouse, table, text=None, **lists):
    """`raw.<table>` with every column of the contract; columns that are not drawn are null, rows are numbered."""
    columns = TRACE_COLUMNS | {column.name: column.sql_type for column in CONTRACT[table].column}
    warehouse.execute("create schema if not exists raw")
    warehouse.execute(f"create or replace table raw.{table} ({', '.join(f'{k} {v}' for k, v in columns.items())})")
    if text is None:
        return
    frame = draw(text)
    frame = frame.with_columns(pl.col(name).str.split(" ") for name in lists if name in frame.columns)
    if "_row_id" not in frame.columns:
        frame = frame.with_row_index("_row_id", offset=1)
    for name, value in (("_feed", "gp"), ("_source_file", "a.csv")):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(value).alias(name))
    warehouse.write("raw.drawn", frame)
    warehouse.execute(f"insert into raw.{table} by name select * from raw.drawn")


def dropped(warehouse, table):
    rows = warehouse.read(f"select _row_id, _dropped from raw.{table} where _dropped is not null order by all").rows()
    return dict(rows)


def test_of_deltas_the_latest_stands(warehouse):
    fill(
        warehouse,
        "gp_event",
        """
        _row_id | _feed | _replay_key | _replay_order | _dropped
        1       | emis  | a           | 9             |
        2       | emis  | a           | 10            |
        3       | emis  | b           | 1             |
        4       | emis  | b           | 2             | deleted by the supplier
        5       | emis  | c           | 2026-01-09    |
        6       | emis  | c           | 2026-01-10    |
        7       | emis  | d           | 5             |
        8       | emis  | d           | 5             |
        9       | emis  | e           |               |
        10      | emis  | e           | 1             |
        11      | tpp   | a           | 1             |
        12      | emis  |             |               |
        13      | emis  | f           | 1             | deleted by the supplier
        14      | emis  | f           | 2             |
        15      | emis  | g           | 9             |
        16      | emis  | g           | 10x           |
        """,
    )
    drop_superseded(warehouse, "gp_event")
    late = "superseded by a later record"
    assert dropped(warehouse, "gp_event") == {
        1: late,  # 10 > 9 as numbers
        3: late,  # replaced by its own deletion: nothing of b is left
        4: "deleted by the supplier",
        5: late,  # dates compare as text
        7: late,  # a tie: the later row
        9: late,  # no order is the lowest
        13: "deleted by the supplier",  # f was sent again after its deletion and stands
        16: late,  # not all are numbers: "9" > "10x" as text
    }


def test_a_layout_without_deltas_drops_nothing(warehouse):
    fill(warehouse, "gp_event", "person_id\n1\n1")
    drop_superseded(warehouse, "gp_event")
    assert dropped(warehouse, "gp_event") == {}


def write_lists(warehouse):
    """The condition lists as the run has them."""
    write_reference(warehouse, load_codelists())


def fill_hospital(warehouse):
    fill(
        warehouse,
        "hospital_episode",
        """
        person_id | diagnoses         | procedures
        1         | I10X a510 B20.9   | Q131 K40.1
        2         | O04.9             |
        3         |                   |
        """,
        diagnoses=True,
        procedures=True,
    )
    fill(warehouse, "emergency", "person_id | diagnoses\n1 | 76272004 22298006", diagnoses=True)


GP_EVENTS = """
    code_system | code
    snomed      | 76272004
    snomed      | 86406008
    snomed      | 52637005
    snomed      | 44054006
    icd10       | A51.0
    icd10       | e11.9
    read2       | 76272004
"""


def test_sensitive_codes_leave_and_conditions_of_the_register_stay(warehouse):
    write_lists(warehouse)
    fill(warehouse, "gp_event", GP_EVENTS)
    fill_hospital(warehouse)
    drop_sensitive(warehouse, settings())
    assert dropped(warehouse, "gp_event") == {
        1: "sensitive code",  # syphilis
        3: "sensitive code",  # in vitro fertilisation; row 2 is HIV, which the definition counts
        5: "sensitive code",  # A510 by its prefix; row 7 is of another code system
    }
    warehouse.write("meta.row_exclusion", pl.DataFrame(schema={"table_name": pl.String, "row_id": pl.Int64}))
    for table in ("hospital_episode", "emergency"):
        warehouse.build(f"staging.{table}", load_models()[f"staging.{table}"].sql)
    rows = warehouse.read("select diagnoses, procedures from staging.hospital_episode order by row_id").rows()
    assert rows == [(["I10", "B209"], ["K40.1"]), ([], None), (None, None)]  # rows stay, items leave
    assert warehouse.read("select diagnoses from staging.emergency").item().to_list() == ["22298006"]
    counted = {row[:3]: row[3] for row in warehouse.read("select * from meta.sensitive_count").rows()}
    assert counted == {
        ("gp_event", "code", "sexually_transmitted_disease"): 2,
        ("gp_event", "code", "assisted_fertilisation"): 1,
        ("hospital_episode", "diagnoses", "sexually_transmitted_disease"): 1,
        ("hospital_episode", "diagnoses", "termination_of_pregnancy"): 1,
        ("hospital_episode", "procedures", "assisted_fertilisation"): 1,
        ("emergency", "diagnoses", "sexually_transmitted_disease"): 1,
    }


def test_a_stated_reason_keeps_sensitive_codes(warehouse):
    write_lists(warehouse)
    fill(warehouse, "gp_event", GP_EVENTS)
    fill_hospital(warehouse)
    drop_sensitive(warehouse, settings(keep_sensitive_codes_because="the agreement names sexual health services"))
    assert dropped(warehouse, "gp_event") == {}
    assert warehouse.read("select * from meta.sensitive_item").is_empty()


def test_no_condition_of_a_definition_rests_on_a_code_that_always_leaves():
    """Else the register would lose people of that condition without a word."""
    codes = load_codelists().verified_codes
    always = load_sensitive_codes().filter(~pl.col("stays_with_condition"))
    pairs = codes.join(always, on="code_system", suffix="_sensitive")
    same = pl.col("code") == pl.col("code_sensitive")
    covered = pl.col("is_prefix") & pl.col("code").str.starts_with(pl.col("code_sensitive"))
    assert pairs.filter(same | covered).select("key", "code").rows() == []


def test_keys_of_a_feed_become_persons_and_what_does_not_link_is_counted(warehouse):
    fill(
        warehouse,
        "person_link",
        """
        feed     | source_key | person_id
        hospital | h1         | 1
        hospital | h2         | 2
        hospital | h2         | 3
        hospital | h3         | 3
        """,
    )
    fill(warehouse, "person", "person_id | _feed\n1 | spine\n2 | spine\n3 | spine")
    fill(
        warehouse,
        "outpatient",
        """
        person_id | _feed    | provider_code
        h1        | hospital | RA1
        h2        | hospital | RA1
        h4        | hospital | RA2
        1         | hospital | RA2
        1         | other    | RA2
                  | hospital | RA1
        """,
    )
    link_persons(warehouse, [CONTRACT[name] for name in ("person", "outpatient", "person_link")])
    assert warehouse.read("select person_id from raw.outpatient order by _row_id")["person_id"].to_list() == [
        "1",
        "hospital:h2",  # two persons claim the key: nobody gets its rows
        "hospital:h4",  # no link
        "hospital:1",  # a key that looks like another feed's person is not that person
        "1",  # a feed that sends person_id itself is left alone
        None,
    ]
    account = warehouse.read("select feed, provider_code, rows_in, rows_linked from meta.link_account order by all")
    assert account.rows() == [("hospital", "RA1", 3, 1), ("hospital", "RA2", 2, 0)]
    exclude_rows(warehouse, settings(), {"person": [], "outpatient": [KNOWN]}, INDEX_DATE)
    rules = warehouse.read("select row_id, rule from meta.row_exclusion where fate = 'quarantined' order by all").rows()
    assert rules == [(2, "person_known (unlinked)"), (3, "person_known (unlinked)"), (4, "person_known (unlinked)")]


KNOWN = Rule(
    rule="person_known",
    level="quarantine",
    why="The person is unknown.",
    affects=("register",),
    mend="Ask the sender.",
    rows="outpatient.person_id is not null and not exists "
    "(select 1 from raw.person as person where person.person_id = outpatient.person_id)",
)


def draw_fates(warehouse):
    """Eight rows of two files with the same name from two feeds, and one fate or another for each."""
    fill(warehouse, "person", "person_id\n1\n2")
    fill(warehouse, "opt_out", "person_id | type1 | national\n1 | none | not\n2 | none | opted_out")
    fill(
        warehouse,
        "outpatient",
        """
        _feed | person_id | specialty | _dropped
        x     | 1         | 100       |
        x     | 1         | 100       |
        x     | 9         | 100       |
        x     | 9         | 100       | dummy patient
        x     | 2         | 100       |
        y     | 2         | 100       |
        y     | 1         | 100       | confidential
        y     | 1         | 300       |
        """,
    )
    warehouse.write(
        "meta.extract_file",
        draw("table_name | feed | file\noutpatient | x | a.csv\noutpatient | y | a.csv").with_columns(
            rows_in=pl.Series([5, 3])
        ),
    )
    rules = {"person": [], "opt_out": [], "outpatient": [KNOWN]}
    exclude_rows(warehouse, settings(supplied=["opt_out"]), rules, INDEX_DATE)
    warehouse.build("staging.outpatient", load_models()["staging.outpatient"].sql)
    build_row_account(warehouse, ["outpatient"])


def test_each_row_has_one_fate_in_order_of_precedence(warehouse):
    draw_fates(warehouse)
    fates = warehouse.read("select row_id, fate, rule from meta.row_exclusion where table_name = 'outpatient'").rows()
    assert sorted(fates) == [
        (2, "duplicate", "same as an earlier row in every column"),
        (3, "quarantined", "person_known"),
        (4, "dropped", "dummy patient"),  # and not quarantined, though its person is unknown
        (5, "opted_out", "opted_out"),
        (6, "duplicate", "same as an earlier row in every column"),  # before opted out; feeds are no column
        (7, "dropped", "confidential"),  # and no duplicate of row 1
    ]
    assert warehouse.read("select _row_id from quarantine.outpatient").rows() == [(3,)]
    assert warehouse.read("select row_id from staging.outpatient order by all").rows() == [(1,), (8,)]


def test_what_a_feed_that_no_longer_comes_had_quarantined_is_gone(warehouse):
    draw_fates(warehouse)
    exclude_rows(warehouse, settings(supplied=["opt_out"]), {"person": [], "opt_out": []}, INDEX_DATE)
    found = warehouse.read("select table_name from information_schema.tables where table_schema = 'quarantine'")
    assert sorted(found["table_name"]) == ["opt_out", "person"]


def test_the_account_reconciles_per_feed_and_file(warehouse):
    draw_fates(warehouse)
    columns = "feed, rows_in, rows_staged, rows_dropped, rows_quarantined, rows_duplicate, rows_opted_out"
    assert warehouse.read(f"select {columns} from meta.row_account").rows() == [
        ("x", 5, 1, 1, 1, 1, 1),  # 1 + 1 + 1 + 1 + 1 = 5
        ("y", 3, 1, 1, 0, 1, 0),  # 1 + 1 + 0 + 1 + 0 = 3
    ]
    check_row_account(warehouse)
    warehouse.execute("delete from staging.outpatient where row_id = 8")
    build_row_account(warehouse, ["outpatient"])
    with pytest.raises(GateFailure, match=r"a\.csv has 3 rows and 2 are accounted for"):
        check_row_account(warehouse)


def test_unknown_is_included_only_with_a_reason_and_opted_out_never(warehouse):
    fill(warehouse, "person", "person_id\n1\n2\n3")
    fill(warehouse, "opt_out", "person_id | type1 | national\n1 | none | not\n2 | dissent | not")
    fill(warehouse, "gp_event", "person_id\n1\n2\n3\n4")
    rules = {"person": [], "opt_out": [], "gp_event": []}
    reason = {"include_unknown_because": "the sender removes opt-outs before it sends"}
    for lawful, out in (({}, {2: "opted_out", 3: "unknown", 4: "unknown"}), (reason, {2: "opted_out"})):
        exclude_rows(warehouse, settings(supplied=["opt_out"], **lawful), rules, INDEX_DATE)
        found = warehouse.read("select row_id, rule from meta.row_exclusion where table_name = 'gp_event'").rows()
        assert dict(found) == out
