"""Classes of everyone, carried to the people of one age band: the same ratios of hazards, other shares and rates.

Classes that multiply hazards at every age need not be found anew in every band. Two models of a band are compared: one
whose ratios are those of everyone, and one with ratios of its own (equality constraints across groups: Collins and
Lanza, Latent Class and Latent Transition Analysis, 2010, chapter 5). The first has far fewer parameters to estimate.
"""

from dataclasses import dataclass

import numpy as np

from models.latent_class import EmSettings, LatentClasses, fit_one_class, order_classes
from models.latent_em import Parameters, climb, expect
from models.latent_last import LastClasses
from models.latent_rows import Rows

_MOST_INSIDE = 0.9  # share of the information above which nearly nothing of the classes comes from elsewhere


@dataclass(frozen=True)
class SharedClasses:
    """What a band takes over from everyone."""

    classes: LastClasses
    information_share: float
    """Of the persons with a condition whom the classes were fitted to, counted once for each condition, those in the
    band, 0 to 1."""
    stability: float | None
    """Of the classes where they were fitted."""


def fit_shared(rows: Rows, shared: SharedClasses, settings: EmSettings) -> LatentClasses:
    """Shares of the classes in `rows`, and how common conditions are by covariates; ratios as they are."""
    common = fit_one_class(rows).coefficients
    ratios = shared.classes.coefficients - shared.classes.coefficients.mean(axis=0)
    start = np.concatenate([common[:1] + np.where(np.isnan(ratios), 0.0, ratios), common[1:]])
    end = climb(
        rows, Parameters(shared.classes.log_shares, start), settings.max_iterations, settings.tolerance, is_shared=True
    )
    return order_classes(rows, end, keep_order=True)


def compute_shared_bic(rows: Rows, solution: LatentClasses, own: LatentClasses | None, information: float) -> float:
    """BIC of a solution of `fit_shared`, comparable with `compute_bic` of one with ratios of its own.

    Parameters: the shares, and of each condition an intercept and the covariate terms. The people of the band helped to
    find the ratios, which flatters the fit: of what is really lost by sharing, only the part 1 - `information` shows in
    the band, the rest is lost by everyone else. `own`: ratios of the band's own with as many classes, from which the
    loss is measured and scaled up; None where it cannot be.
    """
    deviance = -2 * solution.log_likelihood
    if own is not None:
        lost = max(0.0, 2 * (own.log_likelihood - solution.log_likelihood))
        inside = min(information, _MOST_INSIDE)
        deviance += lost * inside / (1 - inside)
    expected, _ = expect(rows, solution.parameters)
    events = np.maximum(expected.with_condition.sum(axis=(0, 1)), 1.0)
    rates = (1 + solution.term_count) * float(np.log(events).sum())
    return deviance + (solution.class_count - 1) * float(np.log(rows.reported_count)) + rates
