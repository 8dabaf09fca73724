"""What `analytics sources propose` makes of reports and exports as well-known tills, books and shops write them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from proposal_files import Desk, mapping, seen, table

from pipelines.source_proposal import doubts_of


def doubts(proposal: Any) -> str:
    return " ".join(doubt.text for _, doubt in doubts_of(proposal))


def sales_by_customer() -> str:
    """A report of accounts: titles, then every customer's name above what was invoiced, a total below it, a footer."""
    width = 9
    lines: list[Sequence[Any]] = [["Sales by Customer Detail"], ["Hill Roasters LLC"], ["January 2025"], []]
    lines.append(["", "Date", "Transaction Type", "Num", "Product/Service", "Qty", "Sales Price", "Amount", "Balance"])
    number = 1000
    for customer in range(9):
        lines.append([f"Cafe No {customer}"])
        for day in range(1, 6):
            number += 1
            pieces = 1 + (customer + day) % 4
            row = [f"01/{10 + day:02}/2025", "Invoice", number, "Coffee:Beans", f"{pieces}.00", "18.00"]
            lines.append(["", *row, f"{18 * pieces}.00", "0.00"])
        row = ["01/28/2025", "Credit Memo", f"{number}CM", "Coffee:Beans", "-1.00", "18.00", "-18.00", "0.00"]
        lines += [["", *row], [f"Total for Cafe No {customer}", "", "", "", "", "12.00", "", "$216.00", ""]]
    lines += [["TOTAL", "", "", "", "", "", "", "$1,944.00", ""], [], [], ["Friday, Jan 31, 2025 - Accrual Basis"]]
    cells = [[*line, *[""] * (width - len(line))] for line in lines]
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in cells) + "\n"


def test_a_name_that_stands_alone_above_its_rows_is_who_bought(desk: Desk) -> None:
    proposal = desk.propose_text(sales_by_customer(), "sales.csv")
    source = mapping(proposal)
    assert source["fill_down"] == ["column_1"]
    assert source["columns"]["customer_id"] == "column_1"
    assert "column_1 stands alone above the rows of each of 9 customers" in proposal.text
    assert "no column says who bought" not in proposal.text
    assert "column_1 holds names" in doubts(proposal)
    found = seen(proposal)
    assert found.kinds["refund"] == (9, -162)
    assert found.counts["accepted"] == 54
    assert {row["customer_id"] for row in found.rows.to_dicts() if not row["reasons"]} >= {"Cafe No 0"}


def test_blank_rows_and_headings_of_a_report_are_no_rows_told_twice(desk: Desk) -> None:
    assert "equal to another one" not in desk.propose_text(sales_by_customer(), "sales.csv").text


def items(zone: str = "Eastern Time (US & Canada)") -> str:
    rows = [
        (f"03/{1 + i % 28:02}/24", "14:05:00", zone, ("Tea", "Mug")[i % 2], 1, f"${10 + i % 7}.00",
         "-$1.00" if i % 4 == 0 else "$0.00", f"${10 + i % 7 - (i % 4 == 0)}.00", f"T{i}", "Register 1", f"C{i % 9}")
        for i in range(60)
    ]  # fmt: skip
    header = "Date,Time,Time Zone,Item,Qty,Gross Sales,Discounts,Net Sales,Transaction ID,Device Name,Customer ID"
    return table(header, rows)


def test_a_column_of_time_zones_says_where_the_business_is(desk: Desk) -> None:
    proposal = desk.propose_text(items(), "items.csv")
    assert proposal.business["timezone"].value == "America/New_York"
    assert "Time Zone says Eastern Time (US & Canada)" in proposal.text
    assert desk.propose_text(items("Europe/Rome"), "items.csv").business["timezone"].value == "Europe/Rome"
    assert "no file says the time zone" in desk.propose_text(items("Server time"), "items.csv").text


def test_a_discount_between_two_columns_of_money_is_off_the_smaller_one(desk: Desk) -> None:
    proposal = desk.propose_text(items(), "items.csv")
    assert mapping(proposal)["columns"]["amount"] == "replace(\"Net Sales\", '$', '')"
    assert "is not taken off" not in proposal.text


def test_one_name_beside_several_products_names_none(desk: Desk) -> None:
    columns = mapping(desk.propose_text(items(), "items.csv"))["columns"]
    assert columns["product_id"] == "Item"
    assert "product_name" not in columns


def test_a_name_of_its_own_for_each_order_is_no_product_and_the_state_of_an_account_no_region(desk: Desk) -> None:
    rows = [
        (i, f"#{1000 + i}", f"2024-01-{1 + i % 28:02}", i % 9, ("enabled", "disabled")[i % 2], 10 + i)
        for i in range(40)
    ]
    proposal = desk.propose_text(table("order id,name,created_at,customer id,customer state,amount", rows))
    assert not {"product_name", "region"} & mapping(proposal)["columns"].keys()


def ordered_lines() -> str:
    """Lines of orders, two to each, with the order's coupon of 3.00 on both where there is one."""
    rows = [
        (f"E{order}", f"2024-02-{1 + order % 28:02}", f"c{order % 9}", f"S{line}", 1, price, 10 + 2 * order + 5,
         "3.00" if order % 3 == 0 else "0.00")
        for order in range(30)
        for line, price in enumerate((10 + order, 5 + order))
    ]  # fmt: skip
    return table("order_number,order_date,customer_id,item_sku,item_quantity,item_price,subtotal,coupon_discount", rows)


def test_a_discount_of_the_order_on_each_of_its_lines_comes_off_once(desk: Desk) -> None:
    proposal = desk.propose_text(ordered_lines())
    assert seen(proposal).off["discounts"] == (20, Decimal(-30))
    assert seen(proposal).kinds["sold"][0] == 60  # no product is the total of its order, which stands on both lines
    assert "the lines share it by their part of subtotal" in doubts(proposal)
    rows = [(f"E{i // 2}", "2024-02-01", f"c{i % 9}", f"S{i % 2}", 10 * (1 + i % 2), 1 + i % 2) for i in range(60)]
    by_line = desk.propose_text(table("order_number,order_date,customer_id,item_sku,item_price,discount", rows))
    assert mapping(by_line)["columns"]["discount"] == "discount"


def test_a_discount_of_the_order_is_left_out_where_nothing_says_how_its_lines_share_it(desk: Desk) -> None:
    lines = [line.split(",") for line in ordered_lines().splitlines()]
    proposal = desk.propose_text("\n".join(",".join((*cells[:6], cells[7])) for cells in lines) + "\n")
    assert "discount" not in mapping(proposal)["columns"]
    assert "it would come off once per line" in doubts(proposal)


def test_a_payment_without_an_invoice_is_told_by_its_own_number(desk: Desk) -> None:
    rows = [
        (f"ch_{i:04}", f"2024-01-{1 + i % 28:02} 10:00:00", 10 + i, f"cus_{i % 9}", f"in_{i}" if i % 5 == 0 else "")
        for i in range(60)
    ]
    proposal = desk.propose_text(table("id,Created date (UTC),Amount,Customer ID,Invoice ID", rows))
    assert mapping(proposal)["columns"]["order_id"] == "id"
    assert seen(proposal).counts["quarantined"] == 0
    assert "Invoice ID could be it as well" in doubts(proposal)


def test_money_that_falls_below_nothing_is_no_price_though_it_is_alike_for_one_piece_and_for_several(
    desk: Desk,
) -> None:
    rows = [
        (f"A{i}", "2024-01-02", f"SK{i % 7}", 1 + i % 3, kind, amount)
        for i in range(70)
        for kind, amount in (("Principal", 5 + i % 7), ("Commission", -2))
    ]
    proposal = desk.propose_text(table("order-id,posted-date,sku,quantity-purchased,amount-type,amount", rows))
    assert mapping(proposal)["columns"]["amount"] == "amount"
    assert seen(proposal).counts["quarantined"] == 0


def test_numbers_wrapped_for_excel_are_taken_out(desk: Desk) -> None:
    rows = [(f'="{23 * 10**17 + i}"', "2024-01-02", f"tb{i % 9}", 10) for i in range(40)]
    text = table(
        "订单编号,订单创建时间,买家会员名,买家应付货款",
        [(f'"{a.replace(chr(34), chr(34) * 2)}"', *r) for a, *r in rows],
    )
    proposal = desk.propose_text(text)
    assert mapping(proposal)["columns"]["order_id"] == 'trim("订单编号", \'="\')'
    assert seen(proposal).rows["order_id"][0] == "2300000000000000000"
    rows = [(i, "2024-01-02", f"c{i % 9}", ('"=""1,234.50"""', '"=""-34.50"""')[i % 2]) for i in range(60)]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,Amount", rows))
    assert seen(proposal).kinds == {"sold": (30, 37_035), "refund": (30, -1_035)}


def test_what_is_paid_back_beyond_a_row_is_offered_up_to_it(desk: Desk) -> None:
    rows = [(i, "2024-01-02", f"c{i % 9}", "20.00", "25.00" if i % 10 == 0 else "") for i in range(60)]
    proposal = desk.propose_text(table("order id,date,customer id,Subtotal,Total Refunded", rows))
    [offered] = [value for _, doubt in doubts_of(proposal) for key, value in doubt.instead if key == "refunded"]
    text = proposal.text.replace("refunded: Total Refunded", f"refunded: {offered}", 1)
    assert "THEN Subtotal ELSE" in text
    assert desk.errors(text) == []


def test_an_address_is_who_answered_where_it_is_who_bought(desk: Desk) -> None:
    orders = [(i, "2024-01-02", f"c{i % 9}@example.com", 10 + i) for i in range(40)]
    answers = [(f"r{i}", "2024-01-05 10:00", i % 11, f"C{i % 9}@example.com ") for i in range(40)]
    files = (
        desk.put("orders.csv", table("order id,date,Customer Email,amount", orders)),
        desk.put("survey.csv", table("Response ID,Submitted At,How likely are you to recommend us?,email", answers)),
    )
    proposal = desk.propose(*files)
    assert mapping(proposal, 1)["columns"]["customer_id"] == "lower(trim(email))"
    assert "belong to no customer" not in proposal.text
    alone = desk.propose(files[1])
    assert "customer_id" not in mapping(alone)["columns"]


def test_of_an_orders_total_on_each_of_its_lines_the_price_by_piece_is_taken_and_deleted_orders_are_left_out(
    desk: Desk,
) -> None:
    """As JD exports them: the total holds the postage, so no column adds up to it."""
    rows = [
        (3 * 10**10 + order, f"SP{line}", "茶杯", 1 + line, f"2024-03-{1 + order % 28:02} 09:00:00", f"jd_{order % 9}",
         f"{10 + line}.00", f"{38 + order}.00", "(删除)等待出库" if order % 10 == 3 else "完成", f"{6 + order}.00")
        for order in range(40)
        for line in range(2)
    ]  # fmt: skip
    proposal = desk.propose_text(
        table("订单号,商品ID,商品名称,订购数量,下单时间,下单帐号,京东价,订单金额,订单状态,运费金额", rows)
    )
    source = mapping(proposal)
    assert source["columns"]["unit_price"] == "京东价"
    assert seen(proposal).kinds == {"sold": (72, 36 * 32), "excluded": (8, 4 * 32)}


def test_store_credit_is_no_place_and_details_of_products_are_no_code(desk: Desk) -> None:
    rows = [
        (i, 500 + i % 9, f"0{1 + i % 9}/02/2024", 20 + i, 0, f"Product ID: {i % 7}, Product Qty: 1, Product Name: Mug")
        for i in range(50)
    ]
    header = "Order ID,Customer ID,Order Date,Subtotal,Store Credit Redeemed,Channel Name,Product Details"
    text = table(header, [(*row[:5], "My Store", f'"{row[5]}"') for row in rows])
    assert not {"region", "product_id", "product_name"} & mapping(desk.propose_text(text))["columns"].keys()
