"""A mean, or a ratio of two sums, with its interval: from how many, their sums and the sums of their squares.

What is drawn are units that are independent, customers say: their orders are not. The average order value is a ratio of
two sums over customers, what they paid and how often they ordered.

Answers on a scale have an interval of their own: near an end of the scale a few answers are often all alike, and the
normal interval would then be certain. Rocks, B. (2016), "Interval Estimation for the 'Net Promoter Score'", The
American Statistician 70(4), 365-372, adds three pseudo-responses to answers worth -1, 0 and 1: 3/4 at either end and
3/2 in the middle. Here the answers between count for what they are; a test holds the coverage.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from models.proportions import normal_quantile

LEAST_BY_FACTOR: Final = 10
"""Units from which an interval may lie about its ratio by a factor."""


def mean(total: pl.Expr, n: pl.Expr) -> pl.Expr:
    """The total / n, row by row; null where n is 0 or null."""
    count = n.cast(pl.Float64)
    return pl.when(count > 0).then(total.cast(pl.Float64) / count)


def mean_bounds(total: pl.Expr, squares: pl.Expr, n: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % interval of a mean, row by row: that of a ratio to as many ones."""
    return ratio_bounds(total, n, squares, total, n, n)


def ratio_bounds(
    total: pl.Expr, base: pl.Expr, squares: pl.Expr, products: pl.Expr, base_squares: pl.Expr, n: pl.Expr
) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % interval of total / base, row by row, where n units each have a part of both.

    Cochran, W. G. (1977), "Sampling Techniques", 3rd ed., section 2.11: R = sum y / sum x is off by the mean of
    y - R x, over the mean of x; with Student's t of n - 1 degrees of freedom. Null below two units, and where every
    unit has the same ratio: they do not tell how far others are from it.

    Args:
        total: sum of y over the units.
        base: sum of x.
        squares: sum of y^2, exact: in floating point the difference below would lose its digits.
        products: sum of x y.
        base_squares: sum of x^2.
        n: units.
    """
    y, x, yy, xy, xx, units = (each.cast(pl.Float64) for each in (total, base, squares, products, base_squares, n))
    ratio = mean(total, base)
    spread = yy - 2 * ratio * xy + ratio**2 * xx
    varies = (units > 1) & (spread > 1e-12 * yy)
    # Cochran 1977, equation 2.46, without a correction for a finite population
    half_width = _t_quantile(units) * (units / (units - 1) * spread).sqrt() / x
    return pl.when(varies).then(y / x - half_width), pl.when(varies).then(y / x + half_width)


def bounds_above(floor: float, ratio: pl.Expr, bounds: tuple[pl.Expr, pl.Expr], n: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The interval of a ratio to which no unit brings less than the floor: it lies about the ratio by a factor.

    What customers spend, give back or order again is skewed: a sample without its few large ones has a low ratio and
    a narrow interval at once, and the truth is above it much more often than below. The logarithm of what the ratio is
    above the floor is off by the error over that (the delta method: Casella, G. and Berger, R. L. (2002), "Statistical
    Inference", 2nd ed., section 5.5.4) and is nearly symmetric; a test holds the coverage. Below ``LEAST_BY_FACTOR``
    units Student's t would make a factor of thousands: there the plain interval stands, cut at the floor.

    Args:
        floor: what the ratio cannot be below: 0, of orders per customer 1.
        ratio: the figure.
        bounds: its plain interval, as of :func:`ratio_bounds`.
        n: units.
    """
    low, high = bounds
    above = ratio - floor
    factor = ((high - ratio) / above).exp()
    is_by_factor = (n >= LEAST_BY_FACTOR) & (above > 0)
    return (
        pl.when(is_by_factor).then(floor + above / factor).otherwise(low.clip(lower_bound=floor)),
        pl.when(is_by_factor).then(floor + above * factor).otherwise(high),
    )


def top_share_bounds(
    top: pl.Expr,
    total: pl.Expr,
    top_squares: pl.Expr,
    squares: pl.Expr,
    top_from: pl.Expr,
    top_units: pl.Expr,
    n: pl.Expr,
) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % interval of top / total, row by row: what the largest units hold of all.

    Beach, C. M. and Davidson, R. (1983), "Distribution-Free Statistical Inference with Lorenz Curves and Income
    Shares", Review of Economic Studies 50(4), 723-735: of other units another one stands at the border, so a unit
    counts with what it is above it, q. Theorem 1 as the mean square of (y - q)+ + q p - S y over the mean of y; with
    Student's t of n - 1 degrees of freedom. Null below two units, where all are alike, and where none is at the top.

    Args:
        top: sum of y over the units at the top.
        total: sum of y over all units.
        top_squares: sum of y^2 over the units at the top.
        squares: sum of y^2.
        top_from: smallest y at the top.
        top_units: units at the top.
        n: units.
    """
    t, y, tt, yy, q, high, units = (
        each.cast(pl.Float64) for each in (top, total, top_squares, squares, top_from, top_units, n)
    )
    held = mean(top, total)
    above, above_squares = t - high * q, tt - 2 * q * t + high * q**2
    # of (y - q)+ - S y, whose mean is - q p
    spread = above_squares - 2 * held * (tt - q * t) + held**2 * yy - (above - held * y) ** 2 / units
    varies = (units > 1) & (high > 0) & (spread > 1e-12 * yy)
    half_width = _t_quantile(units) * (units / (units - 1) * spread).sqrt() / y
    return (
        pl.when(varies).then((held - half_width).clip(0.0, 1.0)),
        pl.when(varies).then((held + half_width).clip(0.0, 1.0)),
    )


def _t_quantile(units: pl.Expr) -> pl.Expr:
    """Of two-sided 95 %, by units less one."""

    def quantiles(degrees: pl.Series) -> pl.Series:
        from scipy.special import stdtrit

        return pl.Series(stdtrit(degrees.fill_null(1.0).clip(1.0).to_numpy(), 0.975), dtype=pl.Float64)

    return (units - 1).map_batches(quantiles, return_dtype=pl.Float64)


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
