"""Whom to call: value at risk, a list as long as the team can work through, and a tenth left alone to learn from.

*Value at stake* is what a customer spent per horizon over the window, never below zero; *value at risk* is that times
the probability of no order in the horizon. It uses what was spent, not a forecast of it: a forecast already holds the
chance to stay away, and would count it twice.

*Expected saved value* is value at risk x the share that calling is assumed to save. Only the hold-out tells the true
one: customers are held out by a hash of their id, the same ones every night, so whoever is called is comparable with
whoever was not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import polars as pl

ACTION: Final = "retention_call"
HASH_STEPS: Final = 1_000_000


def value_at_risk(scores: pl.DataFrame, *, window_days: int, horizon_days: int) -> pl.DataFrame:
    """The scores with ``value_at_stake`` and ``value_at_risk``, both NULL where no money is known.

    Args:
        scores: one row per customer: ``customer_id``, ``churn_risk`` and exact ``net_value`` of the window.
        window_days: W.
        horizon_days: H.
    """
    stake = (pl.col("net_value").cast(pl.Float64).clip(lower_bound=0.0) * horizon_days / window_days).round(2)
    return scores.with_columns(value_at_stake=stake).with_columns(
        value_at_risk=(pl.col("value_at_stake") * pl.col("churn_risk")).round(2)
    )


def by_scope(valued: pl.DataFrame, scopes: Sequence[str]) -> pl.DataFrame:
    """Sums per scope value, ``all`` first: ``customers``, ``expected_churners``, ``value_at_stake``, ``value_at_risk``.

    Args:
        valued: as of :func:`value_at_risk`, with one column per scope.
        scopes: names of these columns.
    """
    money = {name: pl.when(pl.col(name).count() > 0).then(pl.col(name).sum().round(2)) for name in _MONEY}
    sums = {"customers": pl.len().cast(pl.Int64), "expected_churners": pl.col("churn_risk").sum().round(6), **money}
    ordered = valued.sort("customer_id").with_columns(all=pl.lit("all"))
    found = [
        ordered.group_by(pl.col(scope).fill_null("unknown").alias("scope_value"), maintain_order=True)
        .agg(**sums)
        .select(pl.lit(scope).alias("scope"), pl.all())
        .sort("scope_value")
        for scope in ("all", *scopes)
    ]
    return pl.concat(found)


_MONEY: Final = ("value_at_stake", "value_at_risk")


def is_control(customer_id: str, hold_out: float, action: str = ACTION) -> bool:
    """Whether a customer is held out of an action: by SHA-256 of both names, so the same on every night and machine.

    Examples:
        >>> sum(is_control(f"c{number}", 0.1) for number in range(10_000))
        1047
    """
    digest = hashlib.sha256(f"{action}\x1f{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % HASH_STEPS < hold_out * HASH_STEPS


def chosen(candidates: pl.DataFrame, *, capacity: int, hold_out: float, saved_share: float) -> pl.DataFrame:
    """The list: candidates by value at risk, down to the last the team can call, held-out ones on the way included.

    Where no money is known, the risk itself ranks. Ties go by customer id.

    Args:
        candidates: one row per customer: ``customer_id``, ``churn_risk``, ``value_at_risk``.
        capacity: how many can be called.
        hold_out: share held out.
        saved_share: assumed share of the value at risk that a call saves.

    Returns the rows with ``rank``, ``is_control`` and ``expected_saved_value`` (0 for who is not called).
    """
    ranked = candidates.sort(
        ["value_at_risk", "churn_risk", "customer_id"], descending=[True, True, False], nulls_last=True
    )
    held = pl.Series("is_control", [is_control(name, hold_out) for name in ranked["customer_id"]], dtype=pl.Boolean)
    listed = ranked.with_columns(held).with_columns(called=(~pl.col("is_control")).cum_sum())
    # Nobody is listed behind the last call: a held-out customer is compared with those called around them.
    listed = listed.filter(pl.col("called") - (~pl.col("is_control")).cast(pl.Int64) < capacity)
    saved = pl.when(pl.col("is_control")).then(0.0).otherwise((pl.col("value_at_risk") * saved_share).round(2))
    return listed.drop("called").with_columns(
        rank=pl.int_range(1, pl.len() + 1),
        expected_saved_value=pl.when(pl.col("value_at_risk").is_not_null()).then(saved),
    )
