"""Whom to call, write to or thank: value at risk, a list by value, and a tenth left alone to learn from.

*Value at stake* is what the customer is expected to bring within the horizon (``customer_value.clv``), never below 0;
*value at risk* is that times the probability of no order in the horizon. An expectation already holds the chance to
stay away, so value at risk is cautious where that chance is high; it is a measure to rank and compare by, and the same
one for a tier, a segment and a customer. Who has no expected value is counted with what they spent per horizon over the
window, and ``value_basis`` says so.

*Expected saved value* is value at risk x the share that calling is assumed to save. Only the hold-out tells the true
one: customers are held out by a hash of the action and their id, the same ones every night and others for every action,
so whoever is called is comparable with whoever was not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import polars as pl

CALL: Final = "retention_call"
HASH_STEPS: Final = 1_000_000


def value_at_risk(scores: pl.DataFrame, *, window_days: int, horizon_days: int) -> pl.DataFrame:
    """The scores with ``value_at_stake``, ``value_at_risk`` and ``value_basis``, all NULL where no money is known.

    Nothing is rounded: a sum is rounded once.

    Args:
        scores: one row per customer: ``customer_id``, ``churn_risk``, ``expected_value`` of the horizon and exact
            ``net_value`` of the window; either may be NULL.
        window_days: W.
        horizon_days: H.
    """
    expected = pl.col("expected_value").cast(pl.Float64).clip(lower_bound=0.0)
    spent = pl.col("net_value").cast(pl.Float64).clip(lower_bound=0.0) * horizon_days / window_days
    basis = (
        pl.when(expected.is_not_null())
        .then(pl.lit("expected"))
        .when(spent.is_not_null())
        .then(pl.lit("historic"))
        .otherwise(pl.lit(None, pl.String))
    )
    return scores.with_columns(value_at_stake=pl.coalesce(expected, spent), value_basis=basis).with_columns(
        value_at_risk=pl.col("value_at_stake") * pl.col("churn_risk")
    )


def by_scope(valued: pl.DataFrame, scopes: Sequence[str]) -> pl.DataFrame:
    """Sums per scope value, ``all`` first: ``customers``, ``expected_churners``, ``value_at_stake``, ``value_at_risk``.

    ``basis`` names where the value is from: ``expected``, ``historic``, ``mixed``; ``none`` where no money is known.

    Args:
        valued: as of :func:`value_at_risk`, with one column per scope.
        scopes: names of these columns.
    """
    money = {name: pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()) for name in _MONEY}
    sums = {"customers": pl.len().cast(pl.Int64), "expected_churners": pl.col("churn_risk").sum().round(6), **money}
    sums["basis"] = (
        pl.when(pl.col("value_basis").drop_nulls().n_unique() > 1)
        .then(pl.lit("mixed"))
        .otherwise(pl.col("value_basis").drop_nulls().first().fill_null("none"))
    )
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


def is_control(customer_id: str, action: str, hold_out: float) -> bool:
    """Whether a customer is held out of an action: by SHA-256 of both names, so the same on every night and machine.

    Examples:
        >>> sum(is_control(f"c{number}", "retention_call", 0.1) for number in range(10_000))
        1047
    """
    digest = hashlib.sha256(f"{action}\x1f{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % HASH_STEPS < hold_out * HASH_STEPS


def chosen(
    candidates: pl.DataFrame, *, by: str, action: str, capacity: int, hold_out: float, saved_share: float | None
) -> pl.DataFrame:
    """The list: all candidates by value; ``is_within_capacity`` down to the last the team can call.

    Held-out ones on the way are within it, too: they are compared with those called around them. Who is behind the last
    call was passed over for want of capacity; who cools down from another entry takes no place and is not within it.
    Where no money is known, the risk itself ranks. Ties go by customer id.

    Args:
        candidates: one row per customer: ``customer_id``, ``churn_risk``, ``value_at_risk``, ``value_at_stake``,
            whether the customer ``cools_down`` and, of an entry that runs, whether it ``was_control`` when it began.
        by: the value that ranks, of the two.
        action: its id, by which the held out are picked.
        capacity: how many can be called.
        hold_out: share held out of the entries that begin.
        saved_share: assumed share of the value at risk that a call saves; None: nothing is assumed.

    Returns the rows with ``rank``, ``is_control``, ``is_within_capacity`` and ``expected_saved_value`` (0 for who is
    not called).
    """
    ranked = candidates.sort([by, "churn_risk", "customer_id"], descending=[True, True, False], nulls_last=True)
    held = pl.Series(
        "is_control", [is_control(name, action, hold_out) for name in ranked["customer_id"]], dtype=pl.Boolean
    )
    is_called = ~pl.col("is_control") & ~pl.col("cools_down")
    called_before = is_called.cum_sum() - is_called.cast(pl.Int64)
    # Who was called stays called, whatever share is held out by now, and who was not is still compared with.
    listed = (
        ranked.with_columns(held)
        .with_columns(is_control=pl.coalesce("was_control", "is_control"))
        .with_columns(is_within_capacity=(called_before < capacity) & ~pl.col("cools_down"))
    )
    saved = (
        pl.when("is_within_capacity", is_called)
        .then((pl.col("value_at_risk") * pl.lit(saved_share, pl.Float64)).round(2))
        .otherwise(0.0)
    )
    return listed.with_columns(
        rank=pl.int_range(1, pl.len() + 1),
        expected_saved_value=pl.when(pl.col("value_at_risk").is_not_null(), pl.lit(saved_share is not None)).then(
            saved
        ),
    )
