"""An expectation as plain data, and the outcome of checking one.

The types that begin with ``expect_table_`` are Great Expectations' own and take its arguments. Four more are answered
by one scan of the table (see :mod:`assets.expectations.scan`):

=============================  =======================================================================
``expect_rows_to_satisfy``     ``conditions``: rule -> SQL that is true for every row (NULL is not true)
``expect_key_to_be_unique``    ``columns``: the key; two NULLs are equal; ``may_repeat``: False where it is known by
                               now that none does
``expect_figures_to_be_between``  ``expressions``: rule -> one SQL aggregate; ``min_value``, ``max_value``; NULL is no
                                  verdict; ``blame``: SQL that is true for the rows to show, or None
``expect_shares_of_sources_to_be_small``  ``conditions``: rule -> SQL that is true for a good row; in no source may
                                  more than ``at_most`` of the rows break one; a source is judged from ``from_rows`` on
=============================  =======================================================================

SQL says ``{batch}`` for the table. SQL and bounds may name what the night decides, such as ``{as_of}`` or
``{quarantine_rate}`` (see :mod:`assets.expectations.settings`): a spec stays the same data on every night.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Severity = Literal["error", "warn"]
Bound = float | str | None
"""A number, or a setting's name in braces."""

ROWS = "expect_rows_to_satisfy"
KEY = "expect_key_to_be_unique"
FIGURES = "expect_figures_to_be_between"
SHARES = "expect_shares_of_sources_to_be_small"


@dataclass(frozen=True)
class ExpectationSpec:
    """One expectation of one table.

    Attributes:
        table: name of the table.
        name: snake_case, unique within the table and stable: the orchestrator's name of the check.
        description: one sentence for the person who sees it fail.
        severity: ``error`` blocks the release, ``warn`` is shown.
        type: what is expected; see the module.
        kwargs: the type's arguments.
        reads: other tables the SQL reads; they must be there before the check.
        shows: SELECT whose rows explain a failure; None for the keys of the offending rows. It must not show what
            a customer's data say.
        notify: whether the notifier is told of a failure, once per run.
    """

    table: str
    name: str
    description: str
    severity: Severity
    type: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    shows: str | None = None
    notify: bool = False


@dataclass(frozen=True)
class CheckOutcome:
    """What one check of one table found.

    Attributes:
        table: name of the table.
        name: name of the check.
        passed: whether it holds; false where the check itself could not be evaluated.
        severity: ``error`` or ``warn``; always ``error`` where the check could not be evaluated.
        observed: figures behind the verdict, fit for JSON.
        description: what was expected.
        sample: the keys of at most five offending rows, or the rows the expectation shows; fit for JSON.
        error: why the check could not be evaluated, else None.
    """

    table: str
    name: str
    passed: bool
    severity: Severity
    observed: Mapping[str, Any]
    description: str
    sample: tuple[Mapping[str, Any], ...] = ()
    error: str | None = None


def json_value(value: Any) -> Any:
    """The value as JSON can hold it; decimals and dates as text, so that no digit is lost."""
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {str(name): json_value(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(inner) for inner in value]
    return value


def rows(
    table: str,
    name: str,
    conditions: str | Mapping[str, str],
    description: str,
    *,
    severity: Severity = "error",
    shows: str | None = None,
    notify: bool = False,
) -> ExpectationSpec:
    """Every condition is true for every row of the table; a condition without a name of its own has the check's."""
    named = {name: conditions} if isinstance(conditions, str) else dict(conditions)
    return ExpectationSpec(table, name, description, severity, ROWS, {"conditions": named}, shows=shows, notify=notify)


def shares(
    table: str,
    name: str,
    conditions: str | Mapping[str, str],
    description: str,
    *,
    at_most: float = 0,
    from_rows: int = 1,
) -> ExpectationSpec:
    """In no source does a larger share of the rows than ``at_most`` break a condition."""
    named = {name: conditions} if isinstance(conditions, str) else dict(conditions)
    kwargs = {"conditions": named, "at_most": at_most, "from_rows": from_rows}
    return ExpectationSpec(table, name, description, "warn", SHARES, kwargs)


def figures(
    table: str,
    name: str,
    expressions: str | Mapping[str, str],
    description: str,
    *,
    low: Bound = None,
    high: Bound = None,
    severity: Severity = "warn",
    blame: str | None = None,
    reads: tuple[str, ...] = (),
    shows: str | None = None,
) -> ExpectationSpec:
    """Every aggregate over the table lies between the bounds, both inclusive; ``blame`` is true for rows to show."""
    named = {name: expressions} if isinstance(expressions, str) else dict(expressions)
    kwargs = {"expressions": named, "min_value": low, "max_value": high, "blame": blame}
    return ExpectationSpec(table, name, description, severity, FIGURES, kwargs, reads, shows)
