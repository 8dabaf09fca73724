"""Lifecycle cuts and stages by hand; the day-by-day replay of whole histories stands with the table's tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.discrete_quantiles import histogram
from models.lifecycle import STAGES, LifecycleCuts, cuts_from_gaps, reachable, stages

AS_OF = dt.date(2024, 6, 30)
CUTS = LifecycleCuts(t1_days=60, t2_days=180)
HISTORY_DATES = (
    "known_since", "first_order_on", "last_order_on", "active_since", "repeat_since", "loyal_since", "returned_on",
    "returning_since",
)  # fmt: skip

unhurried = settings(max_examples=60)


def cuts_of(gaps: list[int], **settings_: Any) -> LifecycleCuts:
    defaults: dict[str, Any] = {
        "t1_days": None, "t2_days": None, "t1_without_gaps": 90, "t2_without_gaps": 365, "loyal_orders": 4,
        "reactivated_days": 90,
    }  # fmt: skip
    return cuts_from_gaps(histogram(pl.Series(gaps, dtype=pl.Int64)), **(defaults | settings_))


def days_ago(days: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days)


def history(orders: int, **dates: dt.date) -> pl.DataFrame:
    """One customer; an active one bought first, last and ever since on the days given."""
    known = dict.fromkeys(HISTORY_DATES) | {"known_since": days_ago(1000)} | dates
    schema = {"customer_id": pl.String, "orders": pl.Int64} | dict.fromkeys(HISTORY_DATES, pl.Date)
    return pl.DataFrame([{"customer_id": "ann", "orders": orders, **known}], schema=schema)


def staged(frame: pl.DataFrame, cuts: LifecycleCuts = CUTS, **risk: Any) -> tuple[str, int | None, dt.date]:
    row = stages(frame, cuts, AS_OF, **risk).row(0, named=True)
    return row["stage"], row["gap_days"], row["stage_since"]


@unhurried
@given(st.lists(st.integers(1, 400), min_size=1, max_size=80))
def test_t1_and_t2_are_gaps_that_occur_and_reach_their_share(gaps: list[int]) -> None:
    cuts = cuts_of(gaps)
    for percent, cut in ((80, cuts.t1_days), (95, cuts.t2_days)):
        assert cut in gaps
        assert 100 * sum(gap <= cut for gap in gaps) >= percent * len(gaps)
        assert 100 * sum(gap < cut for gap in gaps) < percent * len(gaps)


def test_twenty_gaps_by_hand() -> None:
    cuts = cuts_of(list(range(10, 210, 10)))
    assert (cuts.t1_days, cuts.t2_days) == (160, 190)  # the 16th and the 19th


def test_what_is_set_holds_and_the_derived_cut_gives_way() -> None:
    gaps = list(range(10, 210, 10))
    assert (cuts_of(gaps, t1_days=45).t1_days, cuts_of(gaps, t1_days=45).t2_days) == (45, 190)
    assert (cuts_of(gaps, t1_days=300).t1_days, cuts_of(gaps, t1_days=300).t2_days) == (300, 300)
    assert (cuts_of(gaps, t2_days=20).t1_days, cuts_of(gaps, t2_days=20).t2_days) == (20, 20)
    assert (cuts_of(gaps, t1_days=1, t2_days=2).t1_days, cuts_of(gaps, t1_days=1, t2_days=2).t2_days) == (1, 2)


def test_a_shop_nobody_came_back_to_has_the_cuts_it_is_given() -> None:
    assert cuts_of([]) == LifecycleCuts(90, 365)
    assert cuts_of([], t1_without_gaps=90, t2_without_gaps=30) == LifecycleCuts(90, 90)
    assert cuts_of([], t2_days=50) == LifecycleCuts(50, 50)


def test_a_single_gap_is_both_cuts() -> None:
    assert cuts_of([33]) == LifecycleCuts(33, 33)


@pytest.mark.parametrize(
    "wrong",
    [{"t1_days": 10, "t2_days": 9}, {"t1_days": -1, "t2_days": 9}, {"t1_days": 1, "t2_days": 9, "loyal_orders": 1}],
)
def test_impossible_cuts_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"lifecycle cuts: .* expected"):
        LifecycleCuts(**wrong)


@pytest.mark.parametrize(
    ("gap", "stage", "since_days_ago"),
    [
        (0, "first_purchase", 0),
        (60, "first_purchase", 60),
        (61, "churn_warning", 0),
        (180, "churn_warning", 119),
        (181, "lost", 0),
        (200, "lost", 19),
    ],
)
def test_a_one_time_buyer_is_warned_of_after_t1_and_lost_after_t2(gap: int, stage: str, since_days_ago: int) -> None:
    once = days_ago(gap)
    frame = history(1, first_order_on=once, last_order_on=once, active_since=once)
    assert staged(frame) == (stage, gap, days_ago(since_days_ago))


def test_a_customer_without_an_order_is_potential_since_known() -> None:
    assert staged(history(0)) == ("potential", None, days_ago(1000))


@pytest.mark.parametrize(("orders", "stage"), [(2, "repeat"), (3, "repeat"), (4, "loyal"), (9, "loyal")])
def test_active_customers_are_named_by_their_orders(orders: int, stage: str) -> None:
    frame = history(
        orders,
        first_order_on=days_ago(300),
        last_order_on=days_ago(5),
        active_since=days_ago(300),
        repeat_since=days_ago(250),
        loyal_since=days_ago(20) if orders >= 4 else None,
    )
    assert staged(frame) == (stage, 5, days_ago(20 if orders >= 4 else 250))


@pytest.mark.parametrize(
    ("returned", "stage", "since"), [(89, "reactivated", 89), (90, "loyal", 0), (120, "loyal", 30)]
)
def test_a_returned_customer_is_reactivated_for_ninety_days(returned: int, stage: str, since: int) -> None:
    frame = history(
        7,
        first_order_on=days_ago(900),
        last_order_on=days_ago(10),
        active_since=days_ago(returned),
        repeat_since=days_ago(880),
        loyal_since=days_ago(700),
        returned_on=days_ago(returned),
        returning_since=days_ago(returned),
    )
    assert staged(frame) == (stage, 10, days_ago(since))


def test_a_risk_above_the_limit_warns_before_the_gap_does() -> None:
    day = days_ago(10)
    frame = history(1, first_order_on=day, last_order_on=day, active_since=day)
    risks = pl.DataFrame({"customer_id": ["ann", "bob"], "churn_risk": [0.8, 0.1]})
    assert staged(frame, churn_risk=risks, warning_risk=0.8) == ("churn_warning", 10, AS_OF)
    assert staged(frame, churn_risk=risks, warning_risk=0.81) == ("first_purchase", 10, day)
    assert staged(frame, churn_risk=risks.head(0), warning_risk=0.8) == ("first_purchase", 10, day)


def test_a_risk_neither_moves_the_date_of_an_older_warning_nor_revives_the_lost() -> None:
    risks = pl.DataFrame({"customer_id": ["ann"], "churn_risk": [0.99]})
    for gap, expected in ((70, ("churn_warning", 70, days_ago(9))), (181, ("lost", 181, days_ago(0)))):
        day = days_ago(gap)
        frame = history(1, first_order_on=day, last_order_on=day, active_since=day)
        assert staged(frame, churn_risk=risks, warning_risk=0.5) == expected
    assert staged(history(0), churn_risk=risks, warning_risk=0.5)[0] == "potential"


def test_a_limit_without_risks_is_refused() -> None:
    with pytest.raises(ValueError, match="warning_risk need the churn risks"):
        stages(history(0), CUTS, AS_OF, warning_risk=0.5)


def test_one_night_leads_one_step_on_and_many_nights_anywhere_but_back_to_the_beginning() -> None:
    tomorrow, some_day = reachable(True), reachable(False)
    assert set(tomorrow) == set(some_day) == set(STAGES)
    assert tomorrow["lost"] == ("reactivated",)
    assert "lost" not in tomorrow["loyal"]
    assert set(some_day["loyal"]) == set(STAGES) - {"potential", "first_purchase"}
    assert "first_purchase" in some_day["potential"]
    assert all("potential" not in following for following in some_day.values())


def test_the_stages_are_the_seven_of_the_definition() -> None:
    assert set(STAGES) == {
        "potential", "first_purchase", "repeat", "loyal", "churn_warning", "lost", "reactivated",
    }  # fmt: skip
