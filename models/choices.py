"""Which model is published and why: the sentence that tables hold, and its clauses for whoever speaks otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Clause = Mapping[str, object]
"""``says`` and the figures that it takes, all of them values of JSON."""


@dataclass(frozen=True)
class Choice:
    """The model to publish.

    Attributes:
        model: its id.
        reason: why, in one English sentence with ids, as the tables hold it.
        because: the same in clauses, in reading order.
    """

    model: str
    reason: str
    because: tuple[Clause, ...]


def clause(says: str, **figures: object) -> Clause:
    """One clause; figures with a fraction are kept to a millionth."""
    kept = {name: round(figure, 6) if isinstance(figure, float) else figure for name, figure in figures.items()}
    return {"says": says, **kept}
