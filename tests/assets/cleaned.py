"""The tables from what landed to the compact facts, in the order of the night."""

from __future__ import annotations

from assets import clean, facts, identity
from assets.night import NightTable

CLEANED: tuple[NightTable, ...] = (
    clean.file_register, clean.exchange_rates, clean.row_outcomes, clean.row_accounting, clean.quarantine,
    clean.event_freshness, identity.accounts, identity.account_identifiers, identity.customer_identities,
    clean.order_lines, facts.order_flows, facts.orders, facts.customer_days, clean.customers, clean.survey_responses,
    clean.survey_scopes,
)  # fmt: skip
