"""The truth of the indicators of need: what each must say of each person with MLTC, told from what was written.

The rules are those of codelists/needs.toml as their words have them; no SQL of the product is read or called.
"""

import polars as pl

from mltc.synthetic.need_contacts import (
    gather_appointments,
    gather_contacts,
    tell_access,
    tell_continuity,
    tell_coordination,
    tell_services,
    tell_waiting,
)
from mltc.synthetic.need_medicines import find_ten_medicines, tell_medicines
from mltc.synthetic.need_prescribing import tell_prescribing
from mltc.synthetic.need_processes import read_reference, tell_processes, tell_reviews, tell_tests
from mltc.synthetic.need_rules import MODERATE, SEVERE, count_deficits, find_conditions, score_hospital_frailty
from mltc.synthetic.need_states import NEED_SCHEMA, say, say_count
from mltc.synthetic.need_stays import gather_stays, join_stays, tell_stays
from mltc.synthetic.need_written import Written
from mltc.synthetic.register_truth import DEFINITION
from mltc.synthetic.spells import PROVIDERS
from mltc.synthetic.waiting import LATE_PROVIDER

NO_FEED = ("health_rating", "low_patient_activation", "patient_activation_measured")
COMPLEX_CONDITIONS, COMPLEX_SYSTEMS = 4, 3  # [run] complex_minimum_conditions and _body_systems unless changed
FRAIL_AGE, OLDEST_AGE = 65, 75
HIGH_SCORE_TENTHS = 150  # a Hospital Frailty Risk Score above 15 is high
WHITE, NOT_STATED = ("A", "B", "C"), ("Z", "99")
REGISTERS = (
    "hypertension_register", "diabetes_register", "asthma_register", "copd_register", "palliative_care_register",
    "mental_illness_register", "learning_disability", "alcohol_dependence", "substance_misuse",
)  # fmt: skip


def tell_needs(written: Written) -> pl.DataFrame:
    """One row per person with MLTC of the default definition and indicator that applies: person_id, indicator, state,
    value (the figure behind it; null where there is none). By person and indicator.
    """
    diseases_of = written.codelists.tables["disease_condition"].filter(pl.col("verified") == "yes")
    members = set(written.codelists.memberships.filter(pl.col("definition") == DEFINITION)["condition"])
    reviewed = set(read_reference("condition_review")["condition"])
    unsafe_with = written.codelists.medicines.rule_parts.filter(pl.col("part") == "condition")["evidence"]
    held = find_conditions(written, {*members, *reviewed, *diseases_of["condition"], *unsafe_with, *REGISTERS})
    people = count_mltc(written, held, members)
    held = held.join(people.select("person"), on="person", how="semi")
    diseases = (
        held.join(diseases_of.select("condition", "disease"), on="condition").select("person", "disease").unique()
    )
    parts = join_stays(written)
    stays = gather_stays(parts)
    groups = group_people(written, people, held, diseases)
    contacts = gather_contacts(written)
    latest = {name: latest_list(written, place) for place, name in enumerate(PROVIDERS)}
    told = [
        *tell_people(people, held, written.is_known(24)),
        *tell_processes(written, groups),
        *tell_reviews(written, held, people),
        *tell_tests(written, people),
        *tell_stays(written, parts, stays, people),
        *tell_medicines(written, stays, people),
        *tell_prescribing(written, held, people),
        tell_new_complex(written, held.filter(pl.col("condition").is_in(members)), people),
        *tell_access(written, gather_appointments(written, stays), people, groups["vulnerable"]),
        *tell_services(written, contacts, diseases, people),
        *tell_continuity(written, stays, people, groups["complex"]),
        *tell_waiting(written, stays, contacts, people, latest),
        tell_mental_health(contacts, groups["common_mental_disorder"]),
    ]
    told.append(tell_coordination(told, people))
    return pl.concat(told).select(list(NEED_SCHEMA)).sort("person_id", "indicator")


def latest_list(written: Written, provider: int) -> int:
    """Last day of the month of the last waiting list of a provider; one of them is a month late."""
    return written.back(1 if provider == LATE_PROVIDER else 0) - 1


def count_mltc(written: Written, held: pl.DataFrame, members: set[str]) -> pl.DataFrame:
    """People with two or more conditions of the default definition, with what the register says of them."""
    kinds = pl.DataFrame(
        [(item.key, item.kind, item.body_system) for item in written.codelists.parsed],
        {"condition": pl.String, "kind": pl.String, "body_system": pl.String}, orient="row",
    )  # fmt: skip
    counted = held.filter(pl.col("condition").is_in(members)).join(kinds, on="condition").group_by("person").agg(
        conditions=pl.len(), systems=pl.col("body_system").n_unique(),
        is_physical=(pl.col("kind") == "physical").any(), is_mental=(pl.col("kind") == "mental").any(),
    )  # fmt: skip
    return written.people.join(counted.filter(pl.col("conditions") >= 2), on="person", how="inner").with_columns(
        is_complex=(pl.col("conditions") >= COMPLEX_CONDITIONS) & (pl.col("systems") >= COMPLEX_SYSTEMS)
    )


def group_people(
    written: Written, people: pl.DataFrame, held: pl.DataFrame, diseases: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """The people to whom an indicator applies, by the name of the group."""

    def have(*conditions: str) -> pl.DataFrame:
        rows = held.filter(pl.col("condition").is_in(conditions))
        return people.join(rows.select("person").unique(), on="person", how="semi")

    def suffer(disease: str) -> pl.DataFrame:
        return people.join(diseases.filter(pl.col("disease") == disease), on="person", how="semi")

    deficits = count_deficits(written).filter(pl.col("deficits") >= MODERATE)
    older = people.filter(pl.col("age_years") >= FRAIL_AGE)
    severe = older.join(deficits.filter(pl.col("deficits") >= SEVERE), on="person", how="semi")
    oldest = people.filter(pl.col("age_years") >= OLDEST_AGE)
    scored = score_hospital_frailty(written).filter(pl.col("tenths") > HIGH_SCORE_TENTHS)
    in_hospital = oldest.join(scored, on="person", how="semi").select(people.columns)
    ten = find_ten_medicines(written, people)
    carers = written.care.filter(pl.col("process") == "is_carer").select("person").unique()
    return {
        "all": people,
        "complex": people.filter("is_complex"),
        "frail": pl.concat([older.join(deficits, on="person", how="semi"), in_hospital]).unique("person"),
        "common_mental_disorder": suffer("common_mental_disorder"),
        "severe_mental_illness": suffer("severe_mental_illness"),
        "learning_disability_14": suffer("learning_disability").filter(pl.col("age_years") >= 14),
        "airways": have("asthma_register", "copd_register"),
        "end_of_life": pl.concat([have("palliative_care_register"), severe]).unique("person"),
        "carers": people.join(carers, on="person", how="semi"),
        "ten_medicines": ten,
        "for_structured_review": pl.concat([ten, severe, people.filter("is_care_home")]).unique("person"),
        "vulnerable": have("learning_disability", "mental_illness_register"),
        **{name: have(name) for name in ("hypertension_register", "diabetes_register", "palliative_care_register")},
    }


def tell_people(people: pl.DataFrame, held: pl.DataFrame, known_24: bool) -> list[pl.DataFrame]:
    """What is known of the persons themselves, and what no feed of the synthetic ICB tells."""
    letter = pl.col("ethnic_category")
    stated = letter.is_not_null() & ~letter.is_in(NOT_STATED)
    parts = [
        say(
            people,
            "physical_and_mental",
            pl.col("is_physical") & pl.col("is_mental"),
            pl.lit(True),
            pl.col("conditions"),
        ),
        say(people, "core20", pl.col("imd_decile") <= 2, pl.col("imd_decile") > 2, pl.col("imd_decile")),
        say(people, "ethnic_minority", stated & ~letter.is_in(WHITE), stated),
    ]
    for indicator, condition in (
        ("learning_disability", "learning_disability"), ("severe_mental_illness", "mental_illness_register")
    ):  # fmt: skip
        rows = held.filter(pl.col("condition") == condition).select("person", found=pl.lit(True))
        parts.append(say(people.join(rows, on="person", how="left"), indicator, pl.col("found"), pl.lit(True)))
    misuse = held.filter(pl.col("condition").is_in(["alcohol_dependence", "substance_misuse"]))
    counted = people.join(misuse.group_by("person").agg(found=pl.len()), on="person", how="left")
    parts.append(say_count(counted, "substance_dependence", pl.col("found"), 1, known_24))
    never = pl.lit(False)
    return [*parts, *(say(people, indicator, never, never) for indicator in NO_FEED)]


def tell_new_complex(written: Written, held: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """People whose MLTC became complex within 12 months, of those who were not complex before.

    The day on which it did is the later of those by which so many conditions, and of so many body systems, were known.
    """
    systems = pl.DataFrame(
        [(item.key, item.body_system) for item in written.codelists.parsed], ["condition", "body_system"], orient="row"
    )
    known = held.select("person", "condition", "known").join(systems, on="condition")
    by_condition = known.group_by("person").agg(
        condition_day=pl.col("known").sort().get(COMPLEX_CONDITIONS - 1, null_on_oob=True)
    )
    by_system = (
        known.group_by("person", "body_system")
        .agg(pl.col("known").min())
        .group_by("person")
        .agg(system_day=pl.col("known").sort().get(COMPLEX_SYSTEMS - 1, null_on_oob=True))
    )
    found = people.join(by_condition, on="person", how="left").join(by_system, on="person", how="left")
    began = pl.max_horizontal("condition_day", "system_day")
    new = found.filter(~pl.col("is_complex") | (began > written.back(12)))
    return say(new, "new_complex_mltc", pl.col("is_complex"), pl.lit(True), pl.col("conditions"))


def tell_mental_health(contacts: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Contacts of people with depression or anxiety; that there was none is not known, for want of referral codes."""
    seen = contacts.filter(pl.col("setting") == "mental_health").group_by("person").agg(found=pl.len())
    found = people.join(seen, on="person", how="left")
    return say(found, "no_mental_health_contact", pl.lit(False), pl.col("found") > 0, pl.col("found"))
