"""The two kinds of risk model, each with log-odds and an additive account of them."""

from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold

from models.patterns import FloatArray
from models.risk_features import LinearDesign

_L1_RATIO = 0.5  # half lasso, half ridge: drops idle features and keeps correlated ones together
_PENALTIES = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4)  # lambda of the mean log-loss, from strong to weak
_FOLDS = 3
_MIN_PER_FOLD = 10  # fewer events or non-events than this per fold: no cross-validation, a middle penalty
_MIDDLE_PENALTY = 1e-3
_SMALL_TRAINING = 1000  # persons; below this an early-stopping sample would be noise


class LinearCore:
    """Logistic regression on a `LinearDesign`: unpenalised, or elastic net with a cross-validated penalty."""

    design: LinearDesign
    coefficients: FloatArray
    intercept: float
    penalty: float | None

    def fit(self, X: FloatArray, y: FloatArray, design: LinearDesign, penalty: float | None, seed: int) -> "LinearCore":
        """`penalty`: None = unpenalised, nan = chosen by cross-validated log-loss, else lambda."""
        self.design = design.fit(X)
        columns = self.design.transform(X)
        model = _choose_linear(y, penalty, seed)
        model.fit(columns, y)
        self.coefficients = np.asarray(model.coef_, dtype=np.float64).reshape(-1)
        self.intercept = float(np.asarray(model.intercept_).reshape(-1)[0])
        self.penalty = None if penalty is None else _read_penalty(model, len(y))
        return self

    def compute_log_odds(self, X: FloatArray) -> FloatArray:
        """(persons,)."""
        log_odds: FloatArray = self.design.transform(X) @ self.coefficients + self.intercept
        return log_odds

    def compute_contributions(self, X: FloatArray) -> FloatArray:
        """(persons, features): difference in log-odds from the average of the people trained on.

        Exact: the sum over features plus the intercept is the log-odds.
        """
        parts = self.design.transform(X) * self.coefficients
        contributions = np.zeros((len(parts), self.design.n_features_in_))
        np.add.at(contributions.T, self.design.feature_of_column_, parts.T)
        return contributions


class BoostedCore:
    """Gradient-boosted trees of depth two: main effects and pairs, nothing higher."""

    trees: HistGradientBoostingClassifier
    reference: FloatArray

    def fit(self, X: FloatArray, y: FloatArray, directions: list[int], seed: int) -> "BoostedCore":
        """`directions`: 1 rising, -1 falling, 0 free, one per feature."""
        stops_early = len(y) >= _SMALL_TRAINING
        self.trees = HistGradientBoostingClassifier(
            learning_rate=0.1,
            max_iter=400 if stops_early else 50,
            max_depth=2,
            min_samples_leaf=20,
            l2_regularization=1.0,
            monotonic_cst=directions,
            early_stopping=stops_early,
            n_iter_no_change=15,
            random_state=seed,
        )
        self.trees.fit(X, y)
        self.reference = _describe_reference(X)
        return self

    def compute_log_odds(self, X: FloatArray) -> FloatArray:
        """(persons,)."""
        log_odds: FloatArray = self.trees.decision_function(X)
        return log_odds

    def compute_contributions(self, X: FloatArray) -> FloatArray:
        """(persons, features): Shapley values on the log-odds scale against one reference person.

        The reference has every feature's training median (missing where most are missing). Features are
        switched from the reference to the person's one by one, in order and in reverse order, and each
        feature's two differences averaged. The sum is exactly log-odds minus reference log-odds. With trees of
        depth two no three features interact, and the average over the two orders is the Shapley value itself.
        Source: Strumbelj and Kononenko, Knowl Inf Syst 2014;41:647; Mitchell et al., JMLR 2022;23(43).
        """
        feature_count = X.shape[1]
        contributions = np.zeros_like(X)
        for order in (range(feature_count), range(feature_count - 1, -1, -1)):
            mixed = np.tile(self.reference, (len(X), 1))
            before = self.compute_log_odds(mixed)
            for feature in order:
                mixed[:, feature] = X[:, feature]
                after = self.compute_log_odds(mixed)
                contributions[:, feature] += (after - before) / 2
                before = after
        return contributions


Core = LinearCore | BoostedCore


def _choose_linear(y: FloatArray, penalty: float | None, seed: int) -> Any:
    if penalty is None:
        return LogisticRegression(C=np.inf, max_iter=500, tol=1e-6)
    rarest = min(y.sum(), len(y) - y.sum())
    shared: dict[str, Any] = {"solver": "saga", "max_iter": 300, "tol": 1e-3, "random_state": seed}
    if np.isnan(penalty) and rarest >= _FOLDS * _MIN_PER_FOLD:
        return LogisticRegressionCV(
            Cs=[1 / (each * len(y)) for each in _PENALTIES],
            l1_ratios=[_L1_RATIO],
            cv=StratifiedKFold(_FOLDS, shuffle=True, random_state=seed),
            scoring="neg_log_loss",
            use_legacy_attributes=False,
            **shared,
        )
    settled = _MIDDLE_PENALTY if np.isnan(penalty) else penalty
    return LogisticRegression(C=1 / (settled * len(y)), l1_ratio=_L1_RATIO, **shared)


def _read_penalty(model: Any, person_count: int) -> float:
    inverse = model.C_ if hasattr(model, "C_") else model.C
    return float(1 / (np.asarray(inverse).reshape(-1)[0] * person_count))


def _describe_reference(X: FloatArray) -> FloatArray:
    is_mostly_missing = np.isnan(X).mean(axis=0) > 0.5
    reference = np.full(X.shape[1], np.nan)
    known = ~is_mostly_missing
    # the lower median is a value that somebody has: 0 or 1 for a flag, never a half
    reference[known] = np.nanquantile(X[:, known], 0.5, axis=0, method="lower")
    return reference
