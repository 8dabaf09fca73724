"""Keys that repeat are found from their numbers, whatever the parts in which these are looked at."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.expectations import repeated_keys
from assets.warehouse import Warehouse

KEYS = st.lists(st.tuples(st.none() | st.sampled_from("abcdef"), st.none() | st.integers(0, 5)), max_size=12)


@given(KEYS, st.sampled_from([1, 2, 5, 100]))
def test_a_key_may_repeat_where_two_rows_hold_the_same_one(
    keys: list[tuple[str | None, int | None]], at_once: int
) -> None:
    warehouse = Warehouse.open(None, threads=1)
    warehouse.keep("held", pl.DataFrame(keys, schema={"name": pl.String, "number": pl.Int64}, orient="row"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(repeated_keys, "ROWS_AT_ONCE", at_once)
        assert repeated_keys.may_repeat(warehouse, "held", ["name", "number"]) == (len(set(keys)) < len(keys))
    warehouse.connection.close()
