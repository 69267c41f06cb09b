"""Is recorded prevalence near what is published for England, and is a practice near the ICB?"""

import polars as pl

from mltc.config import Config
from mltc.config.gate import PlausibilitySettings
from mltc.quality.findings import Finding, write_findings
from mltc.quality.funnel import find_outliers
from mltc.warehouse import Warehouse

RULES = ("prevalence_plausible", "practice_prevalence_plausible")
TABLE = "register"
PLAUSIBILITY_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "level": pl.String,
    "place_code": pl.String,
    "condition": pl.String,
    "persons": pl.Int64,
    "persons_with_condition": pl.Int64,
    "expected": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "ratio": pl.Float64,
    "status": pl.String,
    "source": pl.String,
}
POISSON_SD = 3.0  # chance alone must not make a small population implausible
COUNTS = """
    with cell as (
        select practice_code, age_years, age_band, coalesce(sex, 'not known') as sex, count(*) as persons
        from register.person
        group by practice_code, age_years, age_band, coalesce(sex, 'not known')
    ),

    found as (
        select
            person.practice_code,
            person.age_years,
            coalesce(person.sex, 'not known') as sex,
            person_condition.condition,
            count(*) as persons_with_condition
        from register.person_condition as person_condition
        inner join register.person as person on person.person_id = person_condition.person_id
        group by person.practice_code, person.age_years, coalesce(person.sex, 'not known'), person_condition.condition
    )

    select
        cell.practice_code,
        cell.age_band,
        cell.sex,
        membership.condition,
        cell.age_years >= coalesce(published.minimum_age_years, 0) as is_of_age,
        cast(sum(cell.persons) as bigint) as persons,
        cast(sum(coalesce(found.persons_with_condition, 0)) as bigint) as persons_with_condition
    from cell
    inner join codelist.membership as membership on membership.definition = $definition
    left join codelist.qof_published as published on published.condition = membership.condition
    left join found
        on
            found.practice_code = cell.practice_code
            and found.age_years = cell.age_years
            and found.sex = cell.sex
            and found.condition = membership.condition
    group by
        cell.practice_code, cell.age_band, cell.sex, membership.condition,
        cell.age_years >= coalesce(published.minimum_age_years, 0)
    order by all
"""


def check_plausibility(warehouse: Warehouse, config: Config) -> pl.DataFrame:
    """Write `meta.plausibility` from the register; results of the gate.

    One row per condition for the ICB where a published figure compares, and one per practice and condition.
    """
    counts = warehouse.read(COUNTS, {"definition": config.run.definition})
    published = warehouse.read(
        "select condition, published_percent, source from codelist.qof_published where comparable order by condition"
    )
    icb = compare_published(counts, published, config.icb.code, config.gate.plausibility)
    practices = compare_practices(counts, config.gate.plausibility)
    warehouse.write("meta.plausibility", pl.concat([icb, practices]))
    return write_findings(warehouse, RULES, [_describe_icb(icb, config), _describe_practices(practices)])


def compare_published(
    counts: pl.DataFrame, published: pl.DataFrame, code: str, settings: PlausibilitySettings
) -> pl.DataFrame:
    """The ICB against England, among people of the register's ages: too low or too high by the factor, and by chance.

    lower and upper are counts: the published figure divided and multiplied by the factor, widened by three
    standard deviations of a Poisson count.
    """
    factor, sums = settings.prevalence_factor, [pl.col(name).sum() for name in ("persons", "persons_with_condition")]
    of_age = counts.filter(pl.col("is_of_age")).group_by("condition").agg(sums).join(published, on="condition")
    expected = of_age.with_columns(expected=pl.col("persons") * pl.col("published_percent") / 100)
    low, high = pl.col("expected") / factor, pl.col("expected") * factor
    limits = expected.with_columns(
        lower=(low - POISSON_SD * low.sqrt()).clip(0, None), upper=high + POISSON_SD * high.sqrt()
    )
    outside = ~pl.col("persons_with_condition").is_between("lower", "upper")
    return _finish(limits.with_columns(level=pl.lit("icb"), place_code=pl.lit(code), is_outside=outside))


def compare_practices(counts: pl.DataFrame, settings: PlausibilitySettings) -> pl.DataFrame:
    """Each practice against the ICB's own rates by age band and sex; outside the funnel or not."""
    cell = ["condition", "age_band", "sex"]
    rates = counts.group_by(cell).agg(rate=pl.col("persons_with_condition").sum() / pl.col("persons").sum())
    each = (
        counts.join(rates, on=cell)
        .group_by("condition", "practice_code")
        .agg(
            pl.col("persons").sum(),
            pl.col("persons_with_condition").sum(),
            expected=(pl.col("persons") * pl.col("rate")).sum(),
        )
        .sort("condition", "practice_code")
        .with_columns(observed=pl.col("persons_with_condition").cast(pl.Float64))
    )
    judged = find_outliers(each, settings.limit_sd)
    source = pl.lit("rates of the ICB by age band and sex")
    return _finish(judged.with_columns(level=pl.lit("practice"), place_code="practice_code", source=source))


def _finish(judged: pl.DataFrame) -> pl.DataFrame:
    low = pl.col("persons_with_condition") < pl.col("lower")
    status = pl.when(~pl.col("is_outside")).then(pl.lit("ok")).when(low).then(pl.lit("low")).otherwise(pl.lit("high"))
    ratio = pl.col("persons_with_condition") / pl.col("expected")
    told = judged.with_columns(status=status, ratio=ratio)
    columns = [pl.col(name).cast(kind) for name, kind in PLAUSIBILITY_SCHEMA.items()]
    return told.select(columns).sort("level", "place_code", "condition")


def _describe_icb(icb: pl.DataFrame, config: Config) -> Finding:
    outside = icb.filter(pl.col("status") != "ok")
    factor = config.gate.plausibility.prevalence_factor
    why = (
        f"Recorded prevalence of a condition should be within {factor:g} times of the QOF figure of England, up or "
        "down: beyond it a code list, a feed or a code system is more likely wrong than the population ill or well."
    )
    mend = "See meta.plausibility (level icb): does the GP feed carry the condition's codes, and all years?"
    affects = "register, prevalence, needs, risk"
    return Finding(TABLE, RULES[0], outside.height > 0, outside.height, why, affects, mend)


def _describe_practices(practices: pl.DataFrame) -> Finding:
    outside = practices.filter(pl.col("status") != "ok")
    why = (
        "A practice whose recorded prevalence is far from what the ages and sexes of its people lead to expect may "
        "record otherwise, or its feed may lack records; its people are not known to be iller or healthier."
    )
    mend = "See meta.plausibility (level practice) and meta.practice_coverage; compare with the practice's QOF figures."
    return Finding(TABLE, RULES[1], outside.height > 0, outside.height, why, "prevalence by PCN, needs", mend)
