"""Columns of few values, such as a channel or a region, and how often each value occurs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.simulator.calendar import Floats, Ints
from models.simulator.columns import texts


@dataclass(frozen=True)
class Dimension:
    """A column of few values and how often each occurs in the public; None is a blank."""

    values: tuple[str | None, ...]
    shares: tuple[float, ...]

    def draw(self, n: int, rng: np.random.Generator) -> Ints:
        """Positions in `values` of n draws."""
        below: Floats = np.cumsum(np.array(self.shares))
        return np.searchsorted(below, rng.random(n) * float(below[-1]), side="right").astype(np.int64)

    def text(self, position: Ints) -> pl.Series:
        """The values at these positions."""
        return texts(self.values, position)
