"""From evidence to a confidence that says how often such a proposal is right, measured on layouts left out.

The weights are those of a logistic regression on proposals for layouts whose names were not known to the synonyms,
in their own and in scrambled spelling; `uv run python -m benchmarks.mapping --tune` fits them again.
"""

from math import exp

from mltc.mapping.candidate import Candidate

SURE, LIKELY = 0.90, 0.60
FEATURES = ("name", "same_name", "contents", "lead", "rival", "empty")
WEIGHTS: dict[str, float] = {
    "constant": -1.19, "name": 0.63, "same_name": -0.32, "contents": 0.78, "lead": 0.38, "rival": 0.39, "empty": -1.36,
}  # fmt: skip


def describe_evidence(item: Candidate) -> dict[str, float]:
    """The features of a proposal that its confidence is made from."""
    return {
        "name": 6.0 * item.alike - 3.0,
        "same_name": float(item.same_name) * item.alike,
        "contents": max(-4.0, min(4.0, item.fit.evidence + item.order)),
        "lead": max(-3.0, min(5.0, item.lead)),
        "rival": max(-3.0, min(5.0, item.rival)),
        "empty": float(item.facts.is_empty),
    }


def measure_confidence(item: Candidate) -> float:
    """Probability (0.01-0.99) that the proposed source column is the right one."""
    features = describe_evidence(item)
    total = WEIGHTS["constant"] + sum(WEIGHTS[name] * value for name, value in features.items())
    return min(0.99, max(0.01, 1 / (1 + exp(-total))))


def name_confidence(confidence: float | None) -> str:
    """The word for a confidence: sure, likely, unsure or not found."""
    if confidence is None:
        return "not found"
    return "sure" if confidence >= SURE else "likely" if confidence >= LIKELY else "unsure"
