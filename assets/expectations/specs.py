"""An expectation as plain data, and the outcome of checking one.

The types that begin with ``expect_table_`` are Great Expectations' own and take its arguments. Four more are answered
by one scan of the table (see :mod:`assets.expectations.scan`):

=============================  =======================================================================
``expect_rows_to_satisfy``     ``conditions``: rule -> SQL that is true for every row (NULL is not true)
``expect_key_to_be_unique``    ``columns``: the key; two NULLs are equal
``expect_column_types_to_be``  ``types``: column -> DuckDB type
``expect_figure_to_be_between``  ``expression``: one SQL aggregate; ``min_value``, ``max_value``; NULL is no verdict;
                                 ``blame``: SQL that is true for the rows to show, or None
=============================  =======================================================================

SQL may say ``{as_of}`` for the night's date and ``{batch}`` for the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warn"]

ROWS = "expect_rows_to_satisfy"
KEY = "expect_key_to_be_unique"
TYPES = "expect_column_types_to_be"
FIGURE = "expect_figure_to_be_between"


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
    """

    table: str
    name: str
    description: str
    severity: Severity
    type: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)


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
        sample: at most five offending rows, key columns only, fit for JSON.
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


def rows(table: str, name: str, condition: str, description: str, *, severity: Severity = "error") -> ExpectationSpec:
    """The condition is true for every row of the table."""
    return ExpectationSpec(table, name, description, severity, ROWS, {"conditions": {name: condition}})


def figure(
    table: str,
    name: str,
    expression: str,
    description: str,
    *,
    low: float | None = None,
    high: float | None = None,
    severity: Severity = "warn",
    blame: str | None = None,
) -> ExpectationSpec:
    """The aggregate over the table lies between the bounds, both inclusive; ``blame`` is true for rows to show."""
    return ExpectationSpec(
        table,
        name,
        description,
        severity,
        FIGURE,
        {"expression": expression, "min_value": low, "max_value": high, "blame": blame},
    )
