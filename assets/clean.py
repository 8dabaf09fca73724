"""Cleaning: which files and rows count tonight, where every row went, and the clean tables."""

from __future__ import annotations

import re

import polars as pl

from assets.amended.facts import lines_of_the_night
from assets.amended.people import changed_responses, changed_scopes, known_customers
from assets.landing.judging import LANDED_TABLE
from assets.landing.landing_zone import expect_read, keep_conflicting_texts, mapping_hash, rules_of
from assets.night import Night, table
from assets.statements import Amendment, Query, View, sql_text
from assets.tables import (
    CUSTOMER_IDENTITIES,
    CUSTOMERS,
    EVENT_FRESHNESS,
    EXCHANGE_RATES,
    FILE_REGISTER,
    ORDER_FLOWS,
    ORDER_LINES,
    ORDERS,
    QUARANTINE,
    ROW_ACCOUNTING,
    ROW_OUTCOMES,
    SURVEY_RESPONSES,
    SURVEY_SCOPES,
)


@table(FILE_REGISTER, reads=())
def file_register(night: Night) -> Query:
    """Every file version known tonight: loaded, superseded, a copy, or unreadable."""
    rules = rules_of(night.configuration)
    sources = pl.DataFrame(
        [
            {
                "source": source.name,
                "place": place,
                "order_source": source.order_source,
                "kind": source.kind,
                "delivery": source.delivery,
                "duplicates": source.duplicates,
                "cadence_days": source.cadence_days,
                "currency": source.currency or night.configuration.business.currency,
                "mapping": mapping_hash(source, rules),
            }
            for place, source in enumerate(night.configuration.sources)
        ]
    )
    with night.warehouse.lent("_sources", sources):
        night.warehouse.rows("create or replace table configured_sources as select * from _sources")
    expect_read(night.warehouse, night.known_at)
    zone = night.configuration.business.timezone
    return night.query("landing/file_register.sql", known_at=night.known_at, business_zone=zone)


@table(EXCHANGE_RATES, reads=(FILE_REGISTER,))
def exchange_rates(night: Night) -> Query:
    """The rate of every currency on every day that has one."""
    return night.query("landing/exchange_rate_days.sql", rate_age_days=night.configuration.limits.rate_age_days)


@table(ROW_OUTCOMES, reads=(FILE_REGISTER, EXCHANGE_RATES))
def row_outcomes(night: Night) -> Query:
    """The usable records of the files in force that do not count, and why."""
    return rows_not_counted(night.configuration.business.currency)


def rows_not_counted(base_currency: str, *, register: str = "file_register", rates: str = "exchange_rates") -> Query:
    """Which usable records of the files in force do not count: everything else does.

    Args:
        base_currency: the business's.
        register: table of the files known, shaped like ``file_register``: tonight's, or an earlier night's.
        rates: table of the exchange rates known then, shaped like ``exchange_rates``.
    """
    text = f"""
with repeats as ({sql_text("landing/row_outcomes.sql")}),

unconverted as (
    select content_no, line_number, source, outcome, currency, kind, raw_amount, ordered_on as event_on
    from ({sql_text("landing/line_rates.sql").replace("__outcomes__", "repeats")})
    where outcome is not null
)

select * from repeats
union all
select * from unconverted"""
    for table_name, wanted in (("file_register", register), ("exchange_rates", rates)):
        text = re.sub(rf"\b{table_name}\b", wanted, text)
    return Query(text, {"base_currency": base_currency})


@table(ROW_ACCOUNTING, reads=(FILE_REGISTER, ROW_OUTCOMES))
def row_accounting(night: Night) -> Query:
    """Rows in = accepted + duplicates + quarantined, for every file, with the same law for its money."""
    template = sql_text("landing/vanished_rows.sql")
    parts = []
    for kind, landed in LANDED_TABLE.items():
        currency, amount = ("landed.currency", "landed.raw_amount") if kind == "transactions" else ("null", "null")
        part = template.replace("__landed__", landed).replace("__currency__", currency)
        parts.append(f"select * from ({part.replace('__amount__', f'{amount}::decimal(38, 8)')})")
    night.warehouse.rows(f"create or replace temp table vanished_rows as {' union all '.join(parts)}")
    return night.query("landing/row_accounting.sql")


@table(QUARANTINE, reads=(FILE_REGISTER, EXCHANGE_RATES, ROW_OUTCOMES))
def quarantine(night: Night) -> Query:
    """Every record set aside, with its original text and all its reasons."""
    keep_conflicting_texts(night.warehouse, night.configuration, night.home)
    return night.query("landing/quarantine.sql", base_currency=night.configuration.business.currency)


@table(EVENT_FRESHNESS, reads=(ROW_ACCOUNTING,))
def event_freshness(night: Night) -> Query:
    """How far each source's data reach."""
    return night.query("landing/event_freshness.sql")


@table(ORDER_LINES, reads=(FILE_REGISTER, EXCHANGE_RATES, ROW_OUTCOMES, CUSTOMER_IDENTITIES))
def order_lines(night: Night) -> View:
    """Clean order lines up to as_of, read where they landed."""
    return lines_of_the_night(night)


@table(CUSTOMERS, reads=(FILE_REGISTER, ROW_OUTCOMES, CUSTOMER_IDENTITIES, ORDER_FLOWS, ORDERS))
def customers(night: Night) -> View:
    """Every customer known by as_of."""
    return known_customers(night)


@table(SURVEY_RESPONSES, reads=(FILE_REGISTER, ROW_OUTCOMES, CUSTOMER_IDENTITIES, CUSTOMERS))
def survey_responses(night: Night) -> Amendment:
    """Valid answers up to as_of."""
    return changed_responses(night)


@table(SURVEY_SCOPES, reads=(FILE_REGISTER, ROW_OUTCOMES, SURVEY_RESPONSES))
def survey_scopes(night: Night) -> Amendment:
    """The scopes each response counts in."""
    return changed_scopes(night)
