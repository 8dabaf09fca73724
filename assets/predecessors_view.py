"""The predecessor's view of the landing zone, built anew beside tonight's: what it knew of the days up to its date.

The same SQL runs over the files known then. Contents made of the same rows, rates and accounts give the same lines to
both; only the others are cleaned for both views.
"""

from __future__ import annotations

import re

from assets.clean import rows_not_counted
from assets.input_key import configuration_hash
from assets.night import Night
from assets.release_manifest import Release
from assets.tables import CUSTOMER_IDENTITIES
from assets.warehouse import literal, sql_text

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
    currency = night.configuration.business.currency
    known_at = predecessor.known_at.replace(tzinfo=None)
    zone = night.configuration.business.timezone
    up_to = predecessor.as_of
    _keep(night, "no_identities", f"select * from {CUSTOMER_IDENTITIES.name} where false")
    register = night.query("landing/file_register.sql", known_at=known_at, business_zone=zone)
    _keep(night, "file_register_before", register.sql, register.parameters)
    rates = night.query("landing/exchange_rate_days.sql", rate_age_days=night.configuration.limits.rate_age_days)
    _keep(night, "exchange_rates_before", _renamed(rates.sql, "_before", "file_register"), rates.parameters)
    outcomes = rows_not_counted(currency, register="file_register_before", rates="exchange_rates_before")
    _keep(night, "row_outcomes_before", outcomes.sql, outcomes.parameters)

    # Contents made of the same rows, rates and accounts give the same lines; the others are cleaned for both views.
    views = {"_before": ("file_register", "exchange_rates", "row_outcomes"), "_since": ()}
    for suffix, other in views.items():
        made = (*other, *_MADE_ANEW)
        accounts = night.query("landing/order_accounts.sql", as_of=up_to)
        _keep(night, f"order_accounts{suffix}", _renamed(accounts.sql, suffix, *made), accounts.parameters)
        line_rates = sql_text("landing/line_rates.sql").replace("__outcomes__", "row_outcomes")
        convertible = f"select content_no, line_number, rate from ({line_rates}) where outcome is null"
        _keep(night, f"line_rates{suffix}", _renamed(convertible, suffix, *made), {"base_currency": currency})
        contents = night.query("landing/clean_contents.sql", as_of=up_to, recipe="")
        _keep(night, f"contents_known{suffix}", _renamed(contents.sql, suffix, *made), contents.parameters)
    for suffix, other in views.items():
        opposite = "_since" if suffix == "_before" else "_before"
        _keep(
            night,
            f"contents_tonight{suffix}",
            f"select * from contents_known{suffix} anti join contents_known{opposite} using (source, content, made_of)",
        )
        lines = night.query("order_lines.sql", as_of=up_to)
        _keep(night, f"order_lines{suffix}", _renamed(lines.sql, suffix, *other, *_MADE_ANEW), lines.parameters)
    _keep(night, "changed_contents", sql_text("landing/changed_contents.sql"))
    for suffix, other in views.items():
        answers = night.query("landing/survey_answers_known.sql", as_of=up_to)
        _keep(night, f"survey_answers{suffix}", _renamed(answers.sql, suffix, *other), answers.parameters)
    told = ", ".join(map(literal, _of(night, predecessor)))
    _keep(night, _BUILT, f"select * from (values ({told})) as built")


def _renamed(sql: str, suffix: str, *names: str) -> str:
    """The statement over another view's tables; who is whose customer is told apart and left out here."""
    sql = re.sub(rf"\b{CUSTOMER_IDENTITIES.name}\b", "no_identities", sql)
    for name in names:
        sql = re.sub(rf"\b{name}\b", name + suffix, sql)
    return sql


def _keep(night: Night, name: str, sql: str, parameters: object = None) -> None:
    night.warehouse.rows(f"create or replace temp table {name} as {sql}", dict(parameters) if parameters else None)  # type: ignore[call-overload]
