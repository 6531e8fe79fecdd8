"""Calling a person's function or object, however it was written; in a process of its own, too.

``caller.py`` finds out how something is called and how its results are read; ``sandbox.py`` does
so in another process, with limits of time and memory.
"""

from .caller import Answer, Caller, find_caller

__all__ = ["Answer", "Caller", "find_caller"]
