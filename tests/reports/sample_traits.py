"""A thousand customers' traits and ages as the page has them: the overlap of a few combinations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from models.customer_traits import TRAITS
from models.segment_overlap import KINDS, overlaps

_SCHEMA = {
    **{f"is_{trait}": pl.Boolean for trait in TRAITS}, **dict.fromkeys(KINDS.values(), pl.String),
    "customers": pl.Int64, "net_value": pl.Decimal(38, 2),
}  # fmt: skip
_UNKNOWN: dict[str, Any] = dict.fromkeys(_SCHEMA) | {"age_band": "unknown"}

# traits, age band, stage, tier, risk band, customers, net value
_CELLS = (
    (("steady",), "31_50", "loyal", "high", "low", 80, 40_000),
    (("steady", "high_frequency"), "31_50", "loyal", "high", "low", 20, 20_000),
    (("price_sensitive",), "18_30", "repeat", "low", "medium", 100, 5_000),
    (("potential_high_value",), "unknown", "first_purchase", "mid", "medium", 4, 1_000),
    ((), "18_30", "lost", "low", None, 396, 14_000),
    ((), "31_50", "repeat", "mid", "medium", 100, 20_000),
    ((), "unknown", "potential", None, None, 300, None),
)


def overlap_of(*, has_money: bool = True, traits: tuple[str, ...] = TRAITS, has_ages: bool = True) -> pl.DataFrame:
    """The published table; of traits that are not named nobody knows anything."""
    cells = [
        _UNKNOWN
        | {f"is_{trait}": trait in own if trait in traits else None for trait in TRAITS}
        | {"stage": stage, "tier": tier, "risk_band": band, "customers": customers}
        | {"age_band": age if has_ages else "unknown"}
        | {"net_value": Decimal(value) if has_money and value is not None else None}
        for own, age, stage, tier, band, customers, value in _CELLS
    ]
    return overlaps(pl.DataFrame(cells, schema=_SCHEMA, orient="row"))
