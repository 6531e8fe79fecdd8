"""Worksheets: back-propagation by hand, other numbers for each student, marked with reasons.

>>> import clearprop as cp
>>> sheets = cp.make_worksheets([2, 2, 2], 3, seed=7, ask=["w1", "w5", "b2"])
>>> sheets
Worksheets(3 sheets of a 2-2-2 network, 17 answers each)
>>> right = {1: {question.key: value for question, value in sheets[1].answers()}}
>>> cp.grade(sheets, right).students[0].n_right
17

:func:`make_worksheets` draws the numbers; :class:`Worksheets` holds them, writes sheets and the
key, and keeps them in a file. :func:`grade` marks answers and says what went wrong.
"""

from .grading import grade
from .making import make_worksheets
from .report import Grading
from .sheets import Worksheets

__all__ = ["Grading", "Worksheets", "grade", "make_worksheets"]
