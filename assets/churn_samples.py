"""Who is looked at from each origin: everybody tonight, and of the past those who teach or are judged, drawn by lot.

    orders, churn_origins -> churn_activity -> churn_samples -> churn_features (assets.churn)

Models learn from some thousand customers of an origin, and are judged by some thousand. What was known of the others
then is never asked for, so only these are drawn before anything is computed of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assets.night import Night, table
from assets.statements import Query
from assets.tables import CHURN_ACTIVITY, CHURN_ORIGINS, CHURN_SAMPLES, ORDERS
from models.churn import learning

EVERYBODY = 0  # in place of the size of a sample


@table(CHURN_ACTIVITY, reads=(ORDERS, CHURN_ORIGINS))
def churn_activity(night: Night) -> Query:
    """At which origins a customer was active, and after which one came back; one row per customer ever active."""
    bits = _bits(night)
    night.warehouse.keep("churn_origin_bits", pl.DataFrame({"origin": list(bits), "bit": list(bits.values())}))
    return night.query("churn_activity.sql")


@table(CHURN_SAMPLES, reads=(CHURN_ORIGINS, CHURN_ACTIVITY), kinds=("duckdb", "polars"))
def churn_samples(night: Night) -> Query:
    """Everybody tonight, and the samples that teach and are judged; one row per origin, size and customer."""
    mature = [origin for origin, (customers, _) in losses(night).items() if customers]
    sizes = learning.sample_sizes(mature, night.as_of, night.configuration.measures.horizon_days)
    sizes[night.as_of].add(EVERYBODY)
    return drawn(night, sizes)


def drawn(night: Night, sizes: Mapping[dt.date, Iterable[int]]) -> Query:
    """The rows of the samples: so many of the customers active at each origin, all where there are no more of them.

    Each is drawn by a generator that knows only the origin.
    """
    bits = _bits(night)
    sets = night.warehouse.frame("select active_at from churn_activity order by place")
    active_at = sets["active_at"].to_numpy()
    samples = [
        pl.DataFrame({"place": _lot(np.flatnonzero(active_at & bits[origin]) + 1, size, origin)}).with_columns(
            origin=pl.lit(origin), sample=pl.lit(size)
        )
        for origin, asked in sizes.items()
        for size in sorted(asked)
    ]
    night.warehouse.keep("drawn_places", pl.concat(samples))
    return Query(
        """select drawn_places.origin, drawn_places.sample, churn_activity.customer_id, drawn_places.place
        from drawn_places inner join churn_activity on churn_activity.place = drawn_places.place""",
    )


def losses(night: Night) -> dict[dt.date, tuple[int, int]]:
    """Per past origin, newest first: customers active at it, and how many of them placed no order in the horizon."""
    sets = night.warehouse.frame(
        "select active_at, bought_after, count(*) as customers from churn_activity group by all"
    )
    active, lost = pl.col("active_at"), pl.col("active_at") & ~pl.col("bought_after")
    horizon = dt.timedelta(days=night.configuration.measures.horizon_days)

    def counted(seen: pl.Expr) -> int:
        return int(sets.filter(seen != 0)["customers"].sum())

    return {
        origin: (counted(active & bit), counted(lost & bit))
        for origin, bit in _bits(night).items()
        if origin + horizon <= night.as_of
    }


def _lot(places: NDArray[np.int64], size: int, origin: dt.date) -> NDArray[np.int64]:
    if size == EVERYBODY or len(places) <= size:
        return places
    generator = np.random.default_rng(origin.toordinal())
    return places[np.sort(generator.choice(len(places), size=size, replace=False))]


def _bits(night: Night) -> dict[dt.date, int]:
    """The bit that stands for each origin, the newest first."""
    origins = night.warehouse.rows("select origin from churn_origins order by origin desc")
    return {origin: 1 << place for place, (origin,) in enumerate(origins)}
