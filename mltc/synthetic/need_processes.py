"""The truth of indicators that are told from care processes and circumstances in the GP record."""

from dataclasses import dataclass

import polars as pl

from mltc.paths import CODELISTS
from mltc.synthetic.need_states import say, say_count
from mltc.synthetic.need_written import Written

REVIEW_MONTHS = 15
TEST_DAYS = 14
MEASURED = "hypertension_review"  # a reading of blood pressure, taken at any contact


@dataclass(frozen=True)
class Gap:
    """A process that is missing: of `of` (a group of people), in so many months (0: ever)."""

    indicator: str
    processes: tuple[str, ...]
    of: str
    months: int = 12


GAPS = (
    Gap("no_care_plan", ("care_plan",), "all"),
    Gap("complex_without_care_plan", ("care_plan",), "complex"),
    Gap("smi_no_health_check", ("smi_physical_health_check",), "severe_mental_illness"),
    Gap("learning_disability_no_health_check", ("learning_disability_health_check",), "learning_disability_14"),
    Gap("no_self_management_plan", ("self_management_plan",), "airways"),
    Gap("no_structured_education_offered", ("structured_education_offered", "structured_education_attended"),
        "diabetes_register", 0),
    Gap("no_structured_education_attended", ("structured_education_attended",), "diabetes_register", 0),
    Gap("no_advance_care_plan", ("advance_care_plan",), "end_of_life", 0),
    Gap("no_preferred_place_of_death", ("preferred_place_of_death",), "palliative_care_register", 0),
    Gap("frailty_without_assessment", ("comprehensive_geriatric_assessment", "mdt_discussion"), "frail"),
    Gap("carer_without_health_check", ("carer_health_check",), "carers"),
    Gap("no_medication_review", ("medication_review", "structured_medication_review"), "ten_medicines"),
    Gap("no_structured_medication_review", ("structured_medication_review",), "for_structured_review"),
)  # fmt: skip
SUPPORT = (  # present when found in 12 months; the figure is the entries
    ("social_prescribing", "social_prescribing_referral", "all"),
    ("social_prescribing_declined", "social_prescribing_declined", "all"),
    ("self_management_plan", "self_management_plan", "all"),
    ("home_blood_pressure", "home_blood_pressure", "hypertension_register"),
    ("home_glucose_monitoring", "home_glucose_monitoring", "diabetes_register"),
)
EVER = (  # a fact that was ever coded; the figure is the days since the last entry
    ("accessible_information_needed", "accessible_information_need"),
    ("interpreter_needed", "interpreter_needed"),
    ("longer_appointment_needed", "longer_appointment"),
    ("asylum_or_refugee", "asylum_or_refugee"),
    ("gypsy_roma_traveller", "gypsy_roma_traveller"),
)
CARERS = (("is_carer", "is_carer"), ("has_carer", "has_carer"))
SOCIAL = ("housing_problem", "financial_problem", "loneliness")


def tell_processes(written: Written, groups: dict[str, pl.DataFrame]) -> list[pl.DataFrame]:
    """Truths of care processes; `groups` names the people to whom an indicator applies."""
    parts = [tell_gap(written, gap, groups[gap.of]) for gap in GAPS if gap.of in groups]
    parts += [tell_support(written, *support, groups) for support in SUPPORT]
    everybody = groups["all"]
    for indicator, process in EVER:
        found = join_last(written, everybody, (process,))
        ever, known = pl.col("last").is_not_null(), pl.lit(are_verified(written, (process,)))
        parts.append(say(found, indicator, ever, known, days_since(written)))
    for indicator, process in CARERS:
        found = join_last(written, everybody, (process,)).join(
            count_entries(written, (process,), 24), on="person", how="left"
        )
        ever, known = pl.col("last").is_not_null(), pl.lit(are_verified(written, (process,)))
        parts.append(say(found, indicator, ever, known, pl.when(ever).then(pl.col("entries").fill_null(0))))
    homeless = everybody.join(count_entries(written, ("homeless",), 24), on="person", how="left")
    known_24 = are_verified(written, ("homeless",)) and written.is_known(24)
    parts.append(say_count(homeless, "homeless", pl.col("entries"), 1, known_24))
    kinds = written.care.filter(written.within(12), pl.col("process").is_in(SOCIAL))
    kinds = kinds.group_by("person").agg(kinds=pl.col("process").n_unique())
    social = everybody.join(kinds, on="person", how="left")
    parts.append(say_count(social, "social_need", pl.col("kinds"), 1, are_verified(written, SOCIAL)))
    parts.append(tell_unmet(written, everybody))
    return parts


def tell_unmet(written: Written, people: pl.DataFrame) -> pl.DataFrame:
    """Accessible information that is needed: nothing here is ever coded that says it was given."""
    found = join_last(written, people, ("accessible_information_need",)).filter(pl.col("last").is_not_null())
    known = pl.lit(are_verified(written, ("accessible_information_met",)))
    return say(found, "accessible_information_unmet", known, pl.lit(False), days_since(written))


def tell_gap(written: Written, gap: Gap, people: pl.DataFrame) -> pl.DataFrame:
    """Present where the process was not found although it can be told."""
    found = join_last(written, people, gap.processes)
    since = written.back(gap.months) if gap.months else -(10**6)
    done = (pl.col("last") > since).fill_null(False)
    known = pl.lit(are_verified(written, (gap.processes[:1] if gap.of == "diabetes_register" else gap.processes)))
    return say(found, gap.indicator, ~done & known, done, days_since(written))


def tell_support(
    written: Written, indicator: str, process: str, group: str, groups: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Present where the process was found in 12 months."""
    people = groups[group].join(count_entries(written, (process,), 12), on="person", how="left")
    return say_count(people, indicator, pl.col("entries"), 1, are_verified(written, (process,)))


def are_verified(written: Written, processes: tuple[str, ...]) -> bool:
    """Whether every one of the processes has codes that can be trusted to be what is recorded."""
    table = written.codelists.care_processes
    return table.filter(pl.col("verified"), pl.col("key").is_in(processes)).height == len(processes)


def join_last(written: Written, people: pl.DataFrame, processes: tuple[str, ...]) -> pl.DataFrame:
    """People with the last day of any of the processes up to the index date."""
    entries = written.care.filter(pl.col("process").is_in(processes), pl.col("day") <= written.index_day)
    return people.join(entries.group_by("person").agg(last=pl.col("day").max()), on="person", how="left")


def count_entries(written: Written, processes: tuple[str, ...], months: int) -> pl.DataFrame:
    """Entries of each person in the months up to the index date."""
    entries = written.care.filter(pl.col("process").is_in(processes), written.within(months))
    return entries.group_by("person").agg(entries=pl.len())


def days_since(written: Written) -> pl.Expr:
    """Days from `last` to the index date."""
    return written.index_day - pl.col("last")


def tell_reviews(written: Written, held: pl.DataFrame, people: pl.DataFrame) -> list[pl.DataFrame]:
    """Overdue reviews, and reviews of several conditions on different days."""
    wanted = read_reference("condition_review").filter(pl.col("verified") == "yes")
    wanted = held.join(wanted.select("condition", "is_met_by_any", process="care_process"), on="condition")
    entries = written.care.filter(pl.col("day") <= written.index_day)
    last = entries.group_by("person", "process").agg(last=pl.col("day").max())
    table = written.codelists.care_processes.select(process="key", is_verified="verified")
    asked = wanted.filter(pl.col("first") <= written.back(REVIEW_MONTHS)).select("person", "process").unique()
    judged = asked.join(last, on=["person", "process"], how="left").join(table, on="process", how="left")
    is_done = (pl.col("last") > written.back(REVIEW_MONTHS)).fill_null(False)
    can_tell = pl.col("is_verified").fill_null(False) & written.is_known(24)
    counted = judged.group_by("person").agg(overdue=(~is_done & can_tell).sum(), untold=(~is_done & ~can_tell).sum())
    overdue = people.join(counted, on="person", how="inner")
    is_overdue, told = pl.col("overdue") > 0, pl.col("untold") == 0
    due = wanted.filter(pl.col("is_met_by_any") == "yes", pl.col("process") != MEASURED).select("person", "process")
    judged = due.unique().join(last.filter(pl.col("last") > written.back(12)), on=["person", "process"], how="left")
    judged = judged.join(table, on="process", how="left")
    return [
        say(overdue, "annual_review_overdue", is_overdue, told, pl.when(is_overdue | told).then("overdue")),
        tell_separate(judged, people),
    ]


def tell_separate(judged: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Days on which the last reviews of two or more conditions were, in a year."""
    counted = judged.group_by("person").agg(
        reviews=pl.len(), days=pl.col("last").drop_nulls().n_unique(), told=pl.col("is_verified").fill_null(False).all()
    )
    several = people.join(counted.filter(pl.col("reviews") >= 2), on="person", how="inner")
    apart = pl.col("days") >= 2
    spared = pl.max_horizontal(pl.col("days").cast(pl.Int64) - 1, 0)
    return say(several, "separate_reviews", apart, pl.col("told"), pl.when(apart | pl.col("told")).then(spared))


def tell_tests(written: Written, people: pl.DataFrame) -> list[pl.DataFrame]:
    """The same blood test, or any, again within a fortnight."""
    table = written.codelists.tables["monitoring_test"].filter(pl.col("verified") == "yes")
    measures = written.codelists.verified_codes.filter(pl.col("kind") == "measure").select("code", measure_list="key")
    by_list = table.filter(pl.col("measure_list").is_not_null()).select("analyte", "measure_list")
    codes = pl.concat(
        [
            table.filter(pl.col("code").is_not_null()).select("code", "analyte"),
            measures.join(by_list, on="measure_list").select("code", "analyte"),
        ]
    ).unique()
    taken = written.tests.filter(written.within(12)).join(codes, on="code").select("person", "analyte", "day").unique()
    same = count_close(taken, ["person", "analyte"])
    any_test = count_close(taken.select("person", "day").unique(), ["person"])
    return [
        say_count(people.join(same, on="person", how="left"), "repeated_tests", pl.col("close"), 1, True),
        say_count(people.join(any_test, on="person", how="left"), "mergeable_test_days", pl.col("close"), 1, True),
    ]


def count_close(taken: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Tests of each person that come up to a fortnight after the one before."""
    gap = pl.col("day").diff().over(by)
    return taken.sort(*by, "day").filter(gap <= TEST_DAYS).group_by("person").agg(close=pl.len())


def read_reference(name: str) -> pl.DataFrame:
    """A table of codelists/reference/."""
    return pl.read_csv(CODELISTS / "reference" / f"{name}.csv", infer_schema=False)
