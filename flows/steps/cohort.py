"""Cohorts by place: standardised prevalence, inequality, activity, months, outlook, recorded against published."""

import polars as pl

from flows.steps.cohort_schemas import shape
from flows.steps.notes import replace_notes
from flows.steps.publish import choose_profile
from mltc.codelists import Codelists
from mltc.derive import build_parameters
from mltc.disclosure.profile import Profile
from mltc.kept import keep_or_make, read_settings
from mltc.progress import tell
from mltc.warehouse import Warehouse, build_models
from mltc.workspace import Workspace

PLACES = ("icb", "pcn")  # of activity
PCN_COHORTS = ("registered", "mltc")  # those of sql/cohort/use_count.sql; smaller ones would tell of few people
NOTE_AREA = "cohort"


def build_cohorts(workspace: Workspace, codelists: Codelists, secret: str) -> dict[str, int]:
    """Build schema `cohort`: counts by SQL, statistics by `models.cohort`; rows by table."""
    with workspace.open_build() as warehouse:
        parameters = build_parameters(workspace.config, codelists, secret)
        rows = build_models(warehouse, ["cohort"], parameters, progress=tell, keep=True)
    settings = {"settings": read_settings(workspace.config)}
    return rows | keep_or_make(workspace, "cohorts", settings, lambda: _describe(workspace))


def _describe(workspace: Workspace) -> dict[str, int]:
    tell("standardised rates, inequality, activity and outlook of cohorts")
    with workspace.open_build() as warehouse:
        return write_cohorts(warehouse, choose_profile(workspace.config))


def write_cohorts(warehouse: Warehouse, profile: Profile) -> dict[str, int]:
    """Write the tables that `models.cohort` computes, and note what cannot be said; rows by table."""
    from models.cohort.inequality import build_inequalities
    from models.cohort.months import build_months
    from models.cohort.outlook import build_outlook
    from models.cohort.recorded import build_recorded
    from models.cohort.standardised import build_standardised

    standard = warehouse.read("select age_band, lower_age_years, weight from codelist.esp2013 order by sort_key")
    strata = warehouse.read("select * from cohort.stratum order by all")
    inequality = warehouse.read("select * from cohort.inequality_stratum order by all")
    movement = warehouse.read("select * from cohort.movement order by all")
    months = warehouse.read("select * from cohort.month order by all")
    recorded = warehouse.read("select * from cohort.recorded order by all")
    found = {
        "standardised": build_standardised(strata, standard, profile.round),
        "inequality": build_inequalities(inequality, standard),
        "activity": read_activity(warehouse, strata),
        "outlook": build_outlook(movement),
        "monthly": build_months(months),
        "recorded_published": build_recorded(recorded, profile.round),
    }
    for name, frame in found.items():
        warehouse.write(f"cohort.{name}", shape(name, frame))
    replace_notes(warehouse, NOTE_AREA, list(describe_missing(warehouse, found)))
    return {f"cohort.{name}": frame.height for name, frame in found.items()}


def read_activity(warehouse: Warehouse, strata: pl.DataFrame) -> pl.DataFrame:
    """What each cohort uses, for the ICB and each PCN."""
    from models.cohort.activity import build_activity
    from models.cohort.standardised import COHORTS

    place = ["geography_type", "geography_code", "geography_name"]
    wide = strata.filter(pl.col("geography_type").is_in(PLACES)).with_columns(registered=pl.col("persons"))
    sums = wide.group_by(place, maintain_order=True).agg(pl.col("registered", *COHORTS).sum())
    sizes = sums.unpivot(index=place, variable_name="cohort", value_name="persons").filter(
        pl.col("persons") > 0, (pl.col("geography_type") == "icb") | pl.col("cohort").is_in(PCN_COHORTS)
    )
    known = warehouse.read("select * from cohort.activity_known order by sort_key")
    counts = warehouse.read("select * from cohort.use_count order by all")
    return build_activity(sizes, known, counts)


def describe_missing(warehouse: Warehouse, found: dict[str, pl.DataFrame]) -> list[str]:
    """What of the cohorts could not be computed, and why."""
    notes = []
    known = warehouse.read("select activity_name, is_known, has_cost, sort_key from cohort.activity_known")
    unknown = known.filter(~pl.col("is_known")).sort("sort_key")["activity_name"].to_list()
    if unknown:
        notes.append(f"Not known, since the feed was not supplied or began too late: {', '.join(unknown)}.")
    if not known["has_cost"].any():
        notes.append("Cost per head is not known: fewer than 95 of 100 records of every feed bear a cost.")
    if found["outlook"].is_empty():
        notes.append(
            "No numbers were projected: the register of a year ago has fewer than 1,000 people, or the horizon of the "
            "risk model is not 12 months."
        )
    if found["monthly"].is_empty():
        notes.append("No months of admissions are shown: the feeds do not cover 24 months.")
    return notes
