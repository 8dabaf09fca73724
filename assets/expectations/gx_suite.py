"""Great Expectations' side: specs become a suite, one validation becomes findings. Importing this loads it.

Importing Great Expectations costs about nine CPU seconds, so nothing imports this module before a table is checked.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import duckdb
from sqlalchemy.pool import StaticPool

from assets.contracts import Contract
from assets.expectations import duckdb_dialect
from assets.expectations.scan import bounds_of, figures_of
from assets.expectations.specs import ExpectationSpec
from assets.warehouse import set_to

with warnings.catch_warnings():
    # The library imports modules that Python has deprecated (sre_constants, for one).
    warnings.simplefilter("ignore", DeprecationWarning)
    import great_expectations as gx
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from great_expectations.datasource.fluent.sql_datasource import TableAsset
    from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration


@dataclass(frozen=True)
class Finding:
    """What Great Expectations said of one expectation; ``error`` where it could not say."""

    passed: bool
    observed: Any
    error: str | None


class ExpectScannedFiguresToBeBetween(UnexpectedRowsExpectation):
    """Every named figure of the table's scan lies between the bounds; a figure that is NULL gives no verdict.

    All expectations of a table share one query text, and Great Expectations resolves a metric once per text: the scan
    runs once. The row-count metric of the base class would run it a second time, so it is not asked for.
    """

    figures: list[str]
    min_value: float | None = None
    max_value: float | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        [answer] = metrics["unexpected_rows_query.table"]
        observed = {name: answer[name] for name in self.figures}
        return {"success": all(map(self._holds, observed.values())), "result": {"observed_value": observed}}

    def _holds(self, value: float | None) -> bool:
        if value is None:
            return True
        # Written so that NaN, which compares false with everything, does not hold.
        return (self.min_value is None or value >= self.min_value) and (
            self.max_value is None or value <= self.max_value
        )


def findings(
    connection: duckdb.DuckDBPyConnection, contract: Contract, specs: list[ExpectationSpec], scan: str
) -> dict[str, Finding]:
    """One validation of the table's whole suite, by the name of the expectation.

    Args:
        connection: the run's own; read only, and usable afterwards.
        contract: the table, stored under its name.
        specs: what is expected.
        scan: the SQL that answers every scanned figure in one row.
    """
    expectations = [_expectation(spec, scan) for spec in specs]
    checker = _checker()
    try:
        # What a statement names twice is read twice: DuckDB 2.0 would write all the table's rows down for it.
        read_again = set_to(connection, "disabled_optimizers", "'common_subplan'")
        with checker.borrowed.lent(connection), read_again, _silent_library():
            validation = checker.validated(contract, expectations)
    except Exception as error:
        # The table cannot be read at all (an aborted transaction, a lost disk): that is every expectation's verdict.
        return {spec.name: Finding(False, None, f"{type(error).__name__}: {error}") for spec in specs}
    # Results come in an order of their own: the name travels in the metadata.
    return {result.expectation_config.meta["name"]: _finding(result) for result in validation.results}


class _Checker:
    """Great Expectations' view of the warehouse: in memory, without files, telemetry or progress bars.

    It is made once and kept: making it takes longer than most validations. Only the connection is lent anew each time.
    """

    def __init__(self) -> None:
        self.borrowed = duckdb_dialect.BorrowedConnection()
        self._tables: dict[str, Any] = {}
        nothing_kept = DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        )
        context = gx.get_context(mode="ephemeral", project_config=nothing_kept)
        self._source = context.data_sources.add_sql(
            "warehouse",
            connection_string=duckdb_dialect.URL,
            # create_engine's arguments; the library's type stub leaves the parameter out
            kwargs={"creator": lambda: self.borrowed, "poolclass": StaticPool},  # pyright: ignore[reportCallIssue]
        )

    def validated(self, contract: Contract, expectations: list[Any]) -> Any:
        """Great Expectations' validation of the suite."""
        suite = gx.ExpectationSuite(name=contract.name, expectations=expectations)
        return self._whole_table(contract.name).get_batch().validate(suite, result_format="BASIC")

    def _whole_table(self, name: str) -> Any:
        if name not in self._tables:
            # The source's own methods write down all it has, as YAML, at each asset and each definition they add.
            asset = TableAsset(name=name, table_name=name)  # pyright: ignore[reportCallIssue]  # pydantic fields
            asset._datasource = self._source
            self._source.assets.append(asset)
            self._tables[name] = BatchDefinition(name="night", partitioner=None)
            self._tables[name].set_data_asset(asset)
        return self._tables[name]


@cache
def _checker() -> _Checker:
    return _Checker()


def _expectation(spec: ExpectationSpec, scan: str) -> Any:
    figures = figures_of(spec)
    if figures:
        low, high = bounds_of(spec)
        return ExpectScannedFiguresToBeBetween(
            unexpected_rows_query=scan,
            figures=[figure.column for figure in figures],
            min_value=low,
            max_value=high,
            meta={"name": spec.name},
        )
    configuration = ExpectationConfiguration(type=spec.type, kwargs=dict(spec.kwargs), meta={"name": spec.name})
    return configuration.to_domain_obj()


def _finding(result: Any) -> Finding:
    # A crashed expectation looks like one that failed; only exception_info tells. It is flat where nothing was raised
    # and keyed by metric where something was.
    info = result.exception_info or {}
    raised = [info] if "raised_exception" in info else list(info.values())
    messages = [entry["exception_message"] for entry in raised if entry.get("raised_exception")]
    observed = (result.result or {}).get("observed_value")
    return Finding(bool(result.success) and not messages, observed, messages[0] if messages else None)


@contextmanager
def _silent_library() -> Iterator[None]:
    """Without the library's log lines: where a query fails, they quote it and the values it failed on."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
