"""Where places change, on the predecessor's night and tonight: the cuts that a walk between the two holds.

The cuts of a night are read from its tables, in which they stand (docs/segments.md). Those of the predecessor under
another configuration are taken anew, from everybody as known then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from assets.moves import SEGMENTATIONS
from assets.night import Night
from assets.release_manifest import Release
from assets.release_store import ReleaseStore
from assets.segments import cuts_from, lifecycle_cuts
from assets.warehouse import Query
from models import rfm
from models import value_tiers as pyramid
from models.lifecycle import LifecycleCuts
from models.rfm import RfmCuts
from models.value_tiers import TierCuts

_RFM = ("recency_days", "frequency", "monetary", "r", "f", "m")
_STAGE = ("t1_days", "t2_days")
_TIER = ("value", "tier")


@dataclass(frozen=True)
class Cuts:
    """The cuts of the three kinds, money to the cent."""

    rfm: RfmCuts
    stage: LifecycleCuts
    tier: TierCuts


def cuts_of_predecessor(night: Night, store: ReleaseStore, predecessor: Release) -> Cuts:
    """The cuts the predecessor published, under the same configuration as tonight's.

    Of a kind it does not hold they are tonight's: nothing is judged by them.
    """
    tonight = _tables_of(night)
    published = {
        name: store.read_table(predecessor, name) if name in predecessor.tables else frame
        for name, frame in tonight.items()
    }
    return _cuts_of(night, published)


def cuts_of_tonight(night: Night) -> Cuts:
    """The cuts in tonight's tables."""
    return _cuts_of(night, _tables_of(night))


def stage_cuts_anew(night: Night) -> LifecycleCuts:
    """T1 and T2 under tonight's configuration, from the gaps known to the predecessor (``moves_order_days``)."""
    return cuts_from(night, night.frame("moves_gaps.sql"))


def cuts_anew(standings: pl.DataFrame, stage: LifecycleCuts, values: pl.DataFrame | None, night: Night) -> Cuts:
    """All cuts under tonight's configuration, from everybody as known to the predecessor.

    Args:
        standings: ``customer_id``, ``orders``, ``recency_days``, ``frequency`` and ``monetary`` of everybody then, on
            the predecessor's date.
        stage: as of :func:`stage_cuts_anew`.
        values: ``customer_id`` and ``value_before``, where tiers are by predicted value.
        night: for the shares of the tiers.
    """
    ordering = standings.filter(pl.col("orders") > 0)
    worth = ordering["monetary"]
    if values is not None:
        worth = ordering.join(values, on="customer_id", how="left")["value_before"]
    tiers = night.configuration.measures.tiers
    return Cuts(rfm.quintile_cuts(ordering), stage, pyramid.tier_cuts(worth, high=tiers.high, mid=tiers.mid))


def _tables_of(night: Night) -> dict[str, pl.LazyFrame]:
    columns = {"rfm": _RFM, "stage": _STAGE, "tier": _TIER}
    return {
        name: night.warehouse.frame(Query(f"select {', '.join(columns[kind])} from {name}", {})).lazy()
        for kind, (name, _) in SEGMENTATIONS.items()
    }


def _cuts_of(night: Night, tables: Mapping[str, pl.LazyFrame]) -> Cuts:
    rfm_table, stage_table, tier_table = (tables[name] for name, _ in SEGMENTATIONS.values())
    return Cuts(rfm.cuts_of(rfm_table), _stage_cuts_of(night, stage_table), pyramid.cuts_of(tier_table))


def _stage_cuts_of(night: Night, stages: pl.LazyFrame) -> LifecycleCuts:
    """T1 and T2 as they stand in the table; tonight's where it has no row."""
    rows = stages.select(_STAGE).head(1).collect().rows()
    if not rows:
        return lifecycle_cuts(night)
    [(t1_days, t2_days)] = rows
    told = night.configuration.measures.lifecycle
    return LifecycleCuts(t1_days, t2_days, told.loyal_orders, told.reactivated_days)
