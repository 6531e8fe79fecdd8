"""scikit-learn's own checks of estimators: none is expected to fail, on either engine."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import clearprop as cp

KINDS = (cp.MLPClassifier, cp.MLPRegressor)


@parametrize_with_checks([kind(max_iter=100) for kind in KINDS])
@pytest.mark.filterwarnings("ignore")
def test_every_check_is_passed(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks([kind(max_iter=100, engine="reference") for kind in KINDS])
@pytest.mark.filterwarnings("ignore")
def test_every_check_is_passed_by_the_reference_engine(estimator, check):
    check(estimator)
