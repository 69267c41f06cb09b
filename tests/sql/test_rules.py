"""Every option of a rule as a drawn table of records; the conditions that hold come out. Index date 2026-10-01."""

from datetime import date

import polars as pl
from conftest import draw
from registers import derive

CODES = """
    kind     | evidence | code_system | code      | is_prefix
    code     | asthma   | snomed      | 195967001 | no
    code     | asthma   | icd10       | J45       | yes
    code     | asthma   | icd10       | J4600     | yes
    code     | copd     | snomed      | 13645005  | no
    code     | epilepsy | snomed      | 84757009  | no
    resolved | asthma   | snomed      | 162660004 | no
    drug     | inhaler  | bnf         | 0302      | yes
    drug     | pain     | bnf         | 0407020   | yes
    measure  | egfr     | snomed      | 80274001  | no
"""


def held(found: pl.DataFrame) -> list[tuple[str, ...]]:
    return found.select("person_id", "condition").rows()


def test_codes_match_exactly_or_by_prefix_and_are_known_from_entry_or_discharge(warehouse):
    found = derive(
        warehouse,
        'condition = [{ key = "asthma", rule = [[{ codes = "asthma" }]] }]',
        CODES,
        """
        person_id | code      | code_system | event_date | recorded_date
        both      | 195967001 | snomed      | 2010-01-01 | 2010-02-01
        both      | J459      | icd10       | 2012-01-01 | 2012-01-09
        early     | 195967001 | snomed      | 2020-03-01 | 2020-01-01
        five      | J4600     | icd10       | 2020-01-01 |
        four      | J460      | icd10       | 2020-01-01 |
        late      | 195967001 | snomed      | 2020-01-01 | 2026-10-02
        other     | 13645005  | snomed      | 2020-01-01 |
        same      | J45       | icd10       | 2020-01-01 |
        same      | J450      | icd10       | 2020-01-01 |
        today     | 195967001 | snomed      | 2026-10-01 | 2026-10-01
        tomorrow  | 195967001 | snomed      | 2026-10-02 |
        """,
    )
    assert found.select("person_id", "source", "evidence_count", "onset_date", "first_known_date").rows() == [
        ("both", "gp, hospital", 2, date(2010, 1, 1), date(2010, 2, 1)),
        ("early", "gp", 1, date(2020, 3, 1), date(2020, 3, 1)),  # not known before it happened
        ("five", "hospital", 1, date(2020, 1, 1), date(2020, 1, 1)),
        ("same", "hospital", 2, date(2020, 1, 1), date(2020, 1, 1)),  # two positions of one day
        ("today", "gp", 1, date(2026, 10, 1), date(2026, 10, 1)),
    ]  # four: J46 with its 4th digit only is no J4600; late: entered tomorrow


def test_windows_begin_after_the_day_so_many_months_ago(warehouse):
    found = derive(
        warehouse,
        """
        condition = [
            { key = "lately", rule = [[{ codes = "asthma", months = 12 }]] },
            { key = "new", rule = [[{ codes = ["asthma", "copd"], new_within_months = 60 }]] },
            { key = "since", rule = [[{ codes = "asthma", since = 2006-04-01 }]] },
        ]
        """,
        CODES,
        """
        person_id | code      | code_system | event_date
        day_in    | 195967001 | snomed      | 2025-10-02
        day_out   | 195967001 | snomed      | 2025-10-01
        new_edge  | 195967001 | snomed      | 2021-10-02
        new_out   | 195967001 | snomed      | 2021-10-01
        again     | 13645005  | snomed      | 2001-01-01
        again     | 195967001 | snomed      | 2024-01-01
        before    | 195967001 | snomed      | 2006-03-31
        on_day    | 195967001 | snomed      | 2006-04-01
        """,
    )
    assert held(found) == [
        ("again", "since"),  # not new: the other condition of the union came in 2001
        ("day_in", "lately"),
        ("day_in", "new"),
        ("day_in", "since"),
        ("day_out", "new"),
        ("day_out", "since"),
        ("new_edge", "new"),
        ("new_edge", "since"),
        ("new_out", "since"),
        ("on_day", "since"),
    ]


def test_resolved_until_diagnosed_again(warehouse):
    found = derive(
        warehouse,
        'condition = [{ key = "asthma", rule = [[{ codes = "asthma", unresolved = true }]] }]',
        CODES,
        """
        person_id | code      | code_system | event_date | recorded_date
        again     | 195967001 | snomed      | 2010-01-01 |
        again     | 162660004 | snomed      | 2015-01-01 |
        again     | 195967001 | snomed      | 2020-01-01 |
        gone      | 195967001 | snomed      | 2010-01-01 |
        gone      | 162660004 | snomed      | 2015-01-01 |
        hospital  | J459      | icd10       | 2016-01-01 |
        hospital  | 162660004 | snomed      | 2015-01-01 |
        only      | 162660004 | snomed      | 2015-01-01 |
        same_day  | 195967001 | snomed      | 2015-01-01 |
        same_day  | 162660004 | snomed      | 2015-01-01 |
        unseen    | 195967001 | snomed      | 2010-01-01 |
        unseen    | 162660004 | snomed      | 2026-09-01 | 2026-10-05
        """,
    )
    assert found.select("person_id", "onset_date").rows() == [
        ("again", date(2010, 1, 1)),
        ("hospital", date(2016, 1, 1)),
        ("same_day", date(2015, 1, 1)),  # on one day the diagnosis stands
        ("unseen", date(2010, 1, 1)),  # that it is resolved is entered after the index date
    ]


def test_medicines_count_issues_in_the_window(warehouse):
    found = derive(
        warehouse,
        'condition = [{ key = "pain", rule = [[{ drugs = "pain", months = 12, at_least = 4 }]] }]',
        CODES,
        """
        person_id | code      | code_system | event_date
        four      | 0407020Q0 | bnf         | 2025-10-02
        four      | 0407020Q0 | bnf         | 2026-01-01
        four      | 0407020A0 | bnf         | 2026-02-01
        four      | 0407020Q0 | bnf         | 2026-10-01
        three     | 0407020Q0 | bnf         | 2025-10-01
        three     | 0407020Q0 | bnf         | 2026-01-01
        three     | 0407020Q0 | bnf         | 2026-02-01
        three     | 0407020Q0 | bnf         | 2026-03-01
        one_day   | 0407020Q0 | bnf         | 2026-03-01
        one_day   | 0407020Q0 | bnf         | 2026-03-01
        one_day   | 0407020A0 | bnf         | 2026-03-01
        one_day   | 0407020A0 | bnf         | 2026-03-01
        section   | 0407010Q0 | bnf         | 2026-03-01
        early     | 0407020Q0 | bnf         | 2010-01-01
        early     | 0407020Q0 | bnf         | 2010-02-01
        early     | 0407020Q0 | bnf         | 2010-03-01
        early     | 0407020Q0 | bnf         | 2010-04-01
        early     | 0407020Q0 | bnf         | 2026-01-01
        early     | 0407020Q0 | bnf         | 2026-02-01
        early     | 0407020Q0 | bnf         | 2026-03-01
        early     | 0407020Q0 | bnf         | 2026-04-01
        """,
    )
    assert found.select("person_id", "source", "evidence_count", "first_known_date").rows() == [
        ("early", "prescription", 4, date(2010, 4, 1)),  # met first in 2010, and again now
        ("four", "prescription", 4, date(2026, 10, 1)),
        ("one_day", "prescription", 4, date(2026, 3, 1)),
    ]  # three: the first lies exactly 12 months back


def test_alternatives_all_clauses_and_what_must_not_hold(warehouse):
    found = derive(
        warehouse,
        """
        [[condition]]
        key = "treated"
        rule = [[{ codes = "asthma" }, { drugs = "inhaler", months = 12 }]]
        [[condition]]
        key = "either"
        rule = [[{ codes = "copd", months = 12 }], [{ drugs = "inhaler", months = 12, at_least = 2 }]]
        [[condition]]
        key = "pain"
        rule = [[{ drugs = "pain", months = 12 }, { codes = "epilepsy", without = true }]]
        """,
        CODES,
        """
        person_id | code      | code_system | event_date
        code_only | 195967001 | snomed      | 2001-01-01
        treated   | 195967001 | snomed      | 2001-01-01
        treated   | 0302000A0 | bnf         | 2026-01-01
        drug_only | 0302000A0 | bnf         | 2026-01-01
        twice     | 0302000A0 | bnf         | 2026-01-01
        twice     | 0302000A0 | bnf         | 2026-02-01
        both_ways | 13645005  | snomed      | 2026-01-01
        both_ways | 0302000A0 | bnf         | 2026-03-01
        both_ways | 0302000A0 | bnf         | 2026-04-01
        pain      | 0407020Q0 | bnf         | 2026-04-01
        barred    | 0407020Q0 | bnf         | 2026-04-01
        barred    | 84757009  | snomed      | 2001-01-01
        """,
    )
    assert found.select("person_id", "condition", "source", "onset_date", "first_known_date").rows() == [
        ("both_ways", "either", "gp, prescription", date(2026, 1, 1), date(2026, 1, 1)),
        ("pain", "pain", "prescription", date(2026, 4, 1), date(2026, 4, 1)),
        # the disease began with its diagnosis; the record met the rule with the first issue
        ("treated", "treated", "gp, prescription", date(2001, 1, 1), date(2026, 1, 1)),
        ("twice", "either", "prescription", date(2026, 1, 1), date(2026, 2, 1)),
    ]


def test_values_twice_apart_or_the_latest_of_them(warehouse):
    found = derive(
        warehouse,
        """
        condition = [
            { key = "twice", rule = [[{ measure = "egfr", below = 60, times = 2, days_apart = 90 }]] },
            { key = "latest", rule = [[{ measure = "egfr", below = 60, latest = 2 }]] },
            { key = "lately", rule = [[{ measure = "egfr", from = 15, up_to = 59, months = 12 }]] },
        ]
        """,
        CODES,
        """
        person_id | code     | code_system | event_date | value
        apart_90  | 80274001 | snomed      | 2020-01-01 | 59.9
        apart_90  | 80274001 | snomed      | 2020-03-31 | 59
        apart_89  | 80274001 | snomed      | 2020-01-01 | 59
        apart_89  | 80274001 | snomed      | 2020-03-30 | 59
        limit     | 80274001 | snomed      | 2020-01-01 | 60
        limit     | 80274001 | snomed      | 2021-01-01 | 59
        once      | 80274001 | snomed      | 2026-01-01 | 20
        recovered | 80274001 | snomed      | 2020-01-01 | 40
        recovered | 80274001 | snomed      | 2021-01-01 | 40
        recovered | 80274001 | snomed      | 2022-01-01 | 80
        empty     | 80274001 | snomed      | 2020-01-01 |
        same_day  | 80274001 | snomed      | 2020-01-01 | 50
        same_day  | 80274001 | snomed      | 2021-01-01 | 70
        same_day  | 80274001 | snomed      | 2021-01-01 | 50
        edge      | 80274001 | snomed      | 2026-01-01 | 15
        under     | 80274001 | snomed      | 2026-01-01 | 14.9
        """,
    )
    assert found.select("person_id", "condition", "first_known_date").rows() == [
        ("apart_89", "latest", date(2020, 3, 30)),
        ("apart_90", "latest", date(2020, 3, 31)),
        ("apart_90", "twice", date(2020, 3, 31)),  # 2020-01-01 + 90 days
        ("edge", "lately", date(2026, 1, 1)),  # from 15: 15 is in
        ("once", "lately", date(2026, 1, 1)),
        ("recovered", "twice", date(2021, 1, 1)),  # latest: 80 is one of the last two
        ("same_day", "twice", date(2021, 1, 1)),  # 50 and 50; of one day the higher, 70, is the later
    ]


def test_age_limits_and_score_bands(warehouse):
    warehouse.write(
        "scores.hfrs",
        draw(
            """
            index_date | person_id | hfrs
            2026-10-01 | five      | 5
            2026-10-01 | fifteen   | 15
            2026-10-01 | above     | 15.1
            2026-10-01 | below     | 4.9
            2026-10-01 | unknown   |
            """,
            hfrs=pl.Float64,
        ),
    )
    found = derive(
        warehouse,
        """
        condition = [
            { key = "adult", rule = [[{ codes = "copd" }]], minimum_age_years = 18 },
            { key = "frail", rule = [[{ score = "hfrs", from = 5, up_to = 15 }]] },
            { key = "very_frail", rule = [[{ score = "hfrs", above = 15 }]] },
        ]
        """,
        CODES,
        """
        person_id | code     | code_system | event_date
        child     | 13645005 | snomed      | 2020-01-01
        grown     | 13645005 | snomed      | 2020-01-01
        """,
        """
        person_id | age_years
        child     | 17
        grown     | 18
        five      | 80
        fifteen   | 80
        above     | 80
        below     | 80
        unknown   | 80
        """,
    )
    assert held(found) == [("above", "very_frail"), ("fifteen", "frail"), ("five", "frail"), ("grown", "adult")]


def test_each_date_sees_what_was_known_on_it(warehouse):
    """A record entered late is seen by the later date only, whatever its own date."""
    derive(
        warehouse,
        'condition = [{ key = "asthma", rule = [[{ codes = "asthma" }]] }]',
        CODES,
        """
        person_id | code      | code_system | event_date | recorded_date
        late      | 195967001 | snomed      | 2010-01-01 | 2026-01-01
        prompt    | 195967001 | snomed      | 2010-01-01 | 2010-01-01
        """,
        dates=(date(2025, 10, 1),),
    )
    found = warehouse.read("select index_date, person_id from register.condition_status order by all")
    assert found.rows() == [
        (date(2025, 10, 1), "prompt"),
        (date(2026, 10, 1), "late"),
        (date(2026, 10, 1), "prompt"),
    ]


def test_a_failed_feed_holds_windows_and_conditions_over(warehouse):
    """Practice A's entries failed from August: windows are counted back from there, and what vanished stays."""
    found = derive(
        warehouse,
        """
        condition = [
            { key = "lately", rule = [[{ codes = "asthma", months = 12 }]] },
            { key = "ever", rule = [[{ codes = "copd" }]] },
        ]
        """,
        CODES,
        """
        person_id | code      | code_system | event_date
        held      | 195967001 | snomed      | 2025-08-02
        passed    | 195967001 | snomed      | 2025-08-01
        fresh     | 195967001 | snomed      | 2026-05-01
        elsewhere | 195967001 | snomed      | 2025-08-02
        """,
        """
        person_id | practice_code
        held      | A
        passed    | A
        fresh     | A
        vanished  | A
        hospital  | A
        elsewhere | B
        gone_b    | B
        """,
        abstention="practice_code | table_name | from_month_date \n A | gp_event | 2026-08-01",
        last_run="""
        person_id | condition | source   | evidence_code | evidence_count | onset_date | last_date  | first_known_date
        vanished  | ever      | gp       | 13645005      | 1              | 2010-01-01 | 2010-01-01 | 2010-01-01
        hospital  | ever      | hospital | J449          | 1              | 2010-01-01 | 2010-01-01 | 2010-01-01
        gone_b    | ever      | gp       | 13645005      | 1              | 2010-01-01 | 2010-01-01 | 2010-01-01
        moved     | ever      | gp       | 13645005      | 1              | 2010-01-01 | 2010-01-01 | 2010-01-01
        """,
    )
    assert found.select("person_id", "condition", "is_held_over").rows() == [
        ("fresh", "lately", False),
        ("held", "lately", True),  # 2025-08-02 is within 12 months of 2026-08-01
        ("vanished", "ever", True),
    ]  # hospital: that feed did not fail; gone_b: nor did that practice's; moved: not registered any more
