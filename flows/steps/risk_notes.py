"""What the release says of the models in words: who is not scored, and why. Never how many people."""

from collections.abc import Iterator, Mapping, Sequence

from flows.steps.risk_fit import Fitted
from mltc.risk_catalogue import Outcome


def describe_unfitted(outcomes: Sequence[Outcome], unfitted: Mapping[str, str]) -> Iterator[str]:
    """A sentence for the main outcome, one for all the others together."""
    others = [each.name for each in outcomes if each.key in unfitted and not each.main]
    for outcome in outcomes:
        if outcome.main and outcome.key in unfitted:
            needed = unfitted[outcome.key].split("; found", maxsplit=1)[0].rstrip(".")
            yield f"A risk model could not be fitted, and nobody was scored. {needed}; there were fewer."
    if others:
        yield f"Nobody was scored for {_list(others)}: too few people had it, or no feed tells who did."


def describe_risk(fitted: Sequence[Fitted]) -> Iterator[str]:
    """Champions that were refused or that fail, outcomes without a model, suspected leakage."""
    for each in fitted:
        name = each.outcome.name
        if each.champion and each.champion.refusals:
            yield (
                f"{name}: the model in use until now ({each.champion.version}) was refused. "
                f"{' '.join(each.champion.refusals)} A new one was fitted."
            )
        if each.winner is None:
            yield f"{name}: nobody was scored. {each.decision}"
        elif not each.winner.is_passed:
            yield f"{name}: {each.decision}"
        if each.alarm:
            yield each.alarm


def _list(names: Sequence[str]) -> str:
    small = [f"{each[:1].lower()}{each[1:]}" for each in names]
    return " and ".join(filter(None, (", ".join(small[:-1]), small[-1])))
