"""Has calibration drifted on a later year, by enough to matter and by more than chance?"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.calibration import compute_calibration, compute_linear
from models.card import round_people
from models.family import Family
from models.logistic_fit import fit_log_linear, fit_logistic
from models.outcome import check_counts, check_predictions

# Our conventions, on top of intervals that exclude chance: with a million people everything is significant.
MAX_RATIO_DRIFT = 0.05  # |observed / expected - 1|
MAX_SLOPE_DRIFT = 0.10  # |slope - 1|


class Recalibration(NamedTuple):
    """New log-odds (log count) = intercept + slope x old one; 0 and 1 when not applied."""

    is_applied: bool
    intercept: float
    slope: float
    decision: str


def decide_recalibration(
    outcome: npt.ArrayLike, predicted_risk: npt.ArrayLike, family: Family = "binomial"
) -> Recalibration:
    """Logistic (of counts, log-linear) recalibration.

    Applied when observed/expected or slope is off by more than the constants above and its 95 % interval
    excludes 0 (intercept) or 1 (slope). Never with a slope of 0 or less: such a model ranks people wrongly, and
    turning it round would hide that.
    Sources: Cox, Biometrika 1958;45:562; Steyerberg, Clinical Prediction Models, 2019, ch. 20.
    """
    is_risk = family == "binomial"
    predictions = (check_predictions if is_risk else check_counts)(outcome, predicted_risk)
    found = compute_calibration(predictions, family)
    ratio_drifted = abs(found.observed_expected - 1) > MAX_RATIO_DRIFT and not (
        found.intercept.lower <= 0 <= found.intercept.upper
    )
    slope_drifted = abs(found.slope.estimate - 1) > MAX_SLOPE_DRIFT and not (
        found.slope.lower <= 1 <= found.slope.upper
    )
    figures = (
        f"observed/expected {found.observed_expected:.2f}, calibration intercept {found.intercept.estimate:.2f} "
        f"({found.intercept.lower:.2f} to {found.intercept.upper:.2f}), slope {found.slope.estimate:.2f} "
        f"({found.slope.lower:.2f} to {found.slope.upper:.2f}) in {round_people(predictions.person_count):,} people"
    )
    if not (ratio_drifted or slope_drifted):
        return Recalibration(False, 0.0, 1.0, f"Not recalibrated: calibration has not drifted ({figures}).")
    design = np.column_stack([np.ones(predictions.person_count), compute_linear(predictions.risk, family)])
    intercept, slope = (fit_logistic if is_risk else fit_log_linear)(design, predictions.outcome).coefficients
    scale = "log-odds" if is_risk else "log count"
    if slope <= 0:
        return Recalibration(
            False, 0.0, 1.0, f"Not recalibrated: higher risks go with fewer events, do not use this model ({figures})."
        )
    return Recalibration(
        True,
        float(intercept),
        float(slope),
        f"Recalibrated: new {scale} = {intercept:.3f} + {slope:.3f} x old {scale} ({figures}).",
    )
