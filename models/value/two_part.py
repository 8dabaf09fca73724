"""Two-part regression: whether a customer buys within the horizon, and how much where they do.

    value = P(buys) x E[value | buys]

The first part is a logistic regression, the second a log-normal one: linear in the logarithm, with
E[value] = exp(mu + sigma^2 / 2) (Duan, Manning, Morris & Newhouse 1983, "A Comparison of Alternative Models for the
Demand for Medical Care", Journal of Business & Economic Statistics 1(2), eq. 7). A linear regression on the value
itself follows its few largest customers. It learns from a past origin whose horizon is over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from models import logistic_regression
from models.fitted_parameters import version_of
from models.maximum_likelihood import FloatArray

LEAST_CUSTOMERS: Final = 100
LEAST_BUYERS: Final = 30
STRENGTH: Final = 1.0
"""Prior variance of a standardised slope of the logistic part."""
RIDGE: Final = 1e-3
"""Added to the mean squares of the standardised columns, so that two that say the same are no trouble."""
REACH: Final = 4.0
DIGITS: Final = 9
FEATURES: Final = ("log_order_days", "log_silence", "log_mean_value")
"""Frequency, recency and value. It is taught by one past date, when customers were younger: features of age or of a
fixed length before the date, and more of them, ranked worse and missed the total by half on Online Retail."""


@dataclass(frozen=True)
class TwoPart:
    """The fitted regression, on standardised features.

    Attributes:
        means: of the features in the past, shape (k,).
        deviations: their standard deviations; 0 for a feature that never varied, which is not used.
        buys: intercept and slopes of the logit of buying.
        logs: intercept and slopes of the log of a buyer's value.
        variance: of the log of a buyer's value around that line: sigma^2.
        customers: customers it was learned from.
        buys_root: root of the covariance of ``buys``, rows: a standard normal vector times it is a draw's step.
        logs_root: the same of ``logs``.
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    buys: tuple[float, ...]
    logs: tuple[float, ...]
    variance: float
    customers: int
    buys_root: tuple[tuple[float, ...], ...]
    logs_root: tuple[tuple[float, ...], ...]

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits of the hash of the parameters."""
        return version_of(self)

    def parts(self, rows: pl.DataFrame) -> tuple[FloatArray, FloatArray]:
        """P(buys) and the mean log of the value where they do; shape (n,) each."""
        columns = _standardised(_features(rows), np.array(self.means), np.array(self.deviations))
        buys, logs = np.array(self.buys), np.array(self.logs)
        logit = buys[0] + (columns * buys[1:]).sum(axis=1)
        return np.exp(-np.logaddexp(0.0, -logit)), logs[0] + (columns * logs[1:]).sum(axis=1)

    def expected_value(self, rows: pl.DataFrame) -> FloatArray:
        """E[value within the horizon], shape (n,)."""
        probability, log_value = self.parts(rows)
        return probability * np.exp(log_value + 0.5 * self.variance)

    def steps(self, rounds: int, rng: np.random.Generator) -> FloatArray:
        """Draws of the coefficients of both parts, less the coefficients; shape (rounds, 2 (k + 1))."""
        roots = (np.array(self.buys_root), np.array(self.logs_root))
        drawn = [np.einsum("ij,kj->ki", root, rng.standard_normal((rounds, len(root)))) for root in roots]
        return np.concatenate(drawn, axis=1)

    def moved(self, step: FloatArray) -> TwoPart:
        """The regression with its coefficients so much larger."""
        buys, logs = np.split(step, [len(self.buys)])
        return replace(
            self,
            buys=tuple((np.array(self.buys) + buys).tolist()),
            logs=tuple((np.array(self.logs) + logs).tolist()),
        )

    def quantile(self, rows: pl.DataFrame, level: FloatArray) -> FloatArray:
        """The value that is not exceeded with that probability, shape (n,); 0 up to the probability of not buying."""
        from scipy.special import ndtri

        probability, log_value = self.parts(rows)
        among_buyers = np.clip((level - (1.0 - probability)) / np.maximum(probability, 1e-12), 0.0, 0.999)
        spread = np.sqrt(self.variance) * np.asarray(ndtri(np.maximum(among_buyers, 1e-9)), dtype=np.float64)
        return np.where(among_buyers > 0, np.exp(log_value + spread), 0.0)


def learn(past: pl.DataFrame) -> TwoPart | None:
    """The regression taught by a past origin; None where fewer than 100 customers or 30 buyers (or others) tell.

    Args:
        past: rows of one origin with ``repeats, recency_days, age_days, value`` and what followed, ``future_value``.
    """
    ordered = past.sort("customer_id")
    future = ordered["future_value"].cast(pl.Float64).to_numpy()
    bought = np.asarray(future > 0)
    if len(future) < LEAST_CUSTOMERS or min(int(bought.sum()), int((~bought).sum())) < LEAST_BUYERS:
        return None
    features = _features(ordered)
    means = _rounded(np.asarray(np.mean(features, axis=0), dtype=np.float64))
    deviations = _rounded(np.asarray(np.std(features, axis=0), dtype=np.float64))
    columns = _standardised(features, np.array(means), np.array(deviations))
    buying = logistic_regression.fit(columns, bought, strength=STRENGTH)
    if buying is None:
        return None
    logs = np.log(future[bought])
    lines = _least_squares(columns[bought], logs)
    residuals = logs - lines[0] - (columns[bought] * lines[1:]).sum(axis=1)
    variance = round(float((residuals**2).sum() / max(len(residuals) - columns.shape[1] - 1, 1)), DIGITS)
    chance = np.exp(-np.logaddexp(0.0, -(buying.intercept + (columns * np.array(buying.slopes)).sum(axis=1))))
    return TwoPart(
        means=means,
        deviations=deviations,
        buys=(buying.intercept, *buying.slopes),
        logs=_rounded(lines),
        variance=variance,
        customers=len(future),
        buys_root=_root_of_covariance(columns, chance * (1.0 - chance), 1.0 / STRENGTH),
        logs_root=_root_of_covariance(columns[bought], np.full(len(logs), 1.0 / max(variance, 1e-12)), RIDGE),
    )


def _features(rows: pl.DataFrame) -> FloatArray:
    """The columns of FEATURES, shape (n, k)."""
    order_days = pl.col("repeats") + 1
    columns = (
        order_days.cast(pl.Float64).log(),
        (1 + pl.col("age_days") - pl.col("recency_days")).cast(pl.Float64).log(),
        pl.max_horizontal(pl.col("value").cast(pl.Float64) / order_days, pl.lit(0.01)).log(),
    )
    named = (column.alias(name) for column, name in zip(columns, FEATURES, strict=True))
    return np.asarray(rows.select(named).to_numpy(), dtype=np.float64)


def _standardised(values: FloatArray, means: FloatArray, deviations: FloatArray) -> FloatArray:
    """In standard deviations from the past's mean, no further than REACH: beyond, a straight line is a guess."""
    distance = (values - means) / np.where(deviations > 0, deviations, 1.0)
    return np.where(deviations > 0, np.clip(distance, -REACH, REACH), 0.0)


def _least_squares(columns: FloatArray, target: FloatArray) -> FloatArray:
    """Intercept and slopes, a little ridged."""
    design = np.column_stack([np.ones(len(target)), columns])
    squares = np.einsum("ni,nj->ij", design, design) / len(target)
    ridge = np.diag([0.0, *([RIDGE] * columns.shape[1])])
    products = np.einsum("ni,n->i", design, target) / len(target)
    return np.asarray(np.linalg.solve(squares + ridge, products), dtype=np.float64)


def _root_of_covariance(columns: FloatArray, weights: FloatArray, ridge: float) -> tuple[tuple[float, ...], ...]:
    """Symmetric root of (X' W X + ridge of the slopes)^-1: of the coefficients' covariance."""
    design = np.column_stack([np.ones(len(columns)), columns])
    information = np.einsum("ni,n,nj->ij", design, weights, design) + np.diag([0.0, *([ridge] * columns.shape[1])])
    values, vectors = np.linalg.eigh(information)
    root = np.einsum("ik,k,jk->ij", vectors, 1.0 / np.sqrt(np.maximum(values, 1e-9)), vectors)
    return tuple(_rounded(row) for row in root)


def _rounded(values: FloatArray) -> tuple[float, ...]:
    return tuple(round(float(value), DIGITS) for value in values)
