"""The truth of the rules of prescribing safety (codelists/medicine_pairs.toml)."""

import polars as pl

from mltc.synthetic.need_rules import list_prefixes, starts_with_any
from mltc.synthetic.need_states import say_count
from mltc.synthetic.need_written import Written


def tell_prescribing(written: Written, held: pl.DataFrame, people: pl.DataFrame) -> list[pl.DataFrame]:
    """Medicines that ask for a second look together, and medicines without the test that they ask for."""
    rules = written.codelists.medicines.rules.filter("verified")
    parts = written.codelists.medicines.rule_parts
    met = []
    for rule in rules.iter_rows(named=True):
        own = parts.filter(pl.col("rule") == rule["key"])
        unsafe = people.filter(pl.col("age_years") >= (rule["minimum_age_years"] or 0)).select("person")
        for _, group in own.filter(pl.col("part") == "group").group_by("number", maintain_order=True):
            unsafe = unsafe.join(find_holders(written, group["evidence"], rule["months"]), on="person", how="semi")
        conditions = own.filter(pl.col("part") == "condition")["evidence"]
        if len(conditions):
            ill = held.filter(pl.col("condition").is_in(conditions.implode()))
            unsafe = unsafe.join(ill, on="person", how="semi")
        protection = own.filter(pl.col("part") == "without")["evidence"]
        if len(protection):
            unsafe = unsafe.join(find_holders(written, protection, rule["months"]), on="person", how="anti")
        if rule["test_months"] is not None:
            tests = own.filter(pl.col("part") == "test")["evidence"]
            unsafe = unsafe.join(find_tested(written, tests, rule["test_months"]), on="person", how="anti")
        met.append(unsafe.with_columns(has_test=pl.lit(rule["test_months"] is not None)))
    counted = pl.concat(met).group_by("person", "has_test").agg(found=pl.len())
    return [
        say_count(
            people.join(counted.filter(pl.col("has_test") == has_test), on="person", how="left"),
            indicator, pl.col("found"), 1, True,
        )
        for indicator, has_test in (("high_risk_medicine_pair", False), ("medicine_without_monitoring", True))
    ]  # fmt: skip


def find_holders(written: Written, lists: pl.Series, months: int) -> pl.DataFrame:
    """People with an issue of any of the lists of medicines within the months."""
    wanted = starts_with_any("medicine", list_prefixes(written, tuple(lists)))
    return written.issues.filter(wanted, written.within(months)).select("person").unique()


def find_tested(written: Written, measures: pl.Series, months: int) -> pl.DataFrame:
    """People with an entry of any of the measures within the months, with or without a value."""
    listed = written.listed.filter(pl.col("kind") == "measure", pl.col("list").is_in(measures.implode()))
    return listed.filter(written.within(months)).select("person").unique()
