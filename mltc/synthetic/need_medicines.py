"""The truth of indicators that are told from prescriptions."""

import polars as pl

from mltc.synthetic.need_processes import are_verified, read_reference
from mltc.synthetic.need_rules import list_prefixes, starts_with_any
from mltc.synthetic.need_states import say, say_count
from mltc.synthetic.need_written import Written

COUNTS = (("five_medicines", 5), ("eight_medicines", 8), ("ten_medicines", 10), ("fifteen_medicines", 15))
POSSESSED = ("cardiovascular", "diabetes", "respiratory")
LEAST_POSSESSION, HELD_DAYS = 0.8, 90
BURDEN = 3
RECONCILED_DAYS = (14, 30)
RECONCILIATIONS = ("medicines_reconciliation", "medication_review", "structured_medication_review")


def tell_medicines(written: Written, stays: pl.DataFrame, people: pl.DataFrame) -> list[pl.DataFrame]:
    """Numbers of medicines, their burden, how far supplies reach, and what follows a discharge."""
    recent = written.issues.filter(written.within(3)).select("person", "medicine").unique()
    counted = people.join(recent.group_by("person").agg(found=pl.len()), on="person", how="left")
    parts = [say_count(counted, indicator, pl.col("found"), least, True) for indicator, least in COUNTS]
    drugs = written.codelists.tables["anticholinergic"].filter(
        pl.col("verified") == "yes", pl.col("bnf_code").is_not_null()
    )
    scored = recent.join(drugs.select("drug", "score", medicine="bnf_code"), on="medicine")
    highest = scored.group_by("person", "drug").agg(pl.col("score").cast(pl.Int64).max())
    burden = people.join(highest.group_by("person").agg(found=pl.col("score").sum()), on="person", how="left")
    parts.append(say_count(burden, "anticholinergic_burden", pl.col("found"), BURDEN, True))
    parts += [tell_possession(written, group, people) for group in POSSESSED]
    return parts + tell_reconciled(written, stays, people)


def find_ten_medicines(written: Written, people: pl.DataFrame) -> pl.DataFrame:
    """People with ten or more medicines in three months."""
    recent = written.issues.filter(written.within(3)).group_by("person").agg(pl.col("medicine").n_unique())
    return people.join(recent.filter(pl.col("medicine") >= 10), on="person", how="semi")


def tell_possession(written: Written, group: str, people: pl.DataFrame) -> pl.DataFrame:
    """Days supplied of the days held, over the substances of a group that are held."""
    excluded = starts_with_any("medicine", read_reference("possession_exclusion")["code"].to_list())
    within = starts_with_any("medicine", list_prefixes(written, (group,)))
    issues = written.issues.filter(written.within(12), within, ~excluded)
    held = issues.group_by("person", "medicine").agg(
        supplied=pl.col("days").sum(), untold=(pl.col("days") == 0).sum(), issue_days=pl.col("day").n_unique(),
        first=pl.col("day").min(), last=pl.col("day").max(),
    )  # fmt: skip
    held = held.filter(
        pl.col("issue_days") >= 2,
        pl.col("first") <= written.index_day - HELD_DAYS,
        pl.col("last") > written.back(6),
    ).with_columns(held=written.index_day - pl.col("first"))
    ratio = pl.min_horizontal("supplied", "held").sum() / pl.col("held").sum()
    by_person = held.group_by("person").agg(ratio=ratio, untold=pl.col("untold").sum())
    enough, told = pl.col("ratio") >= LEAST_POSSESSION, pl.col("untold") == 0
    return say(
        people.join(by_person, on="person", how="inner"),
        f"low_possession_{group}", ~enough & told, enough, pl.when(enough | told).then("ratio"),
    )  # fmt: skip


def tell_reconciled(written: Written, stays: pl.DataFrame, people: pl.DataFrame) -> list[pl.DataFrame]:
    """Discharges after which a medicine was new, without reconciliation in time."""
    ended = stays.filter(
        "is_unplanned", pl.col("admission") > written.back(6), pl.col("discharge") <= written.index_day - 30
    ).join(people.select("person"), on="person", how="semi")
    left = drop_readmitted(ended, stays, 30).select("person", "stay", "admission", "discharge")
    counted = written.codelists.tables["polypharmacy_chapter"].filter(pl.col("is_counted") == "yes")["bnf_prefix"]
    issues = written.issues.filter(pl.col("code").str.slice(0, 2).is_in(counted.implode()))
    since = pl.col("admission").cast(pl.Int32).cast(pl.Date).dt.offset_by("-6mo").to_physical().cast(pl.Int64)
    near = left.join(issues.select("person", "medicine", "day"), on="person").filter(
        pl.col("day") >= since, pl.col("day") <= pl.col("discharge") + 30
    )
    medicines = near.group_by("stay", "medicine").agg(
        before=(pl.col("day") < pl.col("admission")).any(), after=(pl.col("day") >= pl.col("discharge")).any()
    )
    changed = left.filter(pl.col("stay").is_in(medicines.filter("after", ~pl.col("before"))["stay"].unique().implode()))
    done = written.care.filter(pl.col("process").is_in(RECONCILIATIONS)).select("person", "day")
    first = changed.join(done, on="person").filter(pl.col("day") >= pl.col("discharge"))
    followed = changed.join(first.group_by("stay").agg(done=pl.col("day").min()), on="stay", how="left")
    parts = []
    for days in RECONCILED_DAYS:
        missed = (pl.col("done") > pl.col("discharge") + days).fill_null(True)
        by_person = people.join(followed.group_by("person").agg(found=missed.sum()), on="person", how="inner")
        known = pl.lit(are_verified(written, ("medicines_reconciliation",)))
        none = pl.col("found") == 0
        figure = pl.when(none | known).then("found")
        parts.append(say(by_person, f"no_reconciliation_{days}d", ~none & known, none, figure))
    return parts


def drop_readmitted(ended: pl.DataFrame, stays: pl.DataFrame, days: int) -> pl.DataFrame:
    """Stays that no other one of the person began after, up to so many days from their end."""
    others = stays.select("person", other="stay", begun="admission")
    again = (
        ended.select("person", "stay", "discharge")
        .join(others, on="person")
        .filter(
            pl.col("other") != pl.col("stay"),
            pl.col("begun") >= pl.col("discharge"),
            pl.col("begun") <= pl.col("discharge") + days,
        )
    )
    return ended.filter(~pl.col("stay").is_in(again["stay"].unique().implode()))
