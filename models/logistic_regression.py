"""Logistic regression by scikit-learn, as a typed function of arrays that gives the same digits on every machine."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DIGITS = 10


@dataclass(frozen=True)
class Coefficients:
    """logit P(outcome) = intercept + columns @ slopes.

    Attributes:
        intercept: in logits.
        slopes: one per column, shape (k,), in logits per unit of the column.
    """

    intercept: float
    slopes: tuple[float, ...]


def fit(columns: FloatArray, outcome: BoolArray, *, strength: float) -> Coefficients | None:
    """Coefficients that maximise log likelihood - |slopes|^2 / (2 strength); None where no maximum was found.

    Newton's method converges to the last bits, and what is left after rounding to 10 decimals does not depend on how
    many threads summed. Standardise the columns first: one strength serves them all, and the intercept is free.

    Args:
        columns: shape (n, k).
        outcome: shape (n,), both classes present.
        strength: prior variance of a slope, C in scikit-learn; infinity for the plain maximum of the likelihood.
    """
    linear_model: Any = import_module("sklearn.linear_model")
    model = linear_model.LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-10, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is judged below, by the iterations and the values
        model.fit(columns, outcome)
    found: FloatArray = np.concatenate([model.intercept_, model.coef_[0]])
    if int(model.n_iter_[0]) >= 200 or not bool(np.isfinite(found).all()):
        return None
    intercept, *slopes = (round(float(value), DIGITS) for value in found)
    return Coefficients(intercept, tuple(slopes))
