"""The tables of the night by name, and those from what landed to the compact facts in its order."""

from __future__ import annotations

import importlib
import pkgutil

import assets
from assets import clean, facts, identity
from assets.night import NightTable

NIGHT_TABLES = {
    found.contract.name: found
    for module in pkgutil.walk_packages(assets.__path__, "assets.")
    if not module.ispkg
    for found in vars(importlib.import_module(module.name)).values()
    if isinstance(found, NightTable)
}
CLEANED: tuple[NightTable, ...] = (
    clean.file_register, clean.exchange_rates, clean.row_outcomes, clean.row_accounting, clean.quarantine,
    clean.event_freshness, identity.accounts, identity.account_identifiers, identity.customer_identities,
    clean.order_lines, facts.order_flows, facts.orders, facts.customer_days, clean.customers, clean.survey_responses,
    clean.survey_scopes,
)  # fmt: skip
