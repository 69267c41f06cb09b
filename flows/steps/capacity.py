"""What a number of places would find: read the people, choose the lists, measure them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from flows.steps.risk_tables import SCHEMAS
from mltc.audit import AuditEvent, record_event
from mltc.errors import ConfigError
from mltc.warehouse import Warehouse, open_warehouse

PEOPLE = """
select
    case when risk.status = 'scored' then coalesce(risk.predicted_risk, risk.predicted_count) end as predicted,
    coalesce(risk.status, 'no model') as status,
    coalesce(person.pcn_code, '') as pcn_code,
    coalesce(practice.pcn_name, 'Not known') as pcn,
    coalesce(practice.practice_name, person.practice_code, 'Not known') as practice,
    person.practice_code,
    case person.imd_quintile
        when 1 then '1 (most deprived)' when 5 then '5 (least deprived)'
        else coalesce(cast(person.imd_quintile as varchar), 'Not known')
    end as imd_quintile,
    coalesce(person.ethnic_group, 'Not known') as ethnic_group
from register.person as person
left join risk.person_risk as risk on risk.person_id = person.person_id and risk.outcome = $outcome
left join register.practice as practice on practice.practice_code = person.practice_code
order by predicted desc nulls last, person.person_id
"""
EQUITY_GROUPS = ("imd_quintile", "ethnic_group")


@dataclass(frozen=True)
class CapacityRequest:
    """How many places, for whom, and what an admission (or a night, of bed-days) costs in pounds."""

    places: int
    out: Path
    by: str | None = None
    outcome: str | None = None
    pcn: str | None = None
    cost_per_admission: float | None = None
    cost_per_bed_day: float | None = None
    effects: tuple[float, ...] = ()
    config: Path | None = None


@dataclass(frozen=True)
class Cost:
    """Pounds of one unit, and where they come from."""

    unit: str
    units: str
    gbp: float | None
    source: str


@dataclass(frozen=True)
class Plan:
    """All that `show_plan` prints. Values are those of `models.capacity_list`.

    persons: with a risk. without: registered people who have none, by practice: practice_code, practice, status, people
    and reason (of status coverage: which feed failed, in words). areas: of `--by`, else None; its persons are everyone
    registered, with their share_of_places and those without a risk. equal: expected by equal shares. gain: people found
    by risk over found by equal shares. per_person: unplanned admissions (of bed-days: nights) per validation person on
    the list, None where they cannot be told.
    """

    request: CapacityRequest
    outcome: Mapping[str, Any]
    index_date: Any
    persons: int
    pcn: str | None
    expected: Any
    observed: Any
    per_person: Any
    cost: Cost
    break_even: Mapping[float, Any]
    groups: Mapping[str, pl.DataFrame]
    warnings: Mapping[str, str]
    without: pl.DataFrame
    areas: pl.DataFrame | None = None
    equal: Any = None
    gain: Any = None


def plan_capacity(request: CapacityRequest) -> Plan:
    """Read the last good warehouse and measure the list. Raises ConfigError where no list can be made."""
    path = request.out / "warehouse.duckdb"
    if not path.exists():
        raise ConfigError(f"There is no warehouse at {path}. Run `mltc run` first, or give its folder with --out.")
    options = {name: getattr(request, name) for name in ("places", "by", "outcome", "pcn")}
    record_event(request.out, AuditEvent("capacity_planned", parameters=options))
    with open_warehouse(path, read_only=True) as warehouse:
        outcome = choose_outcome(warehouse, request.outcome)
        everyone = warehouse.read(PEOPLE, {"outcome": outcome["outcome"]})
        pcn = None
        if request.pcn is not None:
            everyone, pcn = choose_pcn(everyone, request.pcn)
        index_date = warehouse.read("select index_date from meta.index_date where role = 'current'").item()
        without = count_without(everyone, read_gaps(warehouse, index_date))
        _refuse_many(request.places, everyone["predicted"].count(), pcn, without)
        checked = read_checked(warehouse, outcome)
        warnings = read_warnings(warehouse, outcome["outcome"])
    return _measure(request, outcome, everyone, checked, index_date, pcn, warnings, without)


def _refuse_many(places: int, scored: int, pcn: str | None, without: pl.DataFrame) -> None:
    """Raise ConfigError where there are more places than people with a risk."""
    if places <= scored:
        return
    where = f"in {pcn}" if pcn else "in the register"
    told = " ".join(tell_without(without))
    raise ConfigError(
        f"--places {places:,} is more than the {scored:,} people {where} who have a risk."
        + (f" Give 1 to {scored:,}." if scored else " No list can be made.")
        + (f" {told}" if told else "")
    )


def read_gaps(warehouse: Warehouse, index_date: Any) -> dict[str, str]:
    """By practice code, in words, which feeds of it failed; empty where coverage was not judged."""
    from mltc.lists.people import read_failed

    return read_failed(warehouse, index_date) if warehouse.columns("meta.practice_abstention") else {}


def count_without(everyone: pl.DataFrame, gaps: Mapping[str, str]) -> pl.DataFrame:
    """practice_code, practice, status, people and reason of registered people without a risk, by practice."""
    found = everyone.filter(pl.col("predicted").is_null()).group_by("practice_code", "practice", "status")
    reason = pl.col("practice_code").replace_strict(
        dict(gaps), default="its records are missing or too few", return_dtype=pl.String
    )
    return (
        found.agg(people=pl.len().cast(pl.Int64))
        .with_columns(reason=pl.when(pl.col("status") == "coverage").then(reason))
        .sort("practice_code", "status")
    )


def tell_without(without: pl.DataFrame) -> Iterator[str]:
    """A sentence per practice whose people have no risk since its feed stopped, and one per other cause."""
    for row in without.filter(status="coverage").iter_rows(named=True):
        yield (
            f"No risk for {row['people']:,} people of {row['practice']} ({row['practice_code']}): {row['reason']}. "
            "They are not known to be at low risk."
        )
    others = without.filter(pl.col("status") != "coverage").group_by("status").agg(pl.col("people").sum())
    for status, people in others.sort("status").iter_rows():
        yield f"No risk for {people:,} people: {status}."


def _measure(
    request: CapacityRequest,
    outcome: Mapping[str, Any],
    everyone: pl.DataFrame,
    checked: pl.DataFrame,
    index_date: Any,
    pcn: str | None,
    warnings: Mapping[str, str],
    without: pl.DataFrame,
) -> Plan:
    from models import capacity_list as lists
    from models.validation import check

    family: Any = "poisson" if outcome["kind"] == "count" else "binomial"
    everyone = everyone.with_columns(_tell_apart(name) for name in ("pcn", "practice"))
    is_scored = pl.col("predicted").is_not_null()
    people, unscored = everyone.filter(is_scored), everyone.filter(~is_scored)
    predicted = people["predicted"].to_numpy()
    listed = lists.choose_highest(predicted, request.places)
    expected = lists.expect(predicted, listed, family)
    predictions = check(checked["observed"].to_numpy(), checked["predicted"].to_numpy(), family)
    per_person = _count_events(checked, expected.lowest, family)
    cost = find_cost(request, family)
    effects = request.effects or lists.EFFECTS_PERCENT
    months = int(outcome["horizon_months"])
    even = {}
    if cost.gbp is not None and per_person is not None:
        even = {effect: lists.break_even(per_person, cost.gbp, effect, months) for effect in effects}
    areas = equal = gain = None
    if request.by is not None:
        shared = lists.share_places(dict(everyone[request.by].value_counts().iter_rows()), request.places)
        by_share = lists.choose_by_area(people[request.by], shared)
        counted = lists.count_by_area(people[request.by], predicted, [listed, by_share])
        areas = _add_everyone(counted, everyone[request.by], shared)
        equal = lists.sum_by_chance(predicted[by_share], family)
        gain = lists.compare_lists(predicted, listed, by_share, family)
    return Plan(
        request=request,
        outcome=outcome,
        index_date=index_date,
        persons=people.height,
        pcn=pcn,
        expected=expected,
        observed=lists.observe(predictions, expected.lowest, family),
        per_person=per_person,
        cost=cost,
        break_even=even,
        groups={name: lists.weigh_groups(people[name], predicted, listed, unscored[name]) for name in EQUITY_GROUPS},
        warnings=warnings,
        without=without,
        areas=areas,
        equal=equal,
        gain=gain,
    )


def _tell_apart(name: str) -> pl.Expr:
    """The name of a place, with its code where several have that name."""
    code = pl.col(f"{name}_code")
    return pl.when(code.n_unique().over(name) > 1).then(pl.format("{} ({})", name, code)).otherwise(name).alias(name)


def _add_everyone(counted: pl.DataFrame, area: pl.Series, shared: Mapping[str, int]) -> pl.DataFrame:
    """Areas with everyone registered as persons, those without a risk, and their share_of_places."""
    registered = area.alias("area").value_counts(name="registered").with_columns(pl.col("registered").cast(pl.Int64))
    share = pl.col("area").replace_strict(dict(shared), return_dtype=pl.Int64)
    joined = registered.join(counted, on="area", how="left").with_columns(
        pl.col("persons", "listed_0", "listed_1").fill_null(0), pl.col("found_0", "found_1").fill_null(0.0)
    )
    return joined.with_columns(
        persons="registered", without=pl.col("registered") - pl.col("persons"), share_of_places=share
    ).sort("area")


def choose_outcome(warehouse: Warehouse, key: str | None) -> dict[str, Any]:
    """The row of `risk.outcome` of a key, or of the main one, with a model in force; else ConfigError."""
    if not warehouse.columns("risk.outcome") or not warehouse.columns("risk.validation_person"):
        raise ConfigError(
            "The warehouse has no risk models of this version of mltc. Run `mltc run` again, then ask for a capacity."
        )
    rows = warehouse.read("select * from risk.outcome order by sort_key").to_dicts()
    found = [row for row in rows if row["outcome"] == key or (key is None and row["is_main"])]
    if not found:
        known = ", ".join(str(row["outcome"]) for row in rows)
        raise ConfigError(f"There is no outcome {key!r}. Outcomes of this run: {known}.")
    if found[0]["model_version"] is None:
        raise ConfigError(
            f"No model is in force for {found[0]['outcome']}, so nobody has a risk to be listed by. "
            f"The run says: {found[0]['decision']}"
        )
    return found[0] | {"horizon_months": _read_horizon(warehouse, key or str(found[0]["outcome"]))}


def _read_horizon(warehouse: Warehouse, key: str) -> int:
    """Months that the outcome looks ahead: its own, else those between validation and index date of the run."""
    from mltc.risk_catalogue import load_outcomes

    own = next((each.horizon_months for each in load_outcomes() if each.key == key), None)
    if own is not None:
        return own
    days = dict(warehouse.read("select role, index_date from meta.index_date").iter_rows())
    last, first = days["current"], days["validation"]
    return int((last.year - first.year) * 12 + last.month - first.month)


def choose_pcn(people: pl.DataFrame, typed: str) -> tuple[pl.DataFrame, str]:
    """The people of one primary care network, by code or name, and its name; else ConfigError."""
    known = people.select("pcn_code", "pcn").unique().sort("pcn", "pcn_code").rows()
    for code, name in known:
        if typed.casefold() in (code.casefold(), name.casefold()) and typed:
            return people.filter(pl.col("pcn_code") == code, pl.col("pcn") == name), str(name)
    words = {word for row in known for word in row if word}
    near = get_close_matches(typed, words, n=3, cutoff=0.4)
    hint = f"Nearest: {', '.join(near)}." if near else f"There are {len(known)}, such as {known[0][1]}."
    raise ConfigError(f"No primary care network in the register is called {typed!r} or has that code. {hint}")


def read_checked(warehouse: Warehouse, outcome: Mapping[str, Any]) -> pl.DataFrame:
    """predicted, observed and unplanned_admissions of the people who validated the model in use."""
    names = [name for name in SCHEMAS["validation_person"] if name not in ("outcome", "person_id")]
    return warehouse.read(
        f"select {', '.join(names)} from risk.validation_person where outcome = $outcome order by person_id",
        {"outcome": outcome["outcome"]},
    )


def read_warnings(warehouse: Warehouse, outcome: str) -> dict[str, str]:
    """Groups whose risks were found wrong, as "imd_quintile: 2" with what is wrong."""
    found = warehouse.read(
        "select distinct group_type, group_value, warning from risk.subgroup "
        "where outcome = $outcome and warning is not null and group_type in ('imd_quintile', 'ethnic_group') "
        "order by group_type, group_value",
        {"outcome": outcome},
    )
    return {f"{kind}: {value}": warning for kind, value, warning in found.iter_rows()}


def find_cost(request: CapacityRequest, family: str) -> Cost:
    """What one admission (of bed-days: one night) costs, from the command line or [costs]; pounds None: not given."""
    words, option, typed = (
        ("unplanned admission", "unplanned admissions"),
        "--cost-per-admission",
        (request.cost_per_admission),
    )
    if family == "poisson":
        words, option, typed = (
            ("night in hospital", "nights in hospital"),
            "--cost-per-bed-day",
            (request.cost_per_bed_day),
        )
    if typed is not None:
        return Cost(*words, typed, f"as given with {option}")
    if request.config is not None:
        from mltc.config import load_config

        costs = load_config(request.config).costs
        amount = costs.unplanned_bed_day_gbp if family == "poisson" else costs.unplanned_admission_gbp
        if amount is not None:
            return Cost(*words, amount, str(costs.source))
    return Cost(*words, None, f"Give {option}, or [costs] in the configuration with its source")


def _count_events(checked: pl.DataFrame, threshold: float, family: str) -> Any:
    """Admissions (of bed-days: nights) per validation person at or above the threshold, with limits; None of nobody."""
    from models.capacity_list import average

    name = "observed" if family == "poisson" else "unplanned_admissions"
    found = checked.filter(pl.col("predicted") >= threshold)[name].drop_nulls().to_numpy().astype(np.float64)
    return average(found) if len(found) else None
