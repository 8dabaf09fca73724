"""Why customers changed place: each cause planted in a small shop, and any shop's moves against its two nights."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from assets.customer_moves import customer_moves
from assets.input_key import code_version, configuration_hash
from assets.moves import SEGMENTATIONS, segment_moves
from assets.night import Night
from assets.order_steps import order_steps
from assets.release_store import ReleaseStore
from assets.segments import lifecycle_stages, rfm_segments, value_tiers
from assets.table_files import write_version
from assets.tables import CUSTOMER_IDENTITIES, LIFECYCLE_STAGES, RFM_SEGMENTS, VALUE_TIERS

from .conftest import HEADER, ORDERS, Zone

BEFORE, TONIGHT = dt.date(2024, 5, 31), dt.date(2024, 6, 30)
MEASURES = {"lifecycle": {"t1_days": 45, "t2_days": 120}}
SHOP = {**ORDERS, "delivery": "append"}
MARTS = (order_steps, rfm_segments, lifecycle_stages, value_tiers, segment_moves, customer_moves)
Moves = dict[tuple[str, str], tuple[str, str, str]]


def ago(days: int) -> str:
    return (TONIGHT - dt.timedelta(days=days)).isoformat()


class Orders:
    """A file of orders, numbered over all files of a test."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, *sold: tuple[str, int, float]) -> str:
        """One order per customer, days before tonight and value."""
        lines = []
        for customer, days, value in sold:
            self.number += 1
            lines.append(f"o{self.number},{ago(days)},{customer},p1,1,{value}\n")
        return HEADER + "".join(lines)


def compute(night: Night) -> None:
    for one in MARTS:
        night.warehouse.replace(one.contract, one.compute(night))


def publish(night: Night, **told: Any) -> None:
    folder = night.home / "published"
    tables = (RFM_SEGMENTS, LIFECYCLE_STAGES, VALUE_TIERS, CUSTOMER_IDENTITIES)
    moment = dt.datetime.combine(night.as_of, dt.time(23), dt.UTC)
    ReleaseStore(folder).publish(
        night.as_of,
        [write_version(folder, table, night.warehouse, night.as_of) for table in tables],
        **{
            "input_key": "key", "inputs": [], "configuration_hash": configuration_hash(night.configuration),
            "code_version": code_version(), "known_at": night.known_at.replace(tzinfo=dt.UTC), "checks": {},
            "published_at": moment, **told,
        },
    )  # fmt: skip


def first_night(zone: Zone, *sources: dict[str, Any], as_of: dt.date = BEFORE, **sections: Any) -> None:
    night = zone.night(*sources or (SHOP,), as_of=as_of, **{"measures": MEASURES, **sections})
    compute(night)
    publish(night)


def moved(zone: Zone, *sources: dict[str, Any], as_of: dt.date = TONIGHT, **sections: Any) -> Moves:
    """Customer and kind to from, to and cause, after both accounting laws were held to it."""
    night = zone.night(*sources or (SHOP,), as_of=as_of, **{"measures": MEASURES, **sections})
    compute(night)
    return read(night)


def read(night: Night) -> Moves:
    rows = night.warehouse.rows(
        "select customer_id, kind, from_segment, to_segment, cause, is_retraced from customer_moves"
    )
    assert [row for row in rows if not row[-1]] == []
    counted = night.warehouse.rows(
        "select kind, from_segment, to_segment, customers from segment_moves where from_segment <> to_segment"
    )
    assert Counter(row[1:4] for row in rows) == {tuple(row[:3]): row[3] for row in counted}
    return {(row[0], row[1]): row[2:5] for row in rows}


def of(kind: str, moves: Moves) -> dict[str, tuple[str, str, str]]:
    return {customer: move for (customer, own), move in moves.items() if own == kind}


def test_the_first_night_moves_nobody(zone: Zone) -> None:
    zone.write("a.csv", Orders()(("anna", 40, 5)))
    assert moved(zone) == {}


def test_time_orders_refunds_and_late_rows_are_told_apart(zone: Zone) -> None:
    orders = Orders()
    zone.write(
        "may.csv",
        orders(
            ("tim_aged", 80, 20), ("olga_ordered", 80, 20), ("rita_refunded", 40, 20), ("lars_late", 40, 20),
            ("stan_stayed", 35, 20), ("will_warned", 100, 20),
        ),
    )  # fmt: skip
    first_night(zone)
    zone.write(
        "june.csv",
        orders(("olga_ordered", 10, 20), ("nina_new", 5, 20), ("lars_late", 33, 20), ("dora_late", 200, 20))
        + f"o3,{ago(4)},rita_refunded,p1,-1,20\n",
    )
    assert of("stage", moved(zone)) == {
        "tim_aged": ("churn_warning", "churn_warning", "time_passing"),
    }
    assert SEGMENTATIONS
