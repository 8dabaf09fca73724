"""Rows written as one number each, against the rows themselves."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.packed_numbers import Digits

ROWS = st.lists(
    st.tuples(
        st.integers(-(2**15), 2**15 - 1), st.dates(dt.date(1600, 1, 1), dt.date(2200, 1, 1)), st.integers(0, 9_999)
    ),
    max_size=40,
)
SCHEMA = {"scope": pl.Int16, "day": pl.Date, "customer": pl.Int64}


@given(ROWS)
def test_numbers_sort_as_their_rows_do_and_are_read_back_as_them(rows: list[tuple[int, dt.date, int]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    digits = Digits.of(frame)
    back = digits.unpacked(digits.packed(frame).sort())
    assert back.schema == frame.schema
    assert back.rows() == sorted(rows)


def test_rows_of_too_wide_a_range_are_refused_with_the_ranges() -> None:
    wide = pl.DataFrame({"first": [0, 2**40], "second": [0, 2**40]})
    with pytest.raises(OverflowError, match="first 1,099,511,627,777, second"):
        Digits.of(wide)
