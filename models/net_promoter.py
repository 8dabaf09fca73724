"""Net promoter score in points with its adjusted Wald interval, from three counts.

Rocks, B. (2016), "Interval Estimation for the 'Net Promoter Score'", The American Statistician 70(4), 365-372
(arXiv 1601.07235): the Wald interval after adding three pseudo-responses, 3/4 promoter, 3/2 passive and 3/4
detractor. Among the intervals he compares it and the iterative score interval keep their coverage best, and this one
needs no iteration. The score itself is unadjusted (Reichheld 2003).
"""

from __future__ import annotations

import polars as pl

from models.proportions import normal_quantile

PROMOTERS_FROM = 9  # answers 9 and 10
PASSIVES_FROM = 7  # answers 7 and 8; 0 to 6 are detractors

# Rocks 2016, section on adjusted Wald intervals: AW(3/4, 3/2, 3/4)
_PSEUDO_PROMOTERS, _PSEUDO_PASSIVES, _PSEUDO_DETRACTORS = 0.75, 1.5, 0.75


def score(promoters: pl.Expr, passives: pl.Expr, detractors: pl.Expr) -> pl.Expr:
    """The unadjusted score in points, row by row; null without answers."""
    n = (promoters + passives + detractors).cast(pl.Float64)
    return pl.when(n > 0).then(100.0 * (promoters.cast(pl.Float64) - detractors.cast(pl.Float64)) / n)


def adjusted_mean(promoters: pl.Expr, passives: pl.Expr, detractors: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Mean answer, -1..1, and its squared standard error after adding the pseudo-responses, row by row."""
    x_pro = promoters.cast(pl.Float64) + _PSEUDO_PROMOTERS
    x_pas = passives.cast(pl.Float64) + _PSEUDO_PASSIVES
    x_det = detractors.cast(pl.Float64) + _PSEUDO_DETRACTORS
    n = x_pro + x_pas + x_det
    # Rocks 2016: an answer is worth 1, 0 or -1, so E[X] = p_pro - p_det and Var[X] = p_pro + p_det - E[X]^2
    centre = (x_pro - x_det) / n
    variance = (x_pro + x_det) / n - centre**2
    return centre, variance / n


def adjusted_wald_bounds(promoters: pl.Expr, passives: pl.Expr, detractors: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % adjusted Wald interval in points, row by row; null without answers.

    The interval is cut at -100 and 100 and never excludes the score: with a single answer the pseudo-responses pull
    its end to 98.5, short of the 100 that was observed.
    """
    observed = score(promoters, passives, detractors)
    centre, squared_error = adjusted_mean(promoters, passives, detractors)
    half_width = normal_quantile(0.95) * squared_error.sqrt()
    low = pl.min_horizontal((100 * (centre - half_width)).clip(-100.0, 100.0), observed)
    high = pl.max_horizontal((100 * (centre + half_width)).clip(-100.0, 100.0), observed)
    return pl.when(observed.is_not_null()).then(low), pl.when(observed.is_not_null()).then(high)
