"""Restatements: what is known today about periods that were published already, and why it is other than it was.

The predecessor's view of the landing zone is built anew beside tonight's: the same SQL over the files known then. Only
contents that do not count alike to both are looked into. What the rows do not explain is laid to the configuration or
the program, where these have changed, and is called unexplained where they have not.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from assets.clean import rows_not_counted
from assets.input_key import code_version, configuration_hash
from assets.night import Night, table
from assets.release_manifest import Release
from assets.release_store import ReleaseStore
from assets.tables import (
    CUSTOMER_IDENTITIES,
    EXCHANGE_RATES,
    FILE_REGISTER,
    ORDER_FLOWS,
    ORDER_LINES,
    RESTATEMENTS,
    ROW_OUTCOMES,
    SURVEY_RESPONSES,
)
from assets.warehouse import Query, sql_text

CENT = Decimal("0.01")
_MADE_ANEW = ("order_accounts", "line_rates", "contents_tonight")
_MONEY = ("gross_change", "discount_change", "refund_change", "net_change", "value_moved")
_COUNTS = ("rows_added", "rows_removed", "orders", "responses", "customers")
_SCHEMA = {
    "subject": pl.String,
    "period_start": pl.Date,
    "cause": pl.String,
    **dict.fromkeys(_COUNTS, pl.Int64),
    **dict.fromkeys(_MONEY, pl.Decimal(38, 8)),
}


@table(
    RESTATEMENTS,
    reads=(
        FILE_REGISTER,
        EXCHANGE_RATES,
        ROW_OUTCOMES,
        CUSTOMER_IDENTITIES,
        ORDER_LINES,
        ORDER_FLOWS,
        SURVEY_RESPONSES,
    ),
    kinds=("duckdb", "polars"),
)
def restatements(night: Night) -> pl.DataFrame:
    """What changed, month by month and cause by cause, since the newest release with an earlier ``as_of``."""
    store = ReleaseStore(night.home / "published")
    predecessor = store.predecessor(night.as_of)
    changes = pl.DataFrame(schema=_SCHEMA)
    if predecessor is not None:
        _build_predecessors_view(night, predecessor)
        changes = pl.concat(
            (changes, _of_lines(night), _of_answers(night), _of_identities(night, store, predecessor)), how="diagonal"
        )
        changes = pl.concat((changes, _unexplained(night, store, predecessor, changes)), how="diagonal")
    return changes.with_columns(
        pl.col(_COUNTS).fill_null(0),
        as_of=pl.lit(night.as_of, pl.Date),
        previous_as_of=pl.lit(predecessor.as_of if predecessor else None, pl.Date),
    )


def _build_predecessors_view(night: Night, predecessor: Release) -> None:
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


def _renamed(sql: str, suffix: str, *names: str) -> str:
    """The statement over another view's tables; who is whose customer is told apart and left out here."""
    sql = re.sub(rf"\b{CUSTOMER_IDENTITIES.name}\b", "no_identities", sql)
    for name in names:
        sql = re.sub(rf"\b{name}\b", name + suffix, sql)
    return sql


def _keep(night: Night, name: str, sql: str, parameters: object = None) -> None:
    night.warehouse.rows(f"create or replace temp table {name} as {sql}", dict(parameters) if parameters else None)  # type: ignore[call-overload]


def _of_lines(night: Night) -> pl.DataFrame:
    return night.frame("landing/restated_lines.sql").select(
        pl.lit("sales").alias("subject"),
        *(pl.col(name).cast(_SCHEMA[name]) for name in _SCHEMA if name not in ("subject", "responses", "value_moved")),
    )


def _of_answers(night: Night) -> pl.DataFrame:
    return night.frame("landing/restated_answers.sql").select(
        pl.lit("answers").alias("subject"),
        *(pl.col(name) for name in ("period_start", "cause", "rows_added", "rows_removed", "responses", "customers")),
    )


def _of_identities(night: Night, store: ReleaseStore, predecessor: Release) -> pl.DataFrame:
    """Orders of published periods that have passed from one customer to another."""
    name = CUSTOMER_IDENTITIES.name
    previous = (
        store.read_table(predecessor, name).select("account_id", "customer_id").collect()
        if name in predecessor.tables
        else pl.DataFrame(schema={"account_id": pl.String, "customer_id": pl.String})
    )
    night.warehouse.connection.register("previous_identities", previous)
    try:
        moved = night.frame("landing/restated_customers.sql", as_of=predecessor.as_of)
    finally:
        night.warehouse.connection.unregister("previous_identities")
    return moved.select(
        pl.lit("sales").alias("subject"),
        pl.lit("identity_merge").alias("cause"),
        "period_start",
        "orders",
        "customers",
        pl.col("value_moved").cast(pl.Decimal(38, 8)),
    )


def _unexplained(night: Night, store: ReleaseStore, predecessor: Release, changes: pl.DataFrame) -> pl.DataFrame:
    """The months whose net sales differ from the published figure by more than the rows account for.

    Both figures are rounded to the cent, so up to a cent is no difference.
    """
    published = (
        store.read_table(predecessor, "kpi_scorecard")
        .filter(
            pl.col("kpi") == "net_sales",
            pl.col("grain") == "month",
            pl.col("scope") == "all",
            pl.col("value").is_not_null(),
        )
        .select("period_start", "value")
        .collect()
    )
    known = night.warehouse.frame(
        Query(
            """select cast(date_trunc('month', day) as date) as period_start, sum(net_value) as value
            from order_flows
            where day <= cast($as_of as date)
            group by all having value is not null""",
            {"as_of": predecessor.as_of},
        )
    )
    before = {month: Decimal(repr(value)).quantize(CENT) for month, value in published.rows()}
    since: dict[object, Decimal] = dict(known.rows())
    told: dict[object, Decimal] = dict(
        changes.filter(pl.col("net_change").is_not_null())
        .group_by("period_start")
        .agg(pl.col("net_change").sum())
        .rows()
    )
    if configuration_hash(night.configuration) != predecessor.configuration_hash:
        cause = "configuration"
    else:
        cause = "unexplained" if code_version() == predecessor.code_version else "program"
    rest = {
        month: since.get(month, Decimal(0)).quantize(CENT, ROUND_HALF_UP)
        - before.get(month, Decimal(0))
        - told.get(month, Decimal(0))
        for month in before.keys() | since.keys()
    }
    left = [("sales", month, cause, change) for month, change in rest.items() if abs(change) > CENT]
    columns = {name: _SCHEMA[name] for name in ("subject", "period_start", "cause", "net_change")}
    return pl.DataFrame(left, schema=columns, orient="row")
