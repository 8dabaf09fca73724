"""Where places change, on the predecessor's night and tonight: the cuts that a walk between the two holds.

The cuts of a night are read from its tables, in which they stand (docs/segments.md). Those of the predecessor under
another configuration are taken anew, from everybody as known then, unless they are given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from assets.night import Night
from assets.releases.manifest import Release
from assets.rfm_cuts import chosen_cuts, cuts_in, quintiles_then
from assets.segments import cuts_from, lifecycle_cuts
from assets.tables import LIFECYCLE_STAGES, RFM_CUTS, VALUE_TIERS
from models import value_tiers as pyramid
from models.lifecycle import LifecycleCuts
from models.money import to_the_cent
from models.rfm import RfmCuts
from models.value_tiers import TierCuts

_STANDS_IN = {
    RFM_CUTS.name: ("measure", "cut", "value"),
    LIFECYCLE_STAGES.name: ("t1_days", "t2_days"),
    VALUE_TIERS.name: ("value", "tier"),
}


@dataclass(frozen=True)
class Cuts:
    """The cuts of the three kinds; the borders of tiers are known to the cent."""

    rfm: RfmCuts
    stage: LifecycleCuts
    tier: TierCuts


def cuts_of_predecessor(night: Night, predecessor: Release) -> Cuts:
    """The cuts the predecessor published, under the same configuration as tonight's.

    Of a kind it does not hold they are tonight's: nothing is judged by them.
    """
    tonight = _tables_of(night)
    published = {
        name: night.store.read_table(predecessor, name) if name in predecessor.tables else frame
        for name, frame in tonight.items()
    }
    return _cuts_of(night, published)


def cuts_of_tonight(night: Night) -> Cuts:
    """The cuts in tonight's tables."""
    return _cuts_of(night, _tables_of(night))


def stage_cuts_anew(night: Night) -> LifecycleCuts:
    """T1 and T2 under tonight's configuration, from the gaps known to the predecessor (``moves_order_days``)."""
    return cuts_from(night, night.frame("moves_gaps.sql"))


def cuts_anew(
    night: Night, then: dt.date, standings: pl.DataFrame, stage: LifecycleCuts, values: pl.DataFrame | None
) -> Cuts:
    """All cuts under tonight's configuration, from everybody as known to the predecessor (``moves_flows``).

    Args:
        night: for what is configured.
        then: the predecessor's date.
        standings: ``customer_id``, ``orders``, ``recency_days``, ``frequency`` and ``monetary`` of everybody on it.
        stage: as of :func:`stage_cuts_anew`.
        values: ``customer_id`` and ``value_before``, where tiers are by predicted value.
    """
    ordering = standings.filter(pl.col("orders") > 0)
    worth = ordering.select(to_the_cent(pl.col("monetary"))).to_series()
    if values is not None:
        worth = ordering.join(values, on="customer_id", how="left")["value_before"]
    tiers = night.configuration.measures.tiers
    scored_by = chosen_cuts(night, then, ordering, partial(quintiles_then, night, "moves_flows where facts = 'before'"))
    return Cuts(
        RfmCuts(**{name: cuts.values for name, cuts in scored_by.items()}),
        stage,
        pyramid.tier_cuts(worth, high=tiers.high, mid=tiers.mid),
    )


def _tables_of(night: Night) -> dict[str, pl.LazyFrame]:
    return {
        name: night.warehouse.frame(f"select {', '.join(columns)} from {name}").lazy()
        for name, columns in _STANDS_IN.items()
    }


def _cuts_of(night: Night, tables: Mapping[str, pl.LazyFrame]) -> Cuts:
    rfm, stages, tiers = (tables[name] for name in _STANDS_IN)
    return Cuts(cuts_in(rfm.collect()), _stage_cuts_of(night, stages), pyramid.cuts_of(tiers))


def _stage_cuts_of(night: Night, stages: pl.LazyFrame) -> LifecycleCuts:
    """T1 and T2 as they stand in the table; tonight's where it has no row."""
    rows = stages.select(_STANDS_IN[LIFECYCLE_STAGES.name]).head(1).collect().rows()
    if not rows:
        return lifecycle_cuts(night)
    [(t1_days, t2_days)] = rows
    told = night.configuration.measures.lifecycle
    return LifecycleCuts(t1_days, t2_days, told.loyal_orders, told.reactivated_days)
