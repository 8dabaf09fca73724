"""What `analytics sources propose` takes for money, and for money that was paid back."""

from __future__ import annotations

import pytest
from proposal_files import Desk, mapping, seen, table

from pipelines.configuration_file import load
from pipelines.source_proposal import doubts_of
from pipelines.source_proposal_preview import Preview, preview
from pipelines.yaml_document import read_document


def test_a_refund_that_stands_beside_its_sale_is_a_refund(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, "paid", 10) for i in range(50)]
    rows += [(i, "2024-01-09", i % 9, "returned", 10) for i in range(5)]
    source = mapping(desk.propose_text(table("order id,date,customer,status,amount", rows)))
    assert source["refund_when"] == "status = 'returned'"
    assert "exclude_when" not in source


def test_numbers_of_any_signs_that_happen_to_begin_with_letters_are_no_sign_of_a_refund(desk: Desk) -> None:
    """Numbers as PayPal gives them: the one refund begins with letters, and so will sales to come."""
    rows = [(f"{i}XB{i * 7919:05}K{i}Q", f"2024-01-0{1 + i % 9}", f"c{i % 9}", 10) for i in range(40)]
    rows.append(("KX83710Q5B", "2024-01-09", "c1", -10))
    proposal = desk.propose_text(table("Transaction ID,date,customer,amount", rows))
    assert mapping(proposal)["columns"]["order_id"] == "Transaction ID"
    assert "refund_when" not in mapping(proposal)
    assert "1 row with a negative quantity or amount is a refund without a rule" in proposal.text


def test_a_total_of_the_order_on_each_of_its_lines_is_doubted(desk: Desk) -> None:
    rows = [
        (i, "2024-04-02 10:00", i % 40, f"S{i * 7 % 60 + line}", 1 + line, 10 + i / 4)
        for i in range(100)
        for line in range(3)
    ]
    proposal = desk.propose_text(table("order_number,created_at,customer_id,sku,qty,order_total", rows))
    assert "order_total is the same on every line of an order" in proposal.text
    rows = [(*row[:5], 2.5, row[5]) for row in rows]
    proposal = desk.propose_text(table("order_number,created_at,customer_id,sku,qty,price,order_total", rows))
    assert mapping(proposal)["columns"]["unit_price"] == "price"
    assert "amount" not in mapping(proposal)["columns"]


@pytest.mark.parametrize(
    ("written", "amount", "said"),
    [
        ("$1,234.50", 1234.5, "replace(Amount, '$', '')"),
        ("(1234.50)", -1234.5, "CASE WHEN regexp_matches(Amount, "),
        ("1234,50-", -1234.5, "CASE WHEN regexp_matches(Amount, "),
        ("EUR 1.234,50", 1234.5, "replace(Amount, 'EUR', '')"),
        (
            "$(1,234.50)",
            -1234.5,
            "CASE WHEN regexp_matches(Amount, ",
        ),
        (" $(1,234.50) ", -1234.5, "CASE WHEN regexp_matches(Amount, "),
        (
            "▲1,234.50",
            -1234.5,
            "CASE WHEN regexp_matches(Amount, ",
        ),
        ("1,234.50- ", -1234.5, "CASE WHEN regexp_matches(Amount, "),
        (" (1,234.50)", -1234.5, "CASE WHEN regexp_matches(Amount, "),
        ("(1.234,50) €", -1234.5, "CASE WHEN regexp_matches(Amount, "),
        ("1.234,50- EUR", -1234.5, "CASE WHEN regexp_matches(Amount, "),
        ("1 234,50", 1234.5, "Amount"),
        ("CHF 1'234.50", 1234.5, "replace(Amount, 'CHF', '')"),
        ("R$ 1.234,50", 1234.5, "replace(Amount, 'R$', '')"),
        ("-₹1,234.50", -1234.5, "replace(Amount, '₹', '')"),
        ("1\u202f234,50\u00a0€", 1234.5, "replace(Amount, '€', '')"),
        ("-1’234.50 CHF", -1234.5, "replace(Amount, 'CHF', '')"),
        ("1’234.50", 1234.5, "Amount"),
        ("−1\u202f234,50", -1234.5, "Amount"),
        ("−1\u00a0234,50\u00a0€", -1234.5, "replace(Amount, '€', '')"),
        ("CHF −1’234.50", -1234.5, "replace(Amount, 'CHF', '')"),
        ("1 234,50 zł", 1234.5, "replace(Amount, 'zł', '')"),
        ("-1.234,50 Kč", -1234.5, "replace(Amount, 'Kč', '')"),
        ("1\u00a0234,50\u00a0руб.", 1234.5, "replace(Amount, 'руб.', '')"),
        ("1 234,50 Ft", 1234.5, "replace(Amount, 'Ft', '')"),
    ],
)
def test_money_is_read_however_it_is_dressed(desk: Desk, written: str, amount: float, said: str) -> None:
    rows = [(i, "2024-01-02", i % 9, f'"{written}"') for i in range(30)]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,Amount", rows))
    assert mapping(proposal)["columns"]["amount"].startswith(said)
    assert [float(value) for value in seen(proposal).rows["amount"]] == [amount] * seen(proposal).rows.height


@pytest.mark.parametrize(
    ("written", "shapes"),
    [
        (("1,234.50 DR", "34.50 CR"), ("9,999.99 DR", "99.99 CR")),
        (("1.234,50 S", "34,50 H"), ("9.999,99 S", "99,99 H")),
        (("1.23450E+03", "-3.450E+01"), ("9.99999E+99", "-9.999E+99")),
        (("1234.50 (card)", "-34.50 (Smith)"), ("9999.99 (•••)", "-99.99 (•••)")),
    ],
)
def test_a_column_called_money_without_numbers_is_named_with_its_shapes_and_what_to_write(
    desk: Desk, written: tuple[str, str], shapes: tuple[str, str]
) -> None:
    texts = ['"' + text.replace('"', '""') + '"' for text in written]
    rows = [(i, "2024-01-02", i % 9, texts[i % 2]) for i in range(60)]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,Amount", rows))
    assert "amount" not in mapping(proposal)["columns"]
    said = next(doubt.text for place, doubt in doubts_of(proposal) if place == "orders.amount")
    assert said.startswith("Amount is called money, but its values are no numbers as they stand (")
    assert all(f"`{shape}`" in said for shape in shapes)
    assert "34" not in said
    path = desk.put("read.yaml", proposal.text.replace("# amount: ", "amount: "))
    [found] = preview(load(path), desk.folder / "home").values()
    assert isinstance(found, Preview)
    assert sum(amount for _, amount in found.kinds.values()) == 30 * (1234.5 - 34.5)


def test_of_gross_and_net_sales_the_net_ones_are_what_was_paid(desk: Desk) -> None:
    rows = [(f"S{i}", "2024-01-02", i % 9, f"{5 + i}.50", f"{4 + i}.50") for i in range(40)]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,Gross Sales,Net Sales", rows))
    assert mapping(proposal)["columns"]["amount"] == "Net Sales"
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,Gross", [row[:4] for row in rows]))
    assert mapping(proposal)["columns"]["amount"] == "Gross"


def test_orders_without_any_money_are_doubted(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, f"${i}.50", f"${i}.25") for i in range(30)]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,Charged,Due", rows))
    assert "If one of Charged, Due is, write" in " ".join(proposal.text.split()).replace("# ", "")
    assert "# amount: replace(Charged, '$', '')" in proposal.text
    proposal = desk.propose_text(table("Order No,Order Date,Customer No", [row[:3] for row in rows]))
    assert "no column holds money" in proposal.text


def test_what_was_paid_back_of_an_order_is_a_refund_and_the_order_stays_a_sale(desk: Desk) -> None:
    rows = [
        (f"ch_{i}", f"2024-01-{1 + i % 28:02}", f"cus_{i % 9}", "30.00", "30.00" if i % 10 == 0 else "0.00", "usd",
         "Refunded" if i % 10 == 0 else "Failed" if i % 10 == 1 else "Paid", "2024-02-01" if i % 10 == 0 else "")
        for i in range(60)
    ]  # fmt: skip
    header = "id,Created date (UTC),Customer ID,Amount,Amount Refunded,Currency,Status,Refunded date (UTC)"
    proposal = desk.propose_text(table(header, rows), "charges.csv")
    source = mapping(proposal)
    assert source["columns"]["refunded"] == "Amount Refunded"
    assert source["columns"]["refunded_at"] == "Refunded date (UTC)"
    assert source["columns"]["currency"] == "Currency"
    assert source["exclude_when"] == "Status = 'Failed'"
    assert "refund_when" not in source
    assert "6 rows with money back" in proposal.text


def test_money_back_of_an_order_on_each_of_its_lines_is_doubted(desk: Desk) -> None:
    rows = [
        (f"S{i}", "2024-01-02", i % 9, f"P{i % 7 + line}", 20 + line, 25 if i % 5 == 0 else 0)
        for i in range(40)
        for line in range(2)
    ]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,SKU,Amount,Total Refunded", rows))
    assert "refunded" not in mapping(proposal)["columns"]
    assert "# refunded: Total Refunded" in proposal.text
    one_each = [row for at, row in enumerate(rows) if at % 2 == 0]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,SKU,Amount,Total Refunded", one_each))
    assert mapping(proposal)["columns"]["refunded"] == "Total Refunded"
    assert "8 rows of 8 have more paid back than Amount: does it hold postage or tax?" in proposal.text


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (
            "Refund ID,Order ID,Refunded At,Amount,Reason",
            {"order_id": "Order ID", "line_id": "Refund ID", "ordered_at": "Refunded At", "amount": "Amount"},
        ),
        (
            "Credit note no,Invoice No,Date,Refund amount,Text",
            {"order_id": "Invoice No", "line_id": "Credit note no", "ordered_at": "Date", "amount": "Refund amount"},
        ),
    ],
)
def test_a_file_of_refunds_lowers_net_sales_and_what_it_cannot_reach_is_said(
    desk: Desk, header: str, columns: dict[str, str]
) -> None:
    rows = [(f"R{i}", 1000 + i, f"2024-01-{1 + i % 28:02}T10:00:00", "14.50", "damaged") for i in range(30)]
    proposal = desk.propose_text(table(header, rows), "list.csv")
    source = mapping(proposal)
    assert source["columns"] == columns
    assert source["refund_when"] == "true"
    assert {kind: (n, float(amount)) for kind, (n, amount) in seen(proposal).kinds.items()} == {"refund": (30, -435.0)}
    assert "reach no order" in proposal.text
    assert "Propose them together with the orders' file" in " ".join(proposal.text.split()).replace("# ", "")


@pytest.mark.parametrize(("first_order", "orders_of"), [(1000, "orders"), (1018, "orders"), (1025, None), (5000, None)])
def test_refunds_beside_the_orders_they_name_are_of_these_orders(
    desk: Desk, first_order: int, orders_of: str | None
) -> None:
    back = [(f"R{i}", first_order + i, f"2024-02-{1 + i % 28:02}", "14.50") for i in range(30)]
    sold = [(1000 + i, f"2024-01-{1 + i % 28:02}", i % 9, f"P{i % 4}", 2, "14.50") for i in range(33)]
    refunds = desk.put("refunds.csv", table("Refund ID,Order ID,Refunded At,Amount", back))
    orders = desk.put("orders.csv", table("Order ID,Order Date,Customer,SKU,Quantity,Price", sold))
    proposal = desk.propose(refunds, orders)
    by_name = {source["name"]: source for source in read_document(proposal.text).data["sources"]}
    assert by_name["refunds"].get("orders_of") == orders_of
    assert ("# orders_of: orders" in proposal.text) is (orders_of is None)
    assert proposal.is_runnable


def test_a_file_of_refunds_without_a_day_asks_for_one(desk: Desk) -> None:
    rows = [(f"R{i}", "14.50", f"P{i % 7}") for i in range(30)]
    proposal = desk.propose_text(table("Refund ID,Refund amount,SKU", rows), "refunds.csv")
    assert list(proposal.sources[0].missing) == ["ordered_at"]
    assert mapping(proposal)["refund_when"] == "true"


def test_an_order_file_that_says_when_money_was_paid_back_is_no_file_of_refunds(desk: Desk) -> None:
    rows = [(f"O{i}", f"2024-01-{1 + i % 28:02}", i % 9, "14.50", "2024-02-01", "3.00") for i in range(30)]
    source = mapping(desk.propose_text(table("Order ID,Order Date,Customer,Total,Refunded At,Refunded", rows)))
    assert "refund_when" not in source
    assert source["columns"]["ordered_at"] == "Order Date"
    assert source["columns"]["refunded_at"] == "Refunded At"


def test_a_number_that_can_be_a_thousand_or_one_and_a_bit_is_doubted(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, f'"{1 + i % 9},{100 + i}"') for i in range(30)]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,Amount", rows))
    assert mapping(proposal)["thousands"] == ","
    assert "nothing in the file says whether the comma is decimal" in proposal.text


def test_money_in_cents_and_a_column_that_tells_purchases_from_refunds(desk: Desk) -> None:
    rows = [(i, f"u{i % 9}", 1999, "2024-01-02", "refund" if i % 10 == 0 else "purchase") for i in range(50)]
    proposal = desk.propose_text(table("txn_id,user_id,amount_cents,booked_at,type", rows), "movements.csv")
    assert mapping(proposal)["refund_when"] == "type = 'refund'"
    kinds = {kind: (n, str(amount)) for kind, (n, amount) in seen(proposal).kinds.items()}
    assert kinds == {"sold": (45, "899.55000000"), "refund": (5, "-99.95000000")}


def test_money_in_brackets_to_come_is_set_aside_and_not_taken_for_a_sale(desk: Desk) -> None:
    """What takes the sign of the currency off takes nothing else off."""
    rows = [(i, "2024-01-02", i % 9, f"${i}.50") for i in range(30)]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,Amount", rows))
    path = desk.put("later.yaml", proposal.text)
    desk.put("orders.csv", table("Order No,Order Date,Customer No,Amount", [*rows, (30, "2024-01-03", 1, "($9.50)")]))
    [found] = preview(load(path), desk.folder / "home").values()
    assert isinstance(found, Preview)
    assert found.reasons == {"unparsable_amount": 1}


def test_a_negative_line_total_beside_pieces_and_a_price_without_a_minus_is_a_refund(desk: Desk) -> None:
    """As tills write returns: only the total says that they came back."""
    rows = [(f"R{i}", "2024/3/1", i % 9, 2, 150, 300 if i % 20 else -300) for i in range(60)]
    proposal = desk.propose_text(table("伝票番号,売上日,会員番号,数量,単価,金額", rows))
    assert mapping(proposal)["columns"]["amount"] == "金額"
    assert "unit_price" not in mapping(proposal)["columns"]
    assert seen(proposal).kinds["refund"] == (3, -900)
    assert "3 rows with a negative quantity or amount are refunds without a rule" in proposal.text


def test_a_discount_a_fee_or_money_back_is_never_what_a_row_was_sold_for(desk: Desk) -> None:
    rows = [
        (i, "2024-04-02", f"a{i % 9}@example.com", f"S{i % 7}", 1 + line, 9.95 + line, 5 if i % 9 == 0 else 0, 4.95)
        for i in range(40)
        for line in range(2)
    ]
    header = (
        "Order Number,Order Date,Email,SKU,Quantity (- Refund),Item Cost,Cart Discount Amount,Order Shipping Amount"
    )
    columns = mapping(desk.propose_text(table(header, rows)))["columns"]
    assert columns["unit_price"] == "Item Cost"
    assert "amount" not in columns


def test_rows_that_a_rule_tells_are_no_refunds_without_a_rule_and_payouts_are_none_at_all(desk: Desk) -> None:
    rows = [(f"t{i}", "2024-01-02", f"c{i % 9}", "charge", "30.00") for i in range(40)]
    rows += [(f"t{i}", "2024-01-09", f"c{i % 9}", "refund", "-30.00") for i in range(40, 44)]
    proposal = desk.propose_text(table("Transaction ID,created,customer_id,reporting_category,gross", rows))
    assert mapping(proposal)["refund_when"] == "reporting_category = 'refund'"
    assert "without a rule" not in proposal.text
    rows += [("t44", "2024-01-09", "", "payout", "-900.00"), ("t45", "2024-01-09", "c1", "adjustment", "-1.00")]
    proposal = desk.propose_text(table("Transaction ID,created,customer_id,reporting_category,gross", rows))
    assert mapping(proposal)["exclude_when"] == "reporting_category = 'payout'"
    assert "1 row with a negative quantity or amount is a refund without a rule, adjustment (1)" in proposal.text


def test_fees_beside_the_money_ask_whether_they_are_off_already(desk: Desk) -> None:
    rows = [(f"t{i}", "2024-01-02", f"c{i % 9}", f"{i}.50", "1.20") for i in range(40)]
    proposal = desk.propose_text(table("Transaction ID,Order Date,customer_id,Total,Selling Fees", rows))
    assert "is Total what is left after Selling Fees? What was paid is what to map." in " ".join(proposal.text.split())


def test_money_in_a_column_of_credits_and_one_of_debits_is_one_amount_and_doubted(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, "10.50", "") for i in range(50)]
    rows += [(i, "2024-01-09", i % 9, "", "4.20") for i in range(5)]
    proposal = desk.propose_text(table("order id,date,customer,Gross Credit (GC),Gross Debit (GC)", rows))
    assert {kind: float(amount) for kind, (_, amount) in seen(proposal).kinds.items()} == {"sold": 525, "refund": -21}
    [doubt] = [doubt for place, doubt in doubts_of(proposal) if place == "orders.amount"]
    assert doubt.text.startswith("Gross Credit (GC) (50 rows) is taken for sales and Gross Debit (GC) (5 rows)")
    other = [(i, "2024-01-02", i % 9, "0,00", "10,50") for i in range(50)]
    other += [(i, "2024-01-09", i % 9, "4,20", "0,00") for i in range(5)]
    proposal = desk.propose_text(table("order id;date;customer;Haben;Soll", other, ";"))
    assert "amount" not in mapping(proposal)["columns"]  # both filled in each row: not two sides of one amount


def test_what_a_row_is_worth_is_no_price_where_it_falls_below_nothing(desk: Desk) -> None:
    """An ERP's list in words nobody knows: the one column of money holds returns with a minus behind."""
    rows = [(f"{i:010}", "31.01.2024", i % 9, f"{i + 2},50", "x") for i in range(50)]
    rows += [(f"6{i:09}", "01.02.2024", i % 9, f"{i + 2},50-", "x") for i in range(5)]
    proposal = desk.propose_text(table("Belegnummer;Belegdatum;Kundennummer;NTWRT;XY", rows, ";"))
    assert "unit_price" not in mapping(proposal)["columns"]
    assert seen(proposal).kinds["refund"] == (5, -22.5)


def test_a_total_that_is_the_same_for_one_piece_and_for_several_is_the_price_of_one(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, f"S{i % 8}", 1 + i // 8 % 3, f"{5 + i % 8}.00") for i in range(72)]
    proposal = desk.propose_text(table("order id,date,customer,sku,qty,sold for", rows))
    assert mapping(proposal)["columns"]["unit_price"] == "sold for"
    assert seen(proposal).kinds["sold"][1] == sum(row[4] * float(row[5]) for row in rows)
    assert "of a product sold for is the same for one piece and for several" in proposal.text
    totals = [(*row[:5], f"{row[4] * float(row[5]):.2f}") for row in rows]
    proposal = desk.propose_text(table("order id,date,customer,sku,qty,sold for", totals))
    assert mapping(proposal)["columns"]["amount"] == "sold for"


def test_beside_a_total_of_the_order_the_price_is_the_column_that_adds_up_to_it(desk: Desk) -> None:
    prices = [[(7 * i + 3 * line) % 40 + 1.5 for line in range(3)] for i in range(60)]
    rows = [
        (i, "2024-04-02 10:00", i % 40, f"S{i * 7 % 60 + line}", 1 + line, price, i,
         sum((1 + at) * each for at, each in enumerate(prices[i])))
        for i in range(60)
        for line, price in enumerate(prices[i])
    ]  # fmt: skip
    proposal = desk.propose_text(table("order_number,created_at,customer_id,sku,qty,jdp,points,order_total", rows))
    assert mapping(proposal)["columns"]["unit_price"] == "jdp"
    assert "it adds up to order_total" in " ".join(proposal.text.split())


def test_money_without_tax_is_taken_before_money_with_it_and_a_column_of_noughts_is_none(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, f"{1.2 * (i + 5):.2f}", f"{i + 5}.00", 0) for i in range(40)]
    header = "order id,date,customer,Subtotal (inc tax),Subtotal (ex tax),Total Shipped"
    assert mapping(desk.propose_text(table(header, rows)))["columns"]["amount"] == "Subtotal (ex tax)"


def test_a_discount_that_nothing_takes_off_is_said(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, f"{i + 5}.00", "1.50" if i % 5 == 0 else "") for i in range(40)]
    proposal = desk.propose_text(table("order id,date,customer,amount,item-promotion-discount-sum", rows))
    said = [doubt for _, doubt in doubts_of(proposal) if "is not taken off, in 8 rows" in doubt.text]
    assert [doubt.instead for doubt in said] == [(("discount", "item-promotion-discount-sum"),)]


def test_the_shop_s_own_account_on_every_row_is_no_customer(desk: Desk) -> None:
    rows = [(i, "2024-01-02", "MyShopECOM", 10) for i in range(40)]
    proposal = desk.propose_text(table("order id,date,Merchant Account,amount", rows))
    assert "customer_id" not in mapping(proposal)["columns"]
    assert "no column says who bought" in proposal.text


def test_an_answer_about_the_order_is_no_order(desk: Desk) -> None:
    header = "#,How likely are you to recommend us?,How satisfied are you with your order?,Submit Date"
    rows = [(f"r{i:04}", i % 11, 1 + i % 5, f"2024-03-{1 + i % 28:02} 10:00") for i in range(60)]
    proposal = desk.propose_text(table(header, rows), "responses.csv")
    assert "order_id" not in mapping(proposal)["columns"]
    assert len(seen(proposal).answers) == 2


def test_letters_behind_money_that_few_rows_have_are_offered_as_its_minus(desk: Desk) -> None:
    """Every sale is another amount, so that none of the credit notes is among the most frequent values."""
    rows = [(i, "2024-01-02", i % 9, f'"{1000 + i:,}.50 Dr"') for i in range(60)]
    rows += [(100 + i, "2024-01-09", i % 9, f'"{2000 + i:,}.50 Cr"') for i in range(5)]
    proposal = desk.propose_text(table("Voucher No,Date,Customer No,Amount", rows))
    [doubt] = [doubt for place, doubt in doubts_of(proposal) if place == "orders.amount"]
    assert "If Cr behind a number (5 rows, the rarer ending) means less than nothing" in doubt.text
    path = desk.put("read.yaml", proposal.text.replace("# amount: ", "amount: "))
    [found] = preview(load(path), desk.folder / "home").values()
    assert isinstance(found, Preview)
    assert {kind: n for kind, (n, _) in found.kinds.items()} == {"sold": 60, "refund": 5}


def test_what_comes_off_the_rows_that_were_sold_is_counted_beside_them(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, 2, 10, 1 if i % 4 == 0 else 0, 5 if i % 10 == 0 else 0) for i in range(40)]
    proposal = desk.propose_text(table("order id,date,customer,qty,unit price,discount,refunded amount", rows))
    assert seen(proposal).off == {"discounts": (10, -10), "paid back": (4, -20)}


def test_pieces_with_three_decimals_are_no_thousands(desk: Desk) -> None:
    rows = [(i, "2026-01-02", i % 9, f"S{i % 7}", f"{1 + i % 3},000", f"{2 + i % 5}.95") for i in range(50)]
    proposal = desk.propose_text(table("order no;date;customer;sku;qty;price", rows, ";"))
    assert mapping(proposal)["columns"]["quantity"] == "replace(qty, ',', '.')"
    assert seen(proposal).kinds["sold"][1] < 50 * 3 * 7


def test_an_amount_without_tax_is_taken_and_a_column_of_taxes_is_doubted(desk: Desk) -> None:
    rows = [(f"S{i}", "2026-01-02", f"Acme {i % 9}", 10 + i, 2, 12 + i) for i in range(50)]
    proposal = desk.propose_text(table("Order Reference,Order Date,Customer,Untaxed Amount,Taxes,Total", rows))
    assert mapping(proposal)["columns"]["amount"] == "Untaxed Amount"
    rows = [(*row[:3], row[5], row[4]) for row in rows]
    assert "does Total include Taxes?" in desk.propose_text(table("Order No,Date,Customer,Total,Taxes", rows)).text


def test_an_address_goes_before_a_name_that_two_customers_may_share(desk: Desk) -> None:
    rows = [(i, "2026-01-02", f"Ann Smith {'I' * (i % 3)}", f"ann{i % 9}@example.com", 10 + i) for i in range(50)]
    proposal = desk.propose_text(table("Order No,Date,Customer Name,Customer Email,Total", rows))
    assert mapping(proposal)["columns"]["customer_id"] == 'lower(trim("Customer Email"))'
    assert "two customers may share a Customer Name" in proposal.text
    assert "# customer_id: Customer Name" in proposal.text


def test_a_discount_comes_off_where_that_adds_up_to_the_total(desk: Desk) -> None:
    rows = [
        (i, "2026-01-02", f"C{i % 9}", 10 + i, i % 3, 4, round((10 + i - i % 3) * 0.2, 2), 0)
        for i in range(50)
    ]  # fmt: skip
    rows = [(*row[:7], round(row[3] - row[4] + row[5] + row[6], 2)) for row in rows]
    proposal = desk.propose_text(
        table("Order ID,Order Date,Customer ID,Subtotal,Coupon Discount,Shipping,Tax,Total", rows)
    )
    assert mapping(proposal)["columns"]["discount"] == "Coupon Discount"
    assert "Subtotal less it, with Shipping and Tax is Total" in " ".join(proposal.text.replace("#", "").split())
    rows = [(*row[:7], round(row[3] + row[5] + row[6], 2)) for row in rows]
    proposal = desk.propose_text(
        table("Order ID,Order Date,Customer ID,Subtotal,Coupon Discount,Shipping,Tax,Total", rows)
    )
    assert "discount" not in mapping(proposal)["columns"]


@pytest.mark.parametrize(
    ("header", "sign", "encoding", "currency"),
    [
        ("Nr zamówienia;Data zamówienia;Klient;Nazwa produktu;Ilość;Wartość", "zł", "cp1250", "PLN"),
        ("Číslo objednávky;Datum objednávky;Zákazník;Název produktu;Množství;Celkem", "Kč", "cp1250", "CZK"),
        ("Номер заказа;Дата заказа;Клиент;Название товара;Количество;Сумма", "руб.", "cp1251", "RUB"),
    ],
)
def test_files_of_windows_in_the_east_of_europe_are_read_in_the_encoding_of_their_names(
    desk: Desk, header: str, sign: str, encoding: str, currency: str
) -> None:
    rows = [(f"Z{i}", "02.01.2024", f"K{i % 9}", "Mlýnek" if sign == "Kč" else "M", 2, f"1 299,50 {sign}")
            for i in range(60)]  # fmt: skip
    proposal = desk.propose_text(table(header, rows, ";").encode(encoding))
    assert mapping(proposal)["encoding"] == encoding
    assert proposal.business["currency"].value == currency
    assert {*mapping(proposal)["columns"]} >= {"order_id", "ordered_at", "customer_id", "product_name", "quantity"}
    assert float(seen(proposal).rows["amount"][0]) == 1299.5
    western = table(
        "Bestellnr;Bestelldatum;Kunden-Nr;Menge;Straße;Betrag", [(*row[:3], 2, "Köln", 5) for row in rows], ";"
    )
    assert "encoding" not in mapping(desk.propose_text(western.encode("cp1252")))
