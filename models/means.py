"""A mean with its normal interval, from how many, their sum and the sum of their squares.

The standard error is s / sqrt(n) with the sample variance s^2 = (sum of squares - sum^2 / n) / (n - 1).

Answers on a scale have an interval of their own: near an end of the scale a few answers are often all alike, and the
normal interval would then be certain. Rocks, B. (2016), "Interval Estimation for the 'Net Promoter Score'", The
American Statistician 70(4), 365-372, adds three pseudo-responses to answers worth -1, 0 and 1: 3/4 at either end and
3/2 in the middle. Here the answers between count for what they are; a test holds the coverage.
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


def scale_mean_bounds(
    total: pl.Expr, squares: pl.Expr, n: pl.Expr, lowest: pl.Expr, highest: pl.Expr
) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % adjusted Wald interval of the mean of answers on a scale, row by row.

    Null without answers, and where the scale is not known. The interval stays on the scale and holds the mean.

    Args:
        total: sum of the answers.
        squares: sum of their squares.
        n: answers.
        lowest: lowest answer of the scale.
        highest: highest answer.
    """
    count, total, squares = (each.cast(pl.Float64) for each in (n, total, squares))
    middle, half = (lowest + highest) / 2, (highest - lowest) / 2
    # the answers as -1..1, where Rocks 2016 adds AW(3/4, 3/2, 3/4): 3 to the count, 3/2 to the squares, 0 to the sum
    placed = (total - count * middle) / half
    placed_squares = (squares - 2 * middle * total + count * middle**2) / half**2
    centre = placed / (count + 3.0)
    variance = (placed_squares + 1.5) / (count + 3.0) - centre**2
    half_width = normal_quantile(0.95) * (variance / (count + 3.0)).sqrt()
    observed = mean(total, n)
    low = pl.min_horizontal(pl.max_horizontal(middle + half * (centre - half_width), lowest), observed)
    high = pl.max_horizontal(pl.min_horizontal(middle + half * (centre + half_width), highest), observed)
    is_known = observed.is_not_null() & half.is_not_null()
    return pl.when(is_known).then(low), pl.when(is_known).then(high)
