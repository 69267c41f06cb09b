"""The risk estimators keep the scikit-learn contract and their sums add up."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from models.risk_features import LinearDesign
from models.risk_model import RiskModel


@parametrize_with_checks(
    [RiskModel("logistic"), RiskModel("elastic_net"), RiskModel("boosting"), LinearDesign((0,), (1,))]
)
def test_keeps_the_scikit_learn_contract(estimator, check):
    check(estimator)
