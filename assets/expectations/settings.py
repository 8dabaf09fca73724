"""What the night decides and expectations only name: its date and what its configuration says.

A spec is the same data on every night; ``{as_of}``, ``{quarantine_rate}`` and the others are filled in when a table is
checked. ``{batch}``, the table itself, is left for the engine.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assets.configuration.settings import Configuration, Limits, Measures, scales_of
from assets.contracts import Contract
from assets.expectations.specs import ExpectationSpec
from assets.statements import literal

_NAME = re.compile(r"\{(?!batch\})(\w+)\}")


def settings(
    contract: Contract,
    as_of: dt.date,
    configuration: Configuration | None,
    previous_rows: Mapping[str, int] | None = None,
) -> dict[str, str | float]:
    """What specs of the table may name.

    Args:
        contract: the table.
        as_of: the night's date.
        configuration: limits and sources; None for the limits as shipped and a shop that maps everything.
        previous_rows: how many rows each table of the predecessor release has.
    """
    limits = Limits() if configuration is None else configuration.limits
    measures = Measures() if configuration is None else configuration.measures
    shops = () if configuration is None else [one for one in configuration.sources if one.kind == "transactions"]
    return {
        "as_of": f"date '{as_of.isoformat()}'",
        "quarantine_rate": limits.quarantine_rate,
        "quarantine_rate_from_rows": limits.quarantine_rate_from_rows,
        "rate_age_days": limits.rate_age_days,
        "window_days": measures.window_days,
        "horizon_days": measures.horizon_days,
        "risk_warns": str(measures.lifecycle.warning_risk is not None).lower(),
        "rfm_cuts": measures.rfm.cuts,
        "loyal_orders": measures.lifecycle.loyal_orders,
        "previous_rows": str((previous_rows or {}).get(contract.name, "null")),
        "scales": _scales(configuration),
        "has_orders": str(configuration is None or bool(shops)).lower(),
        "has_customers": str(configuration is None or any("customer_id" in shop.columns for shop in shops)).lower(),
    }


def _scales(configuration: Configuration | None) -> str:
    """A relation of every declared question: ``question, low, high``."""
    # One question may be asked by several sources: what any of them allows is allowed.
    scales = {} if configuration is None else scales_of(configuration.sources)
    if not scales:
        return "(select cast(null as varchar) as question, 0 as low, 0 as high where false)"
    listed = ", ".join(f"({literal(question)}, {low}, {high})" for question, (low, high) in scales.items())
    return f"(select * from (values {listed}) as declared(question, low, high))"


def filled(spec: ExpectationSpec, values: Mapping[str, str | float]) -> ExpectationSpec:
    """The spec with every setting it names filled in.

    Raises:
        KeyError: a setting that does not exist.

    >>> from assets.expectations.specs import figures
    >>> rate = figures("t", "rate", "avg(x) filter (where day <= {as_of})", "A rate.", high="{quarantine_rate}")
    >>> filled(rate, {"as_of": "date '2024-03-31'", "quarantine_rate": 0.05}).kwargs["max_value"]
    0.05
    """
    return replace(spec, kwargs=_filled(spec.kwargs, values), shows=_filled(spec.shows, values))


def _filled(value: Any, values: Mapping[str, str | float]) -> Any:
    if isinstance(value, Mapping):
        return {name: _filled(inner, values) for name, inner in value.items()}
    if not isinstance(value, str):
        return value
    if whole := _NAME.fullmatch(value):
        return values[whole[1]]
    return _NAME.sub(lambda name: str(values[name[1]]), value)
