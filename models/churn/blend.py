"""The blend: the mean of the logits of a linear model, slow boosted trees and a purchase model, and each of them alone.

Three views of one customer that err differently: what is straight, what bends and interacts, and what buying at a
steady rate until dropping out would imply. The purchase model's part is P(no order in H) of the MBG/NBD (Batislam et
al. 2007): who is alive may still not buy, and a one-time buyer may have gone. 1 - P(alive) is not churn risk.

The mean of logits came out calibrated on every log it was tried on; a calibrator on top, learned from a later part of
the past, made the log loss worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np
import polars as pl

from models.churn import boosted_trees
from models.churn import linear as churn_linear
from models.churn import reasons as churn_reasons
from models.churn.boosted_trees import BoostedTrees
from models.churn.features import FEATURES, dictionary_hash, matrix
from models.churn.lesson import RISK_DECIMALS, Lesson
from models.churn.linear import ChurnLinear
from models.classification import logit, sigmoid
from models.fitted_parameters import version_of
from models.logistic_regression import FloatArray
from models.value import beta_geometric_nbd, purchase_histories
from models.value.beta_geometric_nbd import BetaGeometricNbd

LEAST_CUSTOMERS: Final = 50
LEAST_PER_OUTCOME: Final = 10
LEAST_FOR_TREES: Final = 500  # customers; with fewer, trees learn who was there
# On UCI Online Retail 60 trees at rate 0.06 are as good as 200 at 0.02 (AUC within 0.0002), at a third of the cost.
TREES, RATE, LEAVES, RIDGE = 60, 0.06, 12, 10.0
LEAF_SHARE, LEAF_ROWS = 0.02, 20
STEEPEST: Final = 1e-4  # gradient per customer above which the purchase model's fit has not arrived
CHUNK: Final = 100_000  # rows scored together: what bounds the memory
PURCHASES_FEATURE: Final = next(place for place, feature in enumerate(FEATURES) if feature.name == "purchase_logit")


@dataclass(frozen=True)
class PurchasePart:
    """P(no order in H) of a fitted MBG/NBD, in logits.

    Attributes:
        r, alpha, a, b: its parameters, in days.
        horizon_days: H.
        typical_logit: mean over the past rows: what a contribution is counted from.
    """

    r: float
    alpha: float
    a: float
    b: float
    horizon_days: int
    typical_logit: float

    def logits(self, rows: pl.DataFrame) -> FloatArray:
        """Logit of 1 - P(alive) (1 - ((alpha + T) / (alpha + T + H))^(r + x)), shape (n,)."""
        model = BetaGeometricNbd("mbg_nbd", self.r, self.alpha, self.a, self.b)
        x, t_x, T = _history(rows)
        none_if_alive = model.probability_none_if_alive(x, T, float(self.horizon_days))
        buys = model.probability_alive(x, t_x, T) * (1.0 - none_if_alive)
        return -logit(buys)


def _history(rows: pl.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(x, t_x, T) of feature rows: repeat order days, days from first to latest, days from first to the origin."""
    x = rows["order_days"].cast(pl.Float64).to_numpy() - 1.0
    T = rows["tenure_days"].cast(pl.Float64).to_numpy()
    return x, T - rows["recency_days"].cast(pl.Float64).to_numpy(), T


@dataclass(frozen=True)
class ChurnBlend:
    """A fitted model: the mean of the logits of one to three parts.

    Attributes:
        name: ``blend``, or the part it consists of: ``logistic``, ``boosting``, ``mbg_nbd``.
        parts: the ids of its parts.
        dictionary: hash of the feature dictionary it reads.
        linear: the part ``logistic``; None where it is no part.
        trees: the part ``boosting``; None where it is no part.
        purchases: the part ``mbg_nbd``, and what the other two read as a feature; None where it cannot be told.
        typical: per theme the median of its measure over the past; None where no past customer had it.
        rows: past rows it was learned from.
    """

    name: str
    parts: tuple[str, ...]
    dictionary: str
    linear: ChurnLinear | None
    trees: BoostedTrees | None
    purchases: PurchasePart | None
    typical: churn_reasons.Typical
    rows: int

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits of the hash of the parameters."""
        return version_of(self)

    @property
    def typical_logit(self) -> float:
        """What the contributions are counted from: the parts' own middles, averaged."""
        middles = 0.0
        if self.linear is not None:
            middles += self.linear.intercept
        if self.trees is not None:
            middles += self.trees.expected
        if self.purchases is not None and "mbg_nbd" in self.parts:
            middles += self.purchases.typical_logit
        return middles / len(self.parts)

    def values(self, rows: pl.DataFrame) -> FloatArray:
        """The features of each row as the parts read them, shape (n, k); NaN where one does not exist."""
        return _values(rows, self.purchases)

    def logits(self, values: FloatArray) -> FloatArray:
        """The logit of each row of :meth:`values`, shape (n,)."""
        total = np.zeros(len(values))
        if self.linear is not None:
            total += self.linear.logits(values)
        if self.trees is not None:
            total += self.trees.logits(values)
        if "mbg_nbd" in self.parts:
            total += values[:, PURCHASES_FEATURE]
        return total / len(self.parts)

    def risk(self, rows: pl.DataFrame) -> FloatArray:
        """The probability per row, shape (n,)."""
        found = [sigmoid(self.logits(self.values(chunk))) for chunk in rows.iter_slices(CHUNK)]
        return np.round(np.concatenate([np.zeros(0), *found]), RISK_DECIMALS)

    def contributions(self, rows: pl.DataFrame) -> FloatArray:
        """Logits per row and feature, shape (n, k); with ``typical_logit`` they sum to the logit.

        Exact for each part: slopes for the linear one, Shapley values for the trees, the purchase model's own logit
        against its mean.
        """
        values = self.values(rows)
        found = np.zeros(values.shape)
        if self.linear is not None:
            found += self.linear.contributions(values)
        if self.trees is not None:
            found += self.trees.contributions(values)
        if self.purchases is not None and "mbg_nbd" in self.parts:
            found[:, PURCHASES_FEATURE] += values[:, PURCHASES_FEATURE] - self.purchases.typical_logit
        return found / len(self.parts)

    def reasons(self, rows: pl.DataFrame, *, window_days: int) -> pl.DataFrame:
        """The three themes that move the logit most, against the average customer."""
        told = [
            churn_reasons.strongest(self.contributions(chunk), chunk, self.typical, window_days=window_days)
            for chunk in (rows.iter_slices(CHUNK) if rows.height else [rows])
        ]
        return pl.concat(told)


def _values(rows: pl.DataFrame, purchases: PurchasePart | None) -> FloatArray:
    said = pl.lit(None, pl.Float64) if purchases is None else pl.Series(purchases.logits(rows))
    return matrix(rows.with_columns(purchase_logit=said)).to_numpy()


def learn(lesson: Lesson) -> Mapping[str, ChurnBlend]:
    """Every model the past is large enough for, by name: each part fitted once, then the blend of them.

    Nothing where the past is too small to tell: 50 customers, 10 of them with each outcome. The blend needs two parts.
    """
    past = lesson.past.sort("origin", "customer_id")
    outcomes = past.group_by("churned").agg(pl.col("customer_id").n_unique())["customer_id"]
    customers = past["customer_id"].n_unique()
    if customers < LEAST_CUSTOMERS or outcomes.len() < 2 or min(outcomes.to_list()) < LEAST_PER_OUTCOME:
        return {}
    purchases = _purchase_part(lesson, past)
    values, churned = _values(past, purchases), past["churned"].to_numpy()
    threads: Any = import_module("threadpoolctl")
    with threads.threadpool_limits(limits=1):  # on matrices this narrow a second thread costs more than it saves
        linear = churn_linear.fit(values, churned)
    trees = None
    if customers >= LEAST_FOR_TREES:
        trees = boosted_trees.fit(
            values, churned, trees=TREES, rate=RATE, leaves=LEAVES, ridge=RIDGE,
            least_rows=max(LEAF_ROWS, int(LEAF_SHARE * past.height)),
        )  # fmt: skip
    fitted = {"logistic": linear, "boosting": trees, "mbg_nbd": purchases}
    learned = tuple(part for part, model in fitted.items() if model is not None)
    typical = churn_reasons.typical_figures(past)
    made_of = {part: (part,) for part in learned} | ({"blend": learned} if len(learned) > 1 else {})
    return {
        name: ChurnBlend(
            name=name,
            parts=parts,
            dictionary=dictionary_hash(),
            linear=linear if "logistic" in parts else None,
            trees=trees if "boosting" in parts else None,
            purchases=purchases,
            typical=typical,
            rows=past.height,
        )
        for name, parts in made_of.items()
    }


def _purchase_part(lesson: Lesson, past: pl.DataFrame) -> PurchasePart | None:
    """The MBG/NBD of everybody known at the origin to be scored; None where buying itself cannot be told from it.

    A shop where nobody seems to drop out leaves a and b at the boundary: the fit is not certified, but P(no order in H)
    is then that of the NBD, whatever a and b are.
    """
    if lesson.histories.is_empty():
        return None
    x, t_x, T = (lesson.histories[name].cast(pl.Float64).to_numpy() for name in ("x", "t_x", "age"))
    customers = lesson.histories["customers"].cast(pl.Float64).to_numpy()
    if not T.max():
        return None
    fitted = beta_geometric_nbd.fit("mbg_nbd", purchase_histories.grouped(x, t_x, T, customers))
    certificate = fitted.certificate
    if certificate.gradient_norm > STEEPEST or {"r", "alpha"} & set(certificate.on_boundary):
        return None
    untold = PurchasePart(*fitted.parameters, horizon_days=lesson.horizon_days, typical_logit=0.0)
    typical = round(float(untold.logits(past).mean()), boosted_trees.DIGITS)
    return PurchasePart(*fitted.parameters, horizon_days=lesson.horizon_days, typical_logit=typical)
