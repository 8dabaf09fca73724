"""Moves between two snapshots: every customer of either side makes exactly one."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from models.moves import GONE, NEW, moves

unhurried = settings(max_examples=60)
snapshots = st.dictionaries(st.sampled_from("abcdefghijkl"), st.sampled_from(["low", "mid", "high"]))
wallets = st.dictionaries(st.sampled_from("abcdefghijkl"), st.decimals(-99, 99, places=4))


def snapshot(segment_of: dict[str, str]) -> pl.DataFrame:
    schema = {"customer_id": pl.String, "segment": pl.String}
    return pl.DataFrame({"customer_id": list(segment_of), "segment": list(segment_of.values())}, schema=schema)


def holdings(value_of: dict[str, Decimal]) -> pl.DataFrame:
    ids, values = list(value_of), list(value_of.values())
    schema = {"customer_id": pl.String, "net_value": pl.Decimal(38, 8)}
    return pl.DataFrame({"customer_id": ids, "net_value": values}, schema=schema)


@unhurried
@given(snapshots, snapshots, wallets)
def test_moves_are_the_pairs_of_the_union_with_their_value(
    before: dict[str, str], after: dict[str, str], value_of: dict[str, Decimal]
) -> None:
    result = moves(snapshot(before), snapshot(after), holdings(value_of))
    pairs = {customer: (before.get(customer, NEW), after.get(customer, GONE)) for customer in before | after}
    held: Counter[tuple[str, str]] = Counter()
    for customer, pair in pairs.items():
        held[pair] += value_of.get(customer, Decimal(0))  # type: ignore[assignment]
    found = {(row[0], row[1]): (row[2], row[3]) for row in result.iter_rows()}
    assert found == {pair: (n, held[pair]) for pair, n in Counter(pairs.values()).items()}
    assert result["customers"].sum() == len(before | after)


@unhurried
@given(snapshots, snapshots)
def test_swapping_the_nights_swaps_the_direction(before: dict[str, str], after: dict[str, str]) -> None:
    nothing = holdings({})
    forth = {
        (row[0].replace(NEW, GONE), row[1].replace(GONE, NEW), row[2])
        for row in moves(snapshot(before), snapshot(after), nothing).iter_rows()
    }
    back = {(row[1], row[0], row[2]) for row in moves(snapshot(after), snapshot(before), nothing).iter_rows()}
    assert forth == back


def test_a_stayer_a_climber_a_newcomer_and_one_who_left() -> None:
    result = moves(
        snapshot({"ann": "low", "bob": "low", "cid": "high"}),
        snapshot({"ann": "low", "bob": "high", "dot": "mid"}),
        holdings({"ann": Decimal(5), "bob": Decimal(900), "cid": Decimal(-20), "dot": Decimal("0.0001")}),
    )
    assert result.rows() == [
        (NEW, "mid", 1, Decimal("0.0001")),
        ("high", GONE, 1, Decimal(-20)),
        ("low", "high", 1, Decimal(900)),
        ("low", "low", 1, Decimal(5)),
    ]


def test_where_money_is_unknown_no_value_moved_is_claimed() -> None:
    result = moves(snapshot({"ann": "low"}), snapshot({"ann": "mid"}), holdings({}), money_is_known=False)
    assert result.rows() == [("low", "mid", 1, None)]


def test_two_empty_nights_have_no_moves() -> None:
    assert moves(snapshot({}), snapshot({}), holdings({})).is_empty()
