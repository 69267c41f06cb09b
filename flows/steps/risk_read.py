"""Who trains, who recalibrates and who validates the risk models, with what is known of them."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from flows.steps.risk_seen import SCHEMA as SEEN_SCHEMA
from flows.steps.risk_seen import write_seen
from mltc.config import Config
from mltc.derive import index_dates
from mltc.quality.coverage.abstention import drop_uncovered
from mltc.risk_catalogue import Feature, Outcome, load_features
from mltc.warehouse import Warehouse

GROUPS = ("age_band", "sex", "imd_quintile", "ethnic_group", "condition_count_band", "pcn")
# The direction that the catalogue gives a feature is that of an unplanned admission; it holds for what follows one.
_ADMISSION_OUTCOMES = ("unplanned_admission", "two_unplanned_admissions", "bed_days")
_SCORES = ("cambridge_37_unplanned_admission", "cambridge_37_general")
_PART = "part"
_LEAST_KNOWN = 0.01  # share of people of whom a feature must be known; a feed that was not supplied is known of nobody


@dataclass(frozen=True)
class Parts:
    """Features, groups (`group_<name>`) and outcomes (`outcome_<key>`) of the people of each part, one row each.

    `current`: people of the index date, without outcomes. `features`: those declared that the data hold, in order.
    """

    training: pl.DataFrame
    recalibration: pl.DataFrame
    validation: pl.DataFrame
    current: pl.DataFrame
    features: tuple[Feature, ...]
    held_out_practices: tuple[str, ...]
    counts: dict[str, int]
    """People of each part before the sample was drawn."""


def read_parts(
    warehouse: Warehouse,
    config: Config,
    failed: pl.DataFrame,
    held_out_before: tuple[str, ...] = (),
    seen_before: pl.DataFrame | None = None,
) -> Parts:
    """Split and sample the people, then read only theirs. Raises TooLittleData with fewer than two practices.

    `held_out_before`, `seen_before`: practices that the models in use have not seen, and `risk.seen_person` of the last
    run, the people whom they have. Writes `risk.split` (index_date, person_id, part) and `risk.seen_person`.
    """
    from models.splits import sample_people, split_people

    dates, settings = index_dates(config), config.risk
    people = warehouse.read(
        "select index_date, person_id, practice_code from features.person_feature order by index_date, person_id"
    )
    seen = pl.DataFrame(schema=SEEN_SCHEMA) if seen_before is None else seen_before
    split = split_people(
        drop_uncovered(people, failed),
        dates["training"],
        dates["validation"],
        settings.held_out_practice_share,
        config.run.seed,
        held_out_before,
        seen["person_id"],
    )
    whole = {
        "training": split.training,
        "recalibration": split.recalibration,
        "validation": split.validation,
        "current": drop_uncovered(people, failed).filter(pl.col("index_date") == dates["current"]),
    }
    drawn = {name: sample_people(part, settings.maximum_persons, config.run.seed) for name, part in whole.items()}
    table = pl.concat(part.with_columns(part=pl.lit(name)) for name, part in drawn.items())
    warehouse.write("risk.split", table.select("index_date", "person_id", _PART))
    kept = seen.clear() if split.is_drawn_anew else seen
    write_seen(warehouse, config.run.name, drawn, kept, people["person_id"])
    frames = {name: read_part(warehouse, name) for name in drawn}
    held = [
        each
        for each in load_features()
        if all(frames[name][each.key].count() > _LEAST_KNOWN * frames[name].height for name in ("training", "current"))
    ]
    counts = {name: part.height for name, part in whole.items()}
    return Parts(**frames, features=tuple(held), held_out_practices=split.held_out_practices, counts=counts)


def read_part(warehouse: Warehouse, part: str) -> pl.DataFrame:
    """One row per person of a part of `risk.split`, by person_id: features, groups, outcomes where known."""
    frame = warehouse.read(
        "select feature.*, "
        "age_band.age_band as group_age_band, "
        "case person.sex when '2' then 'Female' when '1' then 'Male' else 'Not known' end as group_sex, "
        "case feature.imd_quintile when 1 then '1 (most deprived)' when 5 then '5 (least deprived)' "
        "else coalesce(cast(feature.imd_quintile as varchar), 'Not known') end as group_imd_quintile, "
        "coalesce(category.ethnic_group, 'Unknown') as group_ethnic_group, "
        "case when feature.condition_count >= 6 then '6 or more' when feature.condition_count >= 4 then '4-5' "
        "when feature.condition_count >= 2 then '2-3' else cast(feature.condition_count as varchar) end "
        "as group_condition_count_band, "
        "coalesce(practice.pcn_name, 'Not known') as group_pcn "
        "from risk.split as split "
        "inner join features.person_feature as feature "
        "on feature.person_id = split.person_id and feature.index_date = split.index_date "
        "inner join staging.person as person on person.person_id = feature.person_id "
        "inner join codelist.age_band as age_band "
        "on feature.age_years between age_band.lower_age_years and age_band.upper_age_years "
        "left join codelist.ethnic_category as category on category.code = person.ethnic_category "
        "left join register.practice as practice on practice.practice_code = feature.practice_code "
        "where split.part = $part order by feature.person_id",
        {"part": part},
    )
    outcomes = warehouse.read(
        "select outcome.person_id, outcome.outcome, outcome.value from features.outcome as outcome "
        "inner join risk.split as split "
        "on split.person_id = outcome.person_id and split.index_date = outcome.index_date where split.part = $part",
        {"part": part},
    )
    wide = outcomes.pivot("outcome", index="person_id", values="value")
    wide = wide.rename({name: f"outcome_{name}" for name in wide.columns if name != "person_id"})
    return frame.join(wide, on="person_id", how="left", maintain_order="left")


def know_outcome(part: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """People of a part whose outcome is known; nobody where no feed tells it."""
    name = f"outcome_{outcome.key}"
    return part.filter(pl.col(name).is_not_null()) if name in part.columns else part.clear().with_columns(**{name: 0})


def read_outcome(part: pl.DataFrame, outcome: Outcome) -> pl.Series:
    """The values of the people whose outcome is known."""
    return part[f"outcome_{outcome.key}"]


def read_groups(part: pl.DataFrame) -> pl.DataFrame:
    """One column per group type, in the order of `GROUPS`."""
    return part.select(pl.col(f"group_{name}").alias(name) for name in GROUPS)


def shape_features(features: tuple[Feature, ...], outcome: Outcome) -> Any:
    """`models.risk.RiskFeatures` of the declared features: which are logged, bent or bound to rise."""
    from models.risk import RiskFeatures

    keys = [each.key for each in features]
    rising = [each.key for each in features if each.direction == "rising"]
    return RiskFeatures(
        names=tuple(keys),
        sex="is_female",
        score=next((each for each in _SCORES if each in keys), None),
        log_names=tuple(each.key for each in features if each.shape == "count" and each.key != "condition_count"),
        increasing=tuple(rising) if outcome.key in _ADMISSION_OUTCOMES else (),
        bent=tuple(each.key for each in features if each.shape == "continuous"),
    )
