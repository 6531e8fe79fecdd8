"""Numbers as people read them, against the decimal module's rounding."""

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop.errors import CircuitError
from clearprop.explanation.figures import in_short, significant

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
DIGITS = st.integers(1, 17)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0000794437400, 6, "0.0000794437"),
        (-0.000455647436, 6, "-0.000455647"),
        (1.105905967, 7, "1.105906"),
        (1.105905967, 6, "1.10591"),
        (1e-12, 6, "1e-12"),
        (1.5e-7, 6, "1.5e-7"),
        (3.0, 6, "3"),
        (0.1, 17, "0.10000000000000001"),
        (1234567.8, 8, "1234567.8"),
        (1234567.8, 3, "1230000"),
        (9.9996, 4, "10"),
        (1e300, 6, "1e300"),
        (-2.5e20, 6, "-2.5e20"),
        (0.0, 6, "0"),
        (-0.0, 6, "0"),
        (5e-324, 3, "4.94e-324"),
        (math.nan, 6, "nan"),
        (math.inf, 6, "inf"),
        (-math.inf, 6, "-inf"),
        (np.float32(0.1), 6, "0.1"),
    ],
)
def test_numbers_are_written_as_people_write_them(value, digits, text):
    assert significant(value, digits) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.59327, 7, "0.5932700"), (3.0, 3, "3.00"), (0.0, 3, "0.00"), (2e-9, 3, "2.00e-9")],
)
def test_zeros_at_the_end_stay_when_asked(value, digits, text):
    assert significant(value, digits, trim=False) == text


@given(NUMBERS, DIGITS, st.booleans())
def test_what_is_written_is_the_number_rounded_to_that_many_digits(value, digits, trim):
    text = significant(value, digits, trim=trim)
    assert float(text) == float(Context(digits, ROUND_HALF_EVEN).create_decimal(Decimal(value)))
    mantissa = text.lstrip("-").partition("e")[0].replace(".", "").lstrip("0")
    assert len(mantissa.rstrip("0")) <= digits
    assert not {",", "+"} & set(text)
    if trim and "." in text:
        assert text.partition("e")[0][-1] not in "0."
    if not trim and value and "." in text:
        assert len(mantissa) == digits


@given(NUMBERS, st.integers(2, 10))
def test_short_numbers_are_short_and_never_zero(value, digits):
    text = in_short(value, digits)
    assert float(text) == float(significant(value, digits))
    assert len(text) <= digits + 7
    assert (float(text) == 0) == (value == 0)


@pytest.mark.parametrize("digits", [0, 18, -1, 2.5, True, "6", None])
def test_digits_that_are_none_are_refused(digits):
    with pytest.raises(CircuitError, match="from 1 to 17"):
        significant(1.0, digits)
