"""A value is hashed as the text it would be in a text file, whatever type a file gives it."""

from __future__ import annotations

import duckdb
import pytest

from assets.landing.row_hash import written


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("DECIMAL(12,2)", "10.28", "10.28"),
        ("DECIMAL(12,2)", "10.50", "10.5"),
        ("DECIMAL(12,2)", "100.00", "100"),
        ("DECIMAL(12,2)", "0.00", "0"),
        ("DECIMAL(12,2)", "-0.40", "-0.4"),
        ("DECIMAL(12,2)", "9999999999.90", "9999999999.9"),
        ("DECIMAL(5,4)", "0.9990", "0.999"),
        ("DECIMAL(38,8)", "-120.00000000", "-120"),
        ("DECIMAL(18,0)", "120", "120"),
        ("TIMESTAMP", "2024-06-01 00:00:00", "2024-06-01"),
        ("TIMESTAMP", "2024-06-01 00:00:00.5", "2024-06-01 00:00:00.5"),
        ("TIMESTAMP", "2024-06-01 10:00:00", "2024-06-01 10:00:00"),
    ],
)
def test_numbers_lose_the_zeros_that_say_nothing_and_days_their_midnight(kind: str, value: str, text: str) -> None:
    asked = f"select {written('value', kind)} from (select cast('{value}' as {kind}) as value)"
    assert duckdb.connect().execute(asked).fetchall() == [(text,)]
