"""The dates that judge and teach the models of value: none knows its future, and each has its own outcome."""

from __future__ import annotations

import datetime as dt

import pytest

from models.value.origins import LEAST_SHARE, judged_over, origins

AS_OF = dt.date(2024, 3, 31)


def days_ago(days: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days)


def test_a_long_past_is_looked_at_whole_horizons_back() -> None:
    found = origins(AS_OF, days_ago(1_000), 90)
    assert found["origin"].to_list() == [days_ago(step * 90) for step in range(4)]
    assert found["taught_at"].to_list() == [days_ago(90), days_ago(180), days_ago(270), None]
    assert found["is_judged"].to_list() == [False, True, True, False]
    assert set(found["horizon_days"]) == {90}


@pytest.mark.parametrize("horizon", [7, 61, 90, 122, 273, 365])
def test_however_long_the_past_every_outcome_is_over_and_no_date_has_two(horizon: int) -> None:
    for past in range(5 * horizon):
        found = origins(AS_OF, days_ago(past), horizon)
        assert found["origin"].n_unique() == found.height
        assert found.row(0, named=True)["horizon_days"] == horizon
        by_origin = {row["origin"]: row for row in found.to_dicts()}
        for row in found.to_dicts():
            assert row["label_until"] == row["origin"] + dt.timedelta(days=row["horizon_days"])
            assert row["origin"] == AS_OF or row["label_until"] <= AS_OF
            assert 2 * (row["origin"] - days_ago(past)).days >= row["horizon_days"] or row["origin"] == AS_OF
            if row["taught_at"] is not None:
                teacher = by_origin[row["taught_at"]]
                assert teacher["label_until"] == row["origin"]
                assert teacher["horizon_days"] == row["horizon_days"]
        over = judged_over(past, horizon)
        judged = [row["horizon_days"] for row in found.to_dicts() if row["is_judged"]]
        assert judged == ([over] * 2 if over else [])
        assert not over or LEAST_SHARE * horizon - 1 <= over <= horizon


def test_a_shop_without_orders_has_tonight_alone() -> None:
    assert origins(AS_OF, None, 90).height == 1
    assert origins(AS_OF, AS_OF, 90).height == 1
