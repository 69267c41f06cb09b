"""What every contender for an outcome is held against: the same people, the same gates."""

from typing import Any

import polars as pl

from flows.steps.risk_read import Parts, read_groups, read_outcome
from mltc.config import Config
from mltc.risk_catalogue import Outcome


class Judge:
    """What every contender is held against: the same people, the same gates."""

    def __init__(self, parts: Parts, outcome: Outcome, test: pl.DataFrame, config: Config) -> None:
        from models.gates import Limits

        self.parts, self.test, self.settings = parts, test, config.risk
        self.observed = read_outcome(test, outcome).cast(pl.Float64).to_numpy()
        self.limits = Limits(**config.risk.gates.model_dump())

    def predict(self, candidate: Any) -> Any:
        """`models.outcome.Predictions` of a candidate on the people who validate."""
        from models.validation import check

        return check(self.observed, candidate.predict_risk(self.test), candidate.family)

    def describe(self, role: Any, candidate: Any, reference: dict[str, Any], champion: Any = None) -> Any:
        """Measures for everyone and by group, and the gates."""
        from models.bootstrap import simulate_chance
        from models.contest import Contender
        from models.gates import judge
        from models.stability_index import build_stability_table
        from models.validation import build_subgroup_table

        predictions = self.predict(candidate)
        subgroups = build_subgroup_table(
            predictions.outcome,
            predictions.risk,
            read_groups(self.test),
            family=candidate.family,
            replicate_count=max(20, self.settings.bootstrap_replicates // 2),  # of fifty groups, not of one
        )
        chance = simulate_chance(predictions, candidate.family, replicate_count=self.settings.bootstrap_replicates)
        row = {**subgroups.row(0, named=True), "ici_chance": chance}
        then = {name: reference[name] for name in candidate.feature_names if name in reference}
        stability = build_stability_table(then, self.parts.current)
        gates = judge(row, subgroups, stability, self.limits, champion)
        return Contender(role, candidate, row, subgroups, gates)
