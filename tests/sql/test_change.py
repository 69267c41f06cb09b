"""Why figures moved since the last run (2026-09-01, this one 2026-10-01): one drawn person per reason and boundary."""

from datetime import date

import polars as pl
import pytest
from conftest import INDEX_DATE, draw

from mltc.warehouse import load_models

COMPLEX = {"complex_conditions": 4, "complex_systems": 3}
CHAIN = (
    "change_person",
    "change_condition",
    "change_gained",
    "change_lost",
    "change_standing",
    "change_tipping",
    "change_mltc",
    "change",
)
CONDITIONS = """
key | body_system | minimum_age_years
a   | heart       |
b   | lung        |
c   | gut         |
d   | gut         |
e   | brain       |
old | brain       | 65
"""
# Definition `kept` is unchanged; of `moved` the codes changed and c was added; `fresh` is new in this run.
MEMBERS = """
definition | condition | position
kept       | a         | 0
kept       | b         | 1
kept       | c         | 2
kept       | d         | 3
kept       | e         | 4
kept       | old       | 5
moved      | a         | 0
moved      | b         | 1
"""
RULES = """
condition | alternative | clause | is_without
a         | 0           | 1      | no
b         | 0           | 2      | no
c         | 0           | 3      | no
d         | 0           | 4      | no
d         | 0           | 5      | yes
e         | 0           | 6      | no
old       | 0           | 7      | no
"""
INT = {
    "position": pl.Int64,
    "new_within_months": pl.Int64,
    "clause": pl.Int64,
    "alternative": pl.Int64,
    "minimum_age_years": pl.Int64,
}
CONDITION_COLUMNS = "person_id | condition | source | last_date | first_known_date | is_held_over"
FAILED = "practice_code | table_name | from_month"
LAST_MLTC = "person_id | definition | is_mltc | is_complex_mltc"
EVERYBODY = "person_id | practice_code | succeeded_from"


def base() -> dict[str, pl.DataFrame]:
    """Every table that the models read, without persons."""
    return {
        "meta.last_run": pl.DataFrame({"as_of": [date(2026, 9, 1)]}),
        "meta.last_definition": draw("definition | version\nkept | 1\nmoved | 1"),
        "codelist.definition": draw("definition | version\nkept | 1\nmoved | 2\nfresh | 1"),
        "meta.last_membership": draw(MEMBERS, **INT),
        "codelist.membership": draw(f"{MEMBERS}\nmoved | c | 2\nfresh | a | 0\nfresh | b | 1", **INT),
        "codelist.condition": draw(CONDITIONS, **INT),
        "codelist.rule": draw(RULES, **INT),
        "codelist.clause": draw(
            """
            clause | is_unresolved | new_within_months | latest
            1      | yes           |                   |
            2      | no            |                   |
            3      | no            |                   | 1
            4      | no            |                   |
            5      | no            |                   |
            6      | no            | 60                |
            7      | no            |                   |
            """,
            **INT,
        ),
        "codelist.clause_evidence": draw(
            """
            clause | kind    | evidence
            1      | code    | list_a
            2      | drug    | drugs_b
            3      | measure | level_c
            4      | code    | list_d
            5      | code    | list_bar
            6      | code    | list_e
            7      | code    | list_old
            """,
            **INT,
        ),
        "meta.last_person": draw(EVERYBODY),
        "register.person": draw(EVERYBODY),
        "meta.last_mltc": draw(LAST_MLTC),
        "register.mltc": draw(LAST_MLTC),
        "meta.last_person_condition": draw(CONDITION_COLUMNS),
        "register.person_condition": draw(CONDITION_COLUMNS),
        "meta.last_opted_out": draw("person_id"),
        "meta.last_practice_abstention": draw(FAILED),
        "meta.person_permission": draw("person_id | gp"),
        "meta.row_exclusion": draw("table_name | row_id | fate", row_id=pl.Int64),
        "raw.person": draw("person_id | _row_id", _row_id=pl.Int64),
        "staging.person": draw("person_id"),
        "register.person_outside": draw("person_id | reason"),
        "register.death": draw("person_id | death_date"),
        "register.succession": draw("organisation_type | code | effective_from"),
        "register.observation": draw("index_date | person_id | practice_code | succeeded_from | age_years").cast(
            {"age_years": pl.Int64}
        ),
        "register.condition_status": draw("index_date | person_id | condition"),
        "register.clause_status": draw("index_date | person_id | clause", **INT),
        "register.evidence": draw("person_id | kind | evidence | event_date | known_date"),
        "register.measurement": draw("person_id | measure | known_date"),
        "meta.practice_abstention": draw(FAILED),
        "register.registration": draw("person_id | practice_code"),
    }


@pytest.fixture
def change(warehouse):
    """Build the change tables from drawn inputs on top of `base`; rows of register.change, sorted."""

    def build(inputs: dict[str, pl.DataFrame]) -> pl.DataFrame:
        for table, frame in (base() | inputs).items():
            warehouse.write(table, frame)
        models = load_models()
        for name in CHAIN:
            model = models[f"register.{name}"]
            given = {"index_date": INDEX_DATE, **COMPLEX}
            warehouse.build(model.name, model.sql, {key: given[key] for key in model.binds})
        return warehouse.read("select * from register.change order by all")

    return build


def stays(*persons: str) -> dict[str, pl.DataFrame]:
    """Persons of practice P who were and are in the register, aged 50."""
    people = draw("\n".join([EVERYBODY, *(f"{person} | P |" for person in persons)]))
    days = [f"{day} | {person} | P | | 50" for person in persons for day in ("2026-09-01", "2026-10-01")]
    observed = draw("\n".join(["index_date | person_id | practice_code | succeeded_from | age_years", *days]))
    return {
        "meta.last_person": people,
        "register.person": people,
        "staging.person": people.select("person_id"),
        "register.observation": observed.cast({"age_years": pl.Int64}),
    }


def reasons(frame: pl.DataFrame, change: str, definition: str = "kept") -> dict[str, str]:
    """Reason by person, of one change in one definition."""
    found = frame.filter((pl.col("change") == change) & (pl.col("definition") == definition))
    return dict(found.select("person_id", "reason").rows())


def test_gained_conditions(change):
    """What today's records show on the day of the last run already is news of the records, not of the person."""
    known = """
        person_id  | condition | source           | last_date  | first_known_date | is_held_over
        coded      | a         | gp               | 2026-09-20 | 2026-09-20       | no
        next_day   | a         | gp               | 2026-09-02 | 2026-09-02       | no
        late       | a         | gp               | 2026-08-20 | 2026-08-20       | no
        gap        | a         | gp               | 2026-08-20 | 2026-08-20       | no
        gap_drug   | b         | prescription     | 2026-08-20 | 2026-08-20       | no
        gap_ward   | a         | hospital         | 2026-08-20 | 2026-08-20       | no
        turned     | old       | gp               | 2020-01-01 | 2020-01-01       | no
        turned_new | old       | gp               | 2026-09-15 | 2026-09-15       | no
        was_old    | old       | gp               | 2020-01-01 | 2020-01-01       | no
        unbarred   | d         | gp               | 2020-01-01 | 2020-01-01       | no
        counted    | e         | gp               | 2025-08-20 | 2025-08-20       | yes
        emptied    | e         | hospital         | 2025-08-20 | 2025-08-20       | no
        emptied_d  | d         | hospital         | 2025-08-20 | 2025-08-20       | no
        sound      | e         | hospital         | 2025-08-20 | 2025-08-20       | no
        emptied_r  | a         | hospital         | 2025-08-20 | 2025-08-20       | no
        no_first   | old       | hospital         | 2025-08-20 | 2025-08-20       | no
        long_gone  | e         | hospital         | 2025-08-20 | 2025-08-20       | no
        still_gone | a         | gp               | 2026-08-20 | 2026-08-20       | no
        """
    people = stays(*(line.split("|")[0].strip() for line in known.strip().splitlines()[1:]))
    ages = {"turned": (64, 65), "turned_new": (64, 65), "was_old": (65, 65)}
    observed = people["register.observation"].with_columns(
        age_years=pl.struct("person_id", "index_date").map_elements(
            lambda row: ages.get(row["person_id"], (50, 50))[row["index_date"] == INDEX_DATE], return_dtype=pl.Int64
        ),
        practice_code=pl.lit("P"),
    )
    moved = pl.col("person_id").str.slice(0, 3).replace_strict({"gap": "Q", "sti": "R"}, default="P")
    found = change(
        people
        | {
            "register.observation": observed,
            "register.person": people["register.person"].with_columns(practice_code=moved),
            "register.person_condition": draw(known),
            "register.condition_status": draw(
                """
                index_date | person_id | condition
                2026-09-01 | late      | a
                2026-09-01 | gap       | a
                2026-09-01 | gap_drug  | b
                2026-09-01 | gap_ward  | a
                2026-09-01 | counted   | e
                2026-09-01 | emptied   | e
                2026-09-01 | emptied_d | d
                2026-09-01 | sound     | e
                2026-09-01 | emptied_r | a
                2026-09-01 | no_first  | old
                2026-09-01 | long_gone | e
                2026-09-01 | still_gone | a
                2026-10-01 | coded     | a
                """
            ),
            "meta.last_practice_abstention": draw(
                """
                practice_code | table_name      | from_month
                Q             | gp_event        | 2026-07-01
                Q             | gp_prescription | 2026-07-01
                R             | gp_event        | 2026-07-01
                T             | gp_event        | 2026-07-01
                """
            ),
            "meta.practice_abstention": draw(
                """
                practice_code | table_name      | from_month
                R             | gp_event        | 2026-07-01
                S             | gp_event        | 2026-08-01
                T             | gp_event        | 2026-06-01
                """
            ),
            "register.registration": draw(
                """
                person_id | practice_code
                emptied   | S
                emptied   | P
                emptied_d | T
                sound     | P
                emptied_r | S
                no_first  | S
                long_gone | R
                """
            ),
            "register.clause_status": draw(
                "index_date | person_id | clause\n2026-09-01 | unbarred | 5\n2026-10-01 | coded | 5", **INT
            ),
        }
    )
    assert reasons(found, "condition gained") == {
        "coded": "new code",
        "next_day": "new code",
        "late": "record backdated",
        "gap": "feed restored",
        "gap_drug": "feed restored",
        "gap_ward": "record backdated",  # a practice's feed does not carry what a hospital says
        "turned": "age limit reached",
        "turned_new": "new code",  # the age was reached, but the code is new as well
        "was_old": "new code",  # 65 at both runs: not the age
        "unbarred": "rule window passed",
        "counted": "feed gap",  # by a window that is counted back from where the feed failed
        "emptied": "feed gap",  # its first record was with S, a former practice, whose records vanished since
        "emptied_d": "feed gap",  # what must not hold was told by T, of which more is missing than at the last run
        "emptied_r": "feed gap",  # the code that said resolved is gone
        "sound": "record backdated",
        "no_first": "record backdated",  # S failed, but the rule asks for nothing that could be missing
        "long_gone": "record backdated",  # R had failed at the last run just as it has now
        "still_gone": "record backdated",  # R is not restored
    }
    # In the definition of another version what shows then is the lists' doing; there is nothing of a new definition.
    assert reasons(found, "condition gained", "moved") == {
        "coded": "new code",
        "next_day": "new code",
        "late": "codelist version",
        "gap": "codelist version",
        "gap_drug": "codelist version",
        "gap_ward": "codelist version",
        "emptied_r": "codelist version",
        "still_gone": "codelist version",
    }
    assert reasons(found, "condition gained", "fresh") == {}


def test_lost_conditions(change):
    held = """
        person_id  | condition | source       | last_date  | first_known_date | is_held_over
        resolved   | a         | gp           | 2020-01-01 | 2020-01-01       | no
        told_late  | a         | gp           | 2020-01-01 | 2020-01-01       | no
        before     | a         | gp           | 2020-01-01 | 2020-01-01       | no
        passed     | b         | prescription | 2025-09-20 | 2020-01-01       | no
        stopped    | b         | prescription | 2025-09-20 | 2020-01-01       | no
        other_feed | b         | prescription | 2025-09-20 | 2020-01-01       | no
        measured   | c         | value        | 2026-01-01 | 2026-01-01       | no
        remeasured | c         | value        | 2026-01-01 | 2026-01-01       | no
        barred     | d         | gp           | 2020-01-01 | 2020-01-01       | no
        withdrawn  | e         | gp           | 2020-01-01 | 2020-01-01       | no
        silent     | e         | gp           | 2020-01-01 | 2020-01-01       | no
        former     | e         | gp           | 2020-01-01 | 2020-01-01       | no
        moved_on   | b         | prescription | 2025-09-20 | 2020-01-01       | no
        back       | e         | gp           | 2020-01-01 | 2020-01-01       | yes
        """
    people = stays(*(line.split("|")[0].strip() for line in held.strip().splitlines()[1:]))
    now = {"stopped": "D", "other_feed": "G", "silent": "G"}
    shown = ("resolved", "passed", "stopped", "other_feed", "moved_on", "measured", "remeasured", "barred")
    first = {"resolved": "a", "measured": "c", "remeasured": "c", "barred": "d"}
    found = change(
        people
        | {
            "meta.last_person_condition": draw(held),
            "register.condition_status": draw(
                "\n".join(
                    [
                        "index_date | person_id | condition",
                        *(f"2026-09-01 | {name} | {first.get(name, 'b')}" for name in shown),
                    ]
                )
            ),
            "register.evidence": draw(
                """
                person_id | kind     | evidence | event_date | known_date
                resolved  | resolved | list_a   | 2026-09-02 | 2026-09-02
                told_late | resolved | list_a   | 2020-01-02 | 2020-01-02
                before    | resolved | list_a   | 2019-12-31 | 2019-12-31
                withdrawn | resolved | list_a   | 2026-09-02 | 2026-09-02
                """
            ),
            "register.measurement": draw(
                """
                person_id  | measure | known_date
                measured   | level_c | 2026-09-01
                remeasured | level_c | 2026-09-02
                """
            ),
            "register.clause_status": draw("index_date | person_id | clause\n2026-10-01 | barred | 5", **INT),
            "meta.practice_abstention": draw(
                """
                practice_code | table_name      | from_month
                D             | gp_prescription | 2026-08-01
                G             | gp_event        | 2026-08-01
                """
            ),
            "register.person": people["register.person"].with_columns(
                practice_code=pl.col("person_id").replace_strict(now, default="P")
            ),
            "register.registration": draw(
                """
                person_id  | practice_code
                stopped    | D
                other_feed | G
                silent     | G
                former     | G
                former     | P
                moved_on   | D
                moved_on   | P
                withdrawn  | D
                """
            ),
        }
    )
    assert reasons(found, "condition lost") == {
        "resolved": "resolved",
        "told_late": "resolved",  # entered as of a day after the diagnosis: then, too, it did not hold
        "before": "record withdrawn",  # a code older than the last diagnosis resolves nothing
        "passed": "rule window passed",
        "stopped": "feed gap",
        "other_feed": "rule window passed",  # prescriptions did arrive
        "measured": "rule window passed",
        "remeasured": "resolved",  # a later value no longer meets the threshold
        "barred": "new code",
        "withdrawn": "record withdrawn",
        "silent": "feed gap",
        "former": "feed gap",  # what G, a former practice, had sent is gone
        "moved_on": "rule window passed",  # P sends prescriptions: that D has stopped says nothing
        "back": "feed restored",  # it had been held over, and the feed that came back does not show it
    }
    assert reasons(found, "condition lost", "moved") == {
        "resolved": "resolved",
        "told_late": "codelist version",
        "before": "codelist version",
        "passed": "rule window passed",
        "stopped": "feed gap",
        "other_feed": "rule window passed",
        "moved_on": "rule window passed",
    }


def test_who_is_gone_and_who_has_come(change):
    """Practice G lost 2 of 4 people without an end (half: the feed), H 1 of 3, C closed; N sent nobody at last."""
    earlier = """
        person_id | practice_code | succeeded_from
        died      | P             |
        out       | P             |
        ended     | P             |
        not_named | P             |
        unsure    | P             |
        failed    | P             |
        unborn    | P             |
        p1        | P             |
        p2        | P             |
        p3        | P             |
        p4        | P             |
        p5        | P             |
        p6        | P             |
        g1        | G             |
        g2        | G             |
        g3        | G             |
        g4        | G             |
        h1        | H             |
        h2        | H             |
        h3        | H             |
        c1        | P             | C
        """
    stayed = ["p1", "p2", "p3", "p4", "p5", "p6", "g3", "g4", "h2", "h3"]
    came = {"born": "P", "returned": "P", "n1": "N", "n2": "N", "n3": "N", "registered_late": "P"}
    people = [(name, came.get(name, "P"), None) for name in (*stayed, *came)]
    schema = dict.fromkeys(("person_id", "practice_code", "succeeded_from"), pl.String)
    then = [
        (date(2026, 9, 1), name, came.get(name, "P"), None, 50) for name in (*stayed, "n1", "n2", "registered_late")
    ]
    kinds = dict.fromkeys(["index_date"], pl.Date) | schema | {"age_years": pl.Int64}
    found = change(
        {
            "meta.last_person": draw(earlier),
            "register.person": pl.DataFrame(people, schema, orient="row"),
            "register.observation": pl.DataFrame(then, kinds, orient="row"),
            "staging.person": pl.DataFrame({"person_id": [*stayed, *came, "died", "ended", "g2", "unborn"]}),
            "register.person_outside": draw(
                """
                person_id | reason
                died      | died on or before the index date
                ended     | registration ended before the index date
                g2        | no registration
                unborn    | not born on the index date
                """
            ),
            "register.death": draw("person_id | death_date\ndied | 2026-10-01\nended | 2026-10-02"),
            "register.succession": draw(
                "organisation_type | code | effective_from\npractice | C | 2026-10-01\npractice | G | 2026-10-02"
            ),
            "meta.person_permission": draw("person_id | gp\nout | opted_out\nunsure | unknown\ndied | allowed"),
            "meta.last_opted_out": draw("person_id\nreturned"),
            "raw.person": draw("person_id | _row_id\nfailed | 7\nnot_named | 8", _row_id=pl.Int64),
            "meta.row_exclusion": draw(
                "table_name | row_id | fate\nperson | 7 | quarantined\ngp_event | 8 | quarantined", row_id=pl.Int64
            ),
            "meta.last_mltc": draw(earlier)
            .filter(~pl.col("person_id").is_in(stayed))
            .select(
                "person_id", definition=pl.lit("kept"), is_mltc=True, is_complex_mltc=pl.col("person_id") == "died"
            ),
            "register.mltc": pl.DataFrame({"person_id": list(came)}).with_columns(
                definition=pl.lit("kept"), is_mltc=True, is_complex_mltc=False
            ),
        }
    )
    assert reasons(found, "left") == {
        "died": "died",
        "out": "opted out",
        "ended": "deregistered",  # the death is of a day after the index date
        "not_named": "deregistered",
        "unsure": "opted out",
        "failed": "record withdrawn",
        "unborn": "record withdrawn",
        "g1": "feed gap",
        "g2": "feed gap",
        "h1": "deregistered",
        "c1": "deregistered",
    }
    assert reasons(found, "no longer complex") == {"died": "died"}
    assert reasons(found, "joined") == {
        "born": "moved in",
        "returned": "opt-out withdrawn",
        "n1": "feed restored",  # of the two whom N's records now show there on the day of the last run, two were lacking
        "n2": "feed restored",
        "n3": "moved in",
        "registered_late": "moved in",  # 1 of P's 11 was lacking then
    }


def test_held_over_is_told_in_every_definition_that_counts_it(change):
    found = change(
        stays("held")
        | {
            "register.person_condition": draw(f"{CONDITION_COLUMNS}\nheld | b | gp | 2020-01-01 | 2020-01-01 | yes"),
            "meta.last_person_condition": draw(f"{CONDITION_COLUMNS}\nheld | b | gp | 2020-01-01 | 2020-01-01 | no"),
        }
    )
    rows = found.select("definition", "change", "condition", "reason").rows()
    assert rows == [(name, "held over", "b", "feed gap") for name in ("fresh", "kept", "moved")]


def test_a_condition_that_the_definition_newly_counts(change):
    both = draw(
        f"{CONDITION_COLUMNS}\none | a | gp | 2020-01-01 | 2020-01-01 | no\none | c | gp | 2020-01-01 | 2020-01-01 | no"
    )
    found = change(
        stays("one")
        | {
            "register.person_condition": both,
            "meta.last_person_condition": both,
            "register.mltc": draw(f"{LAST_MLTC}\none | moved | yes | no\none | kept | yes | no"),
            "meta.last_mltc": draw(f"{LAST_MLTC}\none | moved | no | no\none | kept | yes | no"),
        }
    )
    assert found.select("definition", "change", "condition", "reason").rows() == [
        ("moved", "condition gained", "c", "codelist version"),
        ("moved", "joined", None, "codelist version"),
    ]
    back = base()
    swapped = stays("one") | {
        "register.person_condition": both,
        "meta.last_person_condition": both,
        "register.mltc": draw(f"{LAST_MLTC}\none | moved | no | no"),
        "meta.last_mltc": draw(f"{LAST_MLTC}\none | moved | yes | no"),
        "codelist.membership": back["meta.last_membership"],
        "meta.last_membership": back["codelist.membership"],
    }
    assert change(swapped).select("definition", "change", "condition", "reason").rows() == [
        ("moved", "condition lost", "c", "codelist version"),
        ("moved", "left", None, "codelist version"),
    ]


def test_the_second_condition_tips_and_the_fourth_of_three_systems(change):
    """Systems: a heart, b lung, c and d gut, e brain. Order: kept first, then as they became known."""
    now = """
        person_id | condition | source | last_date  | first_known_date | is_held_over
        two       | a         | gp     | 2026-09-20 | 2026-09-20       | no
        two       | b         | gp     | 2020-01-01 | 2020-01-01       | no
        third     | a         | gp     | 2020-01-01 | 2020-01-01       | no
        third     | b         | gp     | 2026-09-20 | 2026-09-20       | no
        third     | e         | gp     | 2026-09-21 | 2026-09-21       | no
        full      | b         | gp     | 2026-09-20 | 2026-09-20       | no
        full      | c         | gp     | 2020-01-01 | 2020-01-01       | no
        full      | d         | gp     | 2020-01-01 | 2020-01-01       | no
        full      | a         | gp     | 2026-01-01 | 2026-01-01       | no
        ruled     | a         | gp     | 2020-01-01 | 2020-01-01       | no
        ruled     | b         | gp     | 2020-01-01 | 2020-01-01       | no
        """
    then = """
        person_id | condition | source | last_date  | first_known_date | is_held_over
        third     | a         | gp     | 2020-01-01 | 2020-01-01       | no
        full      | c         | gp     | 2020-01-01 | 2020-01-01       | no
        full      | d         | gp     | 2020-01-01 | 2020-01-01       | no
        ruled     | a         | gp     | 2020-01-01 | 2020-01-01       | no
        ruled     | b         | gp     | 2020-01-01 | 2020-01-01       | no
        less      | a         | gp     | 2020-01-01 | 2020-01-01       | no
        less      | b         | gp     | 2021-01-01 | 2021-01-01       | no
        less      | e         | gp     | 2022-01-01 | 2022-01-01       | no
        """
    found = change(
        stays("two", "third", "full", "ruled", "less")
        | {
            "register.person_condition": draw(now),
            "meta.last_person_condition": draw(then),
            "register.condition_status": draw(
                """
                index_date | person_id | condition
                2026-09-01 | two       | b
                2026-09-01 | full      | a
                2026-09-01 | less      | b
                """
            ),
            "register.evidence": draw("person_id | kind | evidence | event_date | known_date"),
            "register.mltc": draw(
                f"{LAST_MLTC}\ntwo | kept | yes | no\nthird | kept | yes | no\nfull | kept | yes | yes\n"
                "ruled | kept | yes | yes"
            ),
            "meta.last_mltc": draw(
                f"{LAST_MLTC}\nfull | kept | yes | no\nruled | kept | yes | no\nless | kept | yes | no"
            ),
        }
    )
    assert reasons(found, "joined") == {
        "two": "new code",  # b (backdated, known 2020) comes first, a second
        "third": "new code",  # a was there, b is the second; e is not asked
    }
    # full: c, d kept (1 system), a known 2026-01 (2 systems), b the fourth and of the third system
    assert reasons(found, "became complex") == {"full": "new code", "ruled": "codelist version"}
    # less: a first, b second (its window passed), e third (withdrawn)
    assert reasons(found, "left") == {"less": "rule window passed"}


def test_without_a_last_run_nothing_has_changed(change):
    empty = base()
    names = ("run", "definition", "membership")
    found = change(
        stays("new")
        | {f"meta.last_{name}": empty[f"meta.last_{name}"].clear() for name in names}
        | {
            "meta.last_person": draw(EVERYBODY),
            "register.person_condition": draw(f"{CONDITION_COLUMNS}\nnew | a | gp | 2020-01-01 | 2020-01-01 | no"),
            "register.mltc": draw(f"{LAST_MLTC}\nnew | kept | yes | no"),
        }
    )
    assert found.is_empty()
