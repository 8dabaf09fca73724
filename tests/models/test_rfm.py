"""RFM scores and segments against the definition worked out in plain Python."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rfm import GRID, SEGMENTS, RfmCuts, quintile_cuts, segments

unhurried = settings(max_examples=60)
MONEY = pl.Decimal(38, 8)

customers = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.integers(0, 12),
        st.decimals(min_value=-500, max_value=2000, places=2) | st.sampled_from([Decimal(0), Decimal("19.99")]),
    ),
    min_size=1,
    max_size=60,
)


def measures(rows: list[tuple[int, int, Decimal | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(len(rows))],
            "recency_days": [row[0] for row in rows],
            "frequency": [row[1] for row in rows],
            "monetary": pl.Series([row[2] for row in rows], dtype=MONEY),
        }
    )


def quintile(value: Any, everyone: list[Any]) -> int:
    """The definition, customer by customer: cuts are values that occur, and a score counts the cuts below."""
    cuts = [
        min(v for v in everyone if Fraction(sum(other <= v for other in everyone), len(everyone)) >= Fraction(k, 5))
        for k in (1, 2, 3, 4)
    ]
    return 1 + sum(cut < value for cut in cuts)


def scored(frame: pl.DataFrame) -> pl.DataFrame:
    return segments(frame, quintile_cuts(frame))


@unhurried
@given(customers)
def test_scores_are_the_quintiles_of_the_definition(rows: list[tuple[int, int, Decimal]]) -> None:
    result = scored(measures(rows))
    for (recency, frequency, monetary), row in zip(rows, result.iter_rows(named=True), strict=True):
        r = 6 - quintile(recency, [other[0] for other in rows])
        f = quintile(frequency, [other[1] for other in rows])
        m = quintile(monetary, [other[2] for other in rows])
        assert (row["r"], row["f"], row["m"]) == (r, f, m)
        assert row["segment"] == GRID[r][(f + m + 1) // 2 - 1]


@unhurried
@given(customers)
def test_the_cuts_can_be_read_back_from_the_scores(rows: list[tuple[int, int, Decimal]]) -> None:
    frame = measures(rows)
    cuts = quintile_cuts(frame)
    result = segments(frame, cuts)
    for k in (1, 2, 3, 4):
        assert cuts.monetary[k - 1] == result.filter(pl.col("m") <= k)["monetary"].max()
        assert cuts.frequency[k - 1] == result.filter(pl.col("f") <= k)["frequency"].max()
        assert cuts.recency_days[k - 1] == result.filter(pl.col("r") >= 6 - k)["recency_days"].max()


def test_ten_customers_by_hand() -> None:
    # Five steps of two customers each: the cuts are the 2nd, 4th, 6th and 8th value.
    rows = [(10 * i, 11 - i, Decimal(100 * (11 - i))) for i in range(1, 11)]
    cuts = quintile_cuts(measures(rows))
    assert cuts == RfmCuts((20, 40, 60, 80), (2, 4, 6, 8), tuple(Decimal(v) for v in (200, 400, 600, 800)))
    result = segments(measures(rows), cuts)
    assert result["r"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert result["f"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert result["segment"].to_list() == [
        "champions", "champions", "loyal", "loyal", "need_attention", "need_attention",
        "hibernating", "hibernating", "lost", "lost",
    ]  # fmt: skip


def test_the_latest_buyer_has_the_best_recency_and_the_longest_gone_the_worst() -> None:
    result = scored(measures([(days, 1, Decimal(1)) for days in (1, 30, 90, 200, 360)]))
    assert result["r"].to_list() == [5, 4, 3, 2, 1]


@unhurried
@given(customers, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows: list[tuple[int, int, Decimal]], random: Any) -> None:
    frame = measures(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    assert scored(frame[order]).sort("customer_id").equals(scored(frame).sort("customer_id"))


@unhurried
@given(customers, st.integers(2, 1000))
def test_another_currency_unit_changes_no_segment(rows: list[tuple[int, int, Decimal]], factor: int) -> None:
    scaled = [(recency, frequency, monetary * factor) for recency, frequency, monetary in rows]
    assert scored(measures(scaled))["segment"].equals(scored(measures(rows))["segment"])


@unhurried
@given(customers)
def test_equal_customers_are_scored_alike_and_everyone_has_one_segment(rows: list[tuple[int, int, Decimal]]) -> None:
    result = scored(measures(rows + rows[:1]))
    assert result.height == len(rows) + 1
    assert result["segment"].is_in(SEGMENTS).all()
    first, last = result.row(0, named=True), result.row(-1, named=True)
    assert [first[c] for c in ("r", "f", "m", "segment")] == [last[c] for c in ("r", "f", "m", "segment")]


@pytest.mark.parametrize("n", [1, 2, 7])
def test_where_all_are_alike_nobody_lies_above_a_cut(n: int) -> None:
    result = scored(measures([(30, 2, Decimal("12.50"))] * n))
    assert result.select("r", "f", "m", "segment").unique().rows() == [(5, 1, 1, "new_customers")]


def test_no_customers_no_segments() -> None:
    empty = measures([])
    assert quintile_cuts(empty) == RfmCuts((), (), ())
    assert scored(empty).is_empty()


def test_without_money_the_segment_comes_from_r_and_f() -> None:
    rows: list[tuple[int, int, Decimal | None]] = [(10 * i, 11 - i, None) for i in range(1, 11)]
    result = scored(measures(rows))
    assert result["m"].null_count() == 10
    assert result["segment"].to_list() == [GRID[row["r"]][row["f"] - 1] for row in result.iter_rows(named=True)]


def test_one_customer_of_unknown_value_moves_nobody_elses_cuts() -> None:
    known = [(10 * i, i, Decimal(i)) for i in range(1, 11)]
    with_unknown = [*known, (10, 1, None)]
    assert quintile_cuts(measures(with_unknown)).monetary == quintile_cuts(measures(known)).monetary
    assert scored(measures(with_unknown))["m"].to_list()[-1] is None


@pytest.mark.parametrize(("f", "m", "fm"), [(1, 1, 1), (1, 2, 2), (2, 5, 4), (5, 5, 5), (4, 1, 3)])
def test_fm_is_rounded_half_up(f: int, m: int, fm: int) -> None:
    cuts = RfmCuts((10, 20, 30, 40), (1, 2, 3, 4), tuple(Decimal(v) for v in (1, 2, 3, 4)))
    result = segments(measures([(5, f, Decimal(m))]), cuts)
    assert (result["f"].item(), result["m"].item()) == (f, m)
    assert result["segment"].item() == GRID[5][fm - 1]


def test_frozen_cuts_score_another_population() -> None:
    cuts = quintile_cuts(measures([(10 * i, i, Decimal(i)) for i in range(1, 11)]))
    assert segments(measures([(0, 99, Decimal(99)), (999, 0, Decimal(-5))]), cuts)["segment"].to_list() == [
        "champions", "lost",
    ]  # fmt: skip


def test_a_tenth_of_a_millionth_is_still_a_difference() -> None:
    # Exact decimals, not doubles: these five values differ in the eighth place only.
    rows = [(1, 1, Decimal("1000000000.00000001") + Decimal(i) / 10**8) for i in range(5)]
    assert scored(measures(rows))["m"].to_list() == [1, 2, 3, 4, 5]


def test_the_grid_names_every_cell_and_uses_every_segment() -> None:
    assert sorted(GRID) == [1, 2, 3, 4, 5]
    assert {segment for row in GRID.values() for segment in row} == set(SEGMENTS)
    assert [GRID[5][0], GRID[4][0], GRID[3][0], GRID[2][4], GRID[1][3]] == [
        "new_customers", "promising", "about_to_sleep", "cant_lose_them", "cant_lose_them",
    ]  # fmt: skip
