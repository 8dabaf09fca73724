"""A mean with its normal interval, from how many, their sum and the sum of their squares.

The standard error is s / sqrt(n) with the sample variance s^2 = (sum of squares - sum^2 / n) / (n - 1).
"""

from __future__ import annotations

import polars as pl

from models.proportions import normal_quantile


def mean(total: pl.Expr, n: pl.Expr) -> pl.Expr:
    """The total / n, row by row; null where n is 0 or null."""
    count = n.cast(pl.Float64)
    return pl.when(count > 0).then(total.cast(pl.Float64) / count)


def mean_bounds(total: pl.Expr, squares: pl.Expr, n: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % normal interval of a mean, row by row; null below two observations.

    Args:
        total: sum of the observations, exact (decimal or integer).
        squares: sum of their squares, exact: in floating point the difference below would lose its digits.
        n: observations.
    """
    centre = mean(total, n)
    count = n.cast(pl.Float64)
    spread = squares.cast(pl.Float64) - total.cast(pl.Float64) ** 2 / count
    variance = pl.when(count > 1).then(spread.clip(lower_bound=0.0) / (count - 1))
    half_width = normal_quantile(0.95) * (variance / count).sqrt()
    return centre - half_width, centre + half_width
