"""How likely each person was to be among those who got something, by what was known before."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.public_health.limits import read_floats

PENALTY = 1.0  # inverse strength of the ridge penalty, on standardised columns


def estimate_propensity(people: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """Probability in (0, 1) of `is_treated`, row by row: ridge-penalised logistic regression on the columns.

    `columns`: numbers from before the start, without nulls; those that do not vary say nothing and are left out.
    With one side empty, or nothing that varies, everybody has the share of the treated. Row order does not matter.
    The log-odds of it are what `match_people` takes a caliper of (Austin PC. Multivariate Behav Res 2011;46:399-424).
    Raises ValueError for a null.
    """
    from sklearn.linear_model import LogisticRegression

    is_treated = people["is_treated"].to_numpy().astype(bool)
    values = np.column_stack([read_floats(people, name) for name in columns]) if columns else np.empty((len(people), 0))
    if not np.isfinite(values).all():
        raise ValueError(f"Expected numbers without gaps in {', '.join(columns)}; found null.")
    spread = values.std(axis=0)
    varying = (values[:, spread > 0] - values[:, spread > 0].mean(axis=0)) / spread[spread > 0]
    share = float(is_treated.mean()) if len(is_treated) else 0.0
    if share in (0.0, 1.0) or not varying.shape[1]:
        return pl.Series("propensity", np.full(len(is_treated), share))
    fitted = LogisticRegression(C=PENALTY, max_iter=1000, tol=1e-8).fit(varying, is_treated)
    return pl.Series("propensity", fitted.predict_proba(varying)[:, 1])
