"""The two kinds of risk model, each with a linear predictor (log-odds, log count) and an additive account of it."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.linear_model import LogisticRegression

from models.elastic_net import ElasticNetFit, choose_penalty, fit_elastic_net, weigh_products
from models.family import Family, compute_mean, compute_variance
from models.logistic_fit import fit_log_linear
from models.patterns import FloatArray
from models.risk_features import LinearDesign
from models.threads import limit_threads
from models.tree_contributions import add_contributions
from models.tree_sums import Nodes, TreeSums

_L1_RATIO = 0.5  # half lasso, half ridge: drops idle features and keeps correlated ones together
_PENALTIES = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5)  # lambda of the mean log-loss, from strong to weak
_BLOCK = 4_096  # people at a time, whose columns stay near the processor
_FOLDS = 3
_MIN_PER_FOLD = 10  # fewer events or non-events than this per fold: no cross-validation, a middle penalty
_MIDDLE_PENALTY = 1e-3
_LEAST_COUNT = 1e-9  # a leaf without any count would have no logarithm
_SMALL_TRAINING = 1000  # persons; below this an early-stopping sample would be noise


class LinearCore:
    """Regression on a `LinearDesign`: unpenalised, or elastic net with a cross-validated penalty."""

    design: LinearDesign
    coefficients: FloatArray
    intercept: float
    penalty: float | None
    error_factor: FloatArray | None = None

    def fit(
        self,
        X: FloatArray,
        y: FloatArray,
        design: LinearDesign,
        penalty: float | None,
        seed: int,
        family: Family = "binomial",
        start: ElasticNetFit | None = None,
    ) -> "LinearCore":
        """`penalty`: None = unpenalised, nan = chosen by cross-validated log-loss, else lambda."""
        self.design = design.fit(X)
        columns = self.design.transform(X)
        if penalty is not None:
            penalty = _settle_penalty(columns, y, penalty, seed, family)
            if start is not None and len(start.coefficients) != columns.shape[1]:
                start = None  # a draw without a missing value has a column fewer
            self.intercept, self.coefficients = fit_elastic_net(
                columns, y, penalty, _L1_RATIO, family=family, start=start
            )
        elif family == "binomial":
            plain = LogisticRegression(C=np.inf, max_iter=500, tol=1e-6).fit(columns, y)
            self.intercept, self.coefficients = float(plain.intercept_[0]), plain.coef_[0].copy()
        else:
            found = fit_log_linear(np.column_stack([np.ones(len(columns)), columns]), y).coefficients
            self.intercept, self.coefficients = float(found[0]), found[1:].copy()
        self.penalty = penalty
        return self

    def fit_errors(self, X: FloatArray, y: FloatArray, family: Family = "binomial") -> "LinearCore":
        """Learn the covariance of the coefficients from the people trained on, for `compute_linear_and_error`.

        The sandwich formula of penalised likelihood: it holds whether or not the model is right. Coefficients that the
        penalty set to 0 count as known to be 0, and the penalty as given. Sources: Fan and Li, J Am Stat Assoc
        2001;96:1348, section 3.3; White, Econometrica 1980;48:817.
        """
        design = self._take_used(self.design.transform(X))
        fitted = compute_mean(family, design @ self._used_coefficients)
        ridge = np.full(design.shape[1], len(y) * (self.penalty or 0.0) * (1 - _L1_RATIO))
        ridge[0] = 0.0
        bread = np.linalg.pinv(
            weigh_products(design, compute_variance(family, fitted)) + np.diag(ridge), hermitian=True
        )
        covariance = bread @ weigh_products(design, (y - fitted) ** 2) @ bread
        values, vectors = np.linalg.eigh(covariance)
        self.error_factor = vectors * np.sqrt(np.maximum(values, 0.0))
        return self

    def compute_log_odds(self, X: FloatArray) -> FloatArray:
        """(persons,)."""
        log_odds: FloatArray = self.design.transform(X) @ self.coefficients + self.intercept
        return log_odds

    def compute_linear_and_error(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(persons,) linear predictor and (persons,) standard error. Needs `fit_errors`."""
        assert self.error_factor is not None  # noqa: S101 - who calls has looked
        linear, error = np.empty(len(X)), np.empty(len(X))
        for first in range(0, len(X), _BLOCK):
            place = slice(first, first + _BLOCK)
            design = self._take_used(self.design.transform(X[place]))
            linear[place] = design @ self._used_coefficients
            error[place] = np.sqrt(((design @ self.error_factor) ** 2).sum(axis=1))
        return linear, error

    @property
    def _used_coefficients(self) -> FloatArray:
        return np.concatenate([[self.intercept], self.coefficients[self.coefficients != 0]])

    def _take_used(self, columns: FloatArray) -> FloatArray:
        """(persons, 1 + columns with a coefficient): a column of ones before them."""
        return np.column_stack([np.ones(len(columns)), columns[:, self.coefficients != 0]])

    def compute_contributions(self, X: FloatArray) -> FloatArray:
        """(persons, features): difference in log-odds from the average of the people trained on.

        Exact: the sum over features plus the intercept is the log-odds.
        """
        parts = self.design.transform(X) * self.coefficients
        contributions = np.zeros((len(parts), self.design.n_features_in_), order="F")
        for column, feature in enumerate(self.design.feature_of_column_):
            contributions[:, feature] += parts[:, column]
        return contributions


class BoostedCore:
    """Gradient-boosted trees of depth two: main effects and pairs, nothing higher."""

    trees: HistGradientBoostingClassifier | HistGradientBoostingRegressor
    reference: FloatArray

    def fit(
        self,
        X: FloatArray,
        y: FloatArray,
        directions: list[int],
        seed: int,
        family: Family = "binomial",
        tree_count: int | None = None,
    ) -> "BoostedCore":
        """`directions`: 1 rising, -1 falling, 0 free, one per feature. `tree_count`: None = by early stopping."""
        stops_early = tree_count is None and len(y) >= _SMALL_TRAINING
        kind = HistGradientBoostingClassifier if family == "binomial" else HistGradientBoostingRegressor
        loss = {} if family == "binomial" else {"loss": "poisson"}
        self.trees = kind(
            **loss,
            learning_rate=0.1,
            max_iter=tree_count or (400 if stops_early else 50),
            max_depth=2,
            min_samples_leaf=20,
            l2_regularization=1.0,
            monotonic_cst=directions,
            early_stopping=stops_early,
            n_iter_no_change=15,
            random_state=seed,
        )
        # a draw may miss every value of a rare feature, and scikit-learn cannot bin a column without any
        self.trees.fit(np.where(np.isnan(X).all(axis=0), 0.0, X), y)
        self.reference = _describe_reference(X)
        return self

    def __getstate__(self) -> dict[str, Any]:
        """All trees as one array: a stored model of a thousand small ones would take minutes to write."""
        trees = copy.copy(self.trees)
        nodes = self.tree_nodes
        trees._predictors = []
        trees._bin_mapper = copy.copy(trees._bin_mapper)
        trees._bin_mapper.bin_thresholds_ = []  # only training reads them
        return {
            "trees": trees,
            "reference": self.reference,
            "nodes": np.concatenate(nodes),
            "sizes": np.array([len(each) for each in nodes]),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.trees, self.reference = state["trees"], state["reference"]
        no_categories = np.zeros((0, 8), dtype=np.uint32)
        parts = np.split(state["nodes"], np.cumsum(state["sizes"])[:-1])
        self.trees._predictors = [[TreePredictor(each.copy(), no_categories, no_categories)] for each in parts]

    @property
    def tree_nodes(self) -> list[Nodes]:
        """The trees as scikit-learn's records, in the order in which they were grown."""
        return [iteration[0].nodes for iteration in self.trees._predictors]

    def compute_log_odds(self, X: FloatArray) -> FloatArray:
        """(persons,)."""
        log_odds: FloatArray = compute_boosted([self], X)[0]
        return log_odds

    def compute_contributions(self, X: FloatArray) -> FloatArray:
        """(persons, features): Shapley values on the log-odds scale against one reference person.

        The reference has every feature's training median (missing where most are missing). A feature's part is the
        average of what changes when it is switched from the reference to the person's before and after each other one.
        With trees of depth two no three features interact, so that is the Shapley value itself, and the sum is
        log-odds minus reference log-odds but for rounding.
        Source: Strumbelj and Kononenko, Knowl Inf Syst 2014;41:647; Mitchell et al., JMLR 2022;23(43).
        """
        return add_contributions(self.tree_nodes, X, self.reference)


Core = LinearCore | BoostedCore


def compute_boosted(cores: Sequence[BoostedCore], X: FloatArray) -> FloatArray:
    """(cores, persons): linear predictor of several boosted cores of the same features, in one pass over the people."""
    with limit_threads(0):
        sums = TreeSums([each.tree_nodes for each in cores], X.shape[1]).add(X)
    sums += np.array([float(each.trees._baseline_prediction.item()) for each in cores])[:, np.newaxis]
    is_count = not isinstance(cores[0].trees, HistGradientBoostingClassifier)
    return np.maximum(sums, np.log(_LEAST_COUNT)) if is_count else sums


def _settle_penalty(columns: FloatArray, y: FloatArray, penalty: float, seed: int, family: Family) -> float:
    if not np.isnan(penalty):
        return penalty
    if min((y > 0).sum(), (y == 0).sum()) < _FOLDS * _MIN_PER_FOLD:
        return _MIDDLE_PENALTY
    return choose_penalty(columns, y, _PENALTIES, _L1_RATIO, fold_count=_FOLDS, seed=seed, family=family)


def _describe_reference(X: FloatArray) -> FloatArray:
    is_mostly_missing = np.isnan(X).mean(axis=0) > 0.5
    reference = np.full(X.shape[1], np.nan)
    known = ~is_mostly_missing
    # the lower median is a value that somebody has: 0 or 1 for a flag, never a half
    reference[known] = np.nanquantile(X[:, known], 0.5, axis=0, method="lower")
    return reference
