"""What an action brought: customers who were to be contacted beside those held out at random.

The difference of two shares has Newcombe's interval (:mod:`models.wave_changes`). What customers spend is skewed and
the held-out are few: an interval from each group's own variance claims a difference twice too often. The one here is
that of the drawing itself: Fisher, R. A. (1935), "The Design of Experiments", section 21, asks how far apart the groups
would be had other customers been held out; the answer's variance and skewness follow from all customers together, its
quantiles from Cornish, E. A. and Fisher, R. A. (1938), "Moments and cumulants in the specification of distributions",
Revue de l'Institut International de Statistique 5(4), 307-320. The interval leaves 0 out where that test would be
significant at 5 %; taken as one of the difference it supposes that the action brings everybody the same.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from models.proportions import normal_quantile
from models.wave_changes import change_of_shares

OUTCOMES: Final = ("ordered", "net_value")
STATUSES: Final = ("more", "less", "not_distinguishable", "too_few_data")
COMPARED: Final = ("action", "kind", "segment", "hold_out")
"""What two customers have in common who may be compared: all else is chance."""

FloatArray = npt.NDArray[np.float64]

_Z: Final = normal_quantile(0.95)


@dataclass(frozen=True)
class Effect:
    """The figure of both groups, their difference, and its 95 % interval; None where a group is empty.

    The interval is None, too, where no customer's figure differs from another's.
    """

    called_value: float | None
    held_out_value: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None


def effects(outcomes: pl.DataFrame, *, has_money: bool, minimum_n: int) -> pl.DataFrame:
    """The outcomes of both groups, their difference, and what may be said of it.

    Args:
        outcomes: one row per customer and what it is compared by: ``COMPARED``, ``is_control``, ``listed_on``, whether
            it ``has_ordered``, its ``net_value``.
        has_money: whether the shop's money is known; where not, nothing is said of it.
        minimum_n: fewest customers of a group from which anything is said.

    Returns one row per ``COMPARED`` and ``outcome``: shares of customers, or money per customer.
    """
    rows: list[dict[str, Any]] = []
    for key, group in outcomes.sort(*COMPARED).group_by(*COMPARED, maintain_order=True):
        called, held = (group.filter(pl.col("is_control") == is_control) for is_control in (False, True))
        found = {"ordered": effect_on_share(called["has_ordered"].to_numpy(), held["has_ordered"].to_numpy())}
        if has_money:
            money = (one["net_value"].cast(pl.Float64).sort().to_numpy() for one in (called, held))
            found["net_value"] = effect_on_mean(*money)
        common = {
            **dict(zip(COMPARED, key, strict=True)),
            "called": called.height,
            "held_out": held.height,
            "first_listed_on": group["listed_on"].min(),
            "last_listed_on": group["listed_on"].max(),
        }
        enough = min(called.height, held.height) >= minimum_n
        rows += [
            {**common, "outcome": outcome, **asdict(effect), "status": _status(effect, enough)}
            for outcome, effect in found.items()
        ]
    return pl.DataFrame(rows, schema=_SCHEMA)


def effect_on_share(called: npt.NDArray[np.bool_], held: npt.NDArray[np.bool_]) -> Effect:
    """Of yes and no of each customer."""
    (x1, n1), (x2, n2) = ((int(group.sum()), len(group)) for group in (called, held))
    if not n1 or not n2:
        return Effect(x1 / n1 if n1 else None, x2 / n2 if n2 else None)
    change = change_of_shares(x1, n1, x2, n2)
    return Effect(x1 / n1, x2 / n2, change.estimate, change.low, change.high)


def effect_on_mean(called: FloatArray, held: FloatArray) -> Effect:
    """Of an amount of each customer, in a given order."""
    if not len(called) or not len(held):
        return Effect(*(float(group.mean()) if len(group) else None for group in (called, held)))
    mean1, mean2 = float(called.mean()), float(held.mean())
    difference = mean1 - mean2
    if min(called.min(), held.min()) == max(called.max(), held.max()):
        return Effect(mean1, mean2, difference)
    error, skewness = _of_the_drawing(np.concatenate([called, held]), len(called), len(held))
    low, high = (difference - error * (z + (z**2 - 1) * skewness / 6) for z in (_Z, -_Z))  # Cornish and Fisher 1938
    return Effect(mean1, mean2, difference, low, high)


def _of_the_drawing(everybody: FloatArray, n1: int, n2: int) -> tuple[float, float]:
    """Standard deviation and skewness of the difference of means over all ways to part so many customers."""
    away = everybody - everybody.mean()
    error = float((away**2).sum() / (n1 + n2 - 1) * (1 / n1 + 1 / n2)) ** 0.5
    return error, float((away**3).mean()) * (1 / n1**2 - 1 / n2**2) / error**3


def _status(effect: Effect, enough: bool) -> str:
    if not enough or effect.difference is None:
        return "too_few_data"
    if effect.low is not None and effect.low > 0:
        return "more"
    if effect.high is not None and effect.high < 0:
        return "less"
    return "not_distinguishable"


_SCHEMA: Final = {
    "action": pl.String, "kind": pl.String, "segment": pl.String, "hold_out": pl.Float64, "outcome": pl.String,
    "called": pl.Int64, "held_out": pl.Int64, "called_value": pl.Float64, "held_out_value": pl.Float64,
    "difference": pl.Float64, "low": pl.Float64, "high": pl.Float64, "status": pl.String,
    "first_listed_on": pl.Date, "last_listed_on": pl.Date,
}  # fmt: skip
