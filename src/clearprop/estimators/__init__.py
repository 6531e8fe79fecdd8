"""scikit-learn's multi-layer perceptrons on ClearProp's engines: change the import line, no more.

>>> from clearprop import MLPClassifier
>>> from sklearn.datasets import load_iris
>>> X, y = load_iris(return_X_y=True)
>>> clf = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(X, y)
>>> clf.predict(X[:2]), clf.n_layers_
(array([0, 0]), 3)

The same parameters, attributes, warnings, and draws from ``random_state`` as
``sklearn.neural_network``, so the same weights and the same losses; and what is not there:
every activation, loss and optimizer of the tables, class weights, a validation set of one's
own, ``explain``, ``network_``, ``diagnosis_``. Needs ``pip install "clearprop[sklearn]"``.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING or find_spec("sklearn") is not None:
    from .classifier import MLPClassifier
    from .regressor import MLPRegressor
else:
    from .missing import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
