"""What a churn model learns from, and what every one of them gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
import polars as pl
from numpy.typing import NDArray

RULE: Final = "recency_rule"
"""The naive rival, which is published where no model beats it."""
RISK_DECIMALS: Final = 6

FloatArray = NDArray[np.float64]


class Judged(Protocol):
    """Anything that gives rows of ``models.churn.features`` a probability."""

    @property
    def name(self) -> str:
        """Its id among ``models.churn.learning.CHURN_MODELS``."""
        ...

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits of the hash of the fitted parameters."""
        ...

    def risk(self, rows: pl.DataFrame) -> FloatArray:
        """P(no valid order in the horizon) per row, shape (n,), within 0..1 and rounded to RISK_DECIMALS."""
        ...


@runtime_checkable
class ChurnModel(Judged, Protocol):
    """A fitted model that can be published: it gives reasons, too."""

    def reasons(self, rows: pl.DataFrame, *, window_days: int) -> pl.DataFrame:
        """Per row ``reason_1..3``, in Chinese too, and ``contribution_1..3`` in logits, largest first."""
        ...


@dataclass(frozen=True)
class Lesson:
    """What is known at one origin to learn from.

    Attributes:
        past: rows of origins that were mature by then, with ``churned``; their order does not matter.
        histories: purchase histories of everybody known at the origin: ``x`` repeat order days, ``t_x`` days from the
            first to the latest, ``age`` days since the first, ``customers`` who have them. They have no outcome.
        horizon_days: H.
    """

    past: pl.DataFrame
    histories: pl.DataFrame
    horizon_days: int
