"""What every table of the night must hold, declared as data and checked by Great Expectations.

Importing this package, and asking it for the expectations of a table, loads neither Great Expectations nor
SQLAlchemy: an orchestrator can declare its checks in milliseconds. :func:`assets.expectations.validation.validate`
loads them when a table is checked.
"""

from __future__ import annotations

from assets.contracts import Contract
from assets.expectations.derived import derived_expectations
from assets.expectations.specs import CheckOutcome, ExpectationSpec, Severity
from assets.expectations.suites import RETAIL_EXPECTATIONS

__all__ = ["CheckOutcome", "ExpectationSpec", "Severity", "specs_for"]


def specs_for(contract: Contract) -> list[ExpectationSpec]:
    """Every expectation of the table: those its contract implies, then those written by hand.

    >>> from assets.tables import VALUE_TIERS
    >>> [spec.name for spec in specs_for(VALUE_TIERS)][:4]
    ['key_unique', 'values_as_declared', 'as_many_as_before', 'tier_needs_value']
    """
    return [*derived_expectations(contract), *RETAIL_EXPECTATIONS.get(contract.name, ())]
