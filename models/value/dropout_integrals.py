"""Two integrals behind the purchase models, safe where the hypergeometric functions of the papers overflow or cancel.

    power_mean(a, b, m, v)        E[(1 + p v)^-m] for p ~ Beta(a, b): what is left of a rate after time v
    power_integral(...)           integral of (alpha + y)^-n (beta + y)^-k from lo to hi

Both are positive, computed from positive terms, and broadcast over arrays.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_TERMS = 3000
LOST_DIGITS = np.log(1e4)
"""How much the series may cancel: it has 16 digits, and 12 are enough."""
MOST_Z = 0.97
MOST_LOG = 600.0
"""Of a sum of terms: exp of it is a number."""
SMALLEST = 1e-15
"""A term below this share of the sum does not count: those behind it fall off at least as fast as powers of z."""
BLOCK = 8192
"""Rows whose terms stay in the processor's cache."""
SINH_NODES = 321
SINH_REACH = 8.0


@cache
def gauss_legendre(n: int) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return np.asarray(0.5 * (nodes + 1.0)), np.asarray(0.5 * weights)


def power_mean(
    a: FloatArray | float, b: FloatArray | float, m: FloatArray | float, v: FloatArray | float
) -> FloatArray:
    """E[(1 + p v)^-m] for p ~ Beta(a, b), with a, b, m > 0 and v >= 0.

    By Pfaff's transformation it is (1 + v)^-a 2F1(a, a + b - m; a + b; v / (1 + v)), whose terms all have one sign
    where a + b >= m (Abramowitz & Stegun 1972, 15.3.4). Where they cancel, or v is huge, it is integrated instead.
    """
    a, b, m, v = (np.ravel(part) for part in np.broadcast_arrays(*(np.asarray(part, float) for part in (a, b, m, v))))
    z = v / (1.0 + v)
    q = a + b - m
    # The terms grow no faster than those of (1 - z)^-a: a negative binomial distribution of mean a v, to be summed up
    # to where its tail does not count, and whose sum must be a number.
    terms = a * v + 9.0 * np.sqrt(a * v * (1.0 + v)) + 36.0 * (1.0 + v)
    fits = (z <= MOST_Z) & (terms <= MOST_TERMS) & (a * np.log1p(v) <= MOST_LOG)
    by_series = fits & ((q >= 0) | (-q * np.log(2.0 / (1.0 - z)) <= LOST_DIGITS))
    found = np.empty(len(v))
    series = np.flatnonzero(by_series)
    series = series[np.argsort(z[series], kind="stable")]  # small z need few terms: alike end together
    for start in range(0, len(series), BLOCK):
        some = series[start : start + BLOCK]
        found[some] = _pfaff_series(*(part[some] for part in (a, q, a + b, z)))
    rest = np.flatnonzero(~by_series)
    for start in range(0, len(rest), 20_000):
        some = rest[start : start + 20_000]
        found[some] = _power_mean_by_quadrature(*(part[some] for part in (a, b, m, v)))
    return found


def _pfaff_series(a: FloatArray, q: FloatArray, c: FloatArray, z: FloatArray) -> FloatArray:
    """(1 - z)^a 2F1(a, q; c; z), until no row's next term counts."""
    term, total = np.ones(len(a)), np.ones(len(a))
    for n in range(MOST_TERMS):
        term *= (a + n) * (q + n) / ((c + n) * (n + 1.0)) * z
        total += term
        if n % 8 == 7 and bool((np.abs(term) <= SMALLEST * np.abs(total)).all()):
            break
    return np.exp(a * np.log1p(-z)) * total


def _power_mean_by_quadrature(a: FloatArray, b: FloatArray, m: FloatArray, v: FloatArray) -> FloatArray:
    """By the trapezoidal rule in y = mode + width sinh(t), p = 1 / (1 + exp(-y)): both tails fall off doubly fast.

    The same rule is applied to the weight alone, so that the Beta function cancels.
    """
    weighted = _log_integral(a, b, m, v)
    plain = _log_integral(a, b, np.zeros_like(m), v)
    return np.exp(weighted - plain)


def _log_integral(a: FloatArray, b: FloatArray, m: FloatArray, v: FloatArray) -> FloatArray:
    # The mode in y, where the derivative changes its sign: between that of what is smaller everywhere and of what is
    # larger, p ~ Beta(a, b + m v) and Beta(a, b).
    low, high = np.log(a) - np.log(b + m * v), np.log(a) - np.log(b)
    for _ in range(40):
        middle = 0.5 * (low + high)
        p, rest = _logistic(middle), _logistic(-middle)
        rising = a * rest - b * p - m * v * p * rest / (1.0 + v * p) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    mode = 0.5 * (low + high)
    p, rest = _logistic(mode), _logistic(-mode)
    bend = (a + b) * p * rest + m * v * p * rest * ((rest - p) / (1 + v * p) - v * p * rest / (1 + v * p) ** 2)
    width = np.minimum(1.0 / np.sqrt(np.maximum(bend, 1e-12)), 1e3)
    t = np.linspace(-SINH_REACH, SINH_REACH, SINH_NODES)
    y = mode[:, None] + width[:, None] * np.sinh(t)[None, :]
    log_p, log_rest = -np.logaddexp(0.0, -y), -np.logaddexp(0.0, y)
    logs = a[:, None] * log_p + b[:, None] * log_rest - m[:, None] * np.log1p(v[:, None] * np.exp(log_p))
    logs += np.log(np.cosh(t))[None, :]
    top = logs.max(axis=1)
    return top + np.log(np.exp(logs - top[:, None]).sum(axis=1)) + np.log(width)


def _logistic(y: FloatArray) -> FloatArray:
    return np.exp(-np.logaddexp(0.0, -y))


def panels(
    length: FloatArray, decay: FloatArray | float, widest: float
) -> list[tuple[IntArray, FloatArray, FloatArray]]:
    """Where to evaluate an integrand on [0, length] that falls no faster than exp(-decay w): rows, nodes, weights.

    The panels begin as short as the fastest decay needs, and double up to the widest. Each entry holds the rows that
    the panel concerns (indices, shape (k,)) with nodes and weights of shape (k, 16).
    """
    points, shares = gauss_legendre(16)
    step = np.minimum(10.0 / np.maximum(np.broadcast_to(decay, length.shape), 1e-300), widest)
    begin = np.zeros_like(length)
    found: list[tuple[IntArray, FloatArray, FloatArray]] = []
    rows: IntArray = np.arange(len(length), dtype=np.int64)
    while len(rows):
        width = np.minimum(step[rows], length[rows] - begin[rows])
        found.append((rows, begin[rows][:, None] + width[:, None] * points, width[:, None] * shares))
        begin[rows] += width
        step[rows] = np.minimum(2.0 * step[rows], widest)
        rows = rows[begin[rows] < length[rows] * (1 - 1e-14)]
    return found
