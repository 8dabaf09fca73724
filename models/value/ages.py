"""A figure of customers with x repeats at every age, from its value at a few ages: it changes smoothly with age.

What the purchase models say of customers alive is analytic in u = log(scale + T) wherever |Im u| < pi / 2, and no
larger there than on the line. So interpolation at Chebyshev points converges like rho^-n, rho the size of the ellipse
that fits into that strip (Trefethen 2013, "Approximation Theory and Approximation Practice", theorem 8.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from models.maximum_likelihood import FloatArray

EXACT_TO: Final = 1e-12
Figure = Callable[[FloatArray, FloatArray], FloatArray]
"""x and T to one number each."""


def at_every_age(figure: Figure, x: FloatArray, T: FloatArray, scale: FloatArray) -> FloatArray:
    """The figure of every (x, T), shape (n,), asked for at so few ages as exactness allows.

    Args:
        figure: what to compute.
        x: repeats, ascending.
        T: age.
        scale: positive with T added; the figure's nearest singularity is where they add up to 0. One per x.
    """
    asked_x: list[FloatArray] = []
    asked_T: list[FloatArray] = []
    weights: list[FloatArray | None] = []
    ends = np.append(np.flatnonzero(np.diff(x)) + 1, len(x))
    for begin, end in zip(np.append(0, ends[:-1]), ends, strict=True):
        own, shift = T[begin:end], float(scale[begin])
        u = np.log(shift + own)
        points = _points(float(u.min()), float(u.max()))
        by_points = len(points) < len(own)
        weights.append(_weights(points, u) if by_points else None)
        asked_T.append(np.exp(points) - shift if by_points else own)
        asked_x.append(np.full(len(asked_T[-1]), x[begin]))
    values = figure(np.concatenate(asked_x), np.concatenate(asked_T)) if len(x) else np.empty(0)
    parts = np.split(values, np.cumsum([len(part) for part in asked_T])[:-1])
    return np.concatenate(
        [
            part if weight is None else np.einsum("np,p->n", weight, part)
            for part, weight in zip(parts, weights, strict=True)
        ]
        or [values]
    )


def _points(low: float, high: float) -> FloatArray:
    """Chebyshev points of the second kind, as many as it takes."""
    half = max(0.5 * (high - low), 1e-9)
    height = 0.5 * np.pi / half
    rho = height + np.sqrt(height**2 + 1.0)
    count = int(np.ceil(-np.log(EXACT_TO) / np.log(rho))) + 1
    return 0.5 * (low + high) - half * np.cos(np.pi * np.arange(count + 1) / count)


def _weights(points: FloatArray, u: FloatArray) -> FloatArray:
    """Of the values at the points in the value at every u, shape (u, points): the barycentric formula."""
    signs = np.where(np.arange(len(points)) % 2, -1.0, 1.0)
    signs[[0, -1]] *= 0.5
    away = u[:, None] - points[None, :]
    there = np.abs(away) < 1e-14
    shares = signs / np.where(there, 1.0, away)
    found = shares / shares.sum(axis=1, keepdims=True)
    return np.where(there.any(axis=1, keepdims=True), there.astype(np.float64), found)
