"""Maximum likelihood in log parameters: several starts, Newton's Hessian from analytic gradients, and a certificate.

The certificate says whether the point found is a maximum that means something. Whoever fits decides what to do
without one; nothing here raises because data are uninformative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Objective = Callable[[FloatArray], tuple[float, FloatArray]]
"""Log parameters to the mean log-likelihood per customer and its gradient."""
Derivatives = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]
"""The same with the second derivatives."""

GRADIENT_TOLERANCE = 1e-6  # 1e-7 can stall the line search: the last digits of a sum over cells are noise
POLISHED = 1e-5
FURTHEST = 15.0
"""Logs further from 0 are not tried: exp(15) is 3 million."""
BOUNDARY = np.log(1e4)
"""A parameter whose natural size is a ten thousandth or ten thousand times the usual says: infinity or zero."""
AGREEMENT = 1e-3
STEP = 1e-4
MOST_STEPS = 8
FURTHEST_STEP = 0.5
NEAR = 1e-8
"""Where a Newton step in logs is shorter than this, no way to the maximum shows in the digits of the Hessian kept."""
SIGNIFICANT = 10
"""Digits of a parameter that are kept: what is behind them depends on the machine."""


@dataclass(frozen=True)
class Certificate:
    """Whether the fit can be believed.

    Attributes:
        gradient_norm: largest absolute entry of the mean log-likelihood's gradient in log parameters.
        smallest_eigenvalue: of the negative Hessian of the same; positive at a strict maximum.
        starts: starts tried.
        starts_agreeing: of them, ended in the published point.
        on_boundary: parameters that ran towards zero or infinity.
        held: parameters that the data drive to a boundary with a meaning, and the others were fitted there.
    """

    gradient_norm: float
    smallest_eigenvalue: float
    starts: int
    starts_agreeing: int
    on_boundary: tuple[str, ...]
    held: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Gradient zero, Hessian definite, at least two starts and most of them agree, nothing at the boundary."""
        return (
            self.gradient_norm <= POLISHED
            and self.smallest_eigenvalue > 1e-9
            and self.starts_agreeing >= 2
            and 2 * self.starts_agreeing > self.starts
            and not self.on_boundary
        )

    @property
    def lacks(self) -> str | None:
        """Which part is missing, the first of several: boundary, gradient, hessian or starts; None where it holds."""
        if self.holds:
            return None
        if self.on_boundary:
            return "boundary"
        if self.gradient_norm > POLISHED:
            return "gradient"
        return "hessian" if self.smallest_eigenvalue <= 1e-9 else "starts"

    @property
    def reason(self) -> str:
        """What is missing, in one clause; empty where it holds."""
        told = {
            "boundary": f"{', '.join(self.on_boundary)} ran to the boundary",
            "gradient": f"the gradient is {self.gradient_norm:.1e}, not zero",
            "hessian": "the Hessian is not definite: the data do not tell the parameters apart",
            "starts": f"only {self.starts_agreeing} of {self.starts} starts agree",
        }
        return told.get(self.lacks or "", "")


@dataclass(frozen=True)
class Maximum:
    """Where the likelihood is highest.

    Attributes:
        names: names of the parameters.
        parameters: their values.
        log_likelihood: of all customers.
        log_covariance: covariance matrix of the parameters' logs, rows as tuples; zeros where the Hessian is not
            definite: the certificate then says so.
        customers: customers it was fitted to.
        certificate: how far to believe it.
    """

    names: tuple[str, ...]
    parameters: tuple[float, ...]
    log_likelihood: float
    log_covariance: tuple[tuple[float, ...], ...]
    customers: float
    certificate: Certificate

    @property
    def standard_errors(self) -> tuple[float, ...]:
        """Of the parameters themselves, by the delta method: value x standard error of its log."""
        return tuple(
            value * float(np.sqrt(max(self.log_covariance[i][i], 0.0))) for i, value in enumerate(self.parameters)
        )

    @property
    def covariance(self) -> tuple[tuple[float, ...], ...]:
        """Covariance matrix of the parameters themselves, by the delta method."""
        values = np.array(self.parameters)
        return tuple(map(tuple, (np.array(self.log_covariance) * np.outer(values, values)).tolist()))


def maximise(
    objective: Objective,
    starts: Sequence[Sequence[float]],
    *,
    names: tuple[str, ...],
    sizes: Sequence[float],
    customers: float,
    scout: Objective | None = None,
    derivatives: Derivatives | None = None,
) -> Maximum:
    """The best point over all starts, finished by Newton steps on the objective.

    Args:
        objective: mean log-likelihood per customer and its gradient, in log parameters.
        starts: parameter values to begin with.
        names: names of the parameters.
        sizes: usual size of each parameter: 1, or the unit of time it is measured in.
        customers: customers behind the mean.
        scout: a cheaper objective with nearly the same maximum, which the starts are led on; the objective itself
            where not given.
        derivatives: the objective with its second derivatives; differences of its gradient where not given.
    """
    led_on = scout or objective
    ended = [_climb(led_on, np.log(np.array(start, dtype=np.float64))) for start in starts]
    best_value, best = max(ended, key=lambda end: end[0])
    agreeing = sum(
        best_value - value < 1e-7 and bool(np.abs(point - best).max() < AGREEMENT * max(1.0, np.abs(best).max()))
        for value, point in ended
    )
    point, value, gradient, hessian = _polished(
        objective, derivatives or _by_differences(objective), best, is_maximum=scout is None
    )
    eigenvalues = np.linalg.eigvalsh(-hessian)
    definite = bool(eigenvalues[0] > 1e-12)
    covariance = np.linalg.inv(-hessian) / customers if definite else np.zeros_like(hessian)
    off = np.abs(point - np.log(np.array(sizes, dtype=np.float64)))
    parameters = tuple(_significant(float(value)) for value in np.exp(point))
    return Maximum(
        names=names,
        parameters=parameters,
        log_likelihood=value * customers,
        log_covariance=tuple(map(tuple, (0.5 * (covariance + covariance.T)).tolist())),
        customers=customers,
        certificate=Certificate(
            gradient_norm=float(np.abs(gradient).max()),
            smallest_eigenvalue=float(eigenvalues[0]),
            starts=len(starts),
            starts_agreeing=agreeing,
            on_boundary=tuple(name for name, far in zip(names, off, strict=True) if far > BOUNDARY),
        ),
    )


def _climb(objective: Objective, start: FloatArray) -> tuple[float, FloatArray]:
    """Value and point where BFGS ends from the start."""
    from scipy.optimize import minimize

    def downhill(point: FloatArray) -> tuple[float, FloatArray]:
        inside = np.clip(point, -FURTHEST, FURTHEST)
        value, gradient = objective(inside)
        beyond = point - inside
        return -value + float((beyond**2).sum()), -gradient + 2.0 * beyond

    found = minimize(downhill, start, jac=True, method="BFGS", options={"gtol": GRADIENT_TOLERANCE, "maxiter": 300})
    point = np.clip(np.asarray(found.x, dtype=np.float64), -FURTHEST, FURTHEST)
    return objective(point)[0], point


def _polished(
    objective: Objective, bends: Derivatives, point: FloatArray, *, is_maximum: bool
) -> tuple[FloatArray, float, FloatArray, FloatArray]:
    """Point, value, gradient and Hessian after Newton steps, the last of them too small to change the Hessian.

    Where they lead nowhere, BFGS begins at the point, unless it ``is_maximum`` already as far as BFGS can tell.
    """
    there = point
    for _ in range(MOST_STEPS):
        value, gradient, hessian = bends(there)
        if np.linalg.eigvalsh(-hessian)[0] <= 1e-12:
            break
        step = -np.linalg.solve(hessian, gradient)
        if np.abs(step).max() > FURTHEST_STEP:
            break
        if np.abs(step).max() < NEAR:
            next_value, next_gradient = objective(there + step)
            if np.abs(next_gradient).max() >= np.abs(gradient).max():
                return there, value, gradient, hessian
            return there + step, next_value, next_gradient, hessian
        there = there + step
    if is_maximum:
        return (point, *bends(point))
    return _polished(objective, bends, _climb(objective, point)[1], is_maximum=True)


def _by_differences(objective: Objective) -> Derivatives:
    """The objective with second derivatives from differences of its gradient."""

    def derivatives(point: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        return (*objective(point), _hessian(objective, point))

    return derivatives


def _hessian(objective: Objective, point: FloatArray) -> FloatArray:
    """Second derivatives by central differences of the analytic gradient, made symmetric."""
    steps = np.eye(len(point)) * STEP
    rows = [(objective(point + step)[1] - objective(point - step)[1]) / (2 * STEP) for step in steps]
    found = np.array(rows)
    return 0.5 * (found + found.T)


def _significant(value: float) -> float:
    return float(f"{value:.{SIGNIFICANT - 1}e}")
