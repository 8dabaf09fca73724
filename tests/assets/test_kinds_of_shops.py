"""Shops that lack something: no orders, no answers, no money, nobody known, one customer, nothing yet.

Each is landed, computed, checked and rendered by the night's own functions; only the orchestrator is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.accounting_laws import check_laws
from assets.configuration.settings import Configuration
from assets.expectations import CheckOutcome
from assets.expectations.validation import validate
from assets.landing.landing_zone import land, prepare_schema
from assets.night import Night, NightTable
from assets.night_ledger import prepare_ledger, remember_checks, remember_table
from assets.release import write_table
from assets.report import report_data, write_page
from assets.tables import TABLES
from assets.warehouse import Warehouse

from .cleaned import NIGHT_TABLES
from .small_tables import BUSINESS

pytestmark = pytest.mark.slow

LOADED_AT = dt.datetime(2024, 7, 1, 2)
AS_OF = dt.date(2024, 6, 30)

ORDER_FIELDS = {
    "order_id": "order", "ordered_at": "at", "customer_id": "customer", "product_id": "product",
    "quantity": "quantity", "unit_price": "price",
}  # fmt: skip
PEOPLE = {
    "name": "people", "kind": "customers", "path": "people.csv",
    "columns": {"customer_id": "id", "birth_date": "born", "acquired_at": "since"},
}  # fmt: skip
SURVEY = {
    "name": "survey", "kind": "surveys", "path": "answers.csv",
    "columns": {"response_id": "id", "responded_at": "at", "customer_id": "customer"},
    "questions": {"q1": {"id": "overall", "kind": "csat"}, "q2": {"id": "recommend", "kind": "nps"}},
}  # fmt: skip


def shop(*without: str) -> dict[str, Any]:
    columns = {field: column for field, column in ORDER_FIELDS.items() if column not in without}
    return {"name": "shop", "kind": "transactions", "path": "orders.csv", "columns": columns}


def orders(customers: int, *, first: dt.date = dt.date(2022, 7, 4)) -> str:
    """A customer a week and more, each with so many orders, the first of them returning the last one."""
    lines = ["order,at,customer,product,quantity,price"]
    for number in range(customers):
        for order in range(1 + number % 4):
            day = first + dt.timedelta(days=7 * number + (20 + number) * order)
            if day <= AS_OF:
                lines.append(f"o{number}-{order},{day},c{number},p{order},{1 + order},{9.99 + number}")
    return "\n".join([*lines, f"o0-0,{first + dt.timedelta(days=3)},c0,p0,-1,9.99"]) + "\n"


def answers(count: int, *, first: dt.date = dt.date(2024, 3, 2)) -> str:
    lines = ["id,at,customer,q1,q2"]
    lines += [f"r{i},{first + dt.timedelta(days=i)},c{i},{1 + i % 5},{i % 11}" for i in range(count)]
    return "\n".join(lines) + "\n"


FILES = {
    "orders.csv": orders(90),
    "answers.csv": answers(120),
    "people.csv": "id,born,since\n" + "".join(f"c{i},1980-01-{1 + i % 28:02d},2022-07-01\n" for i in range(40)),
}


@dataclass(frozen=True)
class Computed:
    """A computed night: its tables, its verdicts and its page."""

    night: Night
    outcomes: list[CheckOutcome]
    page: str

    def rows(self, table: str) -> int:
        return int(self.night.warehouse.scalar(f"select count(*) from {table}"))

    def blocking(self) -> list[tuple[str, str]]:
        return [(one.table, one.name) for one in self.outcomes if not one.passed and one.severity == "error"]

    def measured(self) -> set[str]:
        """KPIs that have a value."""
        rows = self.night.warehouse.rows("select distinct kpi from kpi_scorecard where value is not null")
        return {kpi for (kpi,) in rows}

    def warned(self) -> list[tuple[str, str]]:
        return [(one.table, one.name) for one in self.outcomes if not one.passed and one.severity == "warn"]


def compute(
    folder: Path, *sources: dict[str, Any], files: dict[str, str] | None = None, as_of: dt.date = AS_OF
) -> Computed:
    """Land the files of the sources and compute the night over them."""
    for name, text in (FILES | (files or {})).items():
        (folder / name).write_text(text)
    configuration = Configuration.model_validate(
        {
            "home": str(folder / "home"),
            "business": BUSINESS,
            "sources": [{**source, "path": str(folder / source["path"])} for source in sources],
        }
    )
    warehouse = Warehouse.open(None)
    prepare_schema(warehouse)
    prepare_ledger(warehouse)
    home = folder / "home"
    land(warehouse, configuration, ["transactions", "surveys", "customers"], home=home, loaded_at=LOADED_AT)
    night = Night(as_of, LOADED_AT, configuration, warehouse, home)
    for table in _in_order(TABLES):
        _, version = write_table(night, table)
        remember_table(night, table.contract, version)
    outcomes: list[CheckOutcome] = []
    for contract in TABLES.values():
        of_table = validate(warehouse, contract, as_of=as_of, configuration=configuration)
        remember_checks(night, contract.name, of_table)
        outcomes += of_table
    outcomes += check_laws(warehouse, as_of=as_of, window_days=configuration.measures.window_days)
    return Computed(night, outcomes, write_page(night).read_text())


def _in_order(names: Iterable[str]) -> list[NightTable]:
    """Every table after those it reads."""
    ordered: dict[str, NightTable] = {}

    def place(name: str) -> None:
        for contract in NIGHT_TABLES[name].reads:
            if contract.name not in ordered:
                place(contract.name)
        ordered[name] = NIGHT_TABLES[name]

    for name in names:
        if name not in ordered:
            place(name)
    return list(ordered.values())


OF_ORDERS = (
    "order_lines", "orders", "customer_days", "order_steps", "rfm_cuts", "rfm_segments", "value_tiers",
    "churn_features", "churn_scores", "retention_cohorts",
)  # fmt: skip


def test_a_survey_alone_is_a_night_of_satisfaction(tmp_path: Path) -> None:
    computed = compute(tmp_path, SURVEY)
    assert computed.blocking() == []
    assert [table for table in OF_ORDERS if computed.rows(table)] == []
    assert computed.measured() == {"csat", "nps"}
    assert computed.rows("survey_responses") == 240
    assert computed.rows("lifecycle_stages") == 120  # known by their answers
    assert "No customer has a valid order yet" in computed.page


def test_orders_alone_are_a_night_without_satisfaction(tmp_path: Path) -> None:
    computed = compute(tmp_path, shop())
    assert computed.blocking() == []
    assert {"net_sales", "orders", "repurchase_rate", "retention_rate"} <= computed.measured()
    assert computed.measured().isdisjoint({"csat", "nps"})
    assert (computed.rows("csat"), computed.rows("nps"), computed.rows("survey_scopes")) == (0, 0, 0)
    assert "No survey has delivered an answer yet" in computed.page


def test_no_customers_id_is_handed_to_the_page(tmp_path: Path) -> None:
    computed = compute(tmp_path, shop(), SURVEY)
    data = report_data(computed.night)
    frames = [
        frame
        for held in (data, data.outlook, data.churn_work, data.survey_work)
        for frame in vars(held).values()
        if isinstance(frame, pl.DataFrame)
    ]
    assert {computed.rows("rfm_segments"), computed.rows("lifecycle_stages")} <= {frame.height for frame in frames}
    assert [frame.columns for frame in frames if "customer_id" in frame.columns] == []


def test_customers_and_their_answers_without_an_order_are_all_potential(tmp_path: Path) -> None:
    computed = compute(tmp_path, PEOPLE, SURVEY)
    assert computed.blocking() == []
    assert computed.night.warehouse.rows("select stage, count(*) from lifecycle_stages group by stage") == [
        ("potential", 120)
    ]
    assert computed.warned() == []  # a customer file that names nobody new is not late


def test_without_money_orders_are_valid_and_nothing_has_a_value(tmp_path: Path) -> None:
    computed = compute(tmp_path, shop("price"))
    assert computed.blocking() == []
    [valued] = computed.night.warehouse.rows(
        "select count(net_value) + count(aov) + (select count(m) + count(monetary) from rfm_segments)"
        " + (select count(value) from value_tiers) from customer_summary"
    )
    assert valued == (0,)
    assert computed.rows("rfm_segments") == 90
    assert {"orders", "repurchase_rate"} <= computed.measured()
    assert computed.measured().isdisjoint({"net_sales", "aov", "value_at_risk", "high_tier_value_share"})
    assert "£0" not in computed.page
    # that every customer is in the tier none says nothing where no value is known
    assert ("value_tiers", "one_tier_dominates") not in computed.warned()


def test_beside_sales_with_prices_those_without_are_worth_nothing_that_is_known(tmp_path: Path) -> None:
    till = {"name": "till", "kind": "transactions", "path": "till.csv"}
    fields = {field: name for field, name in ORDER_FIELDS.items() if field != "unit_price"} | {"channel": "via"}
    web = shop() | {"columns": ORDER_FIELDS | {"channel": "via"}}
    files = {
        "orders.csv": "order,at,customer,product,quantity,price,via\n"
        "o1,2024-05-02,c1,p1,2,10.00,web\no2,2024-05-03,c2,p1,1,10.00,web\n",
        "till.csv": "order,at,customer,product,quantity,via\n"
        "t1,2024-05-02,c1,p1,2,till\nt2,2024-05-03,c3,p1,1,till\nt3,2024-06-04,c3,p1,1,till\n",
    }
    computed = compute(tmp_path, web, till | {"columns": fields}, files=files)
    assert computed.blocking() == []
    figures = computed.night.warehouse.rows(
        """select kpi, scope_value, period_start, value, denominator, low is not null from kpi_scorecard
        where grain = 'month' and kpi in ('net_sales', 'aov') and scope in ('all', 'channel') order by all"""
    )
    may, june = dt.date(2024, 5, 1), dt.date(2024, 6, 1)
    assert figures == [
        ("aov", "all", may, 15.0, 2.0, False),
        ("aov", "all", june, None, 0.0, False),
        ("aov", "till", may, None, 0.0, False),
        ("aov", "till", june, None, 0.0, False),
        ("aov", "web", may, 15.0, 2.0, True),
        ("aov", "web", june, None, 0.0, False),
        ("net_sales", "all", may, 30.0, None, False),
        ("net_sales", "all", june, None, None, False),
        ("net_sales", "till", may, None, None, False),
        ("net_sales", "till", june, None, None, False),
        ("net_sales", "web", may, 30.0, None, False),
        ("net_sales", "web", june, 0.0, None, False),
    ]


def test_one_customer_with_one_order_is_a_shop(tmp_path: Path) -> None:
    lines = "order,at,customer,product,quantity,price\no1,2024-06-30,c1,p1,2,9.99\n"
    computed = compute(tmp_path, shop(), files={"orders.csv": lines})
    assert computed.blocking() == []
    assert computed.night.warehouse.rows(
        "select r, f, m, segment, stage, tier, churn_risk between 0 and 1 from rfm_segments"
        " join lifecycle_stages using (customer_id) join value_tiers using (customer_id)"
        " join churn_scores using (customer_id)"
    ) == [(5, 1, 1, "new_customers", "first_purchase", "high", True)]
    assert "1 cohort, month by month" in computed.page


def test_a_currency_of_large_numbers_is_counted_to_the_last_digit(tmp_path: Path) -> None:
    """As in dong or rupiah: an order of thirty millions is an everyday one, and one of 900 milliards is read."""
    prices = [12_345_678, 30_000_000, 900_000_000_000]
    lines = [f"o{i}{again},2024-05-{10 + i + again},c{i},p,1,{prices[i]}" for i in range(3) for again in (0, 7)]
    of_nobody = [f"n{i},2024-06-{10 + i},,p,1,{prices[i]}" for i in range(3)]
    text = "\n".join(["order,at,customer,product,quantity,price", *lines, *of_nobody]) + "\n"
    computed = compute(tmp_path, shop(), files={"orders.csv": text})
    assert computed.blocking() == []
    assert computed.night.warehouse.rows(
        "select value, numerator, denominator from kpi_scorecard where kpi = 'aov' and grain = 'month'"
        " and scope = 'all' and period_start = date '2024-05-01'"
    ) == [(sum(prices) / 3, 2 * sum(prices), 6)]


def test_of_a_currency_of_large_numbers_every_square_is_counted(tmp_path: Path) -> None:
    """Of what customers are worth and of what nobody known bought: both are squared for their intervals."""
    lines = [
        f"o{i}-{again},2024-{2 + again:02d}-{1 + i % 20:02d},{'' if i % 5 == 4 else f'c{i}'},p,1,{20_000_000 + 977 * i}"
        for i in range(40)
        for again in range(5)
    ]
    text = "\n".join(["order,at,customer,product,quantity,price", *lines, "r1,2024-06-05,,p,-1,30000000"]) + "\n"
    computed = compute(tmp_path, shop(), files={"orders.csv": text})
    assert computed.blocking() == []
    told = "select distinct kpi from kpi_scorecard where value > 0 and (low is not null or kpi like '%clv')"
    kpis = {kpi for (kpi,) in computed.night.warehouse.rows(told)}
    assert {"refund_rate", "mean_clv", "high_tier_value_share"} <= kpis


WITHOUT_AN_ORDER_OF_THE_WINDOW = {
    "an order worth too little": "o2,2024-06-01,c1,p1,1,0.008",
    "the last line of an order from before": "o1,2023-07-02 00:10,c1,p2,1,7",
}


@pytest.mark.parametrize("line", WITHOUT_AN_ORDER_OF_THE_WINDOW.values(), ids=WITHOUT_AN_ORDER_OF_THE_WINDOW)
def test_money_of_the_window_needs_no_order_in_it(tmp_path: Path, line: str) -> None:
    """The window is (2023-07-01, 2024-06-30], and every flow of it counts: F is 0 and M is not."""
    header = "order,at,customer,product,quantity,price"
    lines = [header, "o1,2023-07-01 23:50,c1,p1,1,5", line, "o3,2024-06-30,c2,p1,1,9"]
    computed = compute(tmp_path, shop(), files={"orders.csv": "\n".join(lines) + "\n"})
    assert computed.blocking() == []
    [(frequency, monetary)] = computed.night.warehouse.rows(
        "select frequency, monetary > 0 from rfm_segments where customer_id = 'c1'"
    )
    assert (frequency, monetary) == (0, True)


def test_sales_to_nobody_known_are_sales_and_nobodys(tmp_path: Path) -> None:
    computed = compute(tmp_path, shop("customer"))
    assert computed.blocking() == []
    assert {"net_sales", "orders", "aov"} <= computed.measured()
    assert computed.measured().isdisjoint({"active_customers", "new_customers", "retention_rate", "repurchase_rate"})
    assert [computed.rows(table) for table in ("customers", "customer_summary", "rfm_segments")] == [0, 0, 0]


def test_a_night_before_the_first_order_and_the_first_answer_has_nothing_to_say_and_says_so(tmp_path: Path) -> None:
    computed = compute(tmp_path, shop(), SURVEY, as_of=dt.date(2022, 7, 3))
    assert computed.blocking() == []
    assert [table for table in (*OF_ORDERS, "survey_responses", "customers") if computed.rows(table)] == []
    assert computed.measured() == set()
    assert computed.rows("row_accounting") == 2  # what has landed is accounted for whatever its date


def test_answers_that_begin_after_the_night_leave_its_orders_alone(tmp_path: Path) -> None:
    computed = compute(tmp_path, shop(), SURVEY, as_of=dt.date(2024, 2, 29))
    assert computed.blocking() == []
    assert computed.rows("csat") == 0
    assert computed.rows("orders") > 0


def test_orders_that_all_lie_ahead_of_their_landing_block_the_night(tmp_path: Path) -> None:
    lines = "order,at,customer,product,quantity,price\n" + "".join(f"o{i},2090-01-0{i},c,p,1,1\n" for i in range(1, 9))
    computed = compute(tmp_path, shop(), files={"orders.csv": lines})
    assert computed.blocking() == [("order_lines", "row_count")]
