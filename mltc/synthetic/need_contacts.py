"""The truth of indicators that are told from contacts and appointments: continuity, access, coordination, waiting."""

import polars as pl

from mltc.synthetic.need_medicines import drop_readmitted
from mltc.synthetic.need_states import NOT_KNOWN, PRESENT, say, say_count
from mltc.synthetic.need_written import Written

SIGNS = (
    "two_unplanned_admissions", "discharge_without_contact", "five_transitions", "five_services",
    "frailty_without_assessment", "waiting_two_specialties", "unplanned_admission_while_waiting",
    "waiting_without_contact", "complex_without_care_plan", "repeated_readmission",
)  # fmt: skip
FEWEST_CONTACTS = 3
LIST_DAYS = 92
SETTINGS = {
    "practice": "missed_practice", "outpatient": "missed_outpatient", "mental_health": "missed_mental_health",
    "community": "missed_community",
}  # fmt: skip


def gather_appointments(written: Written, stays: pl.DataFrame) -> pl.DataFrame:
    """One row per appointment of 12 months that was not cancelled: person, setting, day, kept, missed, untold."""
    parts = []
    for setting, table in (
        ("practice", written.consultations), ("mental_health", written.mental_health), ("community", written.community)
    ):  # fmt: skip
        parts.append(
            table.filter(pl.col("status").fill_null("") != "cancelled").select(
                "person",
                setting=pl.lit(setting),
                day="day",
                kept=pl.col("status") == "attended",
                missed=pl.col("status") == "dna",
                untold=pl.col("status").is_null(),
            )
        )
    status = pl.col("attendance_status")
    parts.append(
        written.outpatient.filter(~status.is_in(["0", "2", "4"])).select(
            "person",
            setting=pl.lit("outpatient"),
            day="day",
            kept=status.is_in(["5", "6"]),
            missed=status == "3",
            untold=status.is_null(),
        )
    )
    last = pl.min_horizontal(pl.col("discharge").fill_null(written.index_day), pl.lit(written.index_day))
    begun = pl.when(pl.col("admission") > written.back(12)).then("admission").otherwise(last)
    for setting, rows in (
        ("emergency", written.emergency.select("person", "day")), ("hospital", stays.select("person", day=begun))
    ):  # fmt: skip
        parts.append(
            rows.select(
                "person",
                setting=pl.lit(setting),
                day="day",
                kept=pl.lit(True),
                missed=pl.lit(False),
                untold=pl.lit(False),
            )
        )
    return (
        pl.concat(parts)
        .filter(written.within(12))
        .with_columns(pl.col("kept").fill_null(False), pl.col("missed").fill_null(False))
    )


def gather_contacts(written: Written) -> pl.DataFrame:
    """One row per contact of 12 months: person, setting, provider, service, day."""
    seen = written.outpatient.filter(pl.col("attendance_status").is_in(["5", "6"]))
    last = pl.min_horizontal("end", pl.lit(written.index_day))
    none = pl.lit(None, pl.String)
    parts = [
        written.consultations.filter(pl.col("status") == "attended").select(
            "person", "day", setting=pl.lit("practice"), provider=none, service=none
        ),
        written.emergency.select("person", "day", setting=pl.lit("emergency"), provider="provider_code", service=none),
        seen.select("person", "day", setting=pl.lit("outpatient"), provider="provider_code", service="specialty"),
        written.spells.select("person", day=last, setting=pl.lit("hospital"), provider="provider", service="specialty"),
    ]
    for setting, table in (("mental_health", written.mental_health), ("community", written.community)):
        attended = table.filter(pl.col("status") == "attended")
        parts.append(
            attended.select("person", "day", setting=pl.lit(setting), provider="provider_code", service="service")
        )
    return pl.concat(parts).filter(written.within(12))


def tell_access(
    written: Written, appointments: pl.DataFrame, people: pl.DataFrame, vulnerable: pl.DataFrame
) -> list[pl.DataFrame]:
    """Contacts that were not there, and appointments that were missed."""
    by_setting = appointments.group_by("person", "setting").agg(
        pl.col("missed", "untold", "kept").sum(), told=pl.col("untold").not_().sum()
    )
    several = by_setting.group_by("person").agg(
        seen=(pl.col("kept") > 0).sum(), missed=pl.col("missed").sum(), untold=pl.col("untold").sum()
    )
    everybody = people.join(several, on="person", how="left").with_columns(
        pl.col("seen", "missed", "untold").fill_null(0)
    )
    all_told = pl.col("untold") == 0
    none, seen = pl.col("seen") == 0, pl.col("seen") > 0
    parts = [say(everybody, "no_contact", none & all_told, seen, pl.when(seen | all_told).then("seen"))]
    practice = people.join(by_setting.filter(pl.col("setting") == "practice"), on="person", how="left").with_columns(
        pl.col("kept", "untold").fill_null(0)
    )
    met = pl.col("kept") > 0
    figure = pl.when(met).then(1).when(all_told).then(0)
    parts.append(say(practice, "no_practice_contact", ~met & all_told, met, figure))
    both = (
        by_setting.filter(pl.col("setting").is_in(["practice", "outpatient"]))
        .group_by("person")
        .agg(pl.col("missed", "untold").sum())
    )
    for indicator, of, counts, least in (
        ("missed_appointments", people, both, 2), ("vulnerable_missed", vulnerable, several, 1)
    ):  # fmt: skip
        told = pl.col("untold").fill_null(0) == 0
        parts.append(say_count(of.join(counts, on="person", how="left"), indicator, pl.col("missed"), least, told))
    for setting, indicator in SETTINGS.items():
        own = people.join(by_setting.filter(pl.col("setting") == setting), on="person", how="inner")
        many = (pl.col("missed") >= 2) & (pl.col("missed") * 5 >= pl.col("told")) & all_told
        parts.append(say(own, indicator, many, all_told, pl.when(all_told).then(pl.col("missed") / pl.col("told"))))
    unplanned = written.emergency.filter(
        written.within(12), pl.col("attendance_category") != "4", pl.col("department_type") != "05"
    )
    often = people.join(unplanned.group_by("person").agg(found=pl.len()), on="person", how="left")
    return [*parts, say_count(often, "high_intensity_emergency", pl.col("found"), 5, True)]


def tell_services(
    written: Written, contacts: pl.DataFrame, diseases: pl.DataFrame, people: pl.DataFrame
) -> list[pl.DataFrame]:
    """How many specialties, providers and services see a person, and clinics of diseases that interact."""
    in_hospital = pl.col("setting").is_in(["hospital", "outpatient"])
    service = (
        pl.when(in_hospital).then(pl.lit("specialty")).otherwise("setting") + " " + pl.col("service").fill_null("")
    )
    clinics = contacts.filter(pl.col("setting") == "outpatient")
    hospitals = contacts.filter(in_hospital | (pl.col("setting") == "emergency"))
    parts = []
    for indicator, rows, what, least in (
        ("three_specialties", clinics, pl.col("service"), 3),
        ("three_providers", hospitals, pl.col("provider"), 3),
        ("five_services", contacts, service, 5),
    ):
        found = people.join(rows.group_by("person").agg(found=what.n_unique()), on="person", how="left")
        parts.append(say_count(found, indicator, pl.col("found"), least, True))
    return [*parts, tell_pairs(written, clinics, diseases, people)]


def tell_pairs(written: Written, clinics: pl.DataFrame, diseases: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Pairs of interacting diseases of which each was seen in a clinic that is not also the other's."""
    tables = written.codelists.tables
    places = tables["disease_clinic"].filter(pl.col("verified") == "yes")
    of = {key[0]: set(part["specialty_code"]) for key, part in places.partition_by("disease", as_dict=True).items()}
    holders = {key[0]: set(part["person"]) for key, part in diseases.partition_by("disease", as_dict=True).items()}
    attended = {key[0]: set(part["person"]) for key, part in clinics.partition_by("service", as_dict=True).items()}
    rows = []
    for first, second in tables["interacting_pair"].filter(pl.col("verified") == "yes").select(
        "first_disease", "second_disease"
    ).iter_rows():  # fmt: skip
        both = holders.get(first, set()) & holders.get(second, set())
        one, other = of.get(first, set()), of.get(second, set())
        seen_one = set().union(*(attended.get(code, set()) for code in one - other))
        seen_other = set().union(*(attended.get(code, set()) for code in other - one))
        rows += [(person, person in seen_one and person in seen_other) for person in both]
    counted = (
        pl.DataFrame(rows, {"person": pl.Int64, "apart": pl.Boolean}, orient="row")
        .group_by("person")
        .agg(found=pl.col("apart").sum())
    )
    held = people.join(counted, on="person", how="inner")
    return say_count(held, "pair_in_separate_clinics", pl.col("found"), 1, True)


def tell_continuity(
    written: Written, stays: pl.DataFrame, people: pl.DataFrame, complex_people: pl.DataFrame
) -> list[pl.DataFrame]:
    """Indices over 24 months, the usual clinician, and contacts after a discharge."""
    attended = written.consultations.filter(pl.col("status") == "attended")
    recent = attended.filter(written.within(24))
    named = recent.filter(pl.col("clinician").is_not_null())
    known = pl.lit(written.is_known(24))
    parts = []
    for indicator, rows in (("low_continuity", named), ("low_gp_continuity", named.filter(pl.col("role") == "gp"))):
        by_one = rows.group_by("person", "clinician").agg(n=pl.len())
        index = by_one.group_by("person").agg(contacts=pl.col("n").sum(), index=pl.col("n").max() / pl.col("n").sum())
        parts.append(say_index(people, indicator, index, 0.5, known))
    gps = named.filter(pl.col("role") == "gp")
    spread = (
        gps.group_by("person", "clinician")
        .agg(n=pl.len().cast(pl.Int64))
        .group_by("person")
        .agg(contacts=pl.col("n").sum(), squares=(pl.col("n") * pl.col("n")).sum())
    )
    pairs = pl.col("contacts") * (pl.col("contacts") - 1)
    spread = spread.with_columns(index=(pl.col("squares") - pl.col("contacts")) / pairs)
    parts.append(say_index(people, "low_bice_boxerman", spread, 0.25, known))
    ordered = gps.sort("person", "day", "clinician")
    same = (pl.col("clinician") == pl.col("clinician").shift(1)).sum()
    sequence = (
        ordered.group_by("person")
        .agg(contacts=pl.len(), same=same)
        .with_columns(index=pl.col("same") / (pl.col("contacts").cast(pl.Int64) - 1))
    )
    parts.append(say_index(people, "low_sequential_continuity", sequence, 0.25, known))
    most = named.group_by("person", "clinician").agg(n=pl.len()).group_by("person").agg(most=pl.col("n").max())
    nobody = recent.filter(pl.col("clinician").is_null()).select("person").unique().with_columns(unnamed=pl.lit(True))
    usual = (
        complex_people.join(most, on="person", how="left")
        .join(nobody, on="person", how="left")
        .with_columns(pl.col("most").fill_null(0), pl.col("unnamed").fill_null(False))
    )
    twice, told = pl.col("most") >= 2, known & pl.col("unnamed").not_()
    parts.append(say(usual, "no_usual_clinician", ~twice & told, twice, pl.when(twice | told).then("most")))
    return parts + tell_discharges(written, attended, stays, people)


def say_index(people: pl.DataFrame, indicator: str, index: pl.DataFrame, cut: float, known: pl.Expr) -> pl.DataFrame:
    """Present where the index is below the cut; it needs its whole window and three contacts."""
    found = people.join(index, on="person", how="left")
    told = known & (pl.col("contacts") >= FEWEST_CONTACTS).fill_null(False)
    return say(found, indicator, told & (pl.col("index") < cut), told, pl.when(told).then("index"))


def tell_discharges(
    written: Written, attended: pl.DataFrame, stays: pl.DataFrame, people: pl.DataFrame
) -> list[pl.DataFrame]:
    """Contacts with the practice, and with the usual clinician, after an unplanned stay."""
    unplanned = stays.filter("is_unplanned", pl.col("discharge") > written.back(12))
    unplanned = unplanned.join(people.select("person"), on="person", how="semi")
    due = drop_readmitted(unplanned.filter(pl.col("discharge") <= written.index_day - 14), stays, 14)
    contacts = attended.select("person", "day", "clinician")
    after = due.join(contacts, on="person").filter(
        pl.col("day") >= pl.col("discharge"), pl.col("day") <= pl.col("discharge") + 14
    )
    lone = due.with_columns(lone=~pl.col("stay").is_in(after["stay"].unique().implode()))
    by_person = people.join(lone.group_by("person").agg(found=pl.col("lone").sum()), on="person", how="inner")
    parts = [say_count(by_person, "discharge_without_contact", pl.col("found"), 1, True)]
    due = drop_readmitted(unplanned.filter(pl.col("discharge") <= written.index_day - 28), stays, 28)
    since = pl.col("admission").cast(pl.Int32).cast(pl.Date).dt.offset_by("-12mo").to_physical().cast(pl.Int64)
    before = due.join(contacts.drop_nulls("clinician"), on="person").filter(
        pl.col("day") < pl.col("admission"), pl.col("day") >= since
    )
    seen = before.group_by("stay", "clinician").agg(n=pl.len(), last=pl.col("day").max()).filter(pl.col("n") >= 2)
    usual = seen.sort("stay", "n", "last", "clinician", descending=[False, True, True, False]).group_by(
        "stay", maintain_order=True
    ).first().select("stay", usual="clinician")  # fmt: skip
    left = due.join(usual, on="stay", how="inner")
    for days in (14, 28):
        after = left.join(contacts, on="person").filter(
            pl.col("day") >= pl.col("discharge"), pl.col("day") <= pl.col("discharge") + days
        )
        met = after.filter(pl.col("clinician") == pl.col("usual"))["stay"].unique()
        perhaps = after.filter(pl.col("clinician").is_null())["stay"].unique()
        is_met, is_perhaps = pl.col("stay").is_in(met.implode()), pl.col("stay").is_in(perhaps.implode())
        judged = left.group_by("person").agg(missed=(~is_met & ~is_perhaps).sum(), untold=(~is_met & is_perhaps).sum())
        found = people.join(judged, on="person", how="inner")
        missed, told = pl.col("missed") > 0, pl.col("untold") == 0
        present = missed & written.is_known(24)
        figure = pl.when(present).then("missed").when(~missed & told).then(0)
        parts.append(say(found, f"discharge_without_usual_clinician_{days}d", present, ~missed & told, figure))
    return parts


def tell_waiting(
    written: Written, stays: pl.DataFrame, contacts: pl.DataFrame, people: pl.DataFrame, latest: dict[str, int]
) -> list[pl.DataFrame]:
    """Open pathways; `latest` is the day of each provider's last list, which is that of all its people."""
    last_list = pl.col("provider_code").replace_strict(latest, return_dtype=pl.Int64)
    is_open = (pl.col("day") == last_list) & (pl.col("day") >= written.index_day - LIST_DAYS)
    open_now = written.waiting.filter(is_open)
    told = pl.col("clock") <= pl.col("day")
    waits = open_now.group_by("person").agg(
        undated=(~told.fill_null(False)).sum(), longest=(pl.col("day") - pl.col("clock")).filter(told).max(),
        specialties=pl.col("specialty").n_unique(), clock=pl.col("clock").min(),
    )  # fmt: skip
    everybody = people.join(waits, on="person", how="left")
    parts = []
    for indicator, days in (("waiting_18_weeks", 126), ("waiting_52_weeks", 364)):
        long = (pl.col("longest") > days).fill_null(False)
        parts.append(say(everybody, indicator, long, pl.col("undated").fill_null(0) == 0, pl.col("longest")))
    parts.append(say_count(everybody, "waiting_two_specialties", pl.col("specialties"), 2, True))
    waiting = people.join(waits, on="person", how="inner")
    admitted = stays.filter("is_unplanned").with_columns(day="admission").filter(written.within(12))
    admitted = admitted.join(waits.select("person", "clock"), on="person").filter(pl.col("day") > pl.col("clock"))
    counted = waiting.join(admitted.group_by("person").agg(found=pl.len()), on="person", how="left")
    dated = pl.col("clock").is_not_null()
    parts.append(say_count(counted, "unplanned_admission_while_waiting", pl.col("found"), 1, dated))
    long_waiting = waiting.filter(pl.col("clock") <= written.back(6))
    last = long_waiting.join(contacts.group_by("person").agg(last=pl.col("day").max()), on="person", how="left")
    recent = (pl.col("last") > written.back(6)).fill_null(False)
    parts.append(say(last, "waiting_without_contact", ~recent, recent, written.index_day - pl.col("last")))
    return parts


def tell_coordination(parts: list[pl.DataFrame], people: pl.DataFrame) -> pl.DataFrame:
    """Three or more of ten signs, which are told elsewhere."""
    told = pl.concat(parts).filter(pl.col("indicator").is_in(SIGNS))
    counted = told.group_by("person_id").agg(
        present=(pl.col("state") == PRESENT).sum(), unknown=(pl.col("state") == NOT_KNOWN).sum()
    )
    found = people.join(counted, on="person_id", how="left")
    known = len(SIGNS) - pl.col("unknown").cast(pl.Int64) >= len(SIGNS) / 2
    return say_count(found, "coordination_composite", pl.col("present"), 3, known)
