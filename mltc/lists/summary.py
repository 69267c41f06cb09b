"""What came of the lists: how many were reviewed, what was decided and why, by place, innovation and group."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mltc.errors import ConfigError
from mltc.intervals import wilson_limits
from mltc.lists.kept import read_decisions, read_issued
from mltc.lists.layout import DECISIONS
from mltc.warehouse import Warehouse

NOT_KNOWN = "Not known"
GONE = "No longer in the register"
FEWEST = 10  # a share of fewer people says nothing
PLACES = """
    select practice_code, practice_name, pcn_code, pcn_name from register.practice
"""
PEOPLE = """
    with asked as (select unnest($ids) as mltc_id)
    select
        asked.mltc_id,
        coalesce(
            case person.imd_quintile
                when 1 then '1 (most deprived)' when 5 then '5 (least deprived)'
                else cast(person.imd_quintile as varchar)
            end,
            'Not known'
        ) as imd_quintile,
        case person.ethnic_group when 'Unknown' then 'Not known' else person.ethnic_group end as ethnic_group
    from asked
    inner join register.person_pseudonym as pseudonym on pseudonym.mltc_id = asked.mltc_id
    inner join register.person as person on person.person_id = pseudonym.person_id
"""
GROUPS = ("imd_quintile", "ethnic_group")
# Two places may have one name: the code tells them apart.
BY = {"practice": ["practice", "practice_code"], "pcn": ["pcn", "pcn_code"], **{name: [name] for name in GROUPS}}


@dataclass(frozen=True)
class Summary:
    """total: one row. by: one row per practice, pcn (both by code), imd_quintile and ethnic_group. innovation: one row
    per innovation and decision. reason: one row per decision and reason. Counts are of people on the list of a run,
    exact.
    """

    total: pl.DataFrame
    by: dict[str, pl.DataFrame]
    innovation: pl.DataFrame
    reason: pl.DataFrame


def summarise(out: Path, warehouse: Warehouse, run: str | None = None) -> Summary:
    """Count the decisions of a folder, of one run or of all. Raises ConfigError where no list was made."""
    listed, decisions = read_issued(out), read_decisions(out)
    if run is not None:
        known = sorted(listed["run"].unique())
        if run not in known:
            raise ConfigError(f"No lists were made of a run {run!r}. Runs with lists: {', '.join(known) or 'none'}.")
        listed = listed.filter(run=run)
    if listed.is_empty():
        raise ConfigError(f"No lists were made in {out} yet. Make them with `mltc lists`.")
    rows = describe_rows(listed, decisions, warehouse)
    made = rows.filter(pl.col("decision").is_not_null())
    return Summary(
        total=count_decisions(rows, []),
        by={name: count_decisions(rows, columns) for name, columns in BY.items()},
        innovation=_tally(made.filter(pl.col("chosen_innovation").is_not_null()), "chosen_innovation", "decision"),
        reason=_tally(made.filter(pl.col("reason").is_not_null()), "decision", "reason"),
    )


def describe_rows(listed: pl.DataFrame, decisions: pl.DataFrame, warehouse: Warehouse) -> pl.DataFrame:
    """Everybody on a list with their decision (null: not reviewed), place and groups."""
    keys = ["run", "practice_code", "mltc_id"]
    ids = listed["mltc_id"].unique().sort().to_list()
    joined = (
        listed.join(decisions, on=keys, how="left")
        .join(warehouse.read(PLACES), on="practice_code", how="left")
        .join(warehouse.read(PEOPLE, {"ids": ids}), on="mltc_id", how="left")
    )
    return joined.with_columns(
        practice=pl.col("practice_name").fill_null(pl.col("practice_code")),
        pcn=pl.col("pcn_name").fill_null(NOT_KNOWN),
        pcn_code=pl.col("pcn_code").fill_null(""),
        **{name: pl.col(name).fill_null(GONE) for name in GROUPS},
    )


def count_decisions(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """listed, reviewed, each decision, and two shares in percent: reviewed of listed, accepted of reviewed with 95 %
    Wilson limits; null where fewer than `FEWEST` people stand below the line."""
    reviewed = pl.col("decision").is_not_null()
    counts = [pl.len().alias("listed"), reviewed.sum().alias("reviewed")]
    counts += [(pl.col("decision") == word).sum().alias(word) for word in DECISIONS]
    table = rows.group_by(by, maintain_order=True).agg(counts).sort(by) if by else rows.select(counts)
    whole = pl.col("reviewed").clip(1)
    lower, upper = wilson_limits(pl.col("accepted") / whole, whole)
    is_enough = pl.col("reviewed") >= FEWEST
    return table.with_columns(
        reviewed_percent=_percent("reviewed", "listed"),
        accepted_percent=_percent("accepted", "reviewed"),
        accepted_percent_lower=pl.when(is_enough).then((100 * lower).round(1)),
        accepted_percent_upper=pl.when(is_enough).then((100 * upper).round(1)),
    )


def _percent(part: str, whole: str) -> pl.Expr:
    return pl.when(pl.col(whole) >= FEWEST).then((100 * pl.col(part) / pl.col(whole)).round(1))


def _tally(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    return rows.group_by(by).agg(people=pl.len()).sort(by[0], "people", by[1], descending=[False, True, False])
