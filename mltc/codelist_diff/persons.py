"""Persons gained and lost between the last good run and a trial on it, as counts by area."""

import polars as pl

from mltc.warehouse import Warehouse
from mltc.warehouse.scratch import LAST

# Persons by condition, practice and quintile: in the last run, in the trial, and on one side only.
CONDITION_QUERY = f"""
    with was as (select distinct person_id, condition from {LAST}.register.person_condition),
    becomes as (select distinct person_id, condition from register.person_condition),
    moved as (
        select
            coalesce(was.person_id, becomes.person_id) as person_id,
            coalesce(was.condition, becomes.condition) as condition,
            was.person_id is not null as is_before,
            becomes.person_id is not null as is_after
        from was
        full join becomes on becomes.person_id = was.person_id and becomes.condition = was.condition
    )
    select
        moved.condition,
        person.practice_code,
        person.imd_quintile,
        count(*) filter (where moved.is_before) as persons_before,
        count(*) filter (where moved.is_after and not moved.is_before) as gained,
        count(*) filter (where moved.is_before and not moved.is_after) as lost
    from moved
    inner join register.person as person on person.person_id = moved.person_id
    group by moved.condition, person.practice_code, person.imd_quintile
"""

MLTC_QUERY = """
    with moved as (
        select
            coalesce(was.person_id, becomes.person_id) as person_id,
            coalesce(was.definition, becomes.definition) as definition,
            coalesce(was.{column}, false) as is_before,
            coalesce(becomes.{column}, false) as is_after
        from {last}.register.mltc as was
        full join register.mltc as becomes
            on becomes.person_id = was.person_id and becomes.definition = was.definition
    )
    select
        moved.definition,
        person.practice_code,
        person.imd_quintile,
        count(*) filter (where moved.is_before) as persons_before,
        count(*) filter (where moved.is_after and not moved.is_before) as gained,
        count(*) filter (where moved.is_before and not moved.is_after) as lost
    from moved
    inner join register.person as person on person.person_id = moved.person_id
    where moved.is_before or moved.is_after
    group by moved.definition, person.practice_code, person.imd_quintile
"""
MEMBERSHIP_QUERY = "select definition, condition from {catalogue}codelist.membership"

LEVELS = {"mltc": "is_mltc", "complex_mltc": "is_complex_mltc"}
COUNTS = ("persons_before", "gained", "lost", "persons_after")
KEYS = ("level", "definition", "condition")


def count_moves(scratch: Warehouse) -> pl.DataFrame:
    """Persons by level (condition, mltc, complex_mltc), definition, condition and area.

    Columns: level, definition, condition (null for MLTC), area_type (all, practice, imd_quintile), area,
    persons_before, gained, lost, persons_after. Every row of area_type `all`; of the areas those with any change.
    Persons of the register of the last run; a condition that a definition no longer counts loses all its persons.
    """
    levels = [
        scratch.read(MLTC_QUERY.format(column=column, last=LAST)).with_columns(
            level=pl.lit(level), condition=pl.lit(None, pl.String)
        )
        for level, column in LEVELS.items()
    ]
    cells = pl.concat([by_definition(scratch), *levels], how="diagonal")
    cells = cells.with_columns(
        pl.col("practice_code").fill_null("not known"),
        pl.col("imd_quintile").cast(pl.String).fill_null("not known"),
        persons_after=pl.col("persons_before") + pl.col("gained") - pl.col("lost"),
    )
    areas = [
        sum_up(cells, "all", pl.lit("all")),
        *(
            sum_up(cells, kind, pl.col(column)).filter(pl.col("gained") + pl.col("lost") > 0)
            for kind, column in (("practice", "practice_code"), ("imd_quintile", "imd_quintile"))
        ),
    ]
    order = pl.col("level").replace_strict({"condition": 0, "mltc": 1, "complex_mltc": 2}, return_dtype=pl.Int8)
    return pl.concat(areas).sort(order, "definition", "condition", "area_type", "area", nulls_last=True)


def by_definition(scratch: Warehouse) -> pl.DataFrame:
    """Persons by definition and condition: where only one side counts the condition, all its persons move."""
    cells = scratch.read(CONDITION_QUERY)
    was = scratch.read(MEMBERSHIP_QUERY.format(catalogue=f"{LAST}.")).with_columns(is_before=pl.lit(value=True))
    becomes = scratch.read(MEMBERSHIP_QUERY.format(catalogue="")).with_columns(is_after=pl.lit(value=True))
    members = was.join(becomes, on=["definition", "condition"], how="full", coalesce=True).with_columns(
        pl.col("is_before", "is_after").fill_null(value=False)
    )
    counted = cells.join(members, on="condition").with_columns(
        persons_after=pl.col("persons_before") + pl.col("gained") - pl.col("lost")
    )
    both = pl.col("is_before") & pl.col("is_after")
    return counted.select(
        pl.lit("condition").alias("level"),
        "definition",
        "condition",
        "practice_code",
        "imd_quintile",
        pl.when("is_before").then("persons_before").otherwise(0).alias("persons_before"),
        pl.when(both).then("gained").when("is_after").then("persons_after").otherwise(0).alias("gained"),
        pl.when(both).then("lost").when("is_before").then("persons_before").otherwise(0).alias("lost"),
    )


def sum_up(cells: pl.DataFrame, kind: str, area: pl.Expr) -> pl.DataFrame:
    """Counts over one kind of area."""
    return (
        cells.group_by(*KEYS, area.alias("area"))
        .agg(pl.col(COUNTS).sum())
        .select(*KEYS, pl.lit(kind).alias("area_type"), "area", *COUNTS)
    )
