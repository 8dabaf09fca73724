"""One wave of a survey against the wave before it: the change with its interval and p-value, from counts alone.

Newcombe, R. G. (1998), "Interval estimation for the difference between independent proportions: comparison of eleven
methods", Statistics in Medicine 17, 873-890, method 10: the Wilson limits of the two shares, squared and added. Rocks,
B. (2016), "Interval Estimation for the 'Net Promoter Score'", The American Statistician 70(4), 365-372: an answer is
worth 1, 0 or -1, and three pseudo-responses are added to each wave. Holm, S. (1979), "A simple sequentially rejective
multiple test procedure", Scandinavian Journal of Statistics 6(2), 65-70. Zou, G. Y. & Donner, A. (2008), "Construction
of confidence limits about effect measures: a general approach", Statistics in Medicine 27(10), 1693-1702: Newcombe's
way with the limits of any two estimates. In the lines that are the papers: ``p`` a share, ``l`` and ``u`` its Wilson
limits, ``theta`` the difference, 1 the wave and 2 the wave before it.

A p-value is that of the test which the interval inverts: it is below 0.05 where, and only where, the 95 % interval
leaves 0 out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from models import net_promoter
from models.proportions import normal_quantile, share, wilson_bounds

FloatArray = npt.NDArray[np.float64]

_FURTHEST_Z = 38.0  # twice the normal tail behind it is the smallest number above 0 that a double holds
_HALVINGS = 50


@dataclass(frozen=True)
class Change:
    """A change since the wave before.

    Attributes:
        estimate: the figure less that of the wave before.
        low: lower end of its interval.
        high: upper end of its interval.
        p_value: of the test whether there was any change.
    """

    estimate: float
    low: float
    high: float
    p_value: float


class ChangeColumns(NamedTuple):
    """The same row by row; null where a wave has no answers."""

    estimate: pl.Expr
    low: pl.Expr
    high: pl.Expr
    p_value: pl.Expr


class Counts(NamedTuple):
    """Answers of a recommendation question."""

    promoters: pl.Expr
    passives: pl.Expr
    detractors: pl.Expr


def of_shares(successes: pl.Expr, n: pl.Expr, successes_before: pl.Expr, n_before: pl.Expr) -> ChangeColumns:
    """Change of a share, -1..1, row by row: Newcombe's 95 % interval and the test that it inverts."""
    p1, p2 = share(successes, n), share(successes_before, n_before)
    (l1, u1), (l2, u2) = wilson_bounds(successes, n), wilson_bounds(successes_before, n_before)
    theta = p1 - p2
    # Newcombe 1998, method 10
    low = theta - ((p1 - l1) ** 2 + (u2 - p2) ** 2).sqrt()
    high = theta + ((u1 - p1) ** 2 + (p2 - l2) ** 2).sqrt()
    # without answers theta is null, whatever the test says of none of one
    x1, x2 = (x.cast(pl.Float64).fill_null(0) for x in (successes, successes_before))
    n1, n2 = (of.cast(pl.Float64).fill_null(1).clip(lower_bound=1) for of in (n, n_before))
    z = pl.struct(x1=x1, n1=n1, x2=x2, n2=n2).map_batches(_z_of_shares, return_dtype=pl.Float64)
    return ChangeColumns(theta, low, high, pl.when(theta.is_not_null()).then(_two_sided(z)))


def of_scores(now: Counts, before: Counts) -> ChangeColumns:
    """Change of the net promoter score in points, row by row: a difference of two means after adjustment.

    The change is that of the unadjusted scores, which the interval, cut at -200 and 200, never excludes. Where a few
    answers change the one way before and the other way after adjustment nothing speaks for a change: p is 1.
    """
    observed = net_promoter.score(*now) - net_promoter.score(*before)
    (centre1, squared1), (centre2, squared2) = net_promoter.adjusted_mean(*now), net_promoter.adjusted_mean(*before)
    theta, error = centre1 - centre2, (squared1 + squared2).sqrt()  # the waves are independent: variances add up
    half_width = normal_quantile(0.95) * error
    low = pl.min_horizontal((100 * (theta - half_width)).clip(-200.0, 200.0), observed)
    high = pl.max_horizontal((100 * (theta + half_width)).clip(-200.0, 200.0), observed)
    agree = theta * observed > 0
    z = pl.when(agree).then(theta.abs() / error).otherwise(0.0)
    is_known = observed.is_not_null()
    return ChangeColumns(observed, *(pl.when(is_known).then(each) for each in (low, high, _two_sided(z))))


def may_be_chance(now: tuple[float, float, float], before: tuple[float, float, float]) -> bool:
    """Whether the interval of the difference of two estimates, each with its own as (low, estimate, high), holds 0.

    >>> may_be_chance((0.032, 0.046, 0.060), (0.027, 0.034, 0.040))
    True
    >>> may_be_chance((0.239, 0.254, 0.270), (0.353, 0.371, 0.389))
    False
    """
    (l1, p1, u1), (l2, p2, u2) = now, before
    theta = p1 - p2
    # Zou & Donner 2008, equation 3
    return theta - math.hypot(p1 - l1, u2 - p2) <= 0 <= theta + math.hypot(u1 - p1, p2 - l2)


def change_of_shares(successes: int, n: int, successes_before: int, n_before: int) -> Change:
    """The change of one share with its 95 % interval.

    >>> change = change_of_shares(56, 70, 48, 80)
    >>> round(change.low, 4), round(change.high, 4)
    (0.0524, 0.3339)
    """
    change = of_shares(*(pl.lit(count) for count in (successes, n, successes_before, n_before)))
    row = pl.select(estimate=change.estimate, low=change.low, high=change.high, p_value=change.p_value).row(0)
    return Change(estimate=row[0], low=row[1], high=row[2], p_value=row[3])


def with_holm(changes: pl.DataFrame, family: Sequence[str]) -> pl.DataFrame:
    """The rows with ``p_value_adjusted``, Holm's: of the ``p_value`` of all rows with the family's columns in common.

    Where all that are below a level are called changes, the chance that any of them is none is at most that level.
    """
    # Holm 1979: p in ascending order, each times how many are not yet decided on, none below the one before it
    undecided = pl.len().over(family) - pl.int_range(pl.len()).over(family)
    step = (pl.col("p_value") * undecided).clip(upper_bound=1.0)
    return changes.sort("p_value").with_columns(p_value_adjusted=step.cum_max().over(family))


def _z_of_shares(counts: pl.Series) -> pl.Series:
    """The normal quantile at which an end of Newcombe's interval is 0; the interval grows with it, so halving finds it.

    There is one: the interval at z = 0 is the difference itself, and a difference of shares is less than the distance
    of either to its far end, which the Wilson limits reach.
    """
    x1, n1, x2, n2 = (column.to_numpy() for column in counts.struct.unnest().get_columns())
    is_fall = x1 / n1 < x2 / n2
    x1, n1, x2, n2 = (np.where(is_fall, *pair) for pair in ((x2, x1), (n2, n1), (x1, x2), (n1, n2)))
    p1, p2 = x1 / n1, x2 / n2
    inside, outside = np.zeros_like(p1), np.full_like(p1, _FURTHEST_Z)
    for _ in range(_HALVINGS):
        z = (inside + outside) / 2
        excludes_0 = (p1 - p2) ** 2 > _below(p1, n1, z) ** 2 + _below(1 - p2, n2, z) ** 2
        inside, outside = np.where(excludes_0, z, inside), np.where(excludes_0, outside, z)
    return pl.Series(np.where(p1 == p2, 0.0, inside))


def _below(p: FloatArray, n: FloatArray, z: FloatArray) -> FloatArray:
    """How far Wilson's lower limit is below the share; of the share of failures it is how far the upper is above."""
    centre = p + z**2 / (2 * n)
    spread = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return p - (centre - spread) / (1 + z**2 / n)


def _two_sided(z: pl.Expr) -> pl.Expr:
    """Twice the normal tail behind |z|."""

    def tails(values: pl.Series) -> pl.Series:
        return pl.Series([math.erfc(value / math.sqrt(2)) for value in values.fill_null(0.0)], dtype=pl.Float64)

    return z.map_batches(tails, return_dtype=pl.Float64)
