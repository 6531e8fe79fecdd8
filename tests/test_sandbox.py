"""A student's file in a process of its own: right answers, state, limits, clear reports."""

import io
import os
import time
from pathlib import Path

import numpy as np
import pytest

from calling_cases import assert_right, case
from clearprop.doctor.calling.sandbox import open_sandbox
from clearprop.doctor.calling.sandbox_pipe import BrokenMessageError, receive, send
from clearprop.errors import DoctorError
from sandbox_files import ARGUMENTS, BODY, ENDLESS, GOOD, HEAD, REPORTS, RIGHT, F

ON_POSIX = pytest.mark.skipif(not hasattr(os, "fork"), reason="limits and signals of POSIX")


@pytest.fixture
def opened(tmp_path):
    """Open a text as a file in a sandbox; all of them are closed in the end."""
    found = []

    def open_text(text, name="f", **more):
        file = tmp_path / f"homework_{len(found)}.py"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        net, X, y = case([2, 3, 2], 6)
        found.append(open_sandbox(file, name, net, X, y, **{"seconds": 20, **more}))
        return found[-1], net, X, y

    yield open_text
    for caller in found:
        caller.close()


@pytest.mark.parametrize("name", RIGHT)
def test_right_files_give_right_answers_whatever_else_they_do(opened, name):
    caller, net, X, y = opened(RIGHT[name])
    assert_right(caller(net.parameters, X, y), net, X, y)
    other, X, y = case([2, 3, 2], 4, 1)
    assert_right(caller(other.parameters, X, y), other, X, y)
    assert len(caller.printed) < 5_000
    assert caller.notes[0].key == "call"


@ON_POSIX
@pytest.mark.parametrize("name", REPORTS)
def test_a_file_that_cannot_be_called_is_reported(opened, name):
    text, expected = REPORTS[name]
    with pytest.raises(DoctorError) as error:
        opened(text, memory=128)
    for part in expected:
        assert part.replace("--call '...'", "call='...'") in str(error.value)
    assert "Traceback" not in str(error.value)
    assert "clearprop" not in str(error.value)


@ON_POSIX
@pytest.mark.parametrize("name", ENDLESS)
def test_a_file_that_does_not_end_is_ended(opened, name):
    text, expected = ENDLESS[name]
    started = time.monotonic()
    with pytest.raises(DoctorError, match="takes longer than") as error:
        opened(text, seconds=0.3)
    assert time.monotonic() - started < 10
    for part in expected:
        assert part in str(error.value)


@ON_POSIX
def test_nothing_that_a_file_started_goes_on(opened, tmp_path):
    note = tmp_path / "pid"
    text = (
        "import os, pathlib, time\n"
        f"if os.fork() == 0:\n    pathlib.Path({str(note)!r}).write_text(str(os.getpid()))\n"
        "    time.sleep(60)\n" + GOOD
    )
    caller, net, X, y = opened(text)
    while not (note.exists() and note.read_text()):
        time.sleep(0.05)
    assert_right(caller(net.parameters, X, y), net, X, y)
    caller.close()
    pid = int(note.read_text())
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().split()[2] == "Z":  # ended; nobody has asked yet
            return
        time.sleep(0.05)
    pytest.fail("the file's own process is still there")


def test_state_lasts_from_call_to_call_and_begins_with_the_first(opened):
    text = (
        HEAD + "kept = [0, 0, 0, 0, 0]\n" + f"def once{ARGUMENTS}" + BODY + F
        + "\n    for i, g in enumerate(once(X, y, W1, b1, W2, b2)):\n        kept[i] = kept[i] + g"
        "\n    return kept\n"
    )  # fmt: skip
    caller, net, X, y = opened(text)
    first, second = (caller(net.parameters, X, y) for _ in range(2))
    assert_right(first, net, X, y)
    np.testing.assert_allclose(second.gradients["b1"], 2 * net.gradients(X, y)["b1"])
    caller.reset()
    assert_right(caller(net.parameters, X, y), net, X, y)


@ON_POSIX
def test_the_first_call_is_the_first_for_the_file_too(opened):
    """Finding the way takes calls, too, but they happen in a copy of the process."""
    text = GOOD.replace(HEAD, HEAD + "import itertools\ncalls = itertools.count()\n").replace(
        F, F + "\n    assert next(calls) < 2"
    )
    caller, net, X, y = opened(text)
    assert_right(caller(net.parameters, X, y), net, X, y)
    assert_right(caller(net.parameters, X, y), net, X, y)
    with pytest.raises(DoctorError, match="AssertionError"):
        caller(net.parameters, X, y)


def test_arrays_that_a_later_call_writes_into_change_here_too(opened):
    text = (
        HEAD + "out = np.zeros((2, 3))\n" + f"def once{ARGUMENTS}" + BODY + F
        + "\n    _, dW1, *rest = once(X, y, W1, b1, W2, b2)\n    out[...] = dW1"
        "\n    return out, *rest\n"
    )  # fmt: skip
    caller, net, X, y = opened(text)
    first = caller(net.parameters, X, y)
    before = first.raw["[0]"].copy()
    other = case([2, 3, 2], 6, 1)[0]
    caller(other.parameters, X, y)
    assert not np.allclose(first.raw["[0]"], before)
    np.testing.assert_allclose(first.raw["[0]"], other.gradients(X, y)["W1"])
    np.testing.assert_allclose(first.gradients["W1"], before)


def test_arguments_that_are_changed_in_place_are_seen_from_here(opened):
    caller, net, X, y = opened(GOOD.replace("    return loss", "    W1 -= 1\n    return loss"))
    caller(net.parameters, X, y)
    assert caller.changed() == ("W1",)
    after = dict(caller.arguments(net.parameters, X, y))
    np.testing.assert_array_equal(after["W1"], net.parameters["W1"] - 1)
    np.testing.assert_array_equal(after["X"], X)


def test_an_error_in_a_later_call_leaves_the_file_ready(opened):
    text = GOOD.replace(F, F + "\n    if len(X) < 6: raise ValueError('too few')")
    caller, net, X, y = opened(text)
    with pytest.raises(DoctorError, match="too few"):
        caller(net.parameters, X[:2], y[:2])
    assert_right(caller(net.parameters, X, y), net, X, y)


def test_a_method_and_a_call_that_are_given(opened):
    caller, net, X, y = opened(RIGHT["is a class"], "f.grads")
    assert_right(caller(net.parameters, X, y), net, X, y)
    text = HEAD + "def f(o, p, q, r, s, t):\n    X, y, W1, b1, W2, b2 = p, o, q, s, r, t" + BODY
    caller, net, X, y = opened(text, call="f(y, X, W1, W2, b1, b2)")
    assert_right(caller(net.parameters, X, y), net, X, y)


def test_files_of_the_folder_can_be_imported_and_read(opened, tmp_path):
    (tmp_path / "helper.py").write_text(
        "from pathlib import Path\ntext = Path('d.txt').read_text()"
    )
    (tmp_path / "random.py").write_text("1 / 0")  # must not stand in for Python's own
    (tmp_path / "d.txt").write_text("3")
    caller, net, X, y = opened("import helper, random\nassert helper.text == '3'\n" + GOOD)
    assert_right(caller(net.parameters, X, y), net, X, y)


def test_there_is_no_such_file(tmp_path):
    net, X, y = case([2, 3, 2], 6)
    with pytest.raises(DoctorError, match="there is no file"):
        open_sandbox(tmp_path / "none.py", "f", net, X, y)


# --- messages -------------------------------------------------------------------------------


def test_messages_carry_arrays_of_every_shape():
    pipe = io.BytesIO()
    arrays = [np.float32(3).reshape(()), np.zeros((0, 4)), np.eye(3).T[::2], np.arange(3)]
    send(pipe, {"a": [1, None, "ü"]}, arrays)
    pipe.seek(0)
    head, found = receive(pipe)
    assert head == {"a": [1, None, "ü"]}
    for array, same in zip(arrays, found, strict=True):
        assert same.dtype == array.dtype
        assert same.flags.writeable
        np.testing.assert_array_equal(same, array)


def message(text, body=b""):
    data = text.encode()
    return len(data).to_bytes(8, "big") + len(body).to_bytes(8, "big") + data + body


BROKEN = {
    "nothing": b"",
    "cut off": message('{"head": {}, "arrays": []}')[:-3],
    "no JSON": message("{"),
    "no head": message('{"arrays": []}'),
    "a list for a head": message('{"head": [], "arrays": []}'),
    "a list for all": message("[]"),
    "far too long": b"\xff" * 16,
    "objects": message('{"head": {}, "arrays": [{"dtype": "object", "shape": [1]}]}', b"12345678"),
    "more than came": message(
        '{"head": {}, "arrays": [{"dtype": "float64", "shape": [1000000000]}]}', b"1" * 8
    ),
    "negative": message('{"head": {}, "arrays": [{"dtype": "float64", "shape": [-1]}]}'),
    "not counted": message('{"head": {}, "arrays": [{"dtype": "float64", "shape": "x"}]}'),
    "deep": message("[" * 100_000),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_message_is_refused(name):
    with pytest.raises(BrokenMessageError):
        receive(io.BytesIO(BROKEN[name]))
