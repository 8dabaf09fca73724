"""Cleaning: which files and rows count tonight, where every row went, and the clean tables."""

from __future__ import annotations

import polars as pl

from assets.landing.judging import LANDED_TABLE
from assets.landing.landing_zone import keep_conflicting_texts, mapping_hash, rules_of
from assets.night import Night, table
from assets.tables import (
    CUSTOMERS,
    EVENT_FRESHNESS,
    FILE_REGISTER,
    ORDER_LINES,
    ORDERS,
    QUARANTINE,
    ROW_ACCOUNTING,
    ROW_OUTCOMES,
    SURVEY_RESPONSES,
    SURVEY_SCOPES,
)
from assets.warehouse import Query, query

_PARENT = {"transactions": "landed.order_id", "surveys": "landed.response_id", "customers": "landed.customer_id"}


@table(FILE_REGISTER, reads=())
def file_register(night: Night) -> Query:
    """Every file version known tonight: loaded, superseded, a copy, or unreadable."""
    rules = rules_of(night.configuration)
    sources = pl.DataFrame(
        [
            {
                "source": source.name,
                "kind": source.kind,
                "delivery": source.delivery,
                "duplicates": source.duplicates,
                "cadence_days": source.cadence_days,
                "currency": source.currency or night.configuration.business.currency,
                "mapping": mapping_hash(source, rules),
            }
            for source in night.configuration.sources
        ]
    )
    night.warehouse.connection.register("_sources", sources)
    night.warehouse.rows("create or replace table configured_sources as select * from _sources")
    night.warehouse.connection.unregister("_sources")
    zone = night.configuration.business.timezone
    return query("landing/file_register.sql", known_at=night.known_at, business_zone=zone)


@table(ROW_OUTCOMES, reads=(FILE_REGISTER,))
def row_outcomes(night: Night) -> Query:
    """What became of every readable record of the files in force."""
    template = query("landing/row_outcomes.sql").sql
    parts = [
        f"select * from ({template.replace('__landed__', landed).replace('__parent__', _PARENT[kind])})"
        for kind, landed in LANDED_TABLE.items()
    ]
    return Query("\nunion all\n".join(parts), {})


@table(ROW_ACCOUNTING, reads=(FILE_REGISTER, ROW_OUTCOMES))
def row_accounting(night: Night) -> Query:
    """Rows in = accepted + duplicates + quarantined, for every file, with the same law for its money."""
    return night.query("landing/row_accounting.sql")


@table(QUARANTINE, reads=(FILE_REGISTER, ROW_OUTCOMES))
def quarantine(night: Night) -> Query:
    """Every record set aside, with its original text and all its reasons."""
    keep_conflicting_texts(night.warehouse, night.configuration, night.home)
    return night.query("landing/quarantine.sql")


@table(EVENT_FRESHNESS, reads=(ROW_ACCOUNTING,))
def event_freshness(night: Night) -> Query:
    """How far each source's data reach."""
    return night.query("landing/event_freshness.sql")


@table(ORDER_LINES, reads=(FILE_REGISTER, ROW_OUTCOMES))
def order_lines(night: Night) -> Query:
    """Clean order lines up to as_of."""
    return night.query("order_lines.sql")


@table(CUSTOMERS, reads=(FILE_REGISTER, ROW_OUTCOMES, ORDER_LINES, ORDERS))
def customers(night: Night) -> Query:
    """Every customer known by as_of."""
    return night.query("customers.sql")


@table(SURVEY_RESPONSES, reads=(FILE_REGISTER, ROW_OUTCOMES, CUSTOMERS))
def survey_responses(night: Night) -> Query:
    """Valid answers up to as_of."""
    return night.query("survey_responses.sql")


@table(SURVEY_SCOPES, reads=(FILE_REGISTER, ROW_OUTCOMES, SURVEY_RESPONSES))
def survey_scopes(night: Night) -> Query:
    """The scopes each response counts in."""
    return night.query("landing/survey_scopes.sql")
