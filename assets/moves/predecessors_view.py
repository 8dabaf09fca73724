"""The predecessor's view of the landing zone, built anew beside tonight's: what it knew of the days up to its date.

The same SQL runs over the files known then. Contents made of the same rows, rates and accounts give the same lines to
both; only the others are cleaned for both views.
"""

from __future__ import annotations

import re

import polars as pl

from assets.amended.facts import line_rates
from assets.clean import rows_not_counted
from assets.input_key import configuration_hash
from assets.night import Night
from assets.releases.manifest import Release
from assets.statements import Query, literal
from assets.tables import CUSTOMER_IDENTITIES

_MADE_ANEW = ("order_accounts", "line_rates", "contents_tonight")
_BUILT = "predecessors_view"


def expect_predecessors_view(night: Night, predecessor: Release) -> bool:
    """Build the view where this run has not built it yet; answers whether the lines differ from tonight's at all."""
    warehouse = night.warehouse
    if not warehouse.has(_BUILT) or warehouse.rows(f"from {_BUILT}") != [_of(night, predecessor)]:
        build_predecessors_view(night, predecessor)
    return bool(
        warehouse.scalar(
            "select count(*) > 0 from (from contents_tonight_before union all from contents_tonight_since) as contents"
        )
    )


def _of(night: Night, predecessor: Release) -> tuple[str, ...]:
    """What a view is of: two nights and the configuration."""
    told = (predecessor.id, predecessor.known_at, night.as_of, night.known_at, configuration_hash(night.configuration))
    return tuple(map(str, told))


def build_predecessors_view(night: Night, predecessor: Release) -> None:
    """Make ``order_lines_before`` and ``_since``, ``survey_answers_before`` and ``_since``, up to its date."""
    keep = night.warehouse.keep
    known_at = predecessor.known_at.replace(tzinfo=None)
    zone = night.configuration.business.timezone
    up_to = predecessor.as_of
    keep("no_identities", f"select * from {CUSTOMER_IDENTITIES.name} where false")
    register = night.query("landing/file_register.sql", known_at=known_at, business_zone=zone)
    keep("file_register_before", register)
    rates = night.query("landing/exchange_rate_days.sql", rate_age_days=night.configuration.limits.rate_age_days)
    keep("exchange_rates_before", _renamed(rates, "_before", "file_register"))
    currency = night.configuration.business.currency
    outcomes = rows_not_counted(currency, register="file_register_before", rates="exchange_rates_before")
    keep("row_outcomes_before", outcomes)

    # Contents made of the same rows, rates and accounts give the same lines; the others are cleaned for both views.
    views = {"_before": ("file_register", "exchange_rates", "row_outcomes"), "_since": ()}
    for suffix, other in views.items():
        made = (*other, *_MADE_ANEW)
        accounts = night.query("landing/order_accounts.sql", as_of=up_to)
        keep(f"order_accounts{suffix}", _renamed(accounts, suffix, *made))
        keep(f"line_rates{suffix}", _renamed(line_rates(night), suffix, *made))
        contents = night.query("landing/clean_contents.sql", as_of=up_to, recipe="")
        keep(f"contents_known{suffix}", _renamed(contents, suffix, *made))
    for suffix, other in views.items():
        opposite = "_since" if suffix == "_before" else "_before"
        only = (
            f"select * from contents_known{suffix} anti join contents_known{opposite} using (source, content, made_of)"
        )
        keep(f"contents_tonight{suffix}", only)
        lines = night.query("order_lines.sql", as_of=up_to)
        keep(f"order_lines{suffix}", _renamed(lines, suffix, *other, *_MADE_ANEW))
    keep("changed_contents", night.query("landing/changed_contents.sql"))
    for suffix, other in views.items():
        answers = night.query("landing/survey_answers_known.sql", as_of=up_to)
        keep(f"survey_answers{suffix}", _renamed(answers, suffix, *other))
    told = ", ".join(map(literal, _of(night, predecessor)))
    keep(_BUILT, f"select * from (values ({told})) as built")


def identities_of(night: Night, predecessor: Release) -> pl.DataFrame:
    """Whose customer each account was to the predecessor: ``account_id`` and ``customer_id``."""
    columns = ("account_id", "customer_id")
    return night.store.rows(predecessor, CUSTOMER_IDENTITIES.name, dict.fromkeys(columns, pl.String))


def _renamed(asked: Query, suffix: str, *names: str) -> Query:
    """The query over another view's tables; who is whose customer is told apart and left out here."""
    sql = re.sub(rf"\b{CUSTOMER_IDENTITIES.name}\b", "no_identities", asked.sql)
    for name in names:
        sql = re.sub(rf"\b{name}\b", name + suffix, sql)
    return Query(sql, asked.parameters)
