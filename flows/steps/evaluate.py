"""An innovation evaluated: its people, matched others, before against after, and what must be said beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from mltc.audit import AuditEvent, record_event
from mltc.errors import ConfigError
from mltc.evaluation.cohort import cohort_of_decisions, find_others, read_cohort
from mltc.evaluation.measures import MEASURES, Measure
from mltc.evaluation.people import Observed, observe
from mltc.innovations import load_innovations
from mltc.lists.last_run import LastRun, read_last_run
from mltc.warehouse import open_warehouse

FEWEST = 10  # people who can be followed
DECIMALS = 9
FEW_EVENTS = 30  # below it the bootstrap was too sure of random cohorts of a synthetic population
EXACT = ("sex", "start_quarter")
DESCRIBED = ("age_years", "condition_count", "last_quarter_admissions")
SURVIVORS = (
    "Only people who are in the register now are in either group: who died, left or opted out since is in neither, and "
    "an innovation that changes who survives is not seen."
)
STARTS = (
    "A comparison is given the start of a treated person. Treated people are counted from a start that someone chose, "
    "often in a bad spell; a comparison's is like any other day of theirs."
)
CHOSEN_LATER = (
    "A cohort that was chosen by records made after the start is biased: its people had to live, and to stay, until "
    "those records were made. Choose by what was known on the start."
)


@dataclass(frozen=True)
class EvaluationRequest:
    """Which innovation; its people from a file, or (None) from decisions; one start for all, or (None) theirs."""

    innovation: str
    out: Path
    cohort: Path | None = None
    start: date | None = None
    ratio: int = 3


@dataclass(frozen=True)
class Evaluation:
    """effects: one row per measure (see `estimate_difference`) with the drift before the start.

    before_after: one row per measure, treated people alone. balance: one row per variable. caveats: by measure, and
    "all" for those of every measure. unused: measures that are not known.
    """

    request: EvaluationRequest
    run: LastRun
    innovation_name: str
    asked: int
    followed: int
    matched: int
    left_out: Mapping[str, int]
    effects: pl.DataFrame
    before_after: pl.DataFrame
    balance: pl.DataFrame
    caveats: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]


def evaluate_innovation(request: EvaluationRequest) -> Evaluation:
    """Read, match, compare, and write `OUT/evaluation/<key>.json` and `.csv`.

    Raises ConfigError where the innovation is not known or too few people can be followed, ExtractError for a cell of
    the cohort that cannot be read.
    """
    names = {each.key: each.name for each in load_innovations()}
    if request.innovation not in names:
        raise ConfigError(f"There is no innovation {request.innovation!r}. There are: {', '.join(names)}.")
    run = read_last_run(request.out)
    if request.cohort is not None:
        cohort = read_cohort(request.cohort, request.start)
    else:
        cohort = cohort_of_decisions(request.out, request.innovation, request.start)
    others = find_others(request.out, request.innovation)
    with open_warehouse(request.out / "warehouse.duckdb", read_only=True) as warehouse:
        observed = observe(warehouse, cohort, others, run.definition, run.index_date)
    found = compare(observed, request, run, names[request.innovation])
    write_evaluation(found)
    return found


def compare(observed: Observed, request: EvaluationRequest, run: LastRun, name: str) -> Evaluation:
    """Match and estimate. Raises ConfigError where fewer than `FEWEST` treated people can be followed or matched."""
    from models.public_health.matching import match_people
    from models.public_health.propensity import estimate_propensity

    _refuse_few(observed)
    used = [measure for measure in MEASURES if _is_known(observed.people, measure)]
    everywhere = [f"before_{each.key}" for each in used if not observed.people[f"before_{each.key}"].null_count()]
    columns = [*DESCRIBED, *everywhere]
    people = observed.people.with_columns(estimate_propensity(observed.people, columns))
    matches = match_people(
        people,
        exact=EXACT,
        risk="propensity",
        balance=[*DESCRIBED, "imd_quintile", *(f"before_{each.key}" for each in used)],
        ratio=request.ratio,
    )
    if matches.matched < FEWEST:
        raise ConfigError(
            f"Of {matches.treated} people who can be followed, {matches.matched} have anyone near enough to compare "
            f"with; at least {FEWEST} are needed for any figure."
        )
    members = matches.members.join(people.drop("is_treated"), on="person_id", how="left", maintain_order="left")
    rows: list[pl.DataFrame] = []
    told: dict[str, tuple[str, ...]] = {"all": (SURVIVORS, STARTS, CHOSEN_LATER)}
    for measure in used:
        effect = _estimate(measure, members, observed.quarters, matches.balance, matches.treated, matches.matched)
        if effect is not None:
            rows.append(effect[0])
            told[measure.key] = effect[1]
    return Evaluation(
        request=request,
        run=run,
        innovation_name=name,
        asked=observed.asked,
        followed=matches.treated,
        matched=matches.matched,
        left_out=observed.left_out,
        effects=pl.concat(rows),
        before_after=pl.concat([_compare_alone(measure, people) for measure in used]),
        balance=matches.balance,
        caveats=told,
        unused=tuple(measure.name for measure in MEASURES if measure.key not in told),
    )


def _refuse_few(observed: Observed) -> None:
    followed = int(observed.people["is_treated"].sum())
    if followed < FEWEST:
        reasons = "; ".join(f"{count} {reason}" for reason, count in observed.left_out.items()) or "none left out"
        raise ConfigError(
            f"Of {observed.asked} people of the cohort {followed} can be followed for 12 months either side of their "
            f"start; at least {FEWEST} are needed for any figure. Left out: {reasons}."
        )


def _is_known(people: pl.DataFrame, measure: Measure) -> bool:
    """Whether the measure is known of enough people on both sides."""
    known = people.filter(pl.col(measure.known))
    return bool(known["is_treated"].sum() >= FEWEST and (~known["is_treated"]).sum() >= FEWEST)


def _estimate(
    measure: Measure,
    members: pl.DataFrame,
    quarters: pl.DataFrame,
    balance: pl.DataFrame,
    treated: int,
    matched: int,
) -> tuple[pl.DataFrame, tuple[str, ...]] | None:
    """One row of effect and its caveats, over the sets in which the measure is known; None where there are too few."""
    from models.public_health.difference import describe_caveats, estimate_difference
    from models.public_health.drift import check_parallel

    known = _keep_known(members, measure)
    if known["set_id"].n_unique() < FEWEST:
        return None
    counted = known.with_columns(
        before_count=pl.col(f"before_{measure.key}"), after_count=pl.col(f"after_{measure.key}")
    )
    effect = estimate_difference(counted)
    before = quarters.filter(pl.col("quarter") < 0).select("person_id", "quarter", event_count=measure.key)
    drift = check_parallel(known.select("set_id", "is_treated", "weight", "person_id").join(before, on="person_id"))
    row = effect.table.select(
        pl.lit(measure.key).alias("measure"),
        pl.all(),
        pl.lit(drift.slope if drift else None, pl.Float64).alias("drift_per_quarter"),
        pl.lit(drift.lower if drift else None, pl.Float64).alias("drift_lower"),
        pl.lit(drift.upper if drift else None, pl.Float64).alias("drift_upper"),
        pl.lit(drift.peak if drift else None, pl.Float64).alias("peak_before_start"),
        pl.lit(drift.is_parallel if drift else None, pl.Boolean).alias("is_parallel"),
    )
    told = describe_caveats(effect, drift, balance, treated, matched)
    events = int(known.filter("is_treated").select(pl.min_horizontal(pl.col(*_sides(measure)).sum())).item())
    if events < FEW_EVENTS:
        told += (
            f"Only {events} events of the treated people on one side of the start: chance moves such a figure far.",
        )
    return row, told


def _sides(measure: Measure) -> tuple[str, str]:
    return f"before_{measure.key}", f"after_{measure.key}"


def _keep_known(members: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Members of whom the measure is known, in sets that still have both sides, each side weighing 1."""
    known = members.filter(pl.col(measure.known))
    sides = pl.col("is_treated").n_unique().over("set_id")
    return known.filter(sides == 2).with_columns(weight=1 / pl.len().over("set_id", "is_treated"))


def _compare_alone(measure: Measure, people: pl.DataFrame) -> pl.DataFrame:
    """Treated people alone: events after the start against those expected at their rates before, by age and sex."""
    from models.public_health.before_after import compare_before_after

    treated = people.filter("is_treated", measure.known)
    sides = [
        treated.select(
            "age_band",
            "sex",
            is_after=pl.lit(side == "after"),
            count=pl.col(f"{side}_{measure.key}"),
            person_years=pl.col(f"{side}_days") / 365.25,
        )
        for side in ("before", "after")
    ]
    strata = pl.concat(sides).group_by("age_band", "sex", "is_after").agg(pl.col("count", "person_years").sum())
    table = compare_before_after(strata.sort("age_band", "sex", "is_after"), [], ["age_band", "sex"]).table
    names = ["observed", "expected", "ratio", "ratio_lower", "ratio_upper"]
    return table.select(pl.lit(measure.key).alias("measure"), pl.col(names))


def write_evaluation(found: Evaluation) -> Path:
    """Write the figures, exact, into the work folder: for use inside the secure setting, no release."""
    import json

    from flows import terminal
    from mltc.private_files import make_private_folder, write_private

    # What is summed by several threads differs in the last digits from time to time; a figure must not.
    effects, before_after, balance = (
        frame.with_columns(pl.selectors.float().round(DECIMALS))
        for frame in (found.effects, found.before_after, found.balance)
    )
    key = found.request.innovation
    record_event(
        found.request.out,
        AuditEvent(
            "innovation_evaluated",
            parameters={"innovation": key, "start": found.request.start, "ratio": found.request.ratio},
            counts={"asked": found.asked, "followed": found.followed, "matched": found.matched},
            outputs=[f"evaluation/{key}.json", f"evaluation/{key}.csv"],
        ),
    )
    folder = make_private_folder(found.request.out / "evaluation")
    record = {
        "notice": terminal.EXACT_COUNTS,
        "innovation": found.request.innovation,
        "run": found.run.name,
        "index_date": found.run.index_date.isoformat(),
        "definition": found.run.definition,
        "cohort": {"asked": found.asked, "followed": found.followed, "matched": found.matched},
        "left_out": dict(found.left_out),
        "measures_not_known": list(found.unused),
        "effects": effects.to_dicts(),
        "before_after": before_after.to_dicts(),
        "balance": balance.to_dicts(),
        "caveats": {key: list(lines) for key, lines in found.caveats.items()},
    }
    path = folder / f"{found.request.innovation}.json"
    write_private(path, (json.dumps(record, indent=2) + "\n").encode("utf-8"))
    write_private(folder / f"{found.request.innovation}.csv", effects.write_csv().encode("utf-8"))
    return path
