"""``clearprop train`` and ``clearprop predict``, on real tables from end to end."""

import re
import shlex

import numpy as np
import pytest

import clearprop as cp
from commands import BUNCHES, document, make_tables, rows_of, run, train_on


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A folder with a training file and a file of other rows for each data set."""
    return make_tables(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def trained(tables):
    """The saved networks of the iris (classes) and of diabetes (numbers)."""
    return train_on(tables, ("iris", "diabetes"))


@pytest.mark.parametrize("name", ["iris", "wine", "cancer", "digits"])
def test_classes_are_learned_and_predicted(tables, tmp_path, name):
    target = BUNCHES[name][0]
    data, new = tables / f"{name}-train.csv", tables / f"{name}-new.csv"
    model, out = tmp_path / "m.clearprop", tmp_path / "p.csv"
    epochs = 15 if name == "digits" else 100
    told = document("train", data, "--target", target, "--save", model, "--epochs", epochs)
    assert told["task"] == "classify"
    assert told["accuracy"] > 0.9
    assert told["saved"] == str(model)

    before = new.read_bytes()
    said = run("predict", model, new, "--out", out).stdout
    assert new.read_bytes() == before
    rows, given = rows_of(out), rows_of(new)
    assert [{name: row[name] for name in given[0]} for row in rows] == given
    classes = [str(label) for label in told["classes"]]
    chances = np.array([[float(row[f"p_{label}"]) for label in classes] for row in rows])
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-12)
    best = [classes[i] for i in chances.argmax(axis=1)]
    assert [row[f"predicted_{target}"] for row in rows] == best
    right = sum(row[target] == row[f"predicted_{target}"] for row in rows)
    assert right / len(rows) > 0.85
    share = "100" if right == len(rows) else f"{100 * right / len(rows):.1f}"
    assert f"{share} % of the {len(rows)} rows with a known '{target}' right" in said


def test_numbers_are_learned_and_predicted(tables, trained, tmp_path):
    new, out = tables / "diabetes-new.csv", tmp_path / "p.csv"
    said = run("predict", trained["diabetes"], new, "--out", out).stdout
    rows = rows_of(out)
    wanted = np.array([float(row["progression"]) for row in rows])
    errors = wanted - [float(row["predicted_progression"]) for row in rows]
    r2 = 1 - (errors**2).sum() / ((wanted - wanted.mean()) ** 2).sum()
    rmse = np.sqrt((errors**2).mean())
    assert r2 > 0.2
    assert f"R² {r2:.4f}, root mean squared error {rmse:.4g}, on the 88 rows" in said


def test_training_says_what_it_read_and_did(tables, tmp_path):
    result = run("train", tables / "iris-train.csv", "--target", "species", "--epochs", 20,
                 "--hidden", "8", "--activation", "tanh", "--engine", "reference")  # fmt: skip
    said = result.stdout
    assert "iris-train.csv: 120 rows; 'species' (3 classes) from 4 columns, 4 inputs" in said
    assert "4-8-3 tanh, softmax cross-entropy, 67 parameters, reference engine" in said
    assert re.findall(r"epoch +(\d+)   loss", said) == [str(n) for n in range(2, 21, 2)]
    assert re.search(r"\d % of the 120 training rows right; new rows usually fare worse", said)
    assert "not saved: --save iris-train.clearprop would keep this network" in said
    assert "note: the target 'species' holds words: classify it" in result.stderr


def test_training_says_the_same_in_json(tables):
    args = ("train", tables / "diabetes-train.csv", "--target", "progression", "--epochs", 5)
    said, told = run(*args).stdout, document(*args)
    assert f"R² {told['r2']:.4f}, root mean squared error {told['rmse']:.4g}" in said
    assert f"loss {told['loss']:.6g}" in said
    assert len(told["losses"]) == told["epochs"] == 5
    assert told["batch_size"] == 32
    assert told["learning_rate"] == cp.OPTIMIZERS["adam"].learning_rate
    assert told["classes"] == []
    assert any("regress it" in note for note in told["notes"])


def test_what_is_saved_is_what_was_trained(tables, tmp_path):
    model = tmp_path / "m.clearprop"
    told = document("train", tables / "iris-train.csv", "--target", "species", "--epochs", 7,
                    "--batch-size", "all", "--seed", 3, "--save", model)  # fmt: skip
    loaded = cp.load_model(model)
    assert loaded.columns.classes == ("setosa", "versicolor", "virginica")
    history = loaded.history
    assert (history.epochs, history.seed, history.batch_size) == (7, 3, None)
    assert history.losses == tuple(told["losses"])
    prepared = cp.prepare(cp.read_csv(tables / "iris-train.csv"), "species")
    net = cp.Network([4, 16, 16, 3], "relu", initializer="glorot", seed=3)
    twin = cp.fit(net, prepared.X, prepared.y, epochs=7, l2=0.01, seed=3)
    np.testing.assert_array_equal(loaded.network.vector, twin.network.vector)


@pytest.mark.parametrize(
    ("data", "options", "key", "expected"),
    [
        ("iris", "--task classify", "task", "classify"),
        ("diabetes", "--task regress --loss 'huber(delta=2)'", "task", "regress"),
        ("diabetes", "--drop sex --drop s1", "inputs", ["age", "bmi", "bp", *
                                                        (f"s{i}" for i in range(2, 7))]),
        ("diabetes", "--words sex --drop age --drop s1 --drop s2 --drop s3 --drop s4 --drop s5",
         "inputs", ["sex=1.0", "sex=2.0", "bmi", "bp", "s6"]),
        ("iris", "--optimizer rprop", "batch_size", None),
        ("iris", "--initializer he", "accuracy", None),
        ("iris", "--optimizer lbfgs", "batch_size", None),
        ("iris", "--optimizer nesterov --learning-rate 0.2", "learning_rate", 0.2),
        ("iris", "--optimizer momentum", "learning_rate", 0.01),
        ("cancer", "--loss logistic", "accuracy", None),
        ("iris", "--loss 'hinge(margin=2)'", "accuracy", None),
        ("diabetes", "--no-standardize --dtype float32 --learning-rate 1e-6", "r2", None),
        ("iris", "--output-activation sigmoid --activation gelu,silu", "accuracy", None),
    ],
)  # fmt: skip
def test_training_takes_options(tables, data, options, key, expected):
    target = BUNCHES[data][0]
    told = document("train", tables / f"{data}-train.csv", "--target", target, "--epochs", 2,
                    *shlex.split(options))  # fmt: skip
    assert key in told
    if expected is not None or key == "batch_size":
        assert told[key] == expected


@pytest.mark.parametrize("loss", ["logistic", "hinge"])
def test_other_losses_for_classes_predict_too(tables, tmp_path, loss):
    model = tmp_path / "m.clearprop"
    run("train", tables / "cancer-train.csv", "--target", "diagnosis", "--loss", loss,
        "--epochs", 20, "--save", model)  # fmt: skip
    told = document("predict", model, tables / "cancer-new.csv")
    assert told["accuracy"] > 0.85
    first = told["predictions"][0]
    assert ("probabilities" in first) == (loss == "logistic")
    if loss == "logistic":
        chances = first["probabilities"]
        assert list(chances) == ["benign", "malignant"]
        assert first["prediction"] == max(chances, key=chances.get)


def test_the_loss_curve_is_drawn(tables, tmp_path):
    plot = tmp_path / "loss.svg"
    said = run("train", tables / "iris-train.csv", "--target", "species", "--epochs", 3,
               "--plot", plot).stdout  # fmt: skip
    assert f"loss curve: {plot}" in said
    assert "<svg" in plot.read_text()


def test_predictions_go_to_a_pipe_as_they_go_to_a_file(tables, trained, tmp_path):
    out, new = tmp_path / "p.csv", tables / "iris-new.csv"
    run("predict", trained["iris"], new, "--out", out)
    piped = run("predict", trained["iris"], new)
    assert piped.stdout_bytes == out.read_bytes()
    assert "of the 30 rows with a known 'species' right" in piped.stderr
    only = run("predict", trained["iris"], new, "--only").stdout.splitlines()
    assert only[0] == "predicted_species,p_setosa,p_versicolor,p_virginica"
    assert len(only) == 31


def test_predictions_in_json(tables, trained, tmp_path):
    out, new = tmp_path / "p.csv", tables / "iris-new.csv"
    told = document("predict", trained["iris"], new, "--out", out)
    assert told["rows"] == told["scored_rows"] == 30
    for told_row, row in zip(told["predictions"], rows_of(out), strict=True):
        assert told_row["prediction"] == row["predicted_species"]
        for label in told["classes"]:
            assert told_row["probabilities"][label] == float(row[f"p_{label}"])
    assert [row["line"] for row in told["predictions"]] == list(range(2, 32))


def test_rows_without_a_target_or_with_new_words(tmp_path):
    data, new, model = tmp_path / "d.csv", tmp_path / "n.csv", tmp_path / "m.clearprop"
    rows = [f"{i},{'red' if i % 2 else 'blue'},{'yes' if i % 2 else 'no'}" for i in range(20)]
    data.write_text("\n".join(["size,colour,buys", *rows]))
    run("train", data, "--target", "buys", "--drop", "size", "--epochs", 100, "--save", model)
    new.write_text("buys,colour,predicted_buys\n,blue,a\nyes,red,b\nno,blue,c\n,?,d\n,green,e\n")
    result = run("predict", model, new)
    assert "note: column 'colour': 2 of 5 cells are unknown from training" in result.stderr
    assert "3 of 5 rows are not compared because the target 'buys' is missing" in result.stderr
    assert "100 % of the 2 rows with a known 'buys' right" in result.stderr
    assert result.stdout.splitlines()[0] == (
        "buys,colour,predicted_buys,predicted_buys_,p_no,p_yes"
    )
    new.write_text("buys,colour\nperhaps,red\n")
    result = run("predict", model, new)
    assert "not compared with the target" in result.stderr
    new.write_text("colour\nred\n")
    assert result.stdout.splitlines()[1].startswith("perhaps,red,")
    assert run("predict", model, new).stdout.splitlines()[1].startswith("red,")


def test_many_notes_are_cut_short_but_not_in_json(tmp_path):
    data = tmp_path / "flat.csv"
    names = [f"c{i}" for i in range(40)]
    rows = [[str(i), *["5"] * 39, "ab"[i % 2]] for i in range(6)]
    data.write_text("\n".join(",".join(row) for row in [[*names, "kind"], *rows]))
    args = ("train", data, "--target", "kind", "--epochs", 1)
    said = run(*args).stderr
    assert said.count("note:") == 13
    assert "and 28 more notes" in said
    assert len(document(*args)["notes"]) == 40


def test_quiet_prints_nothing(tables, trained, tmp_path):
    for args in (
        ("moons", "--passes", 2, "--no-plot"),
        ("train", tables / "iris-train.csv", "--target", "species", "--epochs", 1),
        ("predict", trained["iris"], tables / "iris-new.csv", "--out", tmp_path / "p.csv"),
    ):
        assert run(*args, "--quiet").output == ""


def test_a_semicolon_or_tab_between_cells(tables, tmp_path):
    text = (tables / "iris-train.csv").read_text()
    data = tmp_path / "t.csv"
    data.write_text(text.replace(",", "\t"))
    told = document("train", data, "--target", "species", "--epochs", 1, "--separator", "tab")
    assert told["rows"] == 120
