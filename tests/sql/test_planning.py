"""Facts of persons, rules over them, innovations and segments. Index date 2026-10-01."""

from itertools import product

import polars as pl
import pytest
from conftest import draw
from drawn_needs import draw_people

from mltc.innovations import build_innovations, load_innovations
from mltc.segments import build_segments

KNOWN = """
person_id | is_gp_event_known | is_gp_prescription_known
a         | yes               | yes
b         | no                | no
"""
CLAUSES = {"alternative": pl.Int64}


def rows(frame):
    return [tuple(row) for row in frame.rows()]


def facts_of(frame, person):
    return {(fact, state) for person_id, fact, state in frame.rows() if person_id == person}


def test_feed_that_failed_makes_the_record_not_known(build):
    found = build(
        "planning.known",
        {
            "register.person": draw(
                "person_id | practice_code | succeeded_from\n a | P1 |\n b | P2 |\n c | P3 | P2\n d | P4 |"
            ),
            "meta.feed": draw("has_gp_event | has_gp_prescription\n yes | no"),
            "meta.practice_abstention": draw(
                """
                practice_code | table_name      | from_month_date
                P2            | gp_event        | 2026-08-01
                P4            | gp_event        | 2026-11-01
                """
            ).rename({"from_month_date": "from_month"}),
        },
    )
    # c is in the practice that took over P2, whose feed failed; that of P4 fails only after the index date
    assert rows(found) == [("a", True, False), ("b", False, False), ("c", False, False), ("d", True, False)]


def test_bands_of_age(build):
    people = draw("person_id | age_years\n a | 17\n b | 18\n c | 64\n d | 65\n e | 74\n f | 75", age_years=pl.Int64)
    found = build("planning.fact_age", {"register.person": people})
    assert [(person, fact) for person, fact, _ in found.rows()] == [
        ("a", "age_under_18"),
        ("b", "age_18_64"),
        ("c", "age_18_64"),
        ("d", "age_65_or_over"),
        ("e", "age_65_or_over"),
        ("f", "age_65_or_over"),
        ("f", "age_75_or_over"),
    ]


def test_numbers_of_conditions_are_not_known_where_the_record_stopped(build):
    mltc = """
    person_id | definition | condition_count | is_mltc | is_complex_mltc | has_physical_mental
    a         | d          | 1               | no      | no              | no
    a         | other      | 5               | yes     | yes             | yes
    b         | d          | 2               | yes     | no              | no
    """
    inputs = {"register.mltc": draw(mltc, condition_count=pl.Int64), "planning.known": draw(KNOWN)}
    found = build("planning.fact_mltc", inputs, definition="d")
    assert facts_of(found, "a") == {("long_term_condition", "present")}
    assert facts_of(found, "b") == {
        ("long_term_condition", "present"),
        ("mltc", "present"),
        ("complex_mltc", "not_known"),
        ("physical_and_mental", "not_known"),
    }


def test_conditions_and_the_facts_that_they_make(build):
    inputs = {
        "register.person_condition": draw("person_id | condition\n a | dementia\n b | heart_failure\n z | dementia"),
        "register.person": draw("person_id\n a\n b"),
        "codelist.fact_condition": draw(
            "fact | condition\n dementia | dementia\n heart | heart_failure\n heart | heart_failure_register"
        ),
        "planning.known": draw(KNOWN),
    }
    assert rows(build("planning.fact_condition", inputs)) == [
        ("a", "condition:dementia", "present"),
        ("b", "condition:heart_failure", "present"),
    ]
    assert rows(build("planning.fact_care", inputs)) == [
        ("a", "dementia", "present"),
        ("b", "dementia", "not_known"),
        ("b", "heart", "present"),
    ]


def test_frailty_by_score_from_its_age_and_bands_above_where_the_record_stopped(build):
    score = """
    index_date | person_id | efi_band | hfrs_band    | efi_is_65_or_over | hfrs_is_75_or_over
    2026-10-01 | fit       | fit      | low          | yes               | yes
    2026-10-01 | young     | severe   | high         | no                | no
    2026-10-01 | frail     | moderate | intermediate | yes               | yes
    2026-10-01 | stopped   | mild     | low          | yes               | yes
    2026-10-01 | no_feed   |          |              | yes               | yes
    2025-10-01 | fit       | severe   | high         | yes               | yes
    """
    known = "person_id | is_gp_event_known\n fit | yes\n young | yes\n frail | yes\n stopped | no\n no_feed | no"
    found = build(
        "planning.fact_frailty",
        {
            "scores.person_score": draw(score),
            "planning.known": draw(known),
            "codelist.efi_band": draw(
                "efi_band | sort_key\n fit | 1\n mild | 2\n moderate | 3\n severe | 4", sort_key=pl.Int64
            ),
            "codelist.hfrs_band": draw(
                "hfrs_band | sort_key\n low | 1\n intermediate | 2\n high | 3", sort_key=pl.Int64
            ),
        },
    )
    assert facts_of(found, "fit") == facts_of(found, "young") == set()
    assert facts_of(found, "frail") == {("efi_moderate", "present"), ("hfrs_intermediate", "present")}
    assert facts_of(found, "stopped") == {
        ("efi_mild", "present"),
        ("efi_moderate", "not_known"),
        ("efi_severe", "not_known"),
    }
    assert facts_of(found, "no_feed") == {
        (fact, "not_known") for fact in ("efi_mild", "efi_moderate", "efi_severe", "hfrs_intermediate", "hfrs_high")
    }


def test_where_people_live(build):
    people = """
    person_id | is_care_home | is_housebound | imd_decile
    a         | yes          | no            | 2
    b         | no           |               | 3
    c         |              |               |
    """
    deficit = "index_date | person_id | deficit\n 2026-10-01 | c | housebound\n 2025-10-01 | a | housebound\n 2026-10-01 | b | falls"
    found = build(
        "planning.fact_place",
        {"register.person": draw(people, imd_decile=pl.Int64), "scores.efi_deficit": draw(deficit)},
    )
    assert facts_of(found, "a") == {("care_home", "present"), ("core20", "present")}
    assert facts_of(found, "b") == {("housebound", "not_known")}
    assert facts_of(found, "c") == {("care_home", "not_known"), ("housebound", "present"), ("core20", "not_known")}


def test_bands_of_risk_are_not_known_of_whom_no_model_scored(build):
    risk = """
    person_id | outcome   | risk_band | status
    a         | admission | High      | scored
    b         | admission |           | no model
    c         | admission |           | has it already
    a         | death     | Low       | scored
    """
    found = build(
        "planning.fact_risk",
        {
            "risk.person_risk": draw(risk),
            "risk.outcome": draw("outcome | is_main\n admission | yes\n death | no"),
            "register.person": draw("person_id\n a\n b\n c"),
            "codelist.risk_band": draw("risk_band\n High\n Low"),
        },
    )
    assert rows(found) == [
        ("a", "risk:High", "present"),
        ("b", "risk:High", "not_known"),
        ("b", "risk:Low", "not_known"),
    ]


def test_patterns_of_all_ages(build):
    found = build(
        "planning.fact_cluster",
        {"clusters.person_cluster": draw("stratum | person_id | cluster_id\n all | a | C1\n 65+ | a | C7")},
    )
    assert rows(found) == [("a", "cluster:C1", "present")]


def test_thresholds_of_medicines(build):
    score = "index_date | person_id | medicine_count_3m\n 2026-10-01 | a | 10\n 2026-10-01 | b | 5\n 2026-10-01 | c |"
    known = "person_id | is_gp_prescription_known\n a | yes\n b | no\n c | yes"
    found = build(
        "planning.fact_medicine",
        {"scores.person_score": draw(score, medicine_count_3m=pl.Int64), "planning.known": draw(known)},
    )
    names = [f"medicines_{count}_or_more" for count in (5, 8, 10, 15)]
    assert facts_of(found, "a") == set(zip(names[:3], ["present"] * 3, strict=True))
    assert facts_of(found, "b") == set(zip(names, ["present", *["not_known"] * 3], strict=True))
    assert facts_of(found, "c") == {(name, "not_known") for name in names}


def test_indicators_and_needs_that_are_absent_have_no_row(build):
    indicator = "person_id | indicator | state\n a | x | present\n a | y | absent\n b | x | not_known"
    need = "person_id | need | state\n a | access | absent\n b | access | present"
    found = build("planning.fact_indicator", {"needs.person_indicator": draw(indicator)})
    assert rows(found) == [("a", "indicator:x", "present"), ("b", "indicator:x", "not_known")]
    assert rows(build("planning.fact_need", {"needs.person_need": draw(need)})) == [("b", "need:access", "present")]


def evaluate(build, clauses, facts):
    """State and facts of rule r by person, of clauses `alternative | fact | is_without`."""
    innovation = draw(clauses, **CLAUSES).with_columns(innovation=pl.lit("r"))
    found = build(
        "planning.rule_state",
        {
            "codelist.innovation_clause": innovation,
            "codelist.segment_clause": innovation.clear()
            .rename({"innovation": "segment"})
            .with_columns(scheme=pl.lit("s")),
            "planning.person_fact": draw(facts),
        },
    )
    return {person: (state, facts) for person, _, _, state, facts in found.rows()}


STATES = {"present": "present", "absent": None, "not_known": "not_known"}


@pytest.mark.parametrize(("first", "second"), list(product(STATES, STATES)))
def test_an_alternative_of_two_facts(build, first, second):
    """Absent one is no; else not known one is not known; both present is yes."""
    text = "person_id | fact | state\n z | other | present"
    for fact, state in (("f", first), ("g", second)):
        text += f"\n p | {fact} | {state}" if STATES[state] else ""
    found = evaluate(build, "alternative | fact | is_without\n 1 | f | no\n 1 | g | no", text)
    if "absent" in (first, second):
        assert found == {}
    elif "not_known" in (first, second):
        unknown = [fact for fact, state in (("f", first), ("g", second)) if state == "not_known"]
        assert found == {"p": ("not_known", unknown)}
    else:
        assert found == {"p": ("holds", ["f", "g"])}


def test_what_must_not_be_present(build):
    clauses = "alternative | fact | is_without\n 1 | f | no\n 1 | g | yes"
    facts = """
    person_id | fact | state
    yes       | f    | present
    barred    | f    | present
    barred    | g    | present
    open      | f    | present
    open      | g    | not_known
    both_open | f    | not_known
    both_open | g    | present
    only_g    | g    | not_known
    """
    assert evaluate(build, clauses, facts) == {"yes": ("holds", ["f"]), "open": ("not_known", ["g"])}


def test_another_alternative_that_holds_settles_it(build):
    clauses = "alternative | fact | is_without\n 1 | f | no\n 1 | g | no\n 2 | h | no\n 3 | f | no\n 3 | h | no"
    facts = """
    person_id | fact | state
    settled   | f    | present
    settled   | g    | not_known
    settled   | h    | present
    open      | f    | present
    open      | g    | not_known
    """
    found = evaluate(build, clauses, facts)
    assert found == {"settled": ("holds", ["f", "h"]), "open": ("not_known", ["g"])}


def test_only_people_with_mltc_are_eligible(build):
    state = draw(
        """
        person_id | catalogue  | rule   | state     | facts
        a         | innovation | clinic | holds     | f g
        b         | innovation | clinic | not_known | h
        c         | innovation | clinic | holds     | f
        a         | segment    | s one  | holds     | f
        """,
        facts=pl.List(pl.String),
    )
    inputs = {"planning.rule_state": state, "needs.person": draw_people("a", "b")}
    found = build("planning.innovation_eligibility", inputs)
    assert rows(found) == [("a", "clinic", "eligible", "f, g"), ("b", "clinic", "not_known", "h")]


def write_facts(persons):
    """planning.person_fact of persons drawn as {person: "fact fact ?fact"}, where ? is not known."""
    drawn = [
        (person, fact.removeprefix("?"), "not_known" if fact.startswith("?") else "present")
        for person, facts in persons.items()
        for fact in facts.split()
    ]
    return pl.DataFrame(drawn, schema=["person_id", "fact", "state"], orient="row")


def write_catalogues():
    return {f"codelist.{name}": frame for name, frame in {**build_innovations(), **build_segments()}.items()}


# One person for each innovation who is eligible for it, and the fact without which they are not.
ELIGIBLE = {
    "one_clinic": ("indicator:three_specialties indicator:three_providers", "indicator:three_providers"),
    "outreach_clinic": ("core20 indicator:missed_appointments", "core20"),
    "longer_appointment": ("complex_mltc physical_and_mental", "complex_mltc"),
    "annual_review": ("complex_mltc indicator:annual_review_overdue", "complex_mltc"),
    "virtual_ward": ("heart_failure indicator:two_unplanned_admissions", "heart_failure"),
    "self_monitoring_app": ("condition:hypertension", "condition:hypertension"),
    "complex_care_team": ("complex_mltc housebound", "housebound"),
    "usual_clinician": ("complex_mltc indicator:low_continuity", "indicator:low_continuity"),
    "mdt_meeting": ("complex_mltc indicator:five_services", "indicator:five_services"),
    "continuity_team": ("dementia indicator:low_continuity", "dementia"),
    "shared_record": ("indicator:three_providers indicator:five_services", "indicator:three_providers"),
    "medicines_optimisation": ("age_65_or_over indicator:anticholinergic_burden", "age_65_or_over"),
    "physical_activity": ("mltc condition:osteoarthritis", "condition:osteoarthritis"),
    "geriatric_assessment": ("care_home efi_severe", "care_home"),
}


def test_a_drawn_person_for_each_innovation(build):
    assert set(ELIGIBLE) == {each.key for each in load_innovations()}
    persons = {key: facts for key, (facts, _) in ELIGIBLE.items()}
    persons |= {f"{key} less": " ".join(set(facts.split()) - {fact}) for key, (facts, fact) in ELIGIBLE.items()}
    persons |= {f"{key} open": facts.replace(fact, f"?{fact}") for key, (facts, fact) in ELIGIBLE.items()}
    found = build("planning.rule_state", {**write_catalogues(), "planning.person_fact": write_facts(persons)})
    states = {(row[0], row[2]): row[3] for row in found.rows() if row[1] == "innovation"}
    for key in ELIGIBLE:
        assert states[key, key] == "holds"
        assert (f"{key} less", key) not in states
        assert states[f"{key} open", key] == "not_known"


def test_exercise_is_not_for_the_severely_frail_and_open_where_that_is_not_known(build):
    persons = {
        "fit": "mltc heart_failure",
        "frail": "mltc heart_failure efi_severe",
        "open": "mltc heart_failure ?efi_severe",
    }
    found = build("planning.rule_state", {**write_catalogues(), "planning.person_fact": write_facts(persons)})
    states = {row[0]: row[3] for row in found.rows() if row[2] == "physical_activity"}
    assert states == {"fit": "holds", "open": "not_known"}


SEGMENTS = {
    "nobody": ("age_18_64", "generally_well HLTY65- none not_core20"),
    "child": ("age_under_18 core20", "generally_well HLTY18- none core20"),
    "ill child": ("age_under_18 long_term_condition", "long_term_conditions CLD1LTC none not_core20"),
    "very ill child": ("age_under_18 long_term_condition mltc", "long_term_conditions CLDCHN mltc not_core20"),
    "old": ("age_65_or_over long_term_condition mltc", "long_term_conditions LTC65+ mltc not_core20"),
    "old and well": ("age_65_or_over", "generally_well HLTY65+ none not_core20"),
    "dementia": ("age_65_or_over dementia heart_failure mltc", "frailty_dementia DACD65+ mltc not_core20"),
    "heart": ("age_18_64 heart_failure metastatic_cancer", "organ_failure HLTY65- none not_core20"),
    "cancer": ("age_65_or_over metastatic_cancer palliative_care", "incurable_cancer HLTY65+ housebound_end_of_life not_core20"),
    "learning": ("age_18_64 learning_disability severe_mental_illness", "disability LD65- none not_core20"),
    "psychosis": ("age_18_64 severe_mental_illness dementia", "frailty_dementia SMI65- none not_core20"),
    "frail": ("age_65_or_over age_75_or_over efi_severe mltc", "frailty_dementia HLTY65+ frail_75 not_core20"),
    "frail at 70": ("age_65_or_over efi_severe mltc", "frailty_dementia HLTY65+ mltc not_core20"),
    "home": ("age_65_or_over age_75_or_over efi_severe care_home palliative_care", "frailty_dementia HLTY65+ care_home not_core20"),
}  # fmt: skip


def place(build, persons):
    """scheme -> segment and certainty by person, of persons drawn with their facts."""
    catalogues = write_catalogues()
    state = build("planning.rule_state", {**catalogues, "planning.person_fact": write_facts(persons)})
    people = pl.DataFrame({"person_id": list(persons)})
    return build("planning.person_segment", {"planning.rule_state": state, "register.person": people})


def test_drawn_persons_are_in_the_first_segment_whose_rule_holds(build):
    found = place(build, {person: facts for person, (facts, _) in SEGMENTS.items()})
    schemes = ["bridges_to_health", "nwl_13", "neighbourhood_cohorts", "core20"]
    for person, (_, expected) in SEGMENTS.items():
        segments = dict(found.filter(person_id=person).select("scheme", "segment").rows())
        assert " ".join(segments[scheme] for scheme in schemes) == expected, person


def test_segments_part_the_register(build):
    """Everyone once in every scheme, persons without any fact or with nothing known among them."""
    bits = ("age_65_or_over", "dementia", "care_home", "?efi_severe", "mltc", "core20")
    persons = {
        str(number): " ".join(bit for place, bit in enumerate(bits) if number >> place & 1) for number in range(64)
    }
    found = place(build, persons)
    assert found.height == 64 * 4
    assert found.unique(["person_id", "scheme"]).height == found.height
    assert found["segment"].null_count() == found["is_certain"].null_count() == 0


def test_a_segment_is_certain_unless_an_earlier_one_is_not_known(build):
    persons = {"after": "age_75_or_over dementia mltc ?care_home", "before": "care_home ?housebound"}
    found = place(build, persons).filter(scheme="neighbourhood_cohorts")
    assert rows(found.select("person_id", "segment", "is_certain")) == [
        ("after", "mltc", False),
        ("before", "care_home", True),
    ]


PRACTICES = """
practice_code | practice_name | pcn_code | pcn_name
P1            | One           | U1       | North
P2            | Two           | U1       | North
P3            | Three         | U2       | South
"""


def test_places_and_innovations_that_nobody_is_eligible_for_are_counted_too(build):
    people = draw_people("a", "b", "c", practice_code=["P1", "P2", "P3"])
    eligibility = "person_id | innovation | state\n a | x | eligible\n b | x | not_known\n c | x | eligible"
    catalogue = draw("innovation | people_per_wte\n x | 10\n y |", people_per_wte=pl.Int64)
    found = build(
        "planning.innovation_place",
        {
            "needs.person": people,
            "register.practice": draw(PRACTICES),
            "codelist.innovation": catalogue,
            "planning.innovation_eligibility": draw(eligibility),
        },
        icb_code="QXX",
        icb_name="An ICB",
    )
    assert found.height == (1 + 2 + 3) * 2
    numbers = found.select("geography_code", "innovation", "mltc_persons", "eligible_persons", "not_known_persons")
    assert ("QXX", "x", 3, 2, 1) in rows(numbers)
    assert ("U1", "x", 2, 1, 1) in rows(numbers)
    assert ("P3", "y", 1, 0, 0) in rows(numbers)
    wte = dict(found.filter(geography_code="QXX").select("innovation", "wte_needed").rows())
    assert wte == {"x": 0.2, "y": None}  # 2 people / 10 per WTE; no staff of its own


def test_overlaps_in_bands_from_both_sides(build):
    """100 people for x, of whom 25 for y as well; 75 for y alone are 100; z has one person too few to tell."""
    drawn = [(f"x{number}", "x") for number in range(100)]
    drawn += [(f"x{number}", "y") for number in range(25)] + [(f"y{number}", "y") for number in range(75)]
    drawn += [(f"x{number}", "z") for number in range(99)]
    eligible = pl.DataFrame(drawn, schema=["person_id", "innovation"], orient="row").with_columns(
        state=pl.lit("eligible")
    )
    open_for_y = pl.DataFrame({"person_id": ["x99"], "innovation": ["y"], "state": ["not_known"]})
    catalogue = draw("innovation | innovation_name\n x | X\n y | Y\n z | Z\n w | W")
    inputs = {"planning.innovation_eligibility": pl.concat([eligible, open_for_y]), "codelist.innovation": catalogue}
    found = build("marts.innovation_overlap", inputs)
    assert found.height == 4 * 3
    bands = {(row[0], row[2]): row[4:] for row in found.rows()}
    assert bands["x", "y"] == bands["y", "x"] == ("25% to 49%", 100, 25)
    assert bands["x", "z"] == ("75% or more", 100, 99)
    assert bands["z", "x"] == ("too few people to tell", 99, 99)
    assert bands["x", "w"] == ("less than 10%", 100, 0)
    assert bands["w", "x"] == ("too few people to tell", 0, 0)


def test_groups_of_everyone_with_mltc(build):
    people = draw(
        "person_id | imd_quintile | ethnic_group\n a | 1 | White\n b | 1 | Asian\n c | | White\n well | 5 | Black",
        imd_quintile=pl.Int64,
    )
    found = build(
        "marts.innovation_group",
        {
            "needs.person": draw_people("a", "b", "c"),
            "register.person": people,
            "codelist.innovation": draw("innovation | innovation_name\n x | X"),
            "planning.innovation_eligibility": draw(
                "person_id | innovation | state\n a | x | eligible\n b | x | not_known"
            ),
        },
    )
    assert {(row[2], row[3]): row[5:] for row in found.rows()} == {
        ("imd_quintile", "1 (most deprived)"): (2, 1),
        ("imd_quintile", "Not known"): (1, 0),
        ("ethnic_group", "White"): (2, 1),
        ("ethnic_group", "Asian"): (1, 0),
        # nobody has MLTC: without these rows, their absence would give away that the count is 0
        ("imd_quintile", "5 (least deprived)"): (0, 0),
        ("ethnic_group", "Black"): (0, 0),
    }


def test_segments_of_places_and_what_their_people_use(build):
    segment = """
    scheme | scheme_name | scheme_limits | segment | segment_name | rule | limits | sort_key
    s      | S           | none          | one     | One          | f    | none   | 1
    s      | S           | none          | rest    | Rest         | else | none   | 2
    """
    inputs = {
        "planning.person_segment": draw(
            "person_id | scheme | segment | is_certain\n a | s | one | yes\n b | s | one | no\n c | s | one | yes"
        ),
        "planning.person_cost": draw("person_id | cost_gbp\n a |\n b |\n c |", cost_gbp=pl.Float64),
        "features.use_count": draw(
            """
            index_date | person_id | unplanned_admission_count_12m | unplanned_bed_days_12m
            2026-10-01 | a         | 3                             | 9
            2026-10-01 | b         | 0                             | 0
            2026-10-01 | c         | 0                             |
            """,
            unplanned_admission_count_12m=pl.Int64,
            unplanned_bed_days_12m=pl.Int64,
        ),
        "codelist.segment": draw(segment, sort_key=pl.Int64),
    }
    found = build("marts.segment", inputs, icb_code="QXX", icb_name="An ICB")
    assert found.height == 2
    numbers = {(row["geography_code"], row["segment"]): row for row in found.to_dicts()}
    whole = numbers["QXX", "one"]
    assert (whole["persons"], whole["certain_share"]) == (3, "not all")
    assert whole["mean_unplanned_admissions"] == 1.0  # (3 + 0 + 0) / 3
    assert whole["mean_unplanned_bed_days"] == 4.5  # (9 + 0) / 2: of one it is not known
    assert whole["mean_cost_gbp"] is None
    assert (numbers["QXX", "rest"]["persons"], numbers["QXX", "rest"]["certain_share"]) == (0, "all")


def test_cost_is_nought_for_those_without_use_where_records_bear_costs(build):
    inputs = {
        "register.person": draw("person_id\n a\n b"),
        "register.continuous_inpatient_spell": draw(
            "person_id | cost_gbp | admission_date\n a | 100 | 2026-01-01\n a | 900 | 2025-10-01", cost_gbp=pl.Float64
        ),
        "staging.emergency": draw(
            "person_id | cost_gbp | arrival_date\n a | 50 | 2026-10-01", cost_gbp=pl.Float64
        ).rename({"arrival_date": "arrival_at"}),
        "staging.outpatient": draw("person_id | cost_gbp | appointment_date", cost_gbp=pl.Float64),
    }
    found = build("planning.person_cost", inputs)
    assert rows(found) == [("a", 150.0), ("b", 0.0)]  # 100 + 50; a year before the index date is too long ago
    without = {
        name: frame.with_columns(cost_gbp=pl.lit(None, pl.Float64)) if "cost_gbp" in frame.columns else frame
        for name, frame in inputs.items()
    }
    assert rows(build("planning.person_cost", without)) == [("a", None), ("b", None)]
