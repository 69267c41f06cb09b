"""Which conditions and how much frailty the records show by the published rules, told without any SQL."""

from functools import reduce

import polars as pl

from mltc.codelists.records import Clause, Condition
from mltc.synthetic.need_written import Written

HELD = ("person", "first", "last", "known")
UNDATED = {name: pl.lit(None, pl.Int64) for name in HELD[1:]}
MODERATE, SEVERE = 9, 13  # deficits from which the index is above 0.24 and 0.36
POLYPHARMACY = 5


def find_conditions(written: Written, keys: set[str]) -> pl.DataFrame:
    """One row per person and condition of `keys` that its rule finds: person, condition, first and last day.

    known: the first day from which a code of it was known; told of rules of one clause on codes.
    """
    parts = []
    for condition in written.codelists.parsed:
        if condition.key in keys and condition.verified:
            parts.append(hold_condition(written, condition).with_columns(condition=pl.lit(condition.key)))
    return pl.concat(parts)


def hold_condition(written: Written, condition: Condition) -> pl.DataFrame:
    """People who meet any alternative of the rule and are old enough."""
    met = [
        reduce(join_clauses, [meet_clause(written, clause) for clause in alternative]) for alternative in condition.rule
    ]
    held = pl.concat(met).group_by("person").agg(pl.col("first").min(), pl.col("last").max(), pl.col("known").min())
    old = pl.col("birth_date").dt.offset_by(f"{condition.minimum_age_years or 0}y") <= written.index_date
    return held.join(written.people.filter(old).select("person"), on="person", how="semi").select(HELD)


def join_clauses(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """People who meet both; dates of medicines (null) give way to those of diagnoses."""
    both = one.join(other, on="person", suffix="_other")
    return both.select(
        "person",
        first=pl.min_horizontal("first", "first_other"),
        last=pl.max_horizontal("last", "last_other"),
        known=pl.max_horizontal("known", "known_other"),
    )


def meet_clause(written: Written, clause: Clause) -> pl.DataFrame:
    """People who meet one clause. Raises ValueError for a clause that is not told here."""
    if clause.without:
        raise ValueError(f"a clause that cannot be told here: {clause}")
    if clause.codes:
        return meet_codes(written, clause)
    if clause.drugs:
        prefixes = list_prefixes(written, clause.drugs)
        issues = written.issues.filter(starts_with_any("code", prefixes))
        if clause.months:
            issues = issues.filter(written.within(clause.months))
        counted = issues.group_by("person").agg(pl.len().alias("issues")).filter(pl.col("issues") >= clause.at_least)
        return counted.select("person", **UNDATED)
    if clause.measure and clause.latest and not clause.months:
        return meet_latest(written, clause)
    raise ValueError(f"a clause that cannot be told here: {clause}")


def meet_codes(written: Written, clause: Clause) -> pl.DataFrame:
    """People whose codes meet the clause, with first and last day."""
    records = written.listed.filter(pl.col("list").is_in(clause.codes or ()))
    codes = records.filter(pl.col("kind") == "code")
    if clause.since:
        codes = codes.filter(pl.col("day").cast(pl.Int32).cast(pl.Date) >= clause.since)
    met = codes.group_by("person").agg(first=pl.col("day").min(), last=pl.col("day").max(), known=pl.col("known").min())
    if clause.unresolved:
        over = records.filter(pl.col("kind") == "resolved").group_by("person").agg(over=pl.col("day").max())
        met = met.join(over, on="person", how="left").filter(
            pl.col("over").is_null() | (pl.col("last") >= pl.col("over"))
        )
    if clause.months:
        met = met.filter(pl.col("last") > written.back(clause.months))
    if clause.new_within_months:
        met = met.filter(pl.col("first") > written.back(clause.new_within_months))
    return met.select(HELD)


def meet_latest(written: Written, clause: Clause) -> pl.DataFrame:
    """People of whose values all of the latest few are past the threshold."""
    values = written.values.filter(pl.col("measure").is_in(clause.measure or ())).unique(["person", "day", "value"])
    latest = (
        values.sort("person", "day", "value", descending=[False, True, True])
        .group_by("person")
        .head(clause.latest or 1)
    )
    is_past = past(clause.below, clause.from_, clause.above, clause.up_to)
    met = latest.group_by("person").agg(pl.len().alias("values"), is_past.all().alias("is_past"))
    met = met.filter("is_past", pl.col("values") == clause.latest)
    return met.select("person", **UNDATED)


def past(below: float | None, at_least: float | None, above: float | None, up_to: float | None) -> pl.Expr:
    """Values between bounds, of which any may be missing."""
    value = pl.col("value")
    bounds = [
        value < below if below is not None else None,
        value >= at_least if at_least is not None else None,
        value > above if above is not None else None,
        value <= up_to if up_to is not None else None,
    ]
    return pl.all_horizontal(bound for bound in bounds if bound is not None)


def list_prefixes(written: Written, lists: tuple[str, ...]) -> list[str]:
    """BNF prefixes of lists of medicines."""
    codes = written.codelists.verified_codes
    return codes.filter(
        pl.col("kind") == "drug", pl.col("code_system") == "bnf", pl.col("key").is_in(lists)
    )["code"].to_list()  # fmt: skip


def starts_with_any(column: str, prefixes: list[str]) -> pl.Expr:
    """Texts that begin with any of the prefixes."""
    return pl.any_horizontal([pl.lit(False), *(pl.col(column).str.starts_with(prefix) for prefix in prefixes)])


def count_deficits(written: Written) -> pl.DataFrame:
    """Deficits of the electronic Frailty Index (Clegg 2016) of each person who has any: person, deficits."""
    lists = written.codelists.tables["efi_deficit"].filter(pl.col("verified") == "yes", pl.col("list").is_not_null())
    coded = written.listed.filter("is_gp", pl.col("kind") == "code").join(lists.select("list", "deficit"), on="list")
    parts = [coded.select("person", "deficit")]
    sexes = written.people.select("person", "sex")
    for rule in written.codelists.tables["efi_value"].filter(pl.col("verified") == "yes").iter_rows(named=True):
        bounds = [
            None if rule[name] is None else float(rule[name]) for name in ("below", "from_value", "above", "up_to")
        ]
        found = (
            written.values.filter(pl.col("measure") == rule["measure"]).filter(past(*bounds)).join(sexes, on="person")
        )
        if rule["sex"] is not None:
            found = found.filter(pl.col("sex") == str(rule["sex"]))
        parts.append(found.select("person", deficit=pl.lit(rule["deficit"])))
    medicines = written.issues.filter(written.within(12), pl.col("code").str.slice(0, 2) <= "15")
    many = medicines.group_by("person").agg(pl.col("medicine").n_unique()).filter(pl.col("medicine") >= POLYPHARMACY)
    parts.append(many.select("person", deficit=pl.lit("polypharmacy")))
    return pl.concat(parts).group_by("person").agg(deficits=pl.col("deficit").n_unique())


def score_hospital_frailty(written: Written) -> pl.DataFrame:
    """Hospital Frailty Risk Score (Gilbert 2018) over 24 months, where it is not 0: person, tenths."""
    weights = written.codelists.tables["hfrs_weight"].filter(pl.col("verified") == "yes")
    tenths = (pl.col("weight").cast(pl.Float64) * 10).round(0).cast(pl.Int64)
    listed = weights.select(stem="code", tenths=tenths)
    recent = written.diagnoses.filter(pl.col("admission") > written.back(24))
    found = recent.select("person", stem=pl.col("code").str.slice(0, 3)).unique().join(listed, on="stem")
    return found.group_by("person").agg(pl.col("tenths").sum())
