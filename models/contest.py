"""Champion or challenger: which model scores people in this run."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import polars as pl

from models.gates import Gate, Limits, list_failures
from models.risk_candidates import Candidate

Role = Literal["champion", "recalibrated", "challenger"]


@dataclass(frozen=True)
class Contender:
    """A model with what it shows on the validation people of this run."""

    role: Role
    candidate: Candidate
    row: dict[str, Any]
    subgroups: pl.DataFrame
    gates: tuple[Gate, ...]

    @property
    def is_passed(self) -> bool:
        """Whether it passed every gate."""
        return all(each.is_passed for each in self.gates)


class Verdict(NamedTuple):
    """Who scores, if anybody, and why in words."""

    winner: Contender | None
    decision: str


def decide(
    champion: Contender | None, recalibrated: Contender | None, challenger: Contender, limits: Limits
) -> Verdict:
    """A champion stays until a challenger passes the gates and is better, or passes where the champion fails.

    Better: a c-statistic higher by `promotion_gain` or more, on the same people. `recalibrated`: the champion with
    its calibration mended, where that has drifted; it is preferred to a new model that is not better. With no champion
    the challenger must pass; else nobody is scored.
    """
    name = challenger.candidate.name
    failures = list_failures(challenger.gates)
    if champion is None:
        if challenger.is_passed:
            return Verdict(challenger, f"{name} passed every gate and there is no champion to keep.")
        return Verdict(None, f"{name} failed gates, and there is no champion to keep. {_close(failures)}")
    kept = recalibrated if recalibrated is not None and recalibrated.is_passed else champion
    gain = challenger.row["c_statistic"] - kept.row["c_statistic"]
    if challenger.is_passed and gain >= limits.promotion_gain:
        return Verdict(challenger, f"{name} passed every gate and ranks better than the champion (by {gain:.3f}).")
    return _keep(champion, kept, challenger, limits)


def _keep(champion: Contender, kept: Contender, challenger: Contender, limits: Limits) -> Verdict:
    """No challenger that is better: the champion, unless it fails where the challenger passes."""
    name, failures = challenger.candidate.name, list_failures(challenger.gates)
    if kept is not champion:
        return Verdict(kept, "The champion stays, recalibrated: its calibration had drifted.")
    if champion.is_passed:
        told = f"no better by {limits.promotion_gain:g}" if challenger.is_passed else f"failed gates ({failures})"
        return Verdict(champion, f"The champion stays: it passed every gate, and the challenger {told}.")
    fault = list_failures(champion.gates)
    if challenger.is_passed:
        return Verdict(challenger, f"{name} passed every gate; the champion no longer does. {_close(fault)}")
    return Verdict(
        champion, f"The champion stays although it failed gates ({fault}): the challenger failed too ({failures})."
    )


def _close(failures: str) -> str:
    return f"{failures[:1].upper()}{failures[1:]}."
