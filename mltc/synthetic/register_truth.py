"""What the default register must say on the index date, told from the entries themselves and not from any SQL.

The rules are those of `codelists/conditions.toml`; the entries are what the generator wrote. Only rules on codes can
be told here, which is what the default definition has.
"""

from datetime import date

import numpy as np
import polars as pl

from mltc.codelists.records import Clause, Condition
from mltc.synthetic.arrays import NEVER, Bools, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.entries import Entries

DEFINITION = "delphi-2022"
REGISTER_SCHEMA = {
    "person_id": pl.String, "condition": pl.String, "onset_date": pl.Date, "last_date": pl.Date, "source": pl.String,
}  # fmt: skip


def find_registered(chunk: Chunk) -> Bools:
    """People alive and registered on the index date."""
    return np.asarray((chunk.course.death_day == NEVER) & (chunk.people.leave_day == NEVER), dtype=np.bool_)


def list_register(chunk: Chunk, entries: Entries, index_date: date) -> pl.DataFrame:
    """One row per person alive and registered on the index date and condition that its rule finds by then.

    onset_date and last_date are the first and last clinical date of its records, source says whether they are in
    the GP record, in hospital or in both. Raises ValueError for a rule that looks at anything but codes.
    """
    people = pl.DataFrame(
        {"person_id": chunk.people.ids, "birth_date": to_dates(chunk.people.birth_day), "here": find_registered(chunk)}
    )
    records = pl.DataFrame(
        {
            "person": entries.person,
            "list": pl.Series(chunk.facts.keys, dtype=pl.String).gather(entries.condition),
            "day": pl.Series(to_dates(entries.day)).cast(pl.Date),
            "is_gp": entries.is_gp,
        }
    )
    by_list = {str(key[0]): part for key, part in records.partition_by("list", as_dict=True).items()}
    parts = [pl.DataFrame(schema=REGISTER_SCHEMA)]
    for condition in chunk.facts.codelists.parsed:
        if condition.verified and DEFINITION in condition.definitions:
            held = find_holders(condition, by_list, records.clear(), index_date)
            whole = people.with_row_index("person").join(held, left_on="person", right_on="person", how="inner")
            oldest = pl.lit(index_date).dt.offset_by(f"-{condition.minimum_age_years or 0}y")
            whole = whole.filter("here", pl.col("birth_date") <= oldest).with_columns(condition=pl.lit(condition.key))
            parts.append(whole.select(list(REGISTER_SCHEMA)))
    return pl.concat(parts)


def find_holders(
    condition: Condition, by_list: dict[str, pl.DataFrame], none: pl.DataFrame, index_date: date
) -> pl.DataFrame:
    """Persons (places in the chunk) whose records meet any alternative of the rule, with first and last date."""
    found = []
    for alternative in condition.rule:
        if len(alternative) > 1:
            raise ValueError(f"{condition.key}: a rule with several clauses cannot be told from the entries")
        found.append(find_meeting(alternative[0], by_list, none, index_date))
    met = (
        pl.concat(found)
        .group_by("person")
        .agg(pl.col("onset_date").min(), pl.col("last_date").max(), pl.col("in_gp").any(), pl.col("in_hospital").any())
    )
    source = pl.concat_str(
        pl.when("in_gp").then(pl.lit("gp")), pl.when("in_hospital").then(pl.lit("hospital")),
        separator=", ", ignore_nulls=True,
    )  # fmt: skip
    return met.with_columns(source=source).with_columns(pl.col("person").cast(pl.UInt32))


def find_meeting(
    clause: Clause, by_list: dict[str, pl.DataFrame], none: pl.DataFrame, index_date: date
) -> pl.DataFrame:
    """Persons whose records meet one clause on codes."""
    if clause.codes is None or clause.unresolved or clause.without or clause.at_least > 1:
        raise ValueError(f"a clause that cannot be told from the entries: {clause}")
    records = pl.concat([none, *(by_list[name] for name in clause.codes if name in by_list)])
    if clause.since:
        records = records.filter(pl.col("day") >= clause.since)
    met = records.group_by("person").agg(
        pl.col("day").min().alias("onset_date"), pl.col("day").max().alias("last_date"),
        pl.col("is_gp").any().alias("in_gp"), pl.col("is_gp").not_().any().alias("in_hospital"),
    )  # fmt: skip
    for months, column in ((clause.months, "last_date"), (clause.new_within_months, "onset_date")):
        if months:
            met = met.filter(pl.col(column) > pl.lit(index_date).dt.offset_by(f"-{months}mo"))
    return met
