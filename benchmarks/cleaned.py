"""The tables of the night that clean what landed, and the facts behind them, in the order in which they are made."""

from __future__ import annotations

from assets import clean, facts, identity
from assets.night import NightTable

CLEANING: tuple[NightTable, ...] = (
    clean.file_register, clean.exchange_rates, clean.row_outcomes, clean.row_accounting, clean.quarantine,
    clean.event_freshness, identity.accounts, identity.account_identifiers, identity.customer_identities,
    clean.order_lines, facts.order_flows,
)  # fmt: skip
FACTS: tuple[NightTable, ...] = (*CLEANING, facts.orders, facts.customer_days, clean.customers)
