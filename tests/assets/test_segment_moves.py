"""segment_moves from one published night to the next, against the two nights' own tables."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.moves.segment_moves import SEGMENTATIONS, segment_moves
from assets.night import Night
from assets.rfm_cuts import rfm_cuts
from assets.segments import lifecycle_stages, rfm_segments, value_tiers
from assets.tables import LIFECYCLE_STAGES, RFM_SEGMENTS, VALUE_TIERS
from models.moves import GONE, NEW

from .publishing import publish_tables

OpenShop = Callable[..., Night]

BEFORE, TONIGHT = dt.date(2024, 5, 31), dt.date(2024, 6, 30)
MARTS = {"rfm": RFM_SEGMENTS, "stage": LIFECYCLE_STAGES, "tier": VALUE_TIERS}
MEASURES = {"lifecycle": {"t1_days": 45, "t2_days": 120}}


def ago(days: int) -> dt.date:
    return TONIGHT - dt.timedelta(days=days)


SALES = [
    *[("lena_loyal", ago(days), Decimal("25.50")) for days in (150, 120, 90, 60, 35, 5)],
    *[("lars_lapsed", ago(days), Decimal("80.00")) for days in (180, 140)],
    ("otto_once", ago(40), Decimal("15.00")),
    ("vera_voided", ago(50), Decimal("99.00")),
    *[("uma_returned", ago(days), Decimal("33.00")) for days in (365, 2)],  # the first lies a day before the window
    ("nils_new", ago(10), Decimal("70.25")),
    ("hal_half_cent", ago(60), Decimal("0.125")),
]
REFUNDS = [
    ("vera_voided", ago(3), Decimal("99.00"), 9),  # her only order: she leaves rfm and the tiers
    ("lars_lapsed", ago(4), Decimal("20.00"), None),
]
KNOWN = {"nora_never": ago(300)}


def compute(night: Night) -> None:
    night.compute(rfm_cuts, rfm_segments, lifecycle_stages, value_tiers)


def publish(night: Night, kinds: tuple[str, ...] = ("rfm", "stage", "tier")) -> None:
    publish_tables(night, [MARTS[kind] for kind in kinds])


def rows(night: Night) -> list[dict[str, Any]]:
    """The table as it is published: through its contract."""
    night.compute(segment_moves)
    return list(night.warehouse.connection.sql("select * from segment_moves").pl().iter_rows(named=True))


def segment_of(night: Night, kind: str) -> dict[str, str]:
    table, column = SEGMENTATIONS[kind]
    return dict(night.warehouse.rows(f"select customer_id, {column} from {table}"))


@pytest.fixture(scope="module")
def nights(open_shop: OpenShop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Night, Night]:
    home = tmp_path_factory.mktemp("shop")
    before, tonight = (
        open_shop(SALES, REFUNDS, as_of=as_of, known=KNOWN, measures=MEASURES, home=home) for as_of in (BEFORE, TONIGHT)
    )
    for night in (before, tonight):
        compute(night)
    publish(before)
    return before, tonight


def test_the_first_night_has_no_moves(open_shop: OpenShop, tmp_path: Path) -> None:
    night = open_shop(SALES, as_of=TONIGHT, home=tmp_path)
    compute(night)
    assert rows(night) == []


def test_moves_are_recounted_customer_by_customer(nights: tuple[Night, Night]) -> None:
    before, tonight = nights
    found = rows(tonight)
    worth: dict[str, Decimal] = defaultdict(Decimal)
    for customer, day, value in SALES:
        worth[customer] += value if (TONIGHT - day).days < 365 else 0
    for customer, _, value, _ in REFUNDS:
        worth[customer] -= value
    for kind in MARTS:
        was, is_ = segment_of(before, kind), segment_of(tonight, kind)
        pairs = {customer: (was.get(customer, NEW), is_.get(customer, GONE)) for customer in was | is_}
        moved = {(r["from_segment"], r["to_segment"]): r for r in found if r["kind"] == kind}
        assert {pair: r["customers"] for pair, r in moved.items()} == Counter(pairs.values())
        assert sum(r["customers"] for r in moved.values()) == len(was | is_)
        for pair, row in moved.items():
            exact = sum((worth[customer] for customer, own in pairs.items() if own == pair), Decimal(0))
            assert abs(row["value_moved"] - exact) <= Decimal("0.005")
    assert {(r["as_of"], r["previous_as_of"]) for r in found} == {(TONIGHT, BEFORE)}


def test_every_stage_move_of_a_month_is_counted_with_the_value_it_moves(nights: tuple[Night, Night]) -> None:
    stages = {
        (r["from_segment"], r["to_segment"]): (r["customers"], r["value_moved"])
        for r in rows(nights[1])
        if r["kind"] == "stage"
    }
    assert stages == {
        ("loyal", "loyal"): (1, Decimal("153.00")),
        ("churn_warning", "lost"): (1, Decimal("140.00")),
        ("first_purchase", "first_purchase"): (1, Decimal("15.00")),
        ("first_purchase", "potential"): (1, Decimal("0.00")),  # her order was refunded
        ("lost", "reactivated"): (1, Decimal("33.00")),  # the order of 400 days ago is outside the window
        (NEW, "first_purchase"): (1, Decimal("70.25")),
        ("first_purchase", "churn_warning"): (1, Decimal("0.13")),  # rounded once, half a cent away from zero
        ("potential", "potential"): (1, Decimal("0.00")),
    }


def test_who_leaves_the_table_is_gone_and_keeps_the_value_she_still_has(nights: tuple[Night, Night]) -> None:
    gone = [r for r in rows(nights[1]) if r["to_segment"] == GONE]
    assert {(r["kind"], r["customers"], r["value_moved"]) for r in gone} == {("rfm", 1, 0), ("tier", 1, 0)}


def test_a_later_release_is_no_predecessor_and_the_nearest_earlier_one_is(open_shop: OpenShop, tmp_path: Path) -> None:
    middle = dt.date(2024, 6, 15)
    for as_of in (BEFORE, TONIGHT, middle):
        night = open_shop(SALES, REFUNDS, as_of=as_of, known=KNOWN, measures=MEASURES, home=tmp_path)
        compute(night)
        publish(night)
    again = open_shop(SALES, REFUNDS, as_of=TONIGHT, known=KNOWN, measures=MEASURES, home=tmp_path)
    compute(again)
    assert {r["previous_as_of"] for r in rows(again)} == {middle}
    before = open_shop(SALES, REFUNDS, as_of=BEFORE, known=KNOWN, measures=MEASURES, home=tmp_path)
    compute(before)
    assert rows(before) == []


def test_a_segmentation_the_predecessor_did_not_have_has_no_moves(open_shop: OpenShop, tmp_path: Path) -> None:
    for as_of, kinds in ((BEFORE, ("rfm", "stage")), (TONIGHT, ())):
        night = open_shop(SALES, as_of=as_of, measures=MEASURES, home=tmp_path)
        compute(night)
        if kinds:
            publish(night, kinds)
    assert {r["kind"] for r in rows(night)} == {"rfm", "stage"}


def test_without_money_customers_are_counted_and_no_value_is_claimed(open_shop: OpenShop, tmp_path: Path) -> None:
    for as_of in (BEFORE, TONIGHT):
        night = open_shop(SALES, as_of=as_of, has_money=False, measures=MEASURES, home=tmp_path)
        compute(night)
        if as_of == BEFORE:
            publish(night)
    found = rows(night)
    assert found
    assert {r["value_moved"] for r in found} == {None}
