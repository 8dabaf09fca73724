"""The customer pyramid against ranks counted one customer at a time."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.value_tiers import TierCuts, cuts_of, tier_cuts, tiers

unhurried = settings(max_examples=60)
amounts = st.lists(st.none() | st.integers(-3, 12).map(Decimal), max_size=60)


def values(amounts_: list[Decimal | None]) -> pl.DataFrame:
    ids = [f"c{i}" for i in range(len(amounts_))]
    return pl.DataFrame({"customer_id": ids, "value": pl.Series(amounts_, dtype=pl.Decimal(38, 8))})


def pyramid(amounts_: list[Decimal | None], high: float = 0.2, mid: float = 0.3) -> list[str]:
    frame = values(amounts_)
    return tiers(frame, tier_cuts(frame["value"], high=high, mid=mid))["tier"].to_list()


def ranked(value: Decimal | None, everyone: list[Decimal | None]) -> str:
    """The definition: a tie takes its best rank, so at a border it goes up."""
    if value is None or value <= 0:
        return "none"
    positive = [other for other in everyone if other is not None and other > 0]
    rank = 1 + sum(other > value for other in positive)
    if rank <= math.ceil(Fraction(2, 10) * len(positive)):
        return "high"
    return "mid" if rank <= math.ceil(Fraction(5, 10) * len(positive)) else "low"


@unhurried
@given(amounts)
def test_tiers_are_the_ranks_of_the_definition(amounts_: list[Decimal | None]) -> None:
    assert pyramid(amounts_) == [ranked(value, amounts_) for value in amounts_]


@unhurried
@given(amounts, st.integers(2, 1000))
def test_another_currency_unit_changes_no_tier(amounts_: list[Decimal | None], factor: int) -> None:
    assert pyramid([None if a is None else a * factor for a in amounts_]) == pyramid(amounts_)


@unhurried
@given(amounts, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(amounts_: list[Decimal | None], random: Any) -> None:
    frame = values(amounts_)
    order = list(range(len(amounts_)))
    random.shuffle(order)
    shuffled = frame[order]
    tiers_of = {}
    for one in (frame, shuffled):
        result = tiers(one, tier_cuts(one["value"], high=0.2, mid=0.3))
        tiers_of[len(tiers_of)] = dict(zip(result["customer_id"], result["tier"], strict=True))
    assert tiers_of[0] == tiers_of[1]


def test_ten_customers_by_hand() -> None:
    amounts_: list[Decimal | None] = [Decimal(v) for v in (100, 90, 80, 70, 60, 50, 40, 30, 20, 10)]
    assert pyramid(amounts_) == ["high"] * 2 + ["mid"] * 3 + ["low"] * 5


def test_a_tie_at_the_border_goes_up() -> None:
    amounts_: list[Decimal | None] = [Decimal(v) for v in (100, 90, 90, 90, 60, 50, 50, 30, 20, 10)]
    assert pyramid(amounts_) == ["high"] * 4 + ["mid"] + ["low"] * 5


@pytest.mark.parametrize("n", [1, 2, 50])
def test_where_all_are_alike_all_are_high(n: int) -> None:
    assert pyramid([Decimal("9.99")] * n) == ["high"] * n


def test_zero_negative_and_unknown_values_have_no_tier_and_do_not_count_among_the_n() -> None:
    assert pyramid([Decimal(5), Decimal(0), Decimal(-1), None, Decimal(4)]) == ["high", "none", "none", "none", "low"]


@unhurried
@given(amounts, st.sampled_from([(0.2, 0.3), (0.0, 0.5), (0.4, 0.0), (0.0, 0.0)]))
def test_the_borders_can_be_read_from_the_tiers(rows: list[Decimal | None], shares: tuple[float, float]) -> None:
    frame = values(rows)
    placed = tiers(frame, tier_cuts(frame["value"], high=shares[0], mid=shares[1]))
    assert tiers(frame, cuts_of(placed.lazy())).equals(placed)


def test_nobody_with_value_means_no_borders() -> None:
    assert tier_cuts(values([Decimal(0), None])["value"], high=0.2, mid=0.3) == TierCuts(None, None)
    assert pyramid([Decimal(0), None]) == ["none", "none"]
    assert pyramid([]) == []


def test_a_share_means_what_is_written_not_its_binary_neighbour() -> None:
    # 0.07 x 100 is 7.000000000000001 in floating point; the eighth customer would be called high.
    hundred: list[Decimal | None] = [Decimal(v) for v in range(100, 0, -1)]
    assert pyramid(hundred, high=0.07, mid=0.0).count("high") == 7


def test_shares_beyond_everyone_are_refused() -> None:
    with pytest.raises(ValueError, match=r"high = 0\.8 and mid = 0\.3"):
        tier_cuts(values([Decimal(1)])["value"], high=0.8, mid=0.3)


def test_a_tier_without_a_share_is_empty() -> None:
    assert pyramid([Decimal(v) for v in (4, 3, 2, 1)], high=0.0, mid=0.5) == ["mid", "mid", "low", "low"]
