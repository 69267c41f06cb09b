"""An evaluation at the terminal: counts, balance, effects with limits, and every caveat."""

import polars as pl

from flows import terminal
from flows.steps.evaluate import FEWEST, Evaluation
from mltc.evaluation.measures import MEASURES
from models.public_health.before_after import CAVEATS
from models.public_health.difference import IMBALANCE

NAMES = {measure.key: measure.name for measure in MEASURES}


def show_evaluation(found: Evaluation) -> None:
    """Print everything; no figure stands without what limits it."""
    _print(
        f"{found.innovation_name} ({found.request.innovation}): {found.asked:,} people of the cohort, "
        f"{found.followed:,} followed for 12 months either side of their start, {found.matched:,} matched."
    )
    _print(terminal.EXACT_COUNTS, style="bold")
    for reason, count in found.left_out.items():
        _print(f"Left out: {count:,} {reason}.")
    for name in found.unused:
        _print(f"Not compared: {name}; known of fewer than {FEWEST} people on a side, or of so few matched.")
    _print("Balance: means, and differences in standard deviations of the treated.")
    terminal.show_frame(found.balance.with_columns(pl.selectors.float().round(2)))
    _print(
        f"A difference beyond {IMBALANCE} after matching is imbalance. left_out: matched people whose value is not "
        "known; they are in no mean of that row."
    )
    _print("Difference in differences: events per person-year, treated against matched people, with 95 % limits.")
    terminal.show_frame(describe_effects(found.effects))
    for key, lines in _group_caveats(found).items():
        _print(f"{NAMES.get(key, 'All measures')}:", style="bold")
        for line in lines:
            _print(f"- {line}")
    _print("Before and after, the people of the cohort alone: observed over expected at their own earlier rates.")
    terminal.show_frame(
        found.before_after.with_columns(pl.selectors.float().round(2), measure=pl.col("measure").replace_strict(NAMES))
    )
    for line in CAVEATS:
        _print(f"- {line}")
    folder = found.request.out / "evaluation"
    _print(f"Written as {found.request.innovation}.json and .csv, exact, into:")
    _print(str(folder))


def describe_effects(effects: pl.DataFrame) -> pl.DataFrame:
    """One row per measure: the four rates, the difference, the ratio, and the drift before the start, as text."""
    return effects.select(
        measure=pl.col("measure").replace_strict(NAMES),
        sets=pl.col("sets"),
        treated=pl.format("{} to {}", *_rounded("treated_before", "treated_after")),
        comparison=pl.format("{} to {}", *_rounded("comparison_before", "comparison_after")),
        difference=pl.format("{} ({} to {})", *_rounded("difference", "difference_lower", "difference_upper")),
        ratio=pl.format("{} ({} to {})", *_rounded("ratio", "ratio_lower", "ratio_upper")),
        before_the_start=pl.when(pl.col("is_parallel").is_null())
        .then(pl.lit("not known"))
        .when("is_parallel")
        .then(pl.lit("no drift seen"))
        .otherwise(pl.lit("DRIFTING APART")),
    )


def _rounded(*names: str) -> list[pl.Expr]:
    return [pl.col(name).round(2).cast(pl.String).fill_null("not known") for name in names]


def _group_caveats(found: Evaluation) -> dict[str, list[str]]:
    """What holds of every measure once, then what holds of one."""
    own = {key: lines for key, lines in found.caveats.items() if key != "all"}
    shared = [line for line in next(iter(own.values()), ()) if all(line in lines for lines in own.values())]
    grouped = {"all": [*found.caveats["all"], *shared]}
    for key, lines in own.items():
        rest = [line for line in lines if line not in shared]
        if rest:
            grouped[key] = rest
    return grouped


def _print(text: str, style: str | None = None) -> None:
    terminal.out.print(text, soft_wrap=True, highlight=False, style=style)
