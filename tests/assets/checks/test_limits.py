"""What the configuration decides: limits, which sources there are, and how far they reach."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from assets.configuration.settings import Configuration
from assets.expectations import CheckOutcome, specs_for
from assets.expectations.settings import filled, settings
from assets.expectations.specs import figures
from assets.expectations.validation import validate
from assets.tables import TABLES

from ..small_tables import BUSINESS

ORDERS = {
    "name": "shop", "kind": "transactions", "path": "orders.csv",
    "columns": {"order_id": "id", "ordered_at": "at", "customer_id": "customer"},
}  # fmt: skip
ANSWERS = {
    "name": "survey", "kind": "surveys", "path": "answers.csv",
    "columns": {"response_id": "id", "responded_at": "at"}, "questions": {"q1": {"id": "overall", "kind": "csat"}},
}  # fmt: skip


def configured(*sources: dict[str, Any], **limits: Any) -> Configuration:
    return Configuration.model_validate({"business": BUSINESS, "sources": list(sources), "limits": limits})


def outcome_of(
    shop: SimpleNamespace,
    table: str,
    name: str,
    *,
    as_of: dt.date | None = None,
    configuration: Configuration | None = None,
) -> CheckOutcome:
    declared = [spec for spec in specs_for(TABLES[table]) if spec.name == name]
    [outcome] = validate(
        shop.warehouse, TABLES[table], as_of=as_of or shop.as_of, configuration=configuration, specs=declared
    )
    assert outcome.error is None
    return outcome


def account(shop: SimpleNamespace, rows_in: int, quarantined: int) -> None:
    shop.warehouse.rows(f"update row_accounting set rows_in = {rows_in}, quarantined = {quarantined}")


@pytest.mark.parametrize(
    ("rows_in", "quarantined", "passes"),
    [
        (1000, 50, True),  # at the limit
        (1000, 51, False),
        (999, 999, True),  # too few rows to judge a rate by
        (200_000, 10_001, False),
        (1000, 0, True),
    ],
)
def test_a_source_with_more_than_the_limit_in_quarantine_blocks_from_a_thousand_rows_on(
    shop: SimpleNamespace, rows_in: int, quarantined: int, passes: bool
) -> None:
    account(shop, rows_in, quarantined)
    outcome = outcome_of(shop, "row_accounting", "quarantine_rate")
    assert (outcome.passed, outcome.severity) == (passes, "error")


@pytest.mark.parametrize(("limits", "passes"), [({"quarantine_rate": 0.5}, True), ({"quarantine_rate": 0.49}, False)])
def test_the_limit_and_where_it_begins_are_the_configurations(
    shop: SimpleNamespace, limits: dict[str, float], passes: bool
) -> None:
    account(shop, 20, 10)
    configuration = configured(ORDERS, quarantine_rate_from_rows=20, **limits)
    outcome = outcome_of(shop, "row_accounting", "quarantine_rate", configuration=configuration)
    assert outcome.passed == passes
    assert outcome.observed == {"quarantine_rate": 0.5, "at_most": limits["quarantine_rate"]}


def test_the_outcome_names_the_source_its_rate_the_limit_and_the_commonest_reasons(shop: SimpleNamespace) -> None:
    account(shop, 2000, 300)
    shop.warehouse.rows(
        "insert into row_accounting select * replace ('fine' as source, 0 as quarantined) from row_accounting"
    )
    shop.warehouse.rows(
        "insert into quarantine select * exclude (i) replace (100 + i as line_number, case when i < 200 "
        "then ['no_date', 'no_price'] when i < 250 then ['no_price'] when i < 290 then ['no_id'] else ['late'] end "
        "as reasons) from quarantine, range(299) as lines(i)"
    )
    outcome = outcome_of(shop, "row_accounting", "quarantine_rate")
    assert outcome.sample == (
        {
            "source": "shop",
            "rows_in": 2000,
            "quarantined": 300,
            "rate": 0.15,
            "limit": 0.05,
            "commonest_reasons": ["no_price 250", "no_date 201", "no_id 40"],
        },
    )


def test_rows_that_a_newer_version_of_the_file_has_put_right_do_not_count(shop: SimpleNamespace) -> None:
    account(shop, 5000, 0)
    shop.warehouse.rows(
        "insert into row_accounting select * replace ('beef' as content, 'superseded' as status, 5000 as quarantined) "
        "from row_accounting"
    )
    assert outcome_of(shop, "row_accounting", "quarantine_rate").passed


def test_the_rate_is_the_sources_over_all_its_files_and_no_other_sources(shop: SimpleNamespace) -> None:
    account(shop, 600, 60)
    again = "insert into row_accounting select * replace ({}) from row_accounting where source = 'shop'"
    shop.warehouse.rows(again.format("'other' as source, 100000 as rows_in, 0 as quarantined"))
    assert outcome_of(shop, "row_accounting", "quarantine_rate").passed  # 600 rows are too few
    shop.warehouse.rows(again.format("'second.csv' as file"))
    outcome = outcome_of(shop, "row_accounting", "quarantine_rate")
    assert outcome.observed["quarantine_rate"] == 0.1
    assert [row["source"] for row in outcome.sample] == ["shop"]


def test_a_question_whose_answers_are_misread_blocks_though_every_row_of_the_survey_is_good(
    shop: SimpleNamespace,
) -> None:
    shop.warehouse.rows(
        "insert into landed_answers by name select 2 as content_no, i as line_number, question, "
        "case when question = 'recommend' and i < 700 then ['score_off_scale'] end as reasons "
        "from range(1000) as lines(i), (values ('recommend'), ('overall')) as questions(question)"
    )
    assert outcome_of(shop, "row_accounting", "quarantine_rate").passed
    outcome = outcome_of(shop, "survey_responses", "quarantine_rate")
    assert (outcome.passed, outcome.severity) == (False, "error")
    assert outcome.sample == (
        {
            "source": "survey",
            "question": "recommend",
            "answers": 1000,
            "quarantined": 700,
            "rate": 0.7,
            "limit": 0.05,
            "commonest_reasons": ["score_off_scale 700"],
        },
    )


def test_no_order_line_is_right_only_where_no_source_delivers_orders(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("delete from order_lines")
    assert outcome_of(shop, "order_lines", "row_count", configuration=configured(ANSWERS)).passed
    blocked = outcome_of(shop, "order_lines", "row_count", configuration=configured(ORDERS, ANSWERS))
    assert (blocked.passed, blocked.severity, blocked.observed["row_count"]) == (False, "error", 0)
    # where to look: how far the orders reach
    assert blocked.sample == ({"source": "shop", "first_event_on": "2022-10-01", "last_event_on": "2024-03-30"},)


def test_a_night_older_than_the_log_has_no_order_line_by_right(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("delete from order_lines")
    assert outcome_of(shop, "order_lines", "row_count", as_of=dt.date(2022, 9, 30)).passed
    assert not outcome_of(shop, "order_lines", "row_count", as_of=dt.date(2022, 10, 1)).passed


@pytest.mark.parametrize(
    "misread",
    [
        "update row_accounting set dated_ahead = accepted",  # every order lies after the day it was loaded
        "update row_accounting set accepted = 0, quarantined = rows_in, first_event = null, last_event = null; "
        "update event_freshness set first_event_on = null, last_event_on = null where source = 'shop'",
    ],
)
def test_a_log_without_an_order_that_has_happened_is_no_log_yet_to_begin(shop: SimpleNamespace, misread: str) -> None:
    for statement in ("delete from order_lines", *misread.split("; ")):
        shop.warehouse.rows(statement)
    assert not outcome_of(shop, "order_lines", "row_count", as_of=dt.date(2022, 9, 30)).passed


def test_sales_to_nobody_known_are_no_news_where_no_source_names_customers(shop: SimpleNamespace) -> None:
    shop.warehouse.rows(
        "insert into order_lines select * exclude (i) replace (100 + i as line_number, null as customer_id) "
        "from (select * from order_lines where order_id = 'b1'), range(1500) as lines(i)"
    )
    anonymous = ORDERS | {"columns": {"order_id": "id", "ordered_at": "at"}}
    assert not outcome_of(shop, "order_lines", "share_without_customer", configuration=configured(ORDERS)).passed
    assert outcome_of(shop, "order_lines", "share_without_customer", configuration=configured(anonymous)).passed


def test_one_warning_a_night_names_every_source_that_is_late(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("update event_freshness set last_event_on = '2024-03-27'")
    shop.warehouse.rows(
        "insert into event_freshness select * exclude (i) replace ('wave_' || i as source) "
        "from event_freshness, range(10) as waves(i) where source = 'survey'"
    )
    # a customer file is a state: nobody new for a year is no gap in it
    shop.warehouse.rows("insert into event_freshness values ('people', 'customers', '2020-01-01', '2023-01-01', 3)")
    outcome = outcome_of(shop, "event_freshness", "fresh")
    assert (outcome.passed, outcome.severity, outcome.observed) == (False, "warn", {"broken": 12})
    assert [row["source"] for row in outcome.sample] == ["shop", "survey", *(f"wave_{i}" for i in range(10))]
    assert outcome.sample[0] == {
        "source": "shop",
        "last_event_on": "2024-03-27",
        "days_before": 4,
        "cadence_days": 3,
    }


def test_every_setting_that_a_spec_names_exists() -> None:
    for contract in TABLES.values():
        tonight = settings(contract, dt.date(2024, 3, 31), configured(ORDERS))
        for spec in specs_for(contract):
            filled(spec, tonight)
    unknown = figures("nps", "unknown", "{tomorrow}", "A setting nobody knows.")
    with pytest.raises(KeyError, match="tomorrow"):
        filled(unknown, settings(TABLES["nps"], dt.date(2024, 3, 31), None))


@pytest.mark.parametrize(
    ("rows_now", "before", "passes"),
    [(100, 111, True), (100, 112, False), (300, 100, True), (1, 99, True), (1, None, True)],
)
def test_a_table_of_everything_so_far_keeps_nine_tenths_of_its_predecessors_rows(
    shop: SimpleNamespace, rows_now: int, before: int | None, passes: bool
) -> None:
    shop.warehouse.rows("create or replace table row_accounting as select * from row_accounting limit 1")
    shop.warehouse.rows(
        "insert into row_accounting select * exclude (i) replace ('more' || i as file) from row_accounting, "
        f"range({rows_now - 1}) as copies(i)"
    )
    declared = [spec for spec in specs_for(TABLES["row_accounting"]) if spec.name == "as_many_as_before"]
    [outcome] = validate(
        shop.warehouse, TABLES["row_accounting"], as_of=shop.as_of, specs=declared,
        previous_rows=None if before is None else {"row_accounting": before},
    )  # fmt: skip
    assert (outcome.passed, outcome.severity) == (passes, "warn")


@pytest.mark.parametrize(("quarantined", "passes"), [(25, True), (26, False), (50, False)])
def test_half_of_the_limit_warns_before_the_limit_blocks(shop: SimpleNamespace, quarantined: int, passes: bool) -> None:
    account(shop, 1000, quarantined)
    outcome = outcome_of(shop, "row_accounting", "quarantine_near_limit")
    assert (outcome.passed, outcome.severity) == (passes, "warn")
    assert outcome_of(shop, "row_accounting", "quarantine_rate").passed


@pytest.mark.parametrize(
    ("rows_in", "status", "passes"), [(50, "superseded", True), (49, "superseded", False), (49, "loaded", True)]
)
def test_a_version_with_less_than_half_the_rows_of_the_one_it_replaces_warns_and_names_both(
    shop: SimpleNamespace, rows_in: int, status: str, passes: bool
) -> None:
    account(shop, 100, 0)
    shop.warehouse.rows(
        "insert into row_accounting select * replace ('later' as content, loaded_at + interval 1 day as loaded_at, "
        f"{rows_in} as rows_in) from row_accounting"
    )
    shop.warehouse.rows(f"update row_accounting set status = '{status}' where content <> 'later'")
    outcome = outcome_of(shop, "row_accounting", "versions_do_not_shrink")
    assert outcome.passed == passes
    if not passes:
        assert outcome.sample == ({"source": "shop", "file": "orders.csv", "rows_in": 49, "rows_before": 100},)


@pytest.mark.parametrize(("loyal_orders", "passes"), [(4, True), (6, False)])
def test_who_is_loyal_is_the_configurations(shop: SimpleNamespace, loyal_orders: int, passes: bool) -> None:
    shop.warehouse.rows("update lifecycle_stages set stage = 'loyal' where customer_id = 'ada'")
    measures = {"lifecycle": {"loyal_orders": loyal_orders}}
    configuration = Configuration.model_validate({"business": BUSINESS, "measures": measures})
    outcome = outcome_of(shop, "lifecycle_stages", "stage_follows_orders", configuration=configuration)
    assert outcome.passed == passes


@pytest.mark.parametrize(("scale", "passes"), [([1, 5], True), ([1, 4], False)])
def test_answers_lie_on_the_scale_the_configuration_declares(
    shop: SimpleNamespace, scale: list[int], passes: bool
) -> None:
    asked = {**ANSWERS, "questions": {"q1": {"id": "overall", "kind": "csat", "scale": scale}}}
    configuration = configured(ORDERS, asked)
    assert (
        outcome_of(shop, "survey_responses", "answers_fit_their_question", configuration=configuration).passed == passes
    )


@pytest.mark.parametrize(("rate", "passes"), [(1.06, True), (1.08, False), (0.69, True), (0.68, False)])
def test_a_rate_out_of_step_with_the_one_before_warns(shop: SimpleNamespace, rate: float, passes: bool) -> None:
    shop.warehouse.rows(f"update exchange_rates set rate = {rate} where valid_on = '2024-03-29'")
    assert outcome_of(shop, "exchange_rates", "rates_in_step").passed == passes
