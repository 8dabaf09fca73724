"""A share with its interval: Wilson's score interval from two counts.

Wilson, E. B. (1927), "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
Statistical Association 22(158), 209-212. In the lines that are the paper: ``p`` the observed share, ``n`` the trials,
``z`` the standard normal quantile. The interval stays inside 0..1 and has width even at 0 of n and n of n, where the
textbook p +- z sqrt(p(1-p)/n) claims certainty.
"""

from __future__ import annotations

from statistics import NormalDist

import polars as pl


def normal_quantile(confidence: float) -> float:
    """The z of a two-sided interval: 1.96 for 0.95.

    Raises:
        ValueError: where the confidence is not between 0 and 1.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence is {confidence}; a number between 0 and 1 was expected, for example 0.95")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def share(successes: pl.Expr, n: pl.Expr) -> pl.Expr:
    """Successes / n as a share 0..1; null where n is 0 or null."""
    trials = n.cast(pl.Float64)
    return pl.when(trials > 0).then(successes.cast(pl.Float64) / trials)


def wilson_bounds(successes: pl.Expr, n: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % Wilson interval, row by row; null where n is 0 or null.

    Args:
        successes: counts, 0 <= successes <= n.
        n: counts of trials.

    Returns:
        Two expressions of shares 0..1 that always enclose successes / n.
    """
    z = normal_quantile(0.95)
    p = share(successes, n)
    n = n.cast(pl.Float64)
    # Wilson 1927, the roots of (p - P)^2 = z^2 P(1 - P) / n in P
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half_width = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2)).sqrt()
    # in exact arithmetic the ends are 0 at no success and 1 at no failure; rounding would leave them an ulp outside
    low = pl.min_horizontal((centre - half_width).clip(0.0, 1.0), p)
    high = pl.max_horizontal((centre + half_width).clip(0.0, 1.0), p)
    return pl.when(p.is_not_null()).then(low), pl.when(p.is_not_null()).then(high)
