"""The recommended horizon and window are the shop's own gaps, counted by hand."""

from __future__ import annotations

import polars as pl

from models.churn.windows import recommended


def gaps(counts: dict[int, int]) -> pl.DataFrame:
    schema = {"value": pl.Int32, "count": pl.Int64}
    return pl.DataFrame({"value": list(counts), "count": list(counts.values())}, schema=schema)


def test_nine_gaps_in_ten_set_the_horizon_and_ninety_nine_in_a_hundred_the_window():
    found = recommended(gaps({10: 500, 40: 400, 60: 90, 300: 10}), horizon_days=39, window_days=60)
    horizon, window = found.rows(named=True)
    assert (horizon["gap_days"], horizon["recommended_days"], horizon["share_within"]) == (40, 42, 0.5)
    assert (window["gap_days"], window["recommended_days"], window["share_within"]) == (60, 84, 0.99)  # two horizons
    longer = recommended(gaps({10: 500, 40: 400, 60: 80, 300: 20}), horizon_days=39, window_days=60)
    assert longer["recommended_days"].to_list() == [42, 301]
    slower = recommended(gaps({20: 500, 80: 400, 120: 80, 600: 20}), horizon_days=39, window_days=60)
    assert slower["recommended_days"].to_list() == [84, 602]


def test_a_shop_with_few_gaps_gets_no_recommendation():
    few = recommended(gaps({30: 99}), horizon_days=90, window_days=365)
    assert few["recommended_days"].to_list() == [None, None]
    assert few["share_within"].to_list() == [1.0, 1.0]
    none = recommended(gaps({}), horizon_days=90, window_days=365)
    assert none.select("gaps", "share_within").rows() == [(0, None), (0, None)]
