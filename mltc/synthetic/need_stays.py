"""The truth of indicators that are told from hospital stays."""

import polars as pl

from mltc.synthetic.arrays import NEVER
from mltc.synthetic.need_states import say, say_count
from mltc.synthetic.need_written import Written

HOME_NIGHTS = 14
READMISSION_DAYS = 29
CANCER_DAYS = 365


def join_stays(written: Written) -> pl.DataFrame:
    """Spells with the stay that each is a part of: one begun before an earlier one had ended goes on with it.

    Nobody is transferred here, so this is all that joins spells. stay: number of the stay; rank: place in it, from 1.
    `from` is the day from which its nights count, those of earlier spells being theirs.
    """
    ordered = written.spells.sort("person", "admission", "end", "spell")
    earlier = pl.col("end").cum_max().shift(1).over("person")
    marked = ordered.with_columns(earlier=earlier)
    begins = pl.col("earlier").is_null() | (pl.col("admission") >= pl.col("earlier"))
    numbered = marked.with_columns(stay=begins.cast(pl.Int64).cum_sum())
    return numbered.with_columns(
        rank=pl.int_range(1, pl.len() + 1).over("stay"),
        counted_from=pl.max_horizontal("admission", pl.col("earlier").fill_null(0)),
    )


def gather_stays(parts: pl.DataFrame) -> pl.DataFrame:
    """One row per stay: person, admission, discharge (null while in), is_unplanned, is_day_case, spells."""
    stays = parts.group_by("stay", maintain_order=True).agg(
        pl.col("person").first(), pl.col("admission").first(), pl.col("end").max(), pl.col("is_unplanned").first(),
        pl.col("is_day_case").first(), pl.col("is_birth").first(), pl.col("specialty").first(), spells=pl.len(),
    )  # fmt: skip
    return stays.with_columns(discharge=pl.when(pl.col("end") < int(NEVER)).then("end"))


def tell_stays(written: Written, parts: pl.DataFrame, stays: pl.DataFrame, people: pl.DataFrame) -> list[pl.DataFrame]:
    """Admissions, moves, nights and readmissions."""
    unplanned = stays.filter("is_unplanned").with_columns(day="admission").filter(written.within(12))
    admissions = people.join(unplanned.group_by("person").agg(found=pl.len()), on="person", how="left")
    moves = people.join(count_moves(written, parts, stays), on="person", how="left")
    nights = people.join(count_unplanned_nights(written, parts, stays), on="person", how="left")
    again = people.join(count_readmissions(written, parts, stays), on="person", how="left")
    return [
        say_count(admissions, "two_unplanned_admissions", pl.col("found"), 2, True),
        say_count(moves, "five_transitions", pl.col("found"), 5, True),
        say_count(nights, "unplanned_bed_days", pl.col("found"), 1, True),
        say_count(again, "emergency_readmission", pl.col("found"), 1, True),
        say_count(again, "repeated_readmission", pl.col("found"), 2, True),
        tell_home_time(written, parts, people),
        tell_sensitive(written, people),
    ]


def count_moves(written: Written, parts: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Moves into and out of hospital and from spell to spell; specialties never change within a spell here."""
    overnight = stays.filter(~(pl.col("is_day_case") & (pl.col("spells") == 1)))
    later = parts.filter(pl.col("rank") > 1, pl.col("stay").is_in(overnight["stay"].implode()))
    days = pl.concat(
        [
            overnight.select("person", day="admission"),
            overnight.select("person", day="discharge").drop_nulls(),
            later.select("person", day="admission"),
        ]
    )
    return days.filter(written.within(12)).group_by("person").agg(found=pl.len())


def count_unplanned_nights(written: Written, parts: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Nights in the 12 months that no earlier spell has, of stays that began unplanned."""
    kinds = parts.join(stays.select("stay", came_unplanned="is_unplanned"), on="stay").filter("came_unplanned")
    until = pl.min_horizontal("end", pl.lit(written.index_day))
    since = pl.max_horizontal("counted_from", pl.lit(written.back(12)))
    return kinds.group_by("person").agg(found=pl.max_horizontal(until - since, pl.lit(0)).sum())


def tell_home_time(written: Written, parts: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Days of the year outside hospital; of people in a care home it is not told since when they live there."""
    until = pl.min_horizontal("end", pl.lit(written.index_day))
    since = pl.max_horizontal("counted_from", pl.lit(written.back(12)))
    away = parts.group_by("person").agg(nights=pl.max_horizontal(until - since, pl.lit(0)).sum())
    spent = people.join(away, on="person", how="left").with_columns(pl.col("nights").fill_null(0))
    known = pl.col("is_care_home").not_().fill_null(False)
    days = written.index_day - written.back(12)
    return say(spent, "home_time", pl.col("nights") > HOME_NIGHTS, known, pl.when(known).then(days - pl.col("nights")))


def count_readmissions(written: Written, parts: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Emergency readmissions within 30 days as NHS Digital I02040 counts them, by the day of readmission."""
    rules = written.codelists.tables["readmission_code"].filter(pl.col("verified") == "yes")
    coded = parts.select("stay", "spell").join(written.diagnoses.select("spell", "code"), on="spell")
    main = parts.filter(pl.col("rank") == 1).join(
        written.diagnoses.group_by("spell", maintain_order=True).agg(pl.col("code").first()), on="spell"
    )
    cancer = coded.filter(starts_with(rules, "cancer", ("diagnosis",)))["stay"].unique()
    birth = coded.filter(starts_with(rules, "maternity", ("diagnosis",)))["stay"].to_list()
    birth += main.filter(starts_with(rules, "maternity", ("primary_diagnosis",)))["stay"].to_list()
    listed = rules.filter(pl.col("field") == "specialty")
    obstetric = listed.filter(pl.col("exclusion") == "maternity")["code"]
    described = stays.filter(pl.col("admission") <= written.index_day).with_columns(
        has_cancer=pl.col("stay").is_in(cancer.implode()),
        is_obstetric=pl.col("specialty").is_in(obstetric.implode()),
        is_other=pl.col("stay").is_in(birth) | pl.col("is_birth") | pl.col("specialty").is_in(listed["code"].implode()),
    )
    ordered = described.sort("person", "admission", "end", "stay").with_columns(
        cancer_end=pl.when("has_cancer").then("end").cum_max().shift(1).over("person")
    )
    ordered = ordered.with_columns(pl.col("cancer_end").forward_fill().over("person"))
    counted = ordered.filter(~(pl.col("is_day_case") & (pl.col("spells") == 1))).with_columns(
        next_day=pl.col("admission").shift(-1).over("person"),
        next_counts=(pl.col("is_unplanned") & ~pl.col("is_obstetric") & ~pl.col("has_cancer")).shift(-1).over("person"),
    )
    near = (pl.col("next_day") - pl.col("discharge")).is_between(0, READMISSION_DAYS)
    free = (pl.col("cancer_end") < pl.col("admission") - CANCER_DAYS).fill_null(True)
    again = counted.filter("next_counts", near, free, ~pl.col("has_cancer"), ~pl.col("is_other"))
    found = again.filter(pl.col("discharge") <= written.index_day).select("person", day="next_day")
    return found.filter(written.within(12)).group_by("person").agg(found=pl.len())


def starts_with(rules: pl.DataFrame, exclusion: str, fields: tuple[str, ...]) -> pl.Expr:
    """Diagnoses of the codes that a rule leaves out."""
    codes = rules.filter(pl.col("exclusion") == exclusion, pl.col("field").is_in(fields))["code"]
    return starts_with_one(codes.to_list())


def tell_sensitive(written: Written, people: pl.DataFrame) -> pl.DataFrame:
    """Unplanned admissions for an ambulatory care sensitive condition (NHS Digital CCG OIS 2.6).

    All of them come from home, in an ordinary bed and without an operation, so that diagnoses alone decide.
    """
    tables = written.codelists.tables
    rules = tables["acsc_code"].filter(pl.col("verified") == "yes", pl.col("code_set") == "ccg_ois_2.6")
    related = tables["acsc_related_code"].filter(pl.col("verified") == "yes", pl.col("field") == "diagnosis")
    recent = written.diagnoses.filter("is_unplanned", pl.col("admission") > written.back(12))
    recent = recent.with_columns(place=pl.int_range(pl.len()).over("spell"), code=pl.col("code").str.strip_suffix("X"))
    found = []
    for needed, barred, code in rules.select("secondary_needed", "secondary_barred", "code").iter_rows():
        spells = recent.filter(pl.col("place") == 0, pl.col("code").str.starts_with(code)).select("person", "spell")
        for name, how in ((needed, "semi"), (barred, "anti")):
            if name is not None:
                codes = related.filter(pl.col("code_list") == name)["code"].to_list()
                others = recent.filter(pl.col("place") > 0, starts_with_one(codes))
                spells = spells.join(others, on="spell", how="semi" if how == "semi" else "anti")
        found.append(spells)
    admissions = pl.concat(found).unique().group_by("person").agg(found=pl.len())
    sexed = people.filter(pl.col("sex").is_in(["1", "2"])).select("person")
    admissions = admissions.join(sexed, on="person", how="semi")
    return say_count(people.join(admissions, on="person", how="left"), "acsc_admission", pl.col("found"), 1, True)


def starts_with_one(codes: list[str]) -> pl.Expr:
    """Codes that begin with any of the given ones."""
    return pl.any_horizontal([pl.lit(False), *(pl.col("code").str.starts_with(code) for code in codes)])
