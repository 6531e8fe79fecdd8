"""Students' files for the tests of the sandbox and of ``clearprop check``: good, wrong, hostile."""

BODY = """
    h = np.tanh(X @ W1 + b1)
    s = h @ W2 + b2
    e = np.exp(s - s.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    loss = -np.log(p[range(len(y)), y]).mean()
    d = p.copy()
    d[range(len(y)), y] -= 1
    d /= len(y)
    dh = d @ W2.T * (1 - h**2)
    return loss, X.T @ dh, dh.sum(0), h.T @ d, d.sum(0)
"""
HEAD = "import numpy as np\n"
ARGUMENTS = "(X, y, W1, b1, W2, b2):"
F = f"def f{ARGUMENTS}"
GOOD = HEAD + F + BODY
WRONG = GOOD.replace(" * (1 - h**2)", "")


def with_lines(lines, body=BODY, before=""):
    """The right function with some lines at its beginning, and others before it."""
    return HEAD + before + F + "\n    " + lines.replace("\n", "\n    ") + body


RIGHT = {
    "as it should be": GOOD,
    "prints": with_lines("print('shape', X.shape)"),
    "prints a lot": with_lines("for _ in range(20000): print('x' * 50)"),
    "replaces stdout": GOOD.replace(
        HEAD, HEAD + "import io, sys\nsys.stdout = io.StringIO()\nsys.stderr = None\n"
    ),
    "writes to descriptor 1": with_lines("os.write(1, b'raw ' * 100)", before="import os\n"),
    "has a main part": GOOD + "\nif __name__ == '__main__':\n    1 / 0\n",
    "leaves a thread behind": GOOD.replace(
        HEAD, HEAD + "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
    ),
    "is a class": HEAD + "class f:\n    def __init__(self, sizes):\n"
    "        self.W1, self.W2 = (np.zeros(s) for s in zip(sizes, sizes[1:]))\n"
    "        self.b1, self.b2 = np.zeros(sizes[1]), np.zeros(sizes[2])\n"
    "    def grads(self, X, y):\n        return g(X, y, self.W1, self.b1, self.W2, self.b2)\n"
    f"def g{ARGUMENTS}" + BODY,
    "decides over a signal": with_lines(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)", before="import signal\n"
    ),
}  # fmt: skip
"""Files whose ``f`` is right, whatever else they do."""

REPORTS = {
    "syntax": ("def f(X, y:\n    return 1\n", ["line 1, column 6", "def f(X, y:", "SyntaxError"]),
    "indentation": (HEAD + F + "\n    a = 1\n  b = 2\n", ["line 4", "b = 2", "IndentationError"]),
    "no text": ("x = '\0'\n", ["SyntaxError"]),
    "module not there": (
        "import numpyy\n", ["line 1", "import numpyy", "ModuleNotFoundError: No module named"]
    ),
    "fails on import": (HEAD + "x = 1\nx / 0\n", ["line 3", "x / 0", "ZeroDivisionError"]),
    "fails in the call": (
        HEAD + F + "\n    return X @ W3\n",
        ["line 3, in f", "return X @ W3", "NameError: name 'W3'"],
    ),
    "fails in a helper": (
        HEAD + "def g(a):\n    return a['k']\n" + F + "\n    return g(X)\n",
        ["line 3, in g", "return a['k']", "IndexError"],
    ),
    "shapes do not fit": (
        HEAD + F + "\n    return W1 @ X @ W2 @ W1\n", ["line 3, in f", "ValueError: matmul"]
    ),
    "wrong shapes": (HEAD + F + "\n    return np.zeros((5, 5))\n", ["shape (5, 5)", "expected"]),
    "None": (HEAD + F + "\n    W1 + 1\n", ["it returns None"]),
    "exit": (HEAD + F + "\n    exit()\n", ["line 3, in f", "it ends the program"]),
    "sys.exit on import": ("import sys\nsys.exit(3)\n", ["line 2", "exit status 3"]),
    "os._exit": ("import os\n" + F + "\n    os._exit(0)\n", ["ended before it answered"]),
    "os._exit on import": ("import os\nos._exit(7)\n", ["exit status 7", "os._exit"]),
    "killed": (
        "import os, signal\n" + F + "\n    os.kill(os.getpid(), signal.SIGKILL)\n", ["SIGKILL"]
    ),
    "crashes": ("import ctypes\n" + F + "\n    ctypes.string_at(0)\n", ["SIGSEGV"]),
    "memory at once": (
        HEAD + F + "\n    return np.ones((100000, 100000))\n",
        ["line 3, in f", "np.ones((100000, 100000))", "MemoryError"],
    ),
    "memory bit by bit": (
        F + "\n    a = []\n    while True:\n        a.append('x' * 100000)\n", ["MemoryError"]
    ),
    "recursion": (F + "\n    return f(X, y, W1, b1, W2, b2)\n", ["RecursionError"]),
    "asks for input": ("n = input('how many?')\n", ["line 1", "EOFError"]),
    "no such function": ("def ff(X): pass\n", ["no 'f'; did you mean ff?"]),
    "interrupt": (F + "\n    raise KeyboardInterrupt\n", ["line 2, in f", "KeyboardInterrupt"]),
    "closes everything": ("import os\nos.closerange(0, 100)\n" + F + BODY, ["answer"]),
    "writes rubbish for answers": (
        "import os\nfor fd in range(3, 30):\n    try: os.write(fd, b'\\xff' * 64)\n"
        "    except OSError: pass\n" + F + BODY, ["no longer answers", "too large"]
    ),
    "another encoding": ("s = '\xe9'\n".encode("latin-1"), ["SyntaxError", "utf-8"]),
    "no names": (HEAD + "def f(o, p, q, r, v): return 1\n", ["--call '...'"]),
}  # fmt: skip
"""Files that cannot be checked, and what the report holds."""

ENDLESS = {
    "in the call": (F + "\n    while True: pass\n", ["line 2 of", "in f: `while True: pass`"]),
    "on import": ("while True: pass\n", ["line 1 of", "`while True: pass`"]),
    "asleep": (
        "import time\n" + F + "\n    time.sleep(100)\n", ["line 3 of", "`time.sleep(100)`"]
    ),
    "a process of its own": (
        "import os\n" + F + "\n    if os.fork() == 0:\n        while True: pass\n    os.wait()\n",
        ["takes longer than"],
    ),
    "deaf to signals": (
        "import signal\n" + F + "\n    signal.signal(signal.SIGUSR1, signal.SIG_IGN)\n"
        "    while True: pass\n", ["takes longer than"]
    ),
}  # fmt: skip
"""Files that do not end, and what the report holds."""
