"""The estimators beside scikit-learn's: the same draws, the same losses, the same answers."""

import warnings

import numpy as np
import pytest
import sklearn
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils import get_tags

import clearprop as cp

OLD = tuple(int(part) for part in sklearn.__version__.split(".")[:2]) < (1, 7)
EPOCHS = 20
CLOSE = 1e-6  # relative, of each epoch's loss
PAIRS = {
    "classes": (MLPClassifier, cp.MLPClassifier),
    "two": (MLPClassifier, cp.MLPClassifier),
    "labels": (MLPClassifier, cp.MLPClassifier),
    "values": (MLPRegressor, cp.MLPRegressor),
    "outputs": (MLPRegressor, cp.MLPRegressor),
    "counts": (MLPRegressor, cp.MLPRegressor),
}


def rows(kind):
    """X and y of one kind; 103 rows, which few batches divide."""
    if kind in ("classes", "two", "labels"):
        count = 2 if kind == "two" else 3
        X, y = make_classification(103, 8, n_informative=5, n_classes=count, random_state=1)
        return X, np.eye(3, dtype=int)[y] | np.eye(3, dtype=int)[::-1][y] if kind == "labels" else y
    X, y = make_regression(103, 6, n_targets=3 if kind == "outputs" else 1, random_state=2)
    y = y / abs(y).max()
    return X, np.round(5 * abs(y)) if kind == "counts" else y


SETTINGS = {
    "adam": ("classes", {}),
    "adam, two classes": ("two", {"batch_size": 10}),
    "adam, labels": ("labels", {"batch_size": 16, "alpha": 0.1}),
    "adam, tanh, two layers": ("classes", {"hidden_layer_sizes": (7, 5), "activation": "tanh"}),
    "adam, logistic": ("two", {"activation": "logistic", "learning_rate_init": 0.02}),
    "adam, identity": ("outputs", {"activation": "identity", "batch_size": 33}),
    "adam, other betas": ("values", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
    "adam, counts": ("counts", {"loss": "poisson", "batch_size": 25}),
    "adam, early stopping": ("classes", {"early_stopping": True, "batch_size": 20}),
    "adam, early stopping, outputs": ("outputs", {"early_stopping": True, "batch_size": 9}),
    "adam, weights": ("two", {"weighted": True, "batch_size": 30, "alpha": 1.0}),
    "adam, early stopping, weights": ("two", {"weighted": True, "early_stopping": True}),
    "sgd, Nesterov": ("classes", {"solver": "sgd", "batch_size": 12}),
    "sgd, momentum": ("values", {"solver": "sgd", "nesterovs_momentum": False, "batch_size": 50}),
    "sgd, no momentum": ("two", {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1}),
    "sgd, invscaling": (
        "classes",
        {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.5,
         "power_t": 0.3, "batch_size": 40},
    ),
    "sgd, adaptive": (
        "values",
        {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 0.1,
         "n_iter_no_change": 2, "tol": 0.01},
    ),
    "sgd, adaptive, early stopping": (
        "two",
        {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 0.05,
         "n_iter_no_change": 1, "tol": 0.05, "early_stopping": True},
    ),
    "sgd, invscaling, weights, no shuffle": (
        "outputs",
        {"solver": "sgd", "learning_rate": "invscaling", "weighted": True, "shuffle": False,
         "batch_size": 24, "learning_rate_init": 0.2},
    ),
    "sgd, no hidden layer": ("classes", {"solver": "sgd", "hidden_layer_sizes": (), "alpha": 2.0}),
}  # fmt: skip


def fitted(kind, engine="auto", **settings):
    """Both classes' estimators, fitted alike."""
    theirs, ours = PAIRS[kind]
    X, y = rows(kind)
    told = {"hidden_layer_sizes": (9,), "max_iter": EPOCHS, "random_state": 3} | settings
    if OLD and ("weighted" in told or "loss" in told):
        pytest.skip("scikit-learn before 1.7 has no sample weights and no Poisson loss")
    more = {}
    if told.pop("weighted", False):
        more["sample_weight"] = np.random.RandomState(0).uniform(0.1, 2, len(X))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return (
            theirs(**told).fit(X, y, **more),
            ours(engine=engine, **told).fit(X, y, **more),
        )


@pytest.mark.parametrize("engine", ["native", pytest.param("reference", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SETTINGS)
def test_the_losses_are_scikit_learns(name, engine):
    if engine == "native" and (why := cp.compiled.missing()):
        pytest.skip(why)
    kind, settings = SETTINGS[name]
    theirs, ours = fitted(kind, engine, **settings)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=CLOSE)
    for mine, yours in zip(ours.coefs_, theirs.coefs_, strict=True):
        np.testing.assert_allclose(mine, yours, rtol=1e-6, atol=1e-9)
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name)
    for name in ("best_loss_", "best_validation_score_", "loss_"):
        wanted = getattr(theirs, name)
        assert getattr(ours, name) == (wanted and pytest.approx(wanted, rel=CLOSE))
    if theirs.validation_scores_ is None:
        assert ours.validation_scores_ is None
    else:
        np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=CLOSE)
    X, _ = rows(kind)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-5, atol=1e-8)
    if kind in ("classes", "two", "labels"):
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-7)
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("two", {"alpha": 1.0}), ("classes", {"alpha": 1.0}), ("labels", {"alpha": 1.0}),
     ("values", {"alpha": 1.0}), ("counts", {"alpha": 1.0, "loss": "poisson"}),
     ("two", {"alpha": 1.0, "weighted": True})],
)  # fmt: skip
def test_lbfgs_ends_at_the_same_loss(kind, settings):
    told = {"solver": "lbfgs", "max_iter": 2000, "activation": "tanh", "hidden_layer_sizes": (4,)}
    theirs, ours = fitted(kind, **told, **settings)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-4)
    assert not hasattr(ours, "loss_curve_")


def test_lbfgs_descends_the_loss_that_it_tells_of_several_outputs():
    """scikit-learn's gradient is that of the sum over outputs, its loss their mean."""
    theirs, ours = fitted("outputs", solver="lbfgs", max_iter=2000, tol=1e-8, alpha=1.0)
    X, y = rows("outputs")
    squares = sum(float((w**2).sum()) for w in ours.coefs_)
    told = 0.5 * ((ours.predict(X) - y) ** 2).mean() + 0.5 * squares / len(X)
    assert ours.loss_ == pytest.approx(told, rel=1e-9)
    assert hasattr(theirs, "loss_")


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_partial_fit_goes_on_as_scikit_learns_does(solver):
    X, y = rows("classes")
    told = {"hidden_layer_sizes": (6,), "solver": solver, "random_state": 4, "batch_size": 25}
    theirs, ours = MLPClassifier(**told), cp.MLPClassifier(**told)
    for start in (0, 40, 70, 20):
        part = slice(start, start + 33)
        for model in (theirs, ours):
            model.partial_fit(X[part], y[part], classes=[0, 1, 2])
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=CLOSE)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=1e-6, atol=1e-9)
    assert ours.t_ == theirs.t_


def test_a_warm_start_goes_on_from_the_weights_that_are_there():
    X, y = rows("two")
    told = {"hidden_layer_sizes": (6,), "max_iter": 5, "warm_start": True, "random_state": 4}
    models = [MLPClassifier(**told), cp.MLPClassifier(**told)]
    for model in models:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X, y)
            model.coefs_[0][0] = 0.5  # in place
            model.coefs_[1] = model.coefs_[1] * 2  # another array
            model.fit(X, y)
    np.testing.assert_allclose(models[1].loss_curve_, models[0].loss_curve_, rtol=CLOSE)
    assert len(models[1].loss_curve_) == 10
    with pytest.raises(ValueError, match="warm_start can only be used where `y` has the same"):
        models[1].fit(X, y + 1)


def test_answers_follow_the_arrays_that_people_see():
    X, _ = rows("classes")
    theirs, ours = fitted("classes")
    for model in (theirs, ours):
        model.coefs_[0][2] = 3.0
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-9)
    for model in (theirs, ours):
        model.intercepts_ = [b + 1 for b in model.intercepts_]
        model.intercepts_[0][1] = -2.0
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-9)


def test_messages_and_warnings_are_the_same(capsys):
    X, y = rows("two")
    told = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0, "verbose": True}
    said = []
    for kind in PAIRS["two"]:
        with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(3\) reached and"):
            kind(**told).fit(X, y)
        with pytest.warns(UserWarning, match="Got `batch_size` less than 1 or larger"):
            kind(**told | {"batch_size": 1000, "tol": 10.0, "n_iter_no_change": 1}).fit(X, y)
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "Training loss did not improve more than tol=10.000000 for 1 consecutive" in said[1]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [({"hidden_layer_sizes": (3, -1)}, "hidden_layer_sizes must be > 0"),
     ({"activation": "no"}, "'activation' parameter of MLPClassifier must be"),
     ({"activation": "add"}, "'activation' parameter of MLPClassifier must be"),
     ({"solver": "adam(beta1=2)"}, "'solver' parameter of MLPClassifier must be"),
     ({"loss": "squared_error"}, "'loss' parameter of MLPClassifier must be"),
     ({"learning_rate_init": 0}, "'learning_rate_init' parameter of MLPClassifier must be"),
     ({"learning_rate": "no"}, "'learning_rate' parameter of MLPClassifier must be"),
     ({"early_stopping": True, "validation_fraction": 0.001}, "test_size = 1 should be greater"),
     ({"solver": "rprop", "batch_size": 10}, "needs the gradient over all rows"),
     ({"engine": "no"}, "'engine' parameter of MLPClassifier must be")],
)  # fmt: skip
def test_what_cannot_be_is_refused(settings, problem):
    X, y = rows("two")
    with pytest.raises(ValueError, match=problem):
        cp.MLPClassifier(**settings).fit(X, y)


def test_numbers_that_run_away_are_an_error_as_in_scikit_learn():
    X, y = rows("values")
    for kind in PAIRS["values"]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(ValueError, match="Solver produced non-finite parameter weights"):
                kind(solver="sgd", learning_rate_init=1e6, random_state=0).fit(X * 1e3, y * 1e3)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_that_of_the_data_or_as_asked(solver, dtype):
    X, y = rows("values")
    told = {"solver": solver, "max_iter": 300, "tol": 1e-4, "random_state": 0}
    told |= {"learning_rate_init": 0.05}
    model = cp.MLPRegressor(**told).fit(X.astype(dtype), y)
    assert model.coefs_[0].dtype == dtype
    assert model.predict(X.astype(dtype)).dtype == dtype
    model = cp.MLPRegressor(**told, dtype="float32").fit(X.astype(dtype), y)
    assert model.coefs_[0].dtype == np.float32
    assert model.score(X, y) > 0.8


def test_all_parameters_of_scikit_learns_classes_are_there_with_their_defaults():
    for theirs, ours in {pair[0]: pair for pair in PAIRS.values()}.values():
        own = ours().get_params()
        assert theirs().get_params().items() <= own.items()
        assert OLD or get_tags(theirs()).input_tags == get_tags(ours()).input_tags
        assert get_tags(theirs()).target_tags == get_tags(ours()).target_tags
