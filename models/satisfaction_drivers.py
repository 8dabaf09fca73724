"""What drives an overall score: the share of its variance that each sub-score explains, averaged over all orders.

Lindeman, R. H., Merenda, P. F. & Gold, R. Z. (1980), "Introduction to Bivariate and Multivariate Analysis", p. 120:
the gain of R^2 when a regressor enters, averaged over the orders in which all may enter; Shapley's value of a game
whose worth is R^2. Groemping, U. (2007), "Estimators of Relative Importance in Linear Regression Based on Variance
Decomposition", The American Statistician 61(2), 139-147, gives it by subsets; the bootstrap interval is that of
Groemping, U. (2006), "Relative Importance for Linear Regression in R: The Package relaimpo", Journal of Statistical
Software 17(1). In the lines that are the papers: ``y`` the overall score, ``S`` a set of sub-scores, ``p`` how many.

The importances are not negative and add up to R^2. They say what goes along with the overall score, not what would
change it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

LEAST_ANSWERS = 100
LEAST_R_SQUARED = 0.1
ROUNDS = 1000
SEED = 20070501

_UNITS = 1000  # what is drawn again: single responses, or as many blocks of them
_ROUNDS_AT_ONCE = 50
_NO_VARIANCE = 1e-9  # of a sub-score's own: what the others leave of it is rounding


@dataclass(frozen=True)
class Importance:
    """How much of the variance of the overall score each sub-score explains.

    Attributes:
        n: complete responses.
        r_squared: share of the variance that all explain together; None where the overall score does not vary.
        importance: one per sub-score; they add up to ``r_squared``. None where withheld.
        low: lower ends of their 95 % bootstrap intervals.
        high: upper ends.
    """

    n: int
    r_squared: float | None
    importance: FloatArray | None
    low: FloatArray | None
    high: FloatArray | None


def importance(answers: FloatArray, rng: np.random.Generator, *, rounds: int = ROUNDS) -> Importance:
    """Importance of the sub-scores; withheld below 100 responses, and where together they explain less than a tenth.

    Args:
        answers: one row per complete response: the sub-scores, and last the overall score. Whole numbers are summed
            exactly, so that no order of summation matters.
        rng: draws the responses again.
        rounds: of the bootstrap.
    """
    n = len(answers)
    if n < LEAST_ANSWERS:
        return Importance(n, None, None, None, None)
    units = _sums_of_units(answers)
    r_squared = explained(units.sum(axis=0)[None])
    if np.isnan(r_squared[0, -1]) or r_squared[0, -1] < LEAST_R_SQUARED:
        return Importance(n, None if np.isnan(r_squared[0, -1]) else float(r_squared[0, -1]), None, None, None)
    drawn = np.concatenate([shapley(explained(sums)) for sums in _drawn_again(units, rng, rounds)])
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    estimate = shapley(r_squared)[0]
    # Drawn again, responses fit a little better: of what explains nothing the interval may begin above the estimate.
    return Importance(
        n, float(r_squared[0, -1]), estimate, np.minimum(low, estimate), np.maximum(high, estimate)
    )  # fmt: skip


def explained(sums: FloatArray) -> FloatArray:
    """R^2 of every set of sub-scores: shape (cases, 2^p); bit i of a set's number says whether sub-score i is in it.

    One elimination step a sub-score splits every set in two, without it and with it; what is left of the variance of y
    at the end is what the set does not explain. A sub-score that those before it determine explains nothing more.

    Args:
        sums: per case the sums of the products of 1, the sub-scores and y: shape (cases, p + 2, p + 2). R^2 is NaN
            where y does not vary.
    """
    n = sums[:, :1, :1]
    moments = sums[:, 1:, 1:] - sums[:, 1:, :1] * sums[:, :1, 1:] / n
    left = moments[:, None]
    for i in range(sums.shape[-1] - 2):
        pivot, row = left[..., :1, :1], left[..., :1, 1:]
        is_determined = pivot <= _NO_VARIANCE * moments[:, None, i : i + 1, i : i + 1]
        taken = np.where(is_determined, 0.0, row.swapaxes(-1, -2) * row / np.where(is_determined, 1.0, pivot))
        left = np.concatenate([left[..., 1:, 1:], left[..., 1:, 1:] - taken], axis=1)
    unexplained, variance = left[..., 0, 0], moments[:, -1:, -1]
    varies = variance > _NO_VARIANCE * sums[:, -1, -1:]
    return np.where(varies, np.clip(1 - unexplained / np.where(varies, variance, 1.0), 0.0, 1.0), np.nan)


def shapley(r_squared: FloatArray) -> FloatArray:
    """Importance of each sub-score from R^2 of every set: shape (cases, p)."""
    p = int(r_squared.shape[1]).bit_length() - 1
    # Groemping 2007: of all p! orders, those in which exactly so many come before i
    weight = [math.factorial(k) * math.factorial(p - 1 - k) / math.factorial(p) for k in range(p)]
    columns: list[FloatArray] = []
    for i in range(p):
        without = [one for one in range(2**p) if one >> i & 1 == 0]
        gain = r_squared[:, [one | 1 << i for one in without]] - r_squared[:, without]
        columns.append((gain * np.array([weight[one.bit_count()] for one in without])).sum(axis=1))
    return np.stack(columns, axis=1)


def _sums_of_units(answers: FloatArray) -> FloatArray:
    """Sums of products per unit: shape (units, p + 2, p + 2)."""
    n, columns = answers.shape
    count = min(n, _UNITS)
    starts = np.array([unit * n // count for unit in range(count)], dtype=np.intp)
    ones = np.column_stack([np.ones(n), answers])
    sums = np.empty((count, columns + 1, columns + 1))
    for i in range(columns + 1):
        for j in range(i + 1):
            sums[:, i, j] = sums[:, j, i] = np.add.reduceat(ones[:, i] * ones[:, j], starts)
    return sums


def _drawn_again(units: FloatArray, rng: np.random.Generator, rounds: int) -> Iterator[FloatArray]:
    """Sums of as many units as there are, drawn with replacement, some rounds at a time."""
    count, size = len(units), units.shape[-1]
    flat = units.reshape(count, -1)
    for first in range(0, rounds, _ROUNDS_AT_ONCE):
        times = [
            np.bincount(rng.integers(count, size=count), minlength=count)
            for _ in range(min(_ROUNDS_AT_ONCE, rounds - first))
        ]
        yield (np.array(times, dtype=np.float64) @ flat).reshape(-1, size, size)
