"""One outcome: fit the candidates, hold the best against the champion, and say who scores and why."""

from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from flows.steps.champion import Champion
from flows.steps.risk_judge import Judge
from flows.steps.risk_read import Parts, know_outcome, read_outcome, shape_features
from mltc.config import Config
from mltc.config.risk import RiskSettings
from mltc.risk_catalogue import Outcome

_COUNT_ICI = 0.05  # of the mean count: what 0.005 is to a risk of a tenth


@dataclass(frozen=True)
class Fitted:
    """What a run found for one outcome.

    `winner` (a `models.contest.Contender`) scores people; None: nobody is scored. `performance`: a row per candidate,
    the champion's with the key `champion`. `checked`: the people who validated, with their predictions by the winner.
    """

    outcome: Outcome
    winner: Any
    decision: str
    performance: pl.DataFrame
    reference: dict[str, Any]
    decisions: dict[str, str] = field(default_factory=dict)
    champion: Champion | None = None
    champion_predictions: Any = None
    predictions: Any = None
    gates: tuple[Any, ...] = ()
    alarm: str | None = None

    @property
    def family(self) -> Any:
        """binomial or poisson."""
        return "poisson" if self.outcome.kind == "count" else "binomial"


def fit_outcome(config: Config, parts: Parts, outcome: Outcome, champion: Champion | None) -> Fitted:
    """Fit, validate and choose. Raises TooLittleData where people or events are too few."""
    from models.contest import decide
    from models.discrimination import discrimination_alarm
    from models.risk import evaluate_candidates, fit_candidates, select_candidate
    from models.stability_index import describe_reference

    settings, seed = config.risk, config.run.seed
    family: Any = "poisson" if outcome.kind == "count" else "binomial"
    train, test = know_outcome(parts.training, outcome), know_outcome(parts.validation, outcome)
    names = shape_features(parts.features, outcome)
    candidates = fit_candidates(
        train,
        read_outcome(train, outcome),
        names,
        family=family,
        min_events=settings.minimum_training_events,
        random_state=seed,
    )
    performance = evaluate_candidates(
        candidates, test, read_outcome(test, outcome), settings.minimum_validation_events, settings.bootstrap_replicates
    )
    tolerance = {"ici_tolerance": _COUNT_ICI * float(read_outcome(test, outcome).mean())} if family == "poisson" else {}  # type: ignore[arg-type]
    best, selection = select_candidate(candidates, performance, **tolerance)
    decisions = {"selection": selection}
    best, decisions["recalibration"] = mend(best, parts, outcome, settings)
    reference = describe_reference(train, [each.key for each in parts.features])
    judge = Judge(parts, outcome, test, config)
    kept = mended = None
    if champion and champion.candidate:
        kept = judge.describe("champion", champion.candidate, champion.reference)
        changed, decisions["recalibration of the champion"] = mend(champion.candidate, parts, outcome, settings)
        if changed is not champion.candidate:
            mended = judge.describe("recalibrated", changed, champion.reference)
    challenger = judge.describe("challenger", best, reference, kept.row if kept else None)
    winner, decision = decide(kept, mended, challenger, judge.limits)
    alarm = None
    if outcome.main:
        raised = discrimination_alarm(challenger.row["c_statistic"])
        alarm = raised.message if raised.is_raised else None
    predictions = judge.predict(winner.candidate) if winner else None
    return Fitted(
        outcome,
        winner,
        decision,
        _update(performance, challenger, kept, mended),
        reference,
        decisions,
        champion,
        judge.predict(kept.candidate) if kept else None,
        predictions,
        winner.gates if winner else challenger.gates,
        alarm,
    )


def mend(candidate: Any, parts: Parts, outcome: Outcome, settings: RiskSettings) -> tuple[Any, str]:
    """The candidate, recalibrated on the latest complete year if its calibration has drifted, and the decision."""
    from models.errors import TooLittleData
    from models.risk import recalibrate

    latest = know_outcome(parts.recalibration, outcome)
    try:
        mended, found = recalibrate(candidate, latest, read_outcome(latest, outcome), settings.minimum_training_events)
    except TooLittleData as error:
        return candidate, f"Not recalibrated: {str(error).split('; found', maxsplit=1)[0]}."
    return mended, found.decision


def add_refits(fitted: Fitted, parts: Parts, refit_count: int) -> Fitted:
    """The winner with what its intervals rest on. A champion keeps what it was stored with."""
    from models.risk import add_intervals

    if fitted.winner is None or fitted.winner.role != "challenger":
        return fitted
    train = know_outcome(parts.training, fitted.outcome)
    candidate = add_intervals(fitted.winner.candidate, train, read_outcome(train, fitted.outcome), refit_count)
    return replace(fitted, winner=replace(fitted.winner, candidate=candidate))


def _update(performance: pl.DataFrame, challenger: Any, kept: Any, mended: Any) -> pl.DataFrame:
    """The candidates' rows: the challenger's as it was held against the champion, and the champion's."""
    rows = []
    for contender, key in (
        (challenger, challenger.candidate.key),
        (mended, "champion_recalibrated"),
        (kept, "champion"),
    ):
        if contender is not None:
            measures = {name: value for name, value in contender.row.items() if name in performance.columns}
            name = contender.candidate.name if contender is challenger else f"In use before: {contender.candidate.name}"
            rows.append({"model": key, "model_name": name, "complexity": contender.candidate.complexity} | measures)
    fresh = pl.DataFrame(rows, schema=performance.schema)
    others = performance.filter(pl.col("model") != challenger.candidate.key)
    return pl.concat([others, fresh]).sort("complexity", "model", maintain_order=True)
