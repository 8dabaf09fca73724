"""Each ready mapping reads a small export of its kind: rows, customers, orders and money as computed by hand."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import re
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import xlsxwriter
import yaml

from assets.configuration.sources import REQUIRED_COLUMNS, RULES, Source
from assets.landing.ready_mappings import as_yaml, ready_mapping, ready_mappings, recognise
from assets.landing.ready_mappings.reference import page

from .conftest import Zone

EXPORTS = Path(__file__).parent / "exports"
OF_JSON = {"shopify_orders_api"}
MAPPINGS = [mapping.id for mapping in ready_mappings()]


class Sales(NamedTuple):
    """What the rows of a hand-made export of orders come to."""

    business: tuple[str, str]  # currency, time zone
    rows: int
    excluded: int
    charges: int
    buyers: int  # customers with a valid order
    orders: int  # valid orders
    gross: str
    discount: str
    refund: str
    net: str


SALES = {
    # 6 x 2.55 + 6 x 1.85; a discount of 1.50; 2 x 1.85 back; 18.00 postage; 99.00 by hand. 536414 is worth nothing.
    "uci_online_retail": Sales(("GBP", "Europe/London"), 7, 1, 1, 2, 2, "26.40", "1.50", "3.70", "21.20"),
    # 2 x 12.50 + 40.00; 3 x 8.00; 55.00; 3 x 12.50 in three equal lines. 6.50 off #1001. 8.00 of #1002 and all of #1003
    # but its postage are paid back. #1004 was voided.
    "shopify_orders": Sales(("GBP", "Europe/London"), 9, 2, 0, 2, 3, "181.50", "6.50", "63.00", "112.00"),
    # 65.00 less 6.50, 24.00, 55.00 and 37.50 of nobody known. 8.00 of #1002, which stands in two rows, and all of #1003
    # are paid back. #1004 was voided, #1005 is a test.
    "shopify_orders_api": Sales(("GBP", "Europe/London"), 7, 2, 0, 2, 3, "181.50", "6.50", "63.00", "112.00"),
    # 30.00 + 15.00 + 20.00 + 50.00 before 3.00 of coupons; the apron and the whole of order 102 are paid back.
    "woocommerce_order_items": Sales(("GBP", "Europe/London"), 5, 1, 0, 1, 2, "115.00", "3.00", "35.00", "77.00"),
    # 100.00 + 50.50 + 20.00, each piece with its freight; the canceled order has a piece and a freight.
    "olist_order_items": Sales(("BRL", "America/Sao_Paulo"), 8, 2, 3, 1, 2, "170.50", "0.00", "0.00", "170.50"),
    # 1,200 + 800 won; one open without an amount, one lost, one deleted.
    "salesforce_opportunities": Sales(("EUR", "Europe/Berlin"), 5, 3, 0, 2, 2, "2000.00", "0.00", "0.00", "2000.00"),
    # 1,000 + 400; 250 of the first taken back; one draft.
    "salesforce_orders": Sales(("EUR", "Europe/Berlin"), 4, 1, 0, 2, 2, "1400.00", "0.00", "250.00", "1150.00"),
    # 1,200 less 100, and 450; one cancelled.
    "zoho_sales_orders": Sales(("INR", "Asia/Kolkata"), 3, 1, 0, 2, 2, "1650.00", "100.00", "0.00", "1550.00"),
    # 1,234.56 + 200.00; a return of 234.56 and a credit memo of 50.00; one quotation.
    "sap_sales_orders": Sales(("EUR", "Europe/Berlin"), 5, 1, 0, 2, 2, "1434.56", "0.00", "284.56", "1150.00"),
    # 1,000 less a tenth, 500.50 and 200; one void.
    "fxiaoke_orders": Sales(("CNY", "Asia/Shanghai"), 4, 1, 0, 2, 3, "1700.50", "100.00", "0.00", "1600.50"),
    # 1,130 + 226 + 226 in one order; 113 returned; one order not audited, and the total below.
    "kingdee_sales": Sales(("CNY", "Asia/Shanghai"), 6, 2, 0, 1, 1, "1582.00", "0.00", "113.00", "1469.00"),
}
SURVEYS = {  # question: (answers, their sum)
    "olist_reviews": (("order_review", 3, 10),),
    "surveymonkey_responses": (("recommend", 2, 16), ("satisfaction", 3, 11)),
    "qualtrics_responses": (("delivery", 2, 8), ("recommend", 3, 19)),
}
CUSTOMERS = {
    "salesforce_accounts": {
        "0015g00000ACMEAAA1": ("Germany", "Customer - Direct", dt.date(2023, 6, 1)),
        "0015g00000BETAAAA2": ("France", "Customer - Channel", dt.date(2024, 1, 1)),  # half an hour after midnight here
    },
    "zoho_accounts": {
        "4150868000000201": ("India", "Customer", dt.date(2023, 2, 1)),
        "4150868000000202": ("Nepal", "Partner", dt.date(2023, 5, 1)),
    },
    "sap_customers": {
        "100001": ("DE", "KUNA", dt.date(2019, 4, 3)),
        "100002": ("FR", "KUNA", dt.date(2020, 11, 13)),
    },
    "fxiaoke_accounts": {
        hashlib.sha256("甲公司".encode()).hexdigest(): ("浙江", "重点客户", dt.date(2023, 5, 1)),
        hashlib.sha256("乙公司".encode()).hexdigest(): ("广东", "普通客户", dt.date(2023, 8, 15)),
    },
    "kingdee_customers": {
        "C001": ("浙江", "经销商", dt.date(2022, 1, 5)),
        "C002": ("广东", "直营", dt.date(2023, 2, 6)),
    },
}


def header_of(name: str) -> list[str]:
    if name == "olist_order_items":
        return (EXPORTS / "olist" / "order_items.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    if name in OF_JSON:
        return list(json.loads((EXPORTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[0]))
    with (EXPORTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file, delimiter=";" if name.startswith("sap") else ","))


def landed(zone: Zone, name: str, **changes: Any) -> dict[str, Any]:
    """Land the export as its system writes it; answers the source that reads it."""
    options = ready_mapping(name).options(header_of(name)) | changes
    if "query" in options:
        return options | {"database": f"sqlite:///{_olist(zone.folder / 'olist.sqlite')}"}
    if name in OF_JSON:
        return options | {"path": str(zone.write(f"{name}.jsonl", (EXPORTS / f"{name}.jsonl").read_bytes()))}
    text = (EXPORTS / f"{name}.csv").read_text(encoding="utf-8")
    if name.startswith("fxiaoke"):
        return options | {"path": str(_workbook(zone.raw / f"{name}.xlsx", text))}
    encoding = "gb18030" if name.startswith("kingdee") else "utf-8"
    return options | {"path": str(zone.write(f"{name}.csv", text.encode(encoding)))}


def _workbook(path: Path, text: str) -> Path:
    """The table as a workbook whose amounts are numbers."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for row, values in enumerate(csv.reader(text.splitlines())):
            for column, value in enumerate(values):
                digits = value.replace(",", "")
                sheet.write(row, column, float(digits) if digits.replace(".", "", 1).isdigit() else value)
    return path


def _olist(path: Path) -> Path:
    """The csv files of the data set in one database, every value a text as the shell's .import leaves it."""
    with sqlite3.connect(path) as database:
        for file in sorted((EXPORTS / "olist").glob("*.csv")):
            names, *rows = csv.reader(file.read_text(encoding="utf-8").splitlines())
            database.execute(f"create table {file.stem} ({', '.join(f'{name} text' for name in names)})")
            database.executemany(f"insert into {file.stem} values ({', '.join('?' * len(names))})", rows)
    database.close()
    return path


def night(zone: Zone, source: dict[str, Any], business: tuple[str, str] = ("EUR", "Europe/Berlin")) -> None:
    currency, zone_name = business
    zone.night(source, business={"name": "Test shop", "timezone": zone_name, "currency": currency})


@pytest.mark.parametrize("name", MAPPINGS)
def test_every_mapping_is_a_source_with_or_without_the_header_of_its_export(name: str) -> None:
    mapping = ready_mapping(name)
    for options in (mapping.options(), mapping.options(header_of(name))):
        source = Source.model_validate(options)
        assert source.kind in ("transactions", "surveys", "customers")


@pytest.mark.parametrize("name", MAPPINGS)
def test_every_mapping_has_an_export_in_these_tests(name: str) -> None:
    assert name in SALES.keys() | SURVEYS.keys() | CUSTOMERS.keys()


@pytest.mark.parametrize("name", MAPPINGS)
def test_every_export_is_recognised_by_its_header_before_any_other(name: str) -> None:
    header = header_of(name)
    assert recognise(header)[0].id == name
    shouted = [f" {column.upper()} " for column in reversed(header)]
    assert recognise(shouted)[0].id == name


@pytest.mark.parametrize(
    "header",
    [
        ["order_id", "ordered_at", "customer_id", "product", "quantity", "price"],
        ["id", "date", "amount", "status", "currency"],
        ["Name", "Email", "Phone"],
        ["客户名称", "日期", "金额"],
        [],
    ],
)
def test_an_unrelated_header_is_not_recognised(header: list[str]) -> None:
    assert recognise(header) == []


@pytest.mark.parametrize("name", MAPPINGS)
def test_what_decides_about_money_is_read_from_the_columns_the_export_is_recognised_by(name: str) -> None:
    """A header that is recognised never loses a required column or a rule to an alternative that is not there."""
    mapping = ready_mapping(name)
    options = mapping.options([alternatives[0] for alternatives in mapping.recognised_by])
    kind = mapping.source["kind"]
    needed = {*REQUIRED_COLUMNS[kind], *({"discount", "refunded", "amount"} if kind == "transactions" else set())}
    assert needed & mapping.source["columns"].keys() <= options["columns"].keys() | _given_elsewhere(name)
    assert [rule for rule in RULES if rule in mapping.source] == [rule for rule in RULES if rule in options]


def _given_elsewhere(name: str) -> set[str]:
    """Fxiaoke: where the sum before the discount is not exported there is no discount to show, and net is the same."""
    return {"discount"} if name == "fxiaoke_orders" else set()


@pytest.mark.parametrize("name", SALES)
def test_orders_and_money_are_those_computed_by_hand(zone: Zone, name: str) -> None:
    expected = SALES[name]
    night(zone, landed(zone, name), expected.business)
    assert zone.reasons() == {}
    totals = zone.totals()
    assert totals["rows_in"] == totals["accepted"] == expected.rows
    assert (totals["excluded"], totals["charges"]) == (expected.excluded, expected.charges)
    found = zone.frame(
        """select sum(gross_value), sum(discount_value), sum(refund_value), sum(net_value),
            cast(count(*) filter (where valid_from is not null and voided_on is null) as integer),
            cast(count(distinct customer_id) filter (where valid_from is not null and voided_on is null) as integer)
        from orders"""
    ).row(0)
    assert found[:4] == tuple(map(Decimal, (expected.gross, expected.discount, expected.refund, expected.net)))
    assert found[4:] == (expected.orders, expected.buyers)


@pytest.mark.parametrize("name", SURVEYS)
def test_answers_are_those_counted_by_hand(zone: Zone, name: str) -> None:
    source = landed(zone, name)
    if name == "qualtrics_responses":  # nothing in the header tells that Q2 is one of satisfaction
        source["questions"] = source["questions"] | {"Q2": {"id": "delivery", "kind": "csat"}}
    night(zone, source)
    found = zone.frame(
        "select question, cast(count(score) as integer), cast(sum(score) as integer) from survey_responses"
        " where score is not null group by question order by question"
    ).rows()
    assert tuple(found) == SURVEYS[name]


@pytest.mark.parametrize("name", CUSTOMERS)
def test_accounts_are_customers_with_region_type_and_day_of_creation(zone: Zone, name: str) -> None:
    night(zone, landed(zone, name))
    assert zone.reasons() == {}
    found = zone.frame("select customer_id, region, customer_type, known_since from customers").rows()
    assert {row[0]: row[1:] for row in found} == CUSTOMERS[name]


def test_a_refund_in_full_voids_a_shopify_order_on_the_day_it_was_cancelled(zone: Zone) -> None:
    night(zone, landed(zone, "shopify_orders"), ("GBP", "Europe/London"))
    order = zone.frame("select valid_from, voided_on, refund_value from orders where order_id = '#1003'").row(0)
    assert order == (dt.date(2024, 3, 5), dt.date(2024, 3, 10), Decimal(55))


def test_the_subtotal_caps_a_shopify_refund_whichever_decimal_mark_both_have(zone: Zone) -> None:
    text = (EXPORTS / "shopify_orders.csv").read_text(encoding="utf-8").replace('"Teapot, blue"', "Teapot")
    text = text.replace("Payments,,8.00", "Payments,,28.95")  # with the postage; the order's goods were worth 24.00
    path = zone.write("german.csv", re.sub(r"(\d)\.(\d)", r"\1,\2", text.replace(",", ";")))
    source = ready_mapping("shopify_orders").options(header_of("shopify_orders"))
    night(zone, source | {"path": str(path), "decimal": ","}, ("GBP", "Europe/London"))
    assert zone.reasons() == {}
    assert zone.frame("select sum(refund_value) from orders").item() == Decimal("24.00") + Decimal("55.00")


def test_an_email_is_a_customer_by_its_hash_and_stands_in_no_table(zone: Zone) -> None:
    night(zone, landed(zone, "shopify_orders"), ("GBP", "Europe/London"))
    anna = hashlib.sha256(b"anna@example.com").hexdigest()
    found = zone.frame("select distinct order_id from order_lines where customer_id = $$" + anna + "$$ order by 1")
    assert found.to_series().to_list() == ["#1001", "#1003"]
    for table in ("order_lines", "orders", "customers", "quarantine"):
        assert "@" not in str(zone.frame(f"from {table}").to_dicts())


def test_no_head_is_borrowed_from_the_order_above(zone: Zone) -> None:
    """#1004 was cancelled; #1005 below it was not, and its empty field is no sign of it."""
    night(zone, landed(zone, "shopify_orders"), ("GBP", "Europe/London"))
    kinds = zone.frame("select order_id, kind, count(*) from order_lines group by all order by all").rows()
    assert ("#1004", "excluded", 2) in kinds
    assert ("#1005", "sold", 3) in kinds


def test_a_kingdee_workbook_with_typed_amounts_reads_like_its_text(zone: Zone) -> None:
    text = (EXPORTS / "kingdee_sales.csv").read_text(encoding="utf-8")
    options = ready_mapping("kingdee_sales").options(header_of("kingdee_sales"))
    path = _workbook(zone.raw / "kingdee.xlsx", text)
    night(zone, options | {"path": str(path)}, ("CNY", "Asia/Shanghai"))
    assert zone.reasons() == {}
    assert zone.frame("select sum(net_value) from orders").item() == Decimal(1469)


def test_a_preview_of_a_qualtrics_survey_is_no_response(zone: Zone) -> None:
    night(zone, landed(zone, "qualtrics_responses"))
    assert [reasons for reasons in zone.reasons().values()] == [["missing_response_id"]]


def test_an_open_opportunity_without_an_amount_is_excluded_and_not_refused(zone: Zone) -> None:
    night(zone, landed(zone, "salesforce_opportunities"))
    assert zone.frame("select order_id from order_lines where kind = 'sold' order by 1").to_series().to_list() == [
        "0065g00000AAAAAAA1",
        "0065g00000AAAAAAA2",
    ]


def test_a_sap_return_belongs_to_its_order_and_a_credit_memo_without_one_to_its_day(zone: Zone) -> None:
    night(zone, landed(zone, "sap_sales_orders"))
    found = zone.frame("select order_id, gross_value, refund_value from orders order by order_id").rows()
    assert found == [
        ("4711", Decimal("1234.56"), Decimal("234.56")),
        ("4712", Decimal(200), Decimal(0)),
        ("60000002", Decimal(0), Decimal(50)),
    ]


def test_a_newer_version_of_an_order_corrects_the_one_of_an_earlier_file(zone: Zone) -> None:
    night(zone, landed(zone, "woocommerce_order_items"), ("GBP", "Europe/London"))
    text = (EXPORTS / "woocommerce_order_items.csv").read_text(encoding="utf-8")
    later = [line.replace("processing", "refunded") for line in text.splitlines() if line[:3] in ("ord", "104")]
    zone.write("woocommerce_order_items_later.csv", "\n".join(later) + "\n")
    source = ready_mapping("woocommerce_order_items").options(header_of("woocommerce_order_items"))
    night(zone, source | {"path": str(zone.raw / "woocommerce*.csv")}, ("GBP", "Europe/London"))
    assert zone.frame("select sum(net_value) from orders").item() == Decimal(27)


def test_alternatives_follow_the_header_and_optional_columns_may_be_missing() -> None:
    mapping = ready_mapping("woocommerce_order_items")
    header = [
        "order_id",
        "date",
        "status",
        "item_name",
        "item_quantity",
        "item_subtotal",
        "item_total",
        "item_refunded",
    ]
    columns = mapping.options(header)["columns"]
    assert columns["ordered_at"] == "date"
    assert "line_id" not in columns
    assert "customer_id" not in columns
    assert mapping.options()["columns"]["ordered_at"] == "order_date"


@pytest.mark.parametrize("name", MAPPINGS)
def test_what_is_shown_is_yaml_to_paste_with_its_limits(name: str) -> None:
    mapping = ready_mapping(name)
    shown = as_yaml(mapping)
    assert yaml.safe_load(shown) == [mapping.options()]
    comments = " ".join(line.lstrip("# ") for line in shown.splitlines() if line.startswith("#"))
    for limit in mapping.limits:
        assert " ".join(limit.split()) in comments


def test_the_page_of_ready_mappings_is_the_one_written_from_them() -> None:
    written = Path(__file__).parents[3] / "docs" / "ready-mappings.md"
    assert written.read_text(encoding="utf-8") == page(), (
        "docs/ready-mappings.md: python -m assets.landing.ready_mappings.reference > docs/ready-mappings.md"
    )
