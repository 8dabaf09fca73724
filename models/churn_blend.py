"""The blend: the mean of the logits of a linear model, slow boosted trees and a purchase model, and each of them alone.

Three views of one customer that err differently: what is straight, what bends and interacts, and what buying at a
steady rate until dropping out would imply. The purchase model's part is P(no order in H) of the MBG/NBD (Batislam et
al. 2007): who is alive may still not buy, and a one-time buyer may have gone. 1 - P(alive) is not churn risk.

The mean of logits came out calibrated on every log it was tried on; a calibrator on top, learned from a later part of
the past, made the log loss worse.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import polars as pl

from models import beta_geometric_nbd, boosted_trees, churn_linear, churn_reasons, purchase_histories
from models.beta_geometric_nbd import BetaGeometricNbd
from models.boosted_trees import BoostedTrees
from models.churn import RISK_DECIMALS, Lesson
from models.churn_features import FEATURES, dictionary_hash, matrix
from models.churn_linear import ChurnLinear
from models.classification import logit, sigmoid
from models.logistic_regression import FloatArray

LEAST_CUSTOMERS: Final = 50
LEAST_PER_OUTCOME: Final = 10
LEAST_FOR_TREES: Final = 500  # customers; with fewer, trees learn who was there
# On UCI Online Retail 60 trees at rate 0.06 are as good as 200 at 0.02 (AUC within 0.0002), at a third of the cost.
TREES, RATE, LEAVES, RIDGE = 60, 0.06, 12, 10.0
LEAF_SHARE, LEAF_ROWS = 0.02, 20
STEEPEST: Final = 1e-4  # gradient per customer above which the purchase model's fit has not arrived
CHUNK: Final = 100_000  # rows scored together: what bounds the memory
PURCHASES_FEATURE: Final = next(place for place, feature in enumerate(FEATURES) if feature.name == "overdue")
"""What the purchase model says of a customer's silence is told under the theme of this feature, the rhythm."""


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
    """A fitted model of one to three parts; a part that could not be learned is None.

    Attributes:
        name: ``blend``, or the part it consists of: ``logistic``, ``boosting``, ``mbg_nbd``.
        dictionary: hash of the feature dictionary it reads.
        linear, trees, purchases: the parts.
        typical: per theme the median of its measure over the past; None where no past customer had it.
        rows: past rows it was learned from.
    """

    name: str
    dictionary: str
    linear: ChurnLinear | None
    trees: BoostedTrees | None
    purchases: PurchasePart | None
    typical: churn_reasons.Typical
    rows: int

    @property
    def parts(self) -> tuple[str, ...]:
        """The ids of the parts it has."""
        held = {"logistic": self.linear, "boosting": self.trees, "mbg_nbd": self.purchases}
        return tuple(name for name, part in held.items() if part is not None)

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits of the hash of the parameters."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]

    @property
    def typical_logit(self) -> float:
        """What the contributions are counted from: the parts' own middles, averaged."""
        middles = (
            self.linear and self.linear.intercept,
            self.trees and self.trees.expected,
            self.purchases and self.purchases.typical_logit,
        )
        return sum(middle for middle in middles if middle is not None) / len(self.parts)

    def risk(self, rows: pl.DataFrame) -> FloatArray:
        """The probability per row, shape (n,)."""
        found = [self._logits(chunk) for chunk in rows.iter_slices(CHUNK)]
        return np.round(sigmoid(np.concatenate([np.zeros(0), *found])), RISK_DECIMALS)

    def risk_of(self, values: FloatArray, purchase_logits: FloatArray | None) -> FloatArray:
        """The probability of customers given as features and the purchase model's logits, for permutations."""
        return np.round(sigmoid(self._mean_logit(values, purchase_logits)), RISK_DECIMALS)

    def contributions(self, rows: pl.DataFrame) -> FloatArray:
        """Logits per row and feature, shape (n, k); with ``typical_logit`` they sum to the logit.

        Exact for each part: slopes for the linear one, Shapley values for the trees; the purchase model's whole
        deviation is told under the rhythm.
        """
        values = matrix(rows).to_numpy()
        found = np.zeros(values.shape)
        if self.linear is not None:
            found += self.linear.contributions(values)
        if self.trees is not None:
            found += self.trees.contributions(values)
        if self.purchases is not None:
            found[:, PURCHASES_FEATURE] += self.purchases.logits(rows) - self.purchases.typical_logit
        return found / len(self.parts)

    def reasons(self, rows: pl.DataFrame, *, window_days: int) -> pl.DataFrame:
        """The three themes that move the logit most, against the average customer."""
        told = [
            churn_reasons.strongest(self.contributions(chunk), chunk, self.typical, window_days=window_days)
            for chunk in (rows.iter_slices(CHUNK) if rows.height else [rows])
        ]
        return pl.concat(told)

    def _logits(self, rows: pl.DataFrame) -> FloatArray:
        purchase_logits = None if self.purchases is None else self.purchases.logits(rows)
        return self._mean_logit(matrix(rows).to_numpy(), purchase_logits)

    def _mean_logit(self, values: FloatArray, purchase_logits: FloatArray | None) -> FloatArray:
        total = np.zeros(len(values))
        if self.linear is not None:
            total += self.linear.logits(values)
        if self.trees is not None:
            total += self.trees.logits(values)
        if purchase_logits is not None:
            total += purchase_logits
        return total / len(self.parts)


def learn(lesson: Lesson) -> Mapping[str, ChurnBlend]:
    """Every model the past is large enough for, by name: each part fitted once, then the blend of them.

    Nothing where the past is too small to tell: 50 customers, 10 of them with each outcome. The blend needs two parts.
    """
    past = lesson.past.sort("origin", "customer_id")
    outcomes = past.group_by("churned").agg(pl.col("customer_id").n_unique())["customer_id"]
    customers = past["customer_id"].n_unique()
    if customers < LEAST_CUSTOMERS or outcomes.len() < 2 or min(outcomes.to_list()) < LEAST_PER_OUTCOME:
        return {}
    features, churned = matrix(past), past["churned"].to_numpy()
    linear = churn_linear.fit(features, churned)
    trees = None
    if customers >= LEAST_FOR_TREES:
        trees = boosted_trees.fit(
            features.to_numpy(), churned, trees=TREES, rate=RATE, leaves=LEAVES, ridge=RIDGE,
            least_rows=max(LEAF_ROWS, int(LEAF_SHARE * past.height)),
        )  # fmt: skip
    purchases = _purchase_part(lesson, past)
    typical = churn_reasons.typical_figures(past)

    def made_of(
        name: str, linear: ChurnLinear | None, trees: BoostedTrees | None, purchases: PurchasePart | None
    ) -> ChurnBlend:
        return ChurnBlend(name, dictionary_hash(), linear, trees, purchases, typical, past.height)

    found = (
        made_of("blend", linear, trees, purchases),
        made_of("logistic", linear, None, None),
        made_of("boosting", None, trees, None),
        made_of("mbg_nbd", None, None, purchases),
    )
    return {model.name: model for model in found if len(model.parts) >= (2 if model.name == "blend" else 1)}


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
