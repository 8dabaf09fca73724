"""Parameters as uncertain as their fit leaves them: drawn around the maximum, on the log scale.

    log parameters ~ N(log of the maximum, covariance of the logs)

the large-sample distribution of a maximum-likelihood estimate, in the logs in which it is closest to normal. A value
computed at each draw is a round of a parametric bootstrap (Efron & Tibshirani 1993, "An Introduction to the Bootstrap",
section 6.5), without fitting anew.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.maximum_likelihood import FURTHEST, FloatArray, Maximum

FURTHEST_ERRORS: Final = 3.0
"""Standard errors that a draw may be away: further out, where the likelihood is flat, it is not normal."""


def log_steps(fit: Maximum, rounds: int, rng: np.random.Generator) -> FloatArray:
    """Steps from the logs of the maximum, shape (rounds, parameters); zeros where the fit is not certified.

    They come in pairs of opposite sign, so that their mean is the maximum.
    """
    size = len(fit.parameters)
    if not fit.certificate.holds:
        return np.zeros((rounds, size))
    values, vectors = np.linalg.eigh(np.array(fit.log_covariance))
    # The symmetric root does not depend on the signs that the vectors happen to come with.
    root = np.einsum("ik,k,jk->ij", vectors, np.sqrt(np.maximum(values, 0.0)), vectors)
    half = rng.standard_normal((-(-rounds // 2), size)).clip(-FURTHEST_ERRORS, FURTHEST_ERRORS)
    return np.einsum("ij,kj->ki", root, np.concatenate([half, -half])[:rounds])


def moved(fit: Maximum, step: FloatArray) -> tuple[float, ...]:
    """The parameters a step away from the maximum."""
    return tuple((np.array(fit.parameters) * np.exp(np.clip(step, -FURTHEST, FURTHEST))).tolist())
