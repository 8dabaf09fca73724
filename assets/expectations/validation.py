"""Check a table of the warehouse: one Great Expectations validation, on the run's own connection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import duckdb

from assets.configuration.settings import Configuration
from assets.contracts import Contract
from assets.error_texts import without_values
from assets.expectations import specs_for
from assets.expectations.repeated_keys import may_repeat
from assets.expectations.scan import bounds_of, figures_of, sample_sql, scan_sql
from assets.expectations.settings import filled, settings
from assets.expectations.specs import KEY, ROWS, CheckOutcome, ExpectationSpec, json_value
from assets.warehouse import Warehouse


def validate(
    warehouse: Warehouse,
    contract: Contract,
    *,
    as_of: dt.date,
    configuration: Configuration | None = None,
    specs: list[ExpectationSpec] | None = None,
    previous_rows: Mapping[str, int] | None = None,
) -> list[CheckOutcome]:
    """Check every expectation of the table and report them in the order they are declared.

    Args:
        warehouse: holds the table under the contract's name; its connection is read and left as it was.
        contract: the table's promise.
        as_of: the night's date.
        configuration: the night's limits and sources; None for the limits as shipped and a shop that maps everything.
        specs: what to check instead of :func:`assets.expectations.specs_for`.
        previous_rows: how many rows each table of the predecessor release has; None where there is none.

    Returns:
        One outcome per expectation. An expectation that could not be evaluated is a failed outcome of severity
        ``error``.
    """
    # Great Expectations takes seconds to import: only a night that checks pays for it.
    from assets.expectations import gx_suite

    tonight = settings(contract, as_of, configuration, previous_rows)
    filled_in = [filled(spec, tonight) for spec in (specs_for(contract) if specs is None else specs)]
    asked = [_looked_into(warehouse, spec) if spec.type == KEY else spec for spec in filled_in]

    def check(some: list[ExpectationSpec]) -> dict[str, gx_suite.Finding]:
        return gx_suite.findings(warehouse.connection, contract, some, scan_sql(some))

    found = check(asked)
    # The scan is one statement: where it cannot run, each question is asked alone, so that only the culprit crashes.
    crashed = [spec for spec in asked if found[spec.name].error is not None and figures_of(spec)]
    if crashed and not warehouse.has(contract.name):
        missing = "the warehouse has no such table"
        return [CheckOutcome(s.table, s.name, False, "error", {}, s.description, error=missing) for s in asked]
    for spec in crashed if len(crashed) > 1 else ():
        found |= check([spec])
    return [_outcome(warehouse, contract, spec, found[spec.name]) for spec in asked]


def _looked_into(warehouse: Warehouse, spec: ExpectationSpec) -> ExpectationSpec:
    """The spec of a key, with what its rows' numbers say: where none repeats, the scan need not group the table."""
    try:
        repeats = may_repeat(warehouse, spec.table, spec.kwargs["columns"])
    except duckdb.Error:
        return spec  # the scan fails as well, and tells of it
    return replace(spec, kwargs={**spec.kwargs, "may_repeat": repeats})


def _outcome(warehouse: Warehouse, contract: Contract, spec: ExpectationSpec, finding: Any) -> CheckOutcome:
    if finding.error is not None:
        error = without_values(finding.error)
        return CheckOutcome(spec.table, spec.name, False, "error", {}, spec.description, error=error)
    sample: tuple[Mapping[str, Any], ...] = ()
    if not finding.passed and (sql := sample_sql(contract, spec)) is not None:
        sample = _sample(warehouse, sql)
    observed = _observed(spec, finding.observed)
    return CheckOutcome(spec.table, spec.name, finding.passed, spec.severity, observed, spec.description, sample)


def _sample(warehouse: Warehouse, sql: str) -> tuple[Mapping[str, Any], ...]:
    frame = warehouse.connection.sql(sql).pl()
    return tuple({name: json_value(value) for name, value in row.items()} for row in frame.iter_rows(named=True))


def _observed(spec: ExpectationSpec, observed: Any) -> dict[str, Any]:
    """Figures under the names of their rules with their bounds; of several row rules those that some row breaks."""
    figures = figures_of(spec)
    if not figures:
        return {spec.name: json_value(observed)}
    answers = {figure.rule: json_value(observed[figure.column]) for figure in figures}
    if spec.type in (ROWS, KEY):
        broken = {rule: count for rule, count in answers.items() if count}
        return {"broken": sum(broken.values()), **(broken if len(answers) > 1 else {})}
    low, high = bounds_of(spec)
    bounds = {"at_least": low, "at_most": high}
    return answers | {name: bound for name, bound in bounds.items() if bound is not None}
