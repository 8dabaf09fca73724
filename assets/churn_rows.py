"""The rows of ``churn_features`` that models learn from, are judged by and score: by origin, sample or customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from assets.churn_samples import EVERYBODY, losses
from assets.night import Night
from models.churn import learning
from models.churn.lesson import Lesson

CHUNK = 25_000  # customers scored together


def mature_origins(night: Night) -> tuple[dt.date, ...]:
    """The origins that may teach or judge: outcome known, and somebody was active. Newest first."""
    return tuple(origin for origin, (customers, _) in losses(night).items() if customers)


def learned_on(night: Night) -> dt.date:
    """The day up to which tonight's models know anything."""
    return learning.learned_on(mature_origins(night), night.as_of, night.configuration.measures.horizon_days)


def judged_origins(night: Night) -> tuple[dt.date, ...]:
    """The past dates that tonight's models are judged at. Newest first."""
    return learning.judged_origins(mature_origins(night), night.configuration.measures.horizon_days)


def rows_of(night: Night, origin: dt.date, sample: int = EVERYBODY) -> pl.DataFrame:
    """The rows of one origin, by customer: of everybody, or of the sample of that size in ``churn_samples``.

    Raises:
        ValueError: where no such sample was drawn.
    """
    return _sampled_rows(night, [origin], sample)


def rows_of_customers(night: Night, origin: dt.date, customers: pl.DataFrame) -> pl.DataFrame:
    """The rows of one origin of these customers, by ``customer_id``; who was not active by then has none."""
    asked = night.query("churn_rows.sql", origin=origin)
    with night.warehouse.lent("_customers", customers):
        theirs = f"select * from ({asked.sql}) semi join _customers using (customer_id)"
        return night.warehouse.frame(theirs, asked.parameters).sort("customer_id")


def rows_in_chunks(night: Night, origin: dt.date) -> Iterator[pl.DataFrame]:
    """The rows of one origin by customer, so many at a time that a million customers fit in memory."""
    statement = night.query("churn_rows.sql", origin=origin)
    ordered = f"select * from ({statement.sql}) order by customer_id"
    return night.warehouse.in_parts(replace(statement, sql=ordered), CHUNK)


def lesson(night: Night, past: pl.DataFrame, at: dt.date) -> Lesson:
    """What could be learned on a date: the rows mature by then, as of :func:`lesson_rows`, and purchase histories."""
    return Lesson(
        past=past,
        histories=night.frame("churn_histories.sql", origin=at).sort("x", "t_x", "age"),
        horizon_days=night.configuration.measures.horizon_days,
    )


def lesson_rows(night: Night, origins: Sequence[dt.date], at: dt.date, most: int) -> pl.DataFrame:
    """Rows of the origins that were mature on the date, equally many at most of each.

    Raises:
        ValueError: where of some no such sample was drawn.
    """
    mature = learning.mature(origins, at, night.configuration.measures.horizon_days)
    if not mature:
        return night.frame("churn_rows.sql", origin=night.as_of).clear()
    return _sampled_rows(night, mature, most // len(mature))


def _sampled_rows(night: Night, origins: Sequence[dt.date], sample: int) -> pl.DataFrame:
    """The rows of the samples of one size at these origins, which nothing lies between; newest first, by customer."""
    rows = night.frame("churn_sampled_rows.sql", first_origin=min(origins), last_origin=max(origins), sample=sample)
    drawn = {night.as_of, *rows["origin"].unique()}  # tonight, nobody may be active
    for origin in origins:
        if origin not in drawn:
            raise ValueError(f"churn_samples: no sample of {sample} customers was drawn at {origin}; see sample_sizes")
    return rows.sort("origin", "customer_id", descending=[True, False])
