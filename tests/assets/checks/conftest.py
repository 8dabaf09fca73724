"""A believable small shop, computed by the night's own functions where they can, so that its tables agree.

A loyal (ada), a lapsed (ben), two one-time buyers (cid, fay), a refunder (eve), a never-buyer (dora) and a sale to
nobody known.
Ada's prices have four decimals: her published figures are rounded.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from assets.configuration.settings import Configuration
from assets.contracts import Contract
from assets.landing.judging import LANDED_TABLE
from assets.landing.landing_zone import prepare_schema
from assets.night import Night
from assets.raw_rows import RAW
from assets.tables import (
    ACCOUNT_IDENTIFIERS,
    CHURN_CALIBRATION,
    CHURN_DRIFT,
    CHURN_IMPORTANCE,
    CHURN_MODELS,
    CHURN_RULES,
    CHURN_SCORES,
    CHURN_WINDOWS,
    CUSTOMER_IDENTITIES,
    CUSTOMER_MOVES,
    CUSTOMERS,
    EVENT_FRESHNESS,
    EXCHANGE_RATES,
    FILE_REGISTER,
    MODEL_EVALUATION,
    ORDER_LINES,
    PREDICTION_SCORECARD,
    QUARANTINE,
    RESTATEMENTS,
    ROW_ACCOUNTING,
    ROW_OUTCOMES,
    SATISFACTION_DRIVERS,
    SEGMENT_MOVES,
    SOURCE_TRENDS,
    SOURCE_VALUES,
    SURVEY_RESPONSES,
    SURVEY_SCOPES,
)
from assets.warehouse import Warehouse

from ..cleaned import NIGHT_TABLES
from ..declared_lines import as_if_cleaned
from ..small_tables import BUSINESS

sys.path.insert(0, str(Path(__file__).parent))

AS_OF = dt.date(2024, 3, 31)

_COMPUTED = (
    "order_flows", "orders", "customer_days", "calendar", "customer_summary", "rfm_cuts", "rfm_segments",
    "lifecycle_stages", "value_tiers", "retention_cohorts", "nps", "csat", "survey_scores", "kpi_scorecard",
    "order_steps", "churn_origins", "churn_activity", "churn_samples", "churn_features", "source_history",
    "value_at_risk", "value_by_attitude", "customer_traits", "segment_overlap",
)  # fmt: skip

# order, moment, customer, kind, quantity, unit price, discount
_LINES = """
    ('a1', '2023-05-10 10:00', 'ada', 'sold', 3, 10.3333, null),
    ('a1', '2023-05-10 10:00', 'ada', 'sold', 1, 4.5, 0.5),
    ('a1', '2023-05-10 10:00', 'ada', 'charge', 1, 3, null),
    ('a2', '2023-07-15 11:00', 'ada', 'sold', 2, 12.1251, null),
    ('a2', '2023-07-15 11:00', 'ada', 'discount', 1, -2, null),
    ('a3', '2023-11-20 12:00', 'ada', 'sold', 4, 8.005, null),
    ('a4', '2024-01-05 13:00', 'ada', 'sold', 1, 60, null),
    ('a5', '2024-03-20 14:00', 'ada', 'sold', 1, 42, null),
    ('r9', '2024-03-22 09:00', 'ada', 'refund', -1, 12, null),
    ('b1', '2022-10-01 15:00', 'ben', 'sold', 2, 9.99, null),
    ('c1', '2024-02-14 16:00', 'cid', 'sold', 1, 25, null),
    ('c1', '2024-02-14 16:00', 'cid', 'excluded', 1, 5, null),
    ('e1', '2023-12-01 17:00', 'eve', 'sold', 1, 30, null),
    ('e1', '2023-12-10 17:00', 'eve', 'refund', -1, 30, null),
    ('f1', '2024-03-01 18:00', 'fay', 'sold', 1, 80, null),
    ('n1', '2024-03-02 19:00', null, 'sold', 1, 7, null)
"""

_ANSWERS = """
    ('q1', 'recommend', 'nps', '2024-01-10 10:00', 'ada', 10, null),
    ('q1', 'overall', 'csat', '2024-01-10 10:00', 'ada', 5, true),
    ('q2', 'recommend', 'nps', '2024-02-20 10:00', 'cid', 7, null),
    ('q2', 'overall', 'csat', '2024-02-20 10:00', 'cid', 3, false),
    ('q3', 'recommend', 'nps', '2024-02-21 10:00', 'dora', 2, null),
    ('q4', 'overall', 'csat', '2024-03-05 10:00', null, 4, true)
"""

_PLACES = """
    select 'rfm' as kind, customer_id, segment from rfm_segments
    union all
    select 'stage' as kind, customer_id, stage as segment from lifecycle_stages
    union all
    select 'tier' as kind, customer_id, tier as segment from value_tiers
"""


def _declare(warehouse: Warehouse, contract: Contract, rows: str) -> None:
    """Write the table; a column that the rows do not mention is NULL."""
    frame = warehouse.frame(rows)
    unmentioned = [column.name for column in contract.columns if column.name not in frame.columns]
    warehouse.replace(contract, frame.with_columns(pl.lit(None).alias(name) for name in unmentioned))


def _compute(night: Night, name: str) -> None:
    """Compute the table and, before it, those it reads that are not there yet."""
    if not night.warehouse.has(name):
        for contract in NIGHT_TABLES[name].reads:
            _compute(night, contract.name)
        night.compute(NIGHT_TABLES[name])


def _build(night: Night) -> None:
    warehouse = night.warehouse
    prepare_schema(warehouse)
    _declare(
        warehouse,
        FILE_REGISTER,
        "select source, file, content, content_no, file as natural_key, 'loaded' as status, null as error, "
        "timestamp '2024-04-01 01:00' as loaded_at, date '2024-04-01' as loaded_on "
        "from (values ('shop', 'orders.csv', 'c0ffee', 1), ('survey', 'answers.csv', 'bada55', 2)) "
        "as files(source, file, content, content_no)",
    )
    _declare(
        warehouse,
        ORDER_LINES,
        f"""
        select
            'shop' as source, 'orders.csv' as file, 'c0ffee' as content, row_number() over () + 1 as line_number,
            order_id, null as line_id, cast(moment as timestamp) as ordered_at, cast(moment as date) as ordered_on,
            customer_id, kind || order_id as product_id, 'a thing' as product_name, null as category, kind,
            quantity, unit_price, quantity * unit_price as amount, discount, 'GBP' as currency, null as channel,
            'UK' as region, null as status, timestamp '2024-04-01 01:00' as loaded_at, false as is_repayment
        from (values {_LINES}) as lines(order_id, moment, customer_id, kind, quantity, unit_price, discount)
        """,
    )
    as_if_cleaned(warehouse)
    _declare(
        warehouse,
        SURVEY_RESPONSES,
        f"""
        select
            'survey' as source, response_id, question, kind, cast(moment as timestamp) as responded_at,
            cast(moment as date) as responded_on, customer_id, null as order_id, score, is_satisfied,
            null as channel, 'UK' as region
        from (values {_ANSWERS}) as answers(response_id, question, kind, moment, customer_id, score, is_satisfied)
        """,
    )
    _declare(
        warehouse,
        SURVEY_SCOPES,
        """
        select distinct source, response_id, 'all' as scope, 'all' as scope_value from survey_responses
        union all
        select distinct source, response_id, 'region' as scope, region as scope_value from survey_responses
        """,
    )
    _declare(
        warehouse,
        CUSTOMERS,
        """
        select customer_id, min(day) as known_since,
            date '1990-02-03' as birth_date, 34 as age, null as gender,
            'UK' as region, null as channel, null as occupation, null as customer_type,
            null as acquisition_channel, true as consent
        from (
            select customer_id, ordered_on as day from order_lines
            union all
            select customer_id, responded_on as day from survey_responses
        ) as seen
        where customer_id is not null
        group by customer_id
        """,
    )
    _declare(
        warehouse,
        ACCOUNT_IDENTIFIERS,
        "select *, date '2023-05-10' as since from (values ('ada', 'email', 1, 'shared'), "
        "('ada-web', 'email', 1, 'shared'), ('ben', 'phone', 2, 'own')) "
        "as held(account_id, kind, identifier_no, fate)",
    )
    _declare(
        warehouse,
        CUSTOMER_IDENTITIES,
        f"""
        select customer_id as account_id, date '{AS_OF}' as as_of, customer_id,
            case customer_id when 'ada' then 2 else 1 end as accounts,
            case customer_id when 'ada' then 'united' else 'single' end as status,
            case customer_id when 'ada' then 'email' end as basis, null as suspect_cluster,
            case customer_id when 'ada' then date '2023-05-10' end as since
        from customers
        union all
        select 'ada-web', date '{AS_OF}', 'ada', 2, 'united', 'email', null, date '2023-05-10'
        """,
    )
    _declare(
        warehouse,
        EVENT_FRESHNESS,
        "select * from (values ('shop', 'transactions', date '2022-10-01', date '2024-03-30', 3), "
        "('survey', 'surveys', date '2024-01-10', date '2024-03-29', 3)) "
        "as sources(source, kind, first_event_on, last_event_on, cadence_days)",
    )
    _declare(
        warehouse,
        ROW_ACCOUNTING,
        f"""
        select 'shop' as source, 'orders.csv' as file, 'c0ffee' as content, 'GBP' as currency,
            date '{AS_OF}' as as_of, 'loaded' as status, null as error, 19 as rows_in, 16 as accepted,
            1 as excluded, 1 as charges, 0 as superseded, 0 as vanished, 2 as duplicates, 1 as quarantined,
            amount + 12.5 + 3.25 as amount_in, amount as amount_accepted, 12.5 as amount_duplicates,
            0 as amount_excluded, 0 as amount_charges, 0 as amount_superseded, 0 as amount_vanished,
            3.25 as amount_quarantined, 0 as dated_ahead, timestamp '2022-10-01 15:00' as first_event,
            timestamp '2024-03-22 09:00' as last_event, timestamp '2024-04-01 01:00' as loaded_at
        from (select sum(amount) as amount from order_lines) as sums
        """,
    )
    _declare(
        warehouse,
        QUARANTINE,
        f"select 'shop' as source, 'orders.csv' as file, 'c0ffee' as content, 18 as line_number, "
        f"'' as column_name, date '{AS_OF}' as as_of, ['no_date'] as reasons, 'x1,,ada' as raw",
    )
    _declare(
        warehouse,
        CHURN_SCORES,
        f"""
        select customer_id, date '{AS_OF}' as as_of, 90 as horizon_days, churn_risk, risk_band,
            0.5 as baseline_risk, 'because' as model_reason,
            'the last order is old' as reason_1, null as reason_2, null as reason_3, 0.4 as contribution_1,
            null as contribution_2, null as contribution_3, 'recency_rule' as model, 'cafe' as model_version,
            date '2024-06-29' as due_on
        from (values ('ada', 0.1, 'low'), ('cid', 0.5, 'medium'), ('fay', 0.8, 'high'))
            as scores(customer_id, churn_risk, risk_band)
        """,
    )
    _declare(
        warehouse,
        MODEL_EVALUATION,
        f"select 'recency_rule' as model, date '2024-01-01' as origin, metric, date '{AS_OF}' as as_of, "
        "value, value as baseline_value, 'all' as scope, 'all' as scope_value, "
        "3 as n, 90 as horizon_days, true as is_published "
        "from (values ('roc_auc', 0.7), ('calibration_slope', 1.4)) as metrics(metric, value)",
    )
    _land(warehouse)
    _declare(warehouse, ROW_OUTCOMES, "select 1 as content_no where false")
    _declare(
        warehouse,
        EXCHANGE_RATES,
        "select 'EUR' as currency, valid_on, rate, valid_on as rated_on "
        "from (values (date '2024-03-28', 0.855), (date '2024-03-29', 0.86)) as rates(valid_on, rate)",
    )
    _declare(
        warehouse,
        SOURCE_TRENDS,
        """
        select 'shop' as source, figure, date '2024-03-30' as judged_on, value, usual, low, high, 8 as periods
        from (values
            ('rows_on_day', 200, 190, 76, 475), ('rows_in_week', 1200, 1300, 650, 2600),
            ('duplicate_rate', 0.01, 0.01, null, 0.06), ('quarantine_rate', 0.01, 0.01, null, 0.06),
            ('share_without_customer', 0.03, 0.03, null, 0.08), ('refund_share', 0.02, 0.02, null, 0.07),
            ('discount_rate', 0.03, 0.03, null, 0.08), ('days_without_delivery', 1, null, null, 3)
        ) as figures(figure, value, usual, low, high)
        """,
    )
    _declare(
        warehouse,
        SOURCE_VALUES,
        """
        select 'shop' as source, 'channel' as dimension, value, 28 as window_days, true as is_shorter, events,
            4 * events as events_before, 4 as windows_before, 120 as all_events, events as expected,
            2 as values_known, date '2022-10-01' as first_on, date '2022-10-01' as source_first_on,
            date '2024-03-30' as source_last_on
        from (values ('web', 100), ('store', 20)) as counted(value, events)
        """,
    )
    _declare(
        warehouse,
        RESTATEMENTS,
        f"select 'sales' as subject, date '2024-02-01' as period_start, 'late_row' as cause, "
        f"date '{AS_OF}' as as_of, date '2024-03-30' as previous_as_of, 1 as rows_added, 0 as rows_removed, "
        "1 as orders, 0 as responses, 1 as customers, 10 as gross_change, 0 as discount_change, "
        "0 as refund_change, 10 as net_change, 0 as value_moved",
    )
    _declare(
        warehouse,
        CHURN_CALIBRATION,
        "select 'logistic' as model, bin, 10 as n, risk as mean_risk, churned, churned / 10 as observed, 0 as low, "
        "1 as high, true as is_published from (values (1, 0.1, 1), (2, 0.6, 7)) as bins(bin, risk, churned)",
    )
    _declare_churn(warehouse)
    _declare(
        warehouse,
        SATISFACTION_DRIVERS,
        f"""
        select 'overall' as question, driver, date '{AS_OF}' as as_of, 3 as answers, 120 as n, 0.5 as r_squared,
            importance, importance / 2 as low, 2 * importance as high, rank, 4 as mean, 0.8 as performance
        from (values ('staff', 0.4, 1), ('queues', 0.1, 2)) as drivers(driver, importance, rank)
        """,
    )
    for name in _COMPUTED:
        _compute(night, name)
    _declare(
        warehouse,
        SEGMENT_MOVES,
        f"""
        select kind, case when customer_id = 'fay' then '(new)' else segment end as from_segment,
            segment as to_segment, date '{AS_OF}' as as_of,
            count(*) as customers, 0 as value_moved, date '2024-03-30' as previous_as_of
        from ({_PLACES}) as tonight
        group by all
        """,
    )
    _declare(
        warehouse,
        CUSTOMER_MOVES,
        f"""
        select customer_id, kind, date '{AS_OF}' as as_of, '(new)' as from_segment, segment as to_segment,
            'new_order' as cause, date '2024-03-30' as previous_as_of, true as is_retraced
        from ({_PLACES}) as tonight
        where customer_id = 'fay'
        """,
    )
    for name in ("action_list", "action_log"):
        _compute(night, name)
    # Two who were listed long ago, so that what became of them can be compared.
    warehouse.rows(
        f"""insert into action_log by name
        select customer_id, 'retention_call' as action, date '{AS_OF}' - 400 as listed_on, date '{AS_OF}' as as_of,
            date '{AS_OF}' - 370 as expires_on, 'risk_band' as kind, 'high' as segment,
            customer_id = 'ben' as is_control, 0.5 as hold_out, 0 as cool_down_days
        from customers where customer_id in ('ben', 'cid', 'dora')"""
    )
    _compute(night, "action_effects")


def _declare_churn(warehouse: Warehouse) -> None:
    """What stands behind the scores: two rules, what the model leans on, drift, its card, a release that came due."""
    declared = {
        CHURN_RULES: f"""
            select rule, date '{AS_OF}' as as_of, words, words as words_zh, 1 as questions, 50 as n_past,
                rate as rate_past, date '2024-01-01' as origin, 10 as n, churned, churned / 10 as rate, 0 as low,
                1 as high, customers
            from (values (1, 'silent long', 0.7, 8, 1), (2, 'silent shortly', 0.2, 3, 2))
                as rules(rule, words, rate, churned, customers)""",
        CHURN_IMPORTANCE: f"""
            select kind, name, date '{AS_OF}' as as_of, 'recency_rule' as model, date '2024-01-01' as origin,
                0.05 as auc_loss, 20 as n
            from (values ('theme', 'recency'), ('feature', 'recency')) as leaned(kind, name)""",
        CHURN_DRIFT: f"""
            select subject, date '{AS_OF}' as as_of, index, status, 200 as n_past, 120 as n
            from (values ('recency', 0.02, 'stable'), ('churned', 0.03, 'stable'))
                as drifted(subject, index, status)""",
        CHURN_MODELS: f"""
            select 'recency_rule' as model, date '{AS_OF}' as as_of, date '{AS_OF}' as learned_on,
                'cafecafecafe' as model_version,
                sha256('a model') as sha256, sha256('rows') as data_hash, sha256('features') as feature_hash,
                sha256('code') as code_hash, 20 as rows, 12 as customers, 2 as origins, '{{}}' as card,
                'a model' as artefact""",
        CHURN_WINDOWS: f"""
            select setting, date '{AS_OF}' as as_of, configured as configured_days, 42 as recommended_days,
                share as gap_share, 40 as gap_days, 0.9 as share_within, 120 as gaps
            from (values ('horizon_days', 90, 0.9), ('window_days', 365, 0.99))
                as settings(setting, configured, share)""",
        PREDICTION_SCORECARD: f"""
            select date '2023-12-01' as predicted_on, decile, date '{AS_OF}' as as_of, date '2024-02-29' as due_on,
                'cafe' as release, 'recency_rule' as model, 'cafe' as model_version, n, 0.5 as mean_risk, churned,
                cast(churned as double) / n as observed, 0 as low, 1 as high, 1 as lift,
                case when decile = 0 then 0.6 end as log_loss, case when decile = 0 then 'rule' end as outcome,
                0 as losses_in_a_row, false as is_fallback
            from (values (0, 4, 2), (1, 2, 1), (2, 2, 1)) as tenths(decile, n, churned)""",
    }  # fmt: skip
    for contract, rows in declared.items():
        _declare(warehouse, contract, rows)


def _land(warehouse: Warehouse) -> None:
    """The rows as they landed, and the raw tables over them, as a check finds them."""
    warehouse.rows(
        """
        create or replace table configured_sources as
        select *, source as order_source
        from (values ('shop', 'transactions', 'replace_file', 3), ('survey', 'surveys', 'replace_file', 3))
            as configured(source, kind, delivery, cadence_days)
        """
    )
    warehouse.rows(
        """
        insert into landed_transactions by name
        select 1 as content_no, line_number, order_id, ordered_at, customer_id, product_id, product_name, kind,
            quantity, unit_price, amount, currency, region
        from order_lines
        """
    )
    warehouse.rows(
        """
        insert into landed_surveys by name
        select 2 as content_no, row_number() over (order by response_id) + 1 as line_number, response_id,
            min(responded_at) as responded_at, min(customer_id) as customer_id, 'UK' as region
        from survey_responses group by response_id
        """
    )
    warehouse.rows(
        """
        insert into landed_customers by name
        select 3 as content_no, 2 as line_number, 'ada' as customer_id, date '1990-02-03' as birth_date,
            timestamp '2023-05-01 10:00' as acquired_at, 'ada@example.org' as email, '020 7946 0000' as phone
        """
    )
    warehouse.rows(
        """
        insert into landed_exchange_rates by name
        select 4 as content_no, 2 as line_number, date '2024-03-29' as rated_on, 'EUR' as currency, 0.86 as rate
        """
    )
    for kind, landed in LANDED_TABLE.items():
        warehouse.rows(
            f"create table {RAW[kind].name} as select 'shop' as source, 'landed.csv' as file, * from {landed}"
        )
    warehouse.rows("create table usual_ranges as select 'shop' as source, 10 as quantity, 50 as unit_price")


@pytest.fixture(scope="session")
def built_shop(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    configuration = Configuration.model_validate(
        {
            "business": BUSINESS,
            "targets": [{"kpi": "nps", "operator": ">=", "value": 50}],
            "playbook": [{"action": "thanks", "when": {"kind": "tier", "enters": "high"}, "suggestion": "Say it"}],
        }
    )
    warehouse = Warehouse.open(None, threads=1)
    night = Night(AS_OF, dt.datetime(2024, 4, 1, 2), configuration, warehouse, Path(tmp_path_factory.mktemp("home")))
    _build(night)
    return SimpleNamespace(
        warehouse=warehouse,
        as_of=AS_OF,
        window_days=configuration.measures.window_days,
        connection=warehouse.connection,
    )


@pytest.fixture
def shop(built_shop: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """The shop inside a transaction that is rolled back: what a test plants is gone after it."""
    built_shop.connection.begin()
    yield built_shop
    built_shop.connection.rollback()
