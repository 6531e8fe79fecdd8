"""A network as a program of its own: what it computes, printed for people to read and keep.

>>> import clearprop as cp
>>> script = cp.to_script(cp.Network([2, 3, 2]))
>>> print(next(line for line in script.splitlines() if "tanh(" in line))
    A1 = np.tanh(Z1)   # (N, 3)

The program needs NumPy and nothing else, ClearProp included.
"""

from .script import to_script

__all__ = ["to_script"]
