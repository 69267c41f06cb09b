"""Three states of permission: every pair of Type 1 and national opt-out, in time, and the ledger of their sums."""

from datetime import date
from itertools import product
from types import SimpleNamespace

import polars as pl
import pytest
from conftest import draw

from mltc.config.schema import LawfulSettings
from mltc.contract import load_contract
from mltc.quality.permission import build_ledger, build_permissions

RUN_DAY = date(2026, 10, 1)


def settings(supplied=("opt_out",), **lawful):
    return SimpleNamespace(supplied=set(supplied), lawful=LawfulSettings(**lawful))


def states(warehouse, opt_out, persons=(), config=None):
    """State for GP feeds and for all others, by person."""
    frame = opt_out.with_columns(_dropped=pl.lit(None, dtype=pl.String))
    warehouse.write("raw.opt_out", frame)
    listed = pl.DataFrame({"person_id": list(persons) or frame["person_id"].unique()})
    warehouse.write("raw.person", listed.with_columns(_dropped=pl.lit(None, dtype=pl.String)))
    build_permissions(warehouse, config or settings(), RUN_DAY)
    rows = warehouse.read("select person_id, gp, other from meta.person_permission").rows()
    return {person: (gp, other) for person, gp, other in rows}


# The two choices are independent: the national one alone decides outside GP data, the stricter of both inside.
TYPE1 = {"dissent": "opted_out", "withdrawn": "allowed", "none": "allowed", "unknown": "unknown", None: "unknown"}
NATIONAL = {"opted_out": "opted_out", "not": "allowed", "unknown": "unknown", None: "unknown"}


@pytest.mark.parametrize("as_of", [None, date(2020, 1, 1), RUN_DAY])
def test_every_pair_of_choices(warehouse, as_of):
    pairs = list(product(TYPE1, NATIONAL))
    rows = [(str(number), type1, national, as_of) for number, (type1, national) in enumerate(pairs)]
    schema = {"person_id": pl.String, "type1": pl.String, "national": pl.String, "as_of": pl.Date}
    found = states(warehouse, pl.DataFrame(rows, schema=schema, orient="row"))
    for number, (type1, national) in enumerate(pairs):
        both = {TYPE1[type1], NATIONAL[national]}
        gp = "opted_out" if "opted_out" in both else "unknown" if "unknown" in both else "allowed"
        assert found[str(number)] == (gp, NATIONAL[national]), (type1, national)


def test_in_time_the_latest_statement_counts_and_each_choice_for_itself(warehouse):
    opt_out = draw(
        """
        person_id | type1     | national  | as_of
        back      | dissent   | not       | 2020-01-01
        back      | withdrawn | not       | 2021-01-01
        out       | none      | not       | 2020-01-01
        out       | dissent   | not       | 2021-01-01
        same_day  | dissent   | opted_out | 2021-01-01
        same_day  | none      | not       | 2021-01-01
        two_feeds | dissent   |           | 2020-01-01
        two_feeds |           | not       | 2021-01-01
        now_out   | dissent   | opted_out |
        now_out   | none      | not       | 2021-01-01
        unsure    | dissent   | opted_out | 2020-01-01
        unsure    | unknown   | unknown   | 2021-01-01
        doubt     | none      | not       | 2020-01-01
        doubt     | unknown   | unknown   | 2021-01-01
        ahead_out | none      | not       | 2020-01-01
        ahead_out | dissent   | opted_out | 2030-01-01
        ahead_in  | dissent   | opted_out | 2020-01-01
        ahead_in  | withdrawn | not       | 2030-01-01
        """
    ).with_columns(pl.col("as_of").str.to_date())
    assert states(warehouse, opt_out) == {
        "back": ("allowed", "allowed"),
        "out": ("opted_out", "allowed"),
        "same_day": ("opted_out", "opted_out"),
        "two_feeds": ("opted_out", "allowed"),  # a later row that is silent on Type 1 does not end it
        "now_out": ("opted_out", "opted_out"),  # without a date: the present state
        "unsure": ("opted_out", "opted_out"),  # "unknown" never ends an opt-out
        "doubt": ("unknown", "unknown"),
        "ahead_out": ("opted_out", "opted_out"),  # an opt-out of tomorrow protects today
        "ahead_in": ("opted_out", "opted_out"),  # a withdrawal of tomorrow does not lift it today
    }


def test_an_exemption_lifts_the_national_opt_out_and_never_type1(warehouse):
    opt_out = draw(
        """
        person_id | type1   | national
        1         | none    | opted_out
        2         | dissent | not
        3         |         |
        """
    ).with_columns(as_of=pl.lit(None, dtype=pl.Date))
    config = settings(national_opt_out_exempt="CAG reference 26/CAG/0000")
    assert states(warehouse, opt_out, config=config) == {
        "1": ("allowed", "allowed"),
        "2": ("opted_out", "allowed"),
        "3": ("unknown", "allowed"),
    }


def test_the_ledger_adds_up_per_kind_of_feed_and_counts_only_persons(warehouse):
    opt_out = draw(
        """
        person_id | type1   | national
        1         | none    | not
        2         | dissent | not
        9         | dissent | opted_out
        """
    ).with_columns(as_of=pl.lit(None, dtype=pl.Date))
    found = states(warehouse, opt_out, persons=("1", "2", "3"))
    assert found["9"] == ("opted_out", "opted_out")  # not in the person table, protected all the same
    contract = load_contract()
    build_ledger(
        warehouse, [contract[name] for name in ("gp_event", "outpatient", "community_contact", "organisation")]
    )
    assert warehouse.read("select * from meta.opt_out_ledger").rows() == [
        ("community", "allowed", 2),
        ("community", "unknown", 1),
        ("gp", "allowed", 1),
        ("gp", "opted_out", 1),
        ("gp", "unknown", 1),  # 1 + 1 + 1 = 3 persons
        ("hospital", "allowed", 2),
        ("hospital", "unknown", 1),
    ]


def test_without_a_table_everybody_is_allowed_as_the_configuration_states(warehouse):
    config = settings(supplied=(), opt_outs_applied_upstream="Applied by the DSCRO, DSA-0000")
    assert states(warehouse, draw("person_id | type1 | national | as_of\n1 | dissent | not |"), config=config) == {
        "1": ("allowed", "allowed")
    }
