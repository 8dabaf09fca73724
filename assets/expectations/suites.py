"""Expectations written by hand: what a person who knows retail data would look for, beyond what a contract implies.

An error is a contradiction: the table disagrees with itself or with its definition. A warning is a finding about the
data (an outlier, a stale source, one segment swallowing the rest) that may well be true and should be seen. Shares are
judged from a hundred rows on; below that a share says little.
"""

from __future__ import annotations

from collections.abc import Sequence

from assets.expectations import (
    suite_of_churn,
    suite_of_customers,
    suite_of_facts,
    suite_of_identity,
    suite_of_landing,
    suite_of_measures,
    suite_of_sources,
)
from assets.expectations.specs import ExpectationSpec


def _by_table(specs: Sequence[ExpectationSpec]) -> dict[str, tuple[ExpectationSpec, ...]]:
    tables: dict[str, list[ExpectationSpec]] = {}
    for spec in specs:
        tables.setdefault(spec.table, []).append(spec)
    return {table: tuple(declared) for table, declared in tables.items()}


RETAIL_EXPECTATIONS: dict[str, tuple[ExpectationSpec, ...]] = _by_table(
    (
        *suite_of_landing.EXPECTATIONS,
        *suite_of_facts.EXPECTATIONS,
        *suite_of_sources.EXPECTATIONS,
        *suite_of_identity.EXPECTATIONS,
        *suite_of_customers.EXPECTATIONS,
        *suite_of_churn.EXPECTATIONS,
        *suite_of_measures.EXPECTATIONS,
    )
)
