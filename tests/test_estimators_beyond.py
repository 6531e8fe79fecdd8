"""What scikit-learn's classes do not have, and how the estimators live among its other tools."""

import pickle
import warnings

import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_moons, make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clearprop as cp
from clearprop.errors import ClearPropError, DoctorError, MissingExtraError, NetworkError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
MOONS = make_moons(150, noise=0.2, random_state=0)
QUICK = {"hidden_layer_sizes": (8,), "max_iter": 30, "random_state": 0, "learning_rate_init": 0.02}


def classifier(X=MOONS[0], y=MOONS[1], **settings):
    return cp.MLPClassifier(**QUICK | settings).fit(X, y)


def regressor(X, y, **settings):
    return cp.MLPRegressor(**QUICK | settings).fit(X, y)


def test_class_weights_are_sample_weights():
    X, y = make_classification(120, 5, weights=[0.8], random_state=0)
    by_hand = np.where(y == 1, 60 / (y == 1).sum(), 60 / (y == 0).sum())
    balanced = classifier(X, y, class_weight="balanced")
    weighted = cp.MLPClassifier(**QUICK).fit(X, y, sample_weight=by_hand)
    np.testing.assert_allclose(balanced.loss_curve_, weighted.loss_curve_, rtol=1e-12)
    told = classifier(X, y, class_weight={0: 1, 1: 3})
    weighted = cp.MLPClassifier(**QUICK).fit(X, y, sample_weight=np.where(y == 1, 3, 1))
    np.testing.assert_allclose(told.loss_curve_, weighted.loss_curve_, rtol=1e-12)
    with pytest.raises(ValueError, match="'balanced' is not supported for partial_fit"):
        cp.MLPClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1])


def test_a_validation_set_of_ones_own_is_scored_and_stops():
    X, y = make_moons(200, noise=0.3, random_state=1)
    settings = {"early_stopping": True, "max_iter": 200, "n_iter_no_change": 5}
    found = cp.MLPClassifier(**QUICK | settings).fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:])
    assert found.n_iter_ < 200
    assert len(found.validation_scores_) == found.n_iter_
    assert found.best_validation_score_ == max(found.validation_scores_)
    assert found.score(X[100:], y[100:]) == found.best_validation_score_  # the best epoch's weights
    watched = cp.MLPClassifier(**QUICK).fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:])
    assert len(watched.validation_scores_) == watched.n_iter_
    assert watched.loss_curve_ == cp.MLPClassifier(**QUICK).fit(X[:100], y[:100]).loss_curve_
    with pytest.raises(ValueError, match="X_val and y_val go together"):
        cp.MLPClassifier().fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="y_val has classes that y has not"):
        cp.MLPClassifier().fit(X, y, X_val=X, y_val=y + 1)


@pytest.mark.parametrize("scoring", ["neg_log_loss", "roc_auc", lambda m, X, y: m.score(X, y)])
def test_any_scorer_may_decide_when_to_stop(scoring):
    X, y = MOONS
    found = cp.MLPClassifier(**QUICK, early_stopping=True, scoring=scoring)
    found.fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:])
    scorer = sklearn.metrics.check_scoring(found, scoring)
    assert scorer(found, X[100:], y[100:]) == pytest.approx(found.best_validation_score_)
    assert found.best_validation_score_ == max(found.validation_scores_)


def test_early_stopping_with_partial_fit_keeps_the_best_calls_weights():
    X, y = MOONS
    model = cp.MLPClassifier(**QUICK | {"early_stopping": True, "learning_rate_init": 0.3})
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        model.partial_fit(X, y, classes=[0, 1])
    for _ in range(20):
        model.partial_fit(X[:50], y[:50], classes=[0, 1], X_val=X[50:], y_val=y[50:])
    assert len(model.validation_scores_) == 20
    assert model.score(X[50:], y[50:]) == max(model.validation_scores_)


@pytest.mark.parametrize(
    "activation", [*cp.activations(), "leaky_relu(alpha=0.2)", cp.GATES["elu"]]
)
def test_every_activation_of_the_table(activation):
    found = classifier(activation=activation)
    assert found.score(*MOONS) > 0.8
    assert found.network_.architecture.gates[0] == cp.GATES.resolve(activation) or "(" in activation


def test_an_activation_for_each_layer():
    found = classifier(hidden_layer_sizes=(6, 5), activation=["tanh", "logistic"])
    assert [gate.name for gate in found.network_.architecture.gates] == [
        "tanh", "sigmoid", "identity",
    ]  # fmt: skip


@pytest.mark.parametrize("loss", ["absolute_error", "huber(delta=0.2)", "quantile(q=0.5)"])
def test_every_loss_over_values(loss):
    X, y = make_regression(120, 4, random_state=0)
    y = y / abs(y).max()
    found = regressor(X, y, loss=loss, max_iter=200)
    assert found.score(X, y) > 0.8
    assert found.loss_ < found.loss_curve_[0] / 3


def test_a_quantile_lies_above_its_share_of_the_targets():
    X = np.zeros((400, 1))
    y = np.random.RandomState(0).normal(size=400)
    found = cp.MLPRegressor("quantile(q=0.8)", (3,), solver="adam", learning_rate_init=0.02,
                            max_iter=300, random_state=0).fit(X, y)  # fmt: skip
    assert (y <= found.predict(X[:1])).mean() == pytest.approx(0.8, abs=0.05)


def test_poisson_takes_no_negative_counts():
    with pytest.raises(ValueError, match="out of the valid range of the loss 'poisson'"):
        cp.MLPRegressor(loss="poisson").fit([[0.0], [1.0]], [1.0, -1.0])


@pytest.mark.parametrize("count", [2, 3])
def test_hinge_has_scores_and_no_probabilities(count):
    X, y = make_classification(150, 5, n_informative=4, n_redundant=0, n_classes=count,
                               random_state=0)  # fmt: skip
    found = classifier(X, y, loss="hinge", max_iter=60)
    assert found.score(X, y) > 0.75
    scores = found.decision_function(X)
    assert scores.shape == ((150,) if count == 2 else (150, 3))
    answers = (scores > 0).astype(int) if count == 2 else scores.argmax(axis=1)
    np.testing.assert_array_equal(answers, found.predict(X))
    assert not hasattr(found, "predict_proba")
    assert not hasattr(classifier(), "decision_function")


@pytest.mark.parametrize("solver", ["adamw", "rmsprop", "adamw(weight_decay=0.1)", "rprop",
                                    "gradient_descent", cp.OPTIMIZERS["nesterov"]])  # fmt: skip
def test_every_optimizer_of_the_table(solver):
    rate = 0.5 if solver == "gradient_descent" else 0.02
    found = classifier(solver=solver, learning_rate_init=rate, max_iter=60)
    assert found.score(*MOONS) > 0.8


def test_adamw_shrinks_weights_and_not_biases():
    """With no slope to follow, a step multiplies the weights by 1 - learning rate · decay."""
    X, y = np.zeros((4, 1)), np.zeros(4)
    told = {"hidden_layer_sizes": (), "alpha": 0, "random_state": 0, "learning_rate_init": 0.1}
    model = cp.MLPRegressor(solver="adamw(weight_decay=0.5)", **told).partial_fit(X, y)
    model.intercepts_[0][:] = 0
    before = model.coefs_[0].copy()
    model.partial_fit(X, y)
    np.testing.assert_allclose(model.coefs_[0], before * 0.95, rtol=1e-12)


@pytest.mark.parametrize("name", ["cosine", "warmup_cosine", "one_cycle", "coslog4"])
def test_schedules_change_the_learning_rate_from_step_to_step(name):
    """A loss whose slope is always 1 shows each step: half the steps of a whole rate."""
    X, y = np.zeros((20, 1)), np.full(20, -1e6)
    told = {"solver": "gradient_descent", "alpha": 0, "shuffle": False, "random_state": 0}
    told |= {"learning_rate_init": 0.1, "batch_size": 1, "max_iter": 10}
    model = cp.MLPRegressor("absolute_error", (), learning_rate=name, **told)
    start = cp.MLPRegressor("absolute_error", (), **told | {"max_iter": 1}).fit(X, y)
    begin = start.intercepts_[0][0] + 20 * 0.1
    moved = begin - model.fit(X, y).intercepts_[0][0]
    mean = {"cosine": 0.5, "warmup_cosine": 0.5, "one_cycle": 0.506, "coslog4": None}[name]
    factors = [cp.training.schedules.SCHEDULES[name]((i + 0.5) / 200) for i in range(200)]
    assert moved == pytest.approx(0.1 * sum(factors), rel=1e-9)
    if mean:
        assert sum(factors) / 200 == pytest.approx(mean, abs=0.01)
    with pytest.raises(ValueError, match="which partial_fit does not know"):
        cp.MLPClassifier(learning_rate=name).partial_fit(*MOONS, classes=[0, 1])


def test_own_callbacks_are_told_and_may_end_the_run():
    seen = []
    found = classifier(callbacks=[cp.Every(2, lambda p: seen.append((p.epoch, p.losses[-1]))),
                                  lambda p: p.epoch == 7])  # fmt: skip
    assert found.n_iter_ == 7
    assert seen == [(n, found.loss_curve_[n - 1]) for n in (2, 4, 6)]


def test_scikit_learns_callbacks():
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9")
    monitor = callback.ScoringMonitor(scoring="accuracy")
    found = cp.MLPClassifier(**QUICK | {"max_iter": 4}).set_callbacks(monitor).fit(*MOONS)
    log = monitor.get_logs().data
    assert [row["task_name"] for row in log].count("epoch") == 4
    assert log[-1]["accuracy"] == found.score(*MOONS)


def test_one_row_is_explained():
    found = classifier(y=np.array(["no", "yes"])[MOONS[1]], activation="tanh")
    row = MOONS[0][3]
    for label, number in (("no", 0), ("yes", 1)):
        told = found.explain(row, "w1", y=label, notation="neuron")
        slope = found.network_.gradients(row[None], [[number]])["W1"][0, 0]
        assert told.slope == pytest.approx(slope, rel=1e-9)
    assert str(found.explain(row, "w1")) == str(found.explain(row, "w1", y=found.predict([row])[0]))
    with pytest.raises(NetworkError, match="one row of 2 numbers"):
        found.explain(MOONS[0], "w1")


def test_the_network_is_the_estimators_own():
    found = classifier()
    assert repr(found.network_) == "Network(2-8-1, relu, logistic, 33 parameters)"
    np.testing.assert_allclose(
        found.network_.predict_proba(MOONS[0]), found.predict_proba(MOONS[0])
    )
    np.testing.assert_array_equal(found.network_.parameters["W1"], found.coefs_[0])
    with pytest.raises(NotFittedError):
        cp.MLPClassifier().network_  # noqa: B018


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_a_run_is_diagnosed(solver):
    slow = classifier(solver=solver, learning_rate_init=1e-4, max_iter=50, activation="tanh")
    told = slow.diagnosis_
    assert ("rate_too_low" in {finding.key for finding in told.findings}) == (solver == "sgd")
    with pytest.raises(DoctorError, match="fit it again"):
        pickle.loads(pickle.dumps(slow)).diagnosis_  # noqa: B018


def test_pictures(tmp_path):
    import matplotlib

    matplotlib.use("Agg")
    found = classifier()
    found.plot_loss(path=tmp_path / "loss.png")
    display = found.plot_decision_boundary(*MOONS, grid_resolution=20)
    assert len(display.ax_.collections) > 1
    matplotlib.pyplot.close("all")
    shown = found._repr_mimebundle_()["text/html"]
    assert "<svg" in shown
    assert found._repr_html_() == shown or "<svg" in found._repr_html_()
    assert "<svg" not in cp.MLPClassifier()._repr_mimebundle_()["text/html"]


def test_pickles_and_clones_answer_alike():
    found = classifier(activation="gelu", callbacks=None)
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.predict_proba(MOONS[0]), found.predict_proba(MOONS[0]))
    again.coefs_[0][:] = 0  # a copy of its own
    assert found.coefs_[0].any()
    again.partial_fit(*MOONS)
    twin = clone(found)
    assert not hasattr(twin, "coefs_")
    np.testing.assert_array_equal(twin.fit(*MOONS).coefs_[0], found.coefs_[0])


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array, sparse.csr_array])
def test_sparse_rows_are_rows(kind):
    X = np.random.RandomState(0).normal(size=(300, 6)) * (
        np.random.RandomState(1).rand(300, 6) < 0.3
    )
    y = X @ np.arange(6.0)
    thin, plain = regressor(kind(X), y), regressor(X, y)
    np.testing.assert_allclose(thin.loss_curve_, plain.loss_curve_, rtol=1e-12)
    many = np.tile(X, (40, 1))  # more than are spread out at a time
    np.testing.assert_allclose(thin.predict(kind(many)), plain.predict(many), rtol=1e-12)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_data_frames_and_their_names(library):
    frames = pytest.importorskip(library)
    X = frames.DataFrame({"a": MOONS[0][:, 0], "b": MOONS[0][:, 1]})
    if not hasattr(StandardScaler().fit(X), "feature_names_in_"):
        pytest.skip(f"scikit-learn {sklearn.__version__} sees no names in this {library}'s frames")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = classifier(X, MOONS[1], early_stopping=True, scoring="accuracy")
        answers = found.predict(X)
    assert found.feature_names_in_.tolist() == ["a", "b"]
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        np.testing.assert_array_equal(found.predict(MOONS[0]), answers)


def test_in_pipelines_searches_and_with_routed_weights():
    pipe = make_pipeline(StandardScaler(), cp.MLPClassifier(**QUICK))
    pipe.set_output(transform="pandas")
    assert cross_val_score(pipe, *MOONS, cv=3).mean() > 0.7
    search = GridSearchCV(cp.MLPClassifier(**QUICK), {"hidden_layer_sizes": [(2,), (9,)]}, cv=3)
    assert search.fit(*MOONS).best_params_ == {"hidden_layer_sizes": (9,)}
    with sklearn.config_context(enable_metadata_routing=True):
        model = cp.MLPClassifier(**QUICK).set_fit_request(sample_weight=True)
        model = model.set_score_request(sample_weight=False)
        weights = np.linspace(0, 1, 150)
        scores = cross_val_score(model, *MOONS, cv=3, params={"sample_weight": weights})
    assert scores.shape == (3,)


def test_an_interrupted_fit_keeps_what_was_learned():
    def stop(progress):
        if progress.epoch == 4:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="Training interrupted by user"):
        found = classifier(callbacks=[stop])
    assert found.n_iter_ == 4
    np.testing.assert_allclose(found.coefs_[0], classifier(max_iter=4).coefs_[0], rtol=1e-12)


def test_without_scikit_learn_the_names_say_what_to_install():
    from clearprop.estimators import missing

    for kind in (missing.MLPClassifier, missing.MLPRegressor):
        with pytest.raises(MissingExtraError, match=r"clearprop\[sklearn\]"):
            kind((3,), alpha=1)
    assert issubclass(MissingExtraError, ClearPropError)


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_a_gradient_is_not_longer_than_allowed(engine):
    """Gradient descent with a slope of 1,000 moves by the learning rate times what is allowed."""
    X, y = np.zeros((10, 1)), np.full(10, 1000.0)
    told = {"hidden_layer_sizes": (), "solver": "gradient_descent", "alpha": 0, "random_state": 0}
    model = cp.MLPRegressor(
        **told, learning_rate_init=0.5, clip_norm=0.25, max_iter=6, engine=engine
    )
    start = cp.MLPRegressor(**told, learning_rate_init=1e-12, max_iter=1).fit(X, y).intercepts_[0]
    assert model.fit(X, y).intercepts_[0] - start == pytest.approx(6 * 0.5 * 0.25, rel=1e-6)


@pytest.mark.slow
def test_workers_share_the_machine():
    """loky tells its workers how many threads each may use; results do not depend on it."""
    import joblib

    search = GridSearchCV(cp.MLPClassifier(**QUICK), {"alpha": [1e-4, 1.0]}, cv=3, n_jobs=2)
    alone = clone(search).set_params(n_jobs=1).fit(*MOONS)
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        together = search.fit(*MOONS)
        threads = joblib.Parallel(n_jobs=2)(joblib.delayed(cp.threads)() for _ in range(2))
    assert threads == [1, 1]
    np.testing.assert_array_equal(
        together.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"]
    )


def test_a_warm_start_may_change_how_it_goes_on():
    model = classifier(solver="lbfgs", warm_start=True, max_iter=10)
    for change in ({"solver": "adam"}, {"early_stopping": True}, {"early_stopping": False}):
        before = model.coefs_[0].copy()
        model.set_params(**change).fit(*MOONS)
        assert (model.coefs_[0] != before).any()
    assert len(model.loss_curve_) == 30
    assert len(model.validation_scores_) == 10
