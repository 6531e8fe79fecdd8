"""What the tests of worksheets share: a class, right answers, another program for them."""

import json
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

ASK = "w1,w5,b2"


def figures(value, digits=4, units=0):
    """Return a number to so many figures, some units of the last one away, in decimals."""
    exact = Decimal(value)
    last = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    return str(exact.quantize(last, ROUND_HALF_EVEN) + units * last)


def all_right(sheets):
    return {
        one["sheet"]: {key: figures(value) for key, value in one["right"].items()}
        for one in json.loads(sheets.to_json())["students"]
    }


# The same mathematics, written once more for these tests, with slips to be switched on.


def sigmoid(z):
    return 1 / (1 + np.exp(-z))
