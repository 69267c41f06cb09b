"""A plan for a number of places at the terminal: tables and sentences, never a person."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from flows import terminal
from flows.steps.capacity import Plan, tell_without

AREA_NAMES = {"pcn": "primary care network", "practice": "practice"}
GROUP_NAMES = {"imd_quintile": "deprivation quintile", "ethnic_group": "ethnic group"}
TODAY, THEN = "risks of today", "validation people"


def show_plan(plan: Plan) -> None:
    """Print everything, what the numbers rest on beside each."""
    where = f" of {plan.pcn}" if plan.pcn else ""
    _print(
        f"{plan.request.places:,} places for the {plan.persons:,} people{where} with a risk on {plan.index_date} "
        f"({_per_cent(plan.request.places / plan.persons)}), by {plan.outcome['outcome_name']} within "
        f"{plan.outcome['horizon_months']} months, model {plan.outcome['model_version']}."
    )
    _print(terminal.EXACT_COUNTS, style="bold")
    _say(tell_without(plan.without))
    terminal.show_frame(describe_list(plan))
    _say(explain_evidence(plan))
    if plan.areas is not None:
        terminal.show_frame(describe_areas(plan))
        _say(explain_areas(plan))
    for name in plan.groups:
        terminal.show_frame(describe_groups(plan, name))
    _say(explain_groups(plan))
    if plan.break_even:
        terminal.show_frame(describe_break_even(plan))
    _say(explain_break_even(plan))


def describe_list(plan: Plan) -> pl.DataFrame:
    """One row per figure: what, figure, 95 % limits, and what it rests on."""
    is_count = plan.outcome["kind"] == "count"
    expected, unit = plan.expected, (_number if is_count else _per_cent)
    rows = [
        ("lowest on the list", unit(expected.lowest), "", TODAY),
        ("expected in the list", *_limits(expected.found, _number), TODAY),
        ("expected among all others (missed)", *_limits(expected.missed, _number), TODAY),
        ("share of all that is expected", _per_cent(expected.share), "", TODAY),
        ("mean per person" if is_count else "PPV", *_limits(expected.mean, unit), TODAY),
    ]
    seen = plan.observed
    if seen is not None:
        rows += [
            ("mean per person" if is_count else "PPV", *_limits(seen.ppv, unit), THEN),
            ("sensitivity", *_limits(seen.sensitivity, _per_cent), THEN),
        ]
        if seen.needed:
            rows.append(("number needed to review for one", *_limits(seen.needed, _number), THEN))
        if seen.net_benefit:
            rows.append(("net benefit per 1,000", *_limits(seen.net_benefit, _per_thousand), THEN))
            rows.append(("net benefit of reviewing all", *_limits(seen.net_benefit_all, _per_thousand), THEN))
    if plan.per_person is not None:
        name = "nights" if is_count else "unplanned admissions"
        rows.append((f"{name} per person of the list", *_limits(plan.per_person, _decimals), THEN))
    return pl.DataFrame(rows, schema=["figure", "estimate", "95 % limits", "from"], orient="row")


def explain_evidence(plan: Plan) -> Iterator[str]:
    """What the two kinds of figures rest on."""
    yield (
        f"'{TODAY}': people of the index date, if their calibrated risks are right; limits are of chance alone. "
        f"'{THEN}': people of practices that the model was not trained on, a year before."
    )
    seen = plan.observed
    if seen is None:
        yield "Nobody among the validation people had so high a risk: what is shown is expected, none of it observed."
        return
    yield (
        f"Of {seen.people:,} validation people, {seen.flagged:,} were at or above the lowest on the list "
        f"({_per_cent(seen.flagged / seen.people)}); what happened to them stands in the table."
    )
    if seen.net_benefit is not None:
        yield (
            f"Net benefit at that threshold ({_per_cent(seen.threshold)}: finding one is worth reviewing "
            f"{(1 - seen.threshold) / seen.threshold:.1f} in vain): the list is {_worth(seen.net_benefit, 0.0)} than "
            f"reviewing nobody and {_worth(seen.net_benefit, seen.net_benefit_all.estimate)} than reviewing everyone."
        )


def describe_areas(plan: Plan) -> pl.DataFrame:
    """One row per area: everyone registered, and of each way to share places: places, lowest on the list, expected."""
    name = AREA_NAMES[str(plan.request.by)]
    unit = _number if plan.outcome["kind"] == "count" else _per_cent
    return plan.areas.select(
        pl.col("area").alias(name),
        pl.col("persons").alias("people"),
        pl.col("without").alias("no risk"),
        pl.col("listed_0").alias("by risk"),
        pl.col("lowest_0").map_elements(unit, return_dtype=pl.String).alias("lowest"),
        pl.col("found_0").round(1).alias("expected"),
        pl.col("share_of_places").alias("equal share"),
        pl.col("lowest_1").map_elements(unit, return_dtype=pl.String).alias("lowest, equal"),
        pl.col("found_1").round(1).alias("expected, equal"),
    )


def explain_areas(plan: Plan) -> Iterator[str]:
    """What is lost by giving every area its share."""
    name = AREA_NAMES[str(plan.request.by)]
    estimate, limits = _limits(plan.gain, _number)
    yield (
        "'by risk': the highest risks wherever they are registered. 'equal share': places to each "
        f"{name} by everyone registered there, with a risk or without."
    )
    yield (
        f"By risk the list is expected to hold {_number(plan.expected.found.estimate)}, by equal shares "
        f"{_number(plan.equal.estimate)}: {estimate} more by risk ({limits}, chance alone)."
    )
    unfilled = plan.areas.filter(pl.col("share_of_places") > pl.col("listed_1"))
    if unfilled.height:
        places = int((unfilled["share_of_places"] - unfilled["listed_1"]).sum())
        yield (
            f"Of the equal shares {places:,} cannot be filled by risk, since too few people of "
            f"{', '.join(unfilled['area'])} have one. They count as finding nobody: equal shares look worse than they "
            "are."
        )
    empty = plan.areas.filter(pl.col("listed_0") == 0)["area"].to_list()
    if empty:
        yield f"By risk nobody would be listed from: {', '.join(empty)}."


def describe_groups(plan: Plan, name: str) -> pl.DataFrame:
    """One row per group: shares of population, of all that is expected, and of the list with its limits."""
    return plan.groups[name].select(
        pl.col("group").alias(GROUP_NAMES[name]),
        pl.col("persons").alias("people"),
        pl.col("listed").alias("on the list"),
        _percent("population_share").alias("% of people"),
        _percent("expected_share").alias("% of expected"),
        _percent("list_share").alias("% of list"),
        _percent("list_share_lower").alias("lower"),
        _percent("list_share_upper").alias("upper"),
    )


def explain_groups(plan: Plan) -> Iterator[str]:
    """Groups on the list less than their share of what is expected, and those whose risks were found wrong."""
    expected = "nights" if plan.outcome["kind"] == "count" else "people with the outcome"
    for name, table in plan.groups.items():
        for row in table.filter("is_under").iter_rows(named=True):
            yield (
                f"Under-listed beyond chance: {GROUP_NAMES[name]} {row['group']} holds "
                f"{_per_cent(row['expected_share'])} of all expected {expected} but "
                f"{_per_cent(row['list_share'])} of the list (95 % limits {_per_cent(row['list_share_lower'])} to "
                f"{_per_cent(row['list_share_upper'])}). Their risk is spread over more people below the lowest on the "
                "list."
            )
    if not any(table["is_under"].any() for table in plan.groups.values()):
        yield f"No group is on the list less than its share of the expected {expected}, beyond chance."
    for group, warning in plan.warnings.items():
        kind, value = group.split(": ", maxsplit=1)
        yield f"Risks of {GROUP_NAMES[kind]} {value} were {warning} at validation: read that row with care."
    yield "Expected shares are the model's own: a group whose need never reached a record looks low in all of them."


def describe_break_even(plan: Plan) -> pl.DataFrame:
    """One row per effect: pounds per listed person and year."""
    rows = [
        (f"{effect:g} %", *_limits(pounds, _pounds), _pounds(pounds.estimate * plan.request.places))
        for effect, pounds in plan.break_even.items()
    ]
    schema = ["averted", "pounds per person and year", "95 % limits", "pounds a year for all places"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def explain_break_even(plan: Plan) -> Iterator[str]:
    """What the pounds mean, or why there are none."""
    if plan.break_even:
        yield (
            f"A programme that costs more than this per listed person and year costs more than the {plan.cost.units} "
            f"it averts. Of {_pounds(plan.cost.gbp or 0)} each: {plan.cost.source}. Limits are those of the "
            f"{plan.cost.units} per person among {THEN}."
        )
        yield (
            "The effect is an assumption, not a finding: who is at high risk need not have much to gain. Health itself "
            "is not priced."
        )
    elif plan.cost.gbp is None:
        yield f"Break-even pounds need the cost of one {plan.cost.unit}; there is no default. {plan.cost.source}."
    else:
        yield f"Break-even pounds cannot be told: no {plan.cost.units} of {THEN} on such a list are known."


def _worth(benefit: Any, other: float) -> str:
    return "worth more" if benefit.lower is not None and benefit.lower > other else "not shown to be worth more"


def _limits(value: Any, words: Any) -> tuple[str, str]:
    if value.lower is None or value.upper is None:
        return words(value.estimate), ""
    return words(value.estimate), f"{words(value.lower)} to {words(value.upper)}"


def _percent(name: str) -> pl.Expr:
    return (100 * pl.col(name)).round(1)


def _per_cent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _number(value: float) -> str:
    return f"{value:,.1f}"


def _decimals(value: float) -> str:
    return f"{value:.2f}"


def _per_thousand(value: float) -> str:
    return f"{1000 * value:.2f}"


def _pounds(value: float) -> str:
    return f"£{value:,.0f}"


def _say(sentences: Iterator[str]) -> None:
    for sentence in sentences:
        _print(f"- {sentence}")


def _print(text: str, style: str | None = None) -> None:
    terminal.out.print(text, style=style, soft_wrap=True, highlight=False)
