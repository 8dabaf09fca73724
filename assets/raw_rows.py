"""What has just landed, as the checks of the raw tables see it: the newest delivery of every source, row by row.

Older deliveries were looked at when they came; their warnings stand in the reports of their nights.
"""

from __future__ import annotations

from assets.contracts import Column, Contract
from assets.expectations import CheckOutcome
from assets.expectations.suites import RETAIL_EXPECTATIONS
from assets.landing.judging import LANDED_TABLE
from assets.night import Night
from assets.statements import identifier, literal, sql_text

_EVENT = {
    "transactions": "ordered_at",
    "surveys": "responded_at",
    "customers": "acquired_at",
    "exchange_rates": "rated_on",
}


def _raw(kind: str) -> Contract:
    return Contract(
        name=f"raw_{kind}",
        description=f"Rows of the newest delivery of every source of {kind}, as they were read and judged.",
        grain="record",
        key=("source", "file", "line_number"),
        group="raw",
        published=False,
        may_be_empty=True,
        columns=(
            Column("source", "VARCHAR", "Name of the source."),
            Column("file", "VARCHAR", "File name relative to the source's folder."),
            Column("line_number", "BIGINT", "Line of the file on which the record starts, from 1.", low=1),
        ),
    )


RAW: dict[str, Contract] = {kind: _raw(kind) for kind in LANDED_TABLE}
"""The raw tables by kind of source; their further columns are those of the landed table."""


def show_newest_rows(night: Night, kind: str) -> None:
    """Make the view that holds the newest deliveries of a kind, as far as the night may know them.

    With that of the transactions comes ``usual_ranges``, what the source's own history says of their sizes.
    """
    text = sql_text("landing/newest_rows.sql").replace("__landed__", LANDED_TABLE[kind])
    text = text.replace("__event__", _EVENT[kind]).replace("$as_of", f"date {literal(night.as_of.isoformat())}")
    night.warehouse.rows(f"create or replace view {identifier(RAW[kind].name)} as {text}")
    if kind == "transactions":
        night.warehouse.keep("usual_ranges", night.query("landing/usual_ranges.sql"))


def check_raw_rows(night: Night, kind: str) -> list[CheckOutcome]:
    """The verdicts on the newest deliveries of a kind; where no source is of the kind, there is nothing to say."""
    contract = RAW[kind]
    specs = list(RETAIL_EXPECTATIONS[contract.name])
    if all(source.kind != kind for source in night.configuration.sources):
        return [CheckOutcome(spec.table, spec.name, True, spec.severity, {}, spec.description) for spec in specs]
    from assets.expectations.validation import validate

    show_newest_rows(night, kind)
    return validate(night.warehouse, contract, as_of=night.as_of, configuration=night.configuration, specs=specs)
