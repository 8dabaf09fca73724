"""Exact money and how it is rounded."""

from __future__ import annotations

import polars as pl


def to_the_cent(money: pl.Expr) -> pl.Expr:
    """Exact money rounded half up once, with ties away from zero, as every published figure of it is."""
    return money.round(2, mode="half_away_from_zero")
