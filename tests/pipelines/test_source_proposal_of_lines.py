"""Which rows `analytics sources propose` takes for no sale: flags, kinds of movement, cancellations."""

from __future__ import annotations

import datetime as dt

import pytest
from proposal_files import Desk, mapping, seen, table

from pipelines.configuration_file import load
from pipelines.source_proposal_preview import Preview, preview


@pytest.mark.parametrize(
    ("name", "yes", "no"), [("Void?", "true", "false"), ("is_deleted", "1", "0"), ("Storniert", "Ja", "Nein")]
)
def test_rows_that_a_flag_calls_void_are_no_sales(desk: Desk, name: str, yes: str, no: str) -> None:
    rows = [(i, "2024-01-02", i % 9, 10, yes if i % 10 == 3 else no) for i in range(50)]
    proposal = desk.propose_text(table(f"order id,date,customer,amount,{name}", rows))
    assert "lower(trim(" in mapping(proposal)["exclude_when"]
    assert seen(proposal).kinds["sold"] == (45, 450)
    assert "5 rows that" in proposal.text


def test_rows_that_a_flag_calls_returned_are_refunds_beside_their_sales_and_doubted_without(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, 10, "false") for i in range(50)]
    back = [(i, "2024-01-09", i % 9, 10, "true") for i in range(5)]
    proposal = desk.propose_text(table("order id,date,customer,amount,is_return", [*rows, *back]))
    assert seen(proposal).kinds == {"sold": (50, 500), "refund": (5, -50)}
    alone = [(100 + i, *row[1:]) for i, row in enumerate(back)]
    proposal = desk.propose_text(table("order id,date,customer,amount,is_return", [*rows, *alone]))
    assert seen(proposal).kinds["excluded"] == (5, 50)
    assert "nothing was earned" in proposal.text


def test_a_flag_that_is_true_of_no_row_makes_no_rule(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, 10, "false") for i in range(50)]
    assert "exclude_when" not in mapping(desk.propose_text(table("order id,date,customer,amount,voided", rows)))


def test_a_ledger_tells_payments_and_fees_from_what_was_given_back(desk: Desk) -> None:
    rows = [(f"R{i}", "2024-01-02", i % 9, "Rechnung", "10,50") for i in range(40)]
    rows += [(f"Z{i}", "2024-01-09", i % 9, "Zahlung", "-10,50") for i in range(30)]
    rows += [(f"G{i}", "2024-01-08", i % 9, "Gutschrift", "-4,20") for i in range(5)]
    proposal = desk.propose_text(table("Belegnr;Datum;Kundennr;Belegart;Betrag", rows, ";"))
    kinds = {kind: n for kind, (n, _) in seen(proposal).kinds.items()}
    assert kinds == {"sold": 40, "excluded": 30, "refund": 5}
    assert "30 rows of money that moved on, 100% of them negative, says Belegart" in proposal.text


def test_a_kind_of_payment_that_is_a_sale_stays_one(desk: Desk) -> None:
    rows = [(f"T{i}", "2024-01-02", i % 9, "Card Payment", 10) for i in range(40)]
    rows += [(f"T{100 + i}", "2024-01-09", i % 9, "Payment Refund", -10) for i in range(5)]
    source = mapping(desk.propose_text(table("transaction id,date,customer,kind of entry,amount", rows)))
    assert "exclude_when" not in source
    assert "'Payment Refund'" in source["refund_when"]


def test_what_was_cancelled_with_a_minus_is_a_refund_and_no_row_left_out(desk: Desk) -> None:
    """As a till writes it: the sale stays as it was, and a row of its own takes it back, with a note."""
    rows = [(f"S{i}", "2024-01-02", i % 9, "", "Payment", 10) for i in range(40)]
    rows += [(f"S9{i}", "2024-01-09", i % 9, "Canceled order", "Refund", -10) for i in range(5)]
    proposal = desk.propose_text(table("receipt no,date,customer,notes,event type,amount", rows))
    assert mapping(proposal)["refund_when"] == "(\"event type\" = 'Refund')"
    assert seen(proposal).kinds["refund"] == (5, -50)
    rows = [
        (i, "2024-01-02", i % 9, "Canceled" if i % 10 == 3 else "Paid", -10 if i % 10 == 3 else 10) for i in range(50)
    ]
    proposal = desk.propose_text(table("order id,date,customer,status,amount", rows))
    assert seen(proposal).kinds["refund"] == (5, -50)


def test_a_list_of_addresses_is_of_customers_and_first_names_are_no_orders(desk: Desk) -> None:
    header = "Email Address,First Name,Last Name,Phone Number,MEMBER_RATING,OPTIN_TIME,TAGS"
    rows = [
        (f"p{i}@example.com", ("Ann", "Bo", "Cy")[i % 3], "Lee", f"+44207946{i:04}", 2, "2024-01-02 10:00:00", "vip")
        for i in range(40)
    ]
    proposal = desk.propose_text(table(header, rows), "segment.csv")
    assert proposal.sources[0].kind == "customers"
    assert mapping(proposal)["columns"]["customer_id"] == 'lower(trim("Email Address"))'


def test_rows_for_whole_orders_among_their_lines_count_once(desk: Desk) -> None:
    """As a till or an ERP lists sales: the order with its total, its lines, and how it was paid."""
    rows: list[tuple[object, ...]] = []
    for i in range(30):
        rows.append((i, "2024-01-02", i % 9, "Sale", "", "", 30))
        rows += [(i, "2024-01-02", i % 9, "Sale Line", f"S{line}", 1, 10 * line) for line in (1, 2)]
        rows.append((i, "2024-01-02", i % 9, "Payment", "", "", ""))
    proposal = desk.propose_text(table("order id,date,customer,line type,sku,qty,amount", rows))
    assert mapping(proposal)["exclude_when"] == "trim(coalesce(sku, '')) = ''"
    assert seen(proposal).kinds["sold"] == (60, 900)
    assert seen(proposal).counts["quarantined"] == 0
    lines = [row for row in rows if row[3] == "Sale Line"]
    extra = [(i, "2024-01-02", i % 9, "Sale Line", "", 1, 5) for i in range(30)]
    proposal = desk.propose_text(table("order id,date,customer,line type,sku,qty,amount", [*lines, *extra]))
    assert "exclude_when" not in mapping(proposal)


def test_what_stands_on_the_first_of_several_rows_is_offered_to_repeat_and_subtotals_are_not(desk: Desk) -> None:
    """As a pivot table is saved: who, which order and when on the first row of each, a subtotal below."""
    rows: list[tuple[object, ...]] = []
    for who in range(12):
        for order in range(2):
            name, day = who * 10 + order, f"2024-01-{1 + who + order:02}"
            rows.append((f"C{who}" if order == 0 else "", f"N{name}", day, "Mug", "4.50"))
            rows.append(("", "", "", "Lamp", "5.50"))
        rows.append((f"C{who} Total", "", "", "", "20.00"))
    proposal = desk.propose_text(table("Customer,Order No,Date,Product,Net Sales", rows))
    assert "fill_down" not in mapping(proposal)
    path = desk.put("read.yaml", proposal.text.replace("# fill_down: ", "fill_down: "))
    [found] = preview(load(path), desk.folder / "home").values()
    assert isinstance(found, Preview)
    assert {kind: (n, float(amount)) for kind, (n, amount) in found.kinds.items()} == {"sold": (48, 240.0)}
    assert found.counts["quarantined"] == 12
    subtotals = [("", f"N{i}", "2024-01-02", "Mug", "4.50") for i in range(30)] + [("Total", "", "", "", "9.00")] * 8
    assert "# fill_down" not in desk.propose_text(table("Customer,Order No,Date,Product,Net Sales", subtotals)).text


RECEIPTS = [
    (i, f"2026-01-{1 + i // 2:02}", f"c{i % 9}", f"S{n}{(i + n) % 7}", "Mug", 2, 5 + n, 10 + 2 * n)
    for i in range(50)
    for n in range(1 + i % 3)
]


@pytest.mark.parametrize(
    ("end", "condition"),
    [
        (("", "TOTAL", "", ""), "trim(coalesce(\"item code\", '')) = ''"),
        (("TENDER", "CASH", 1, None), "trim(coalesce(\"item code\", '')) = 'TENDER'"),
    ],
)
def test_the_total_and_the_payment_at_the_end_of_a_receipt_are_no_sales(
    desk: Desk, end: tuple[object, ...], condition: str
) -> None:
    code, name, pieces, price = end
    totals = {i: sum(row[7] for row in RECEIPTS if row[0] == i) for i in range(50)}
    ends = [
        (i, f"2026-01-{1 + i // 2:02}", f"c{i % 9}", code, name, pieces, total if price is None else "", total)
        for i, total in totals.items()
    ]
    rows = [*RECEIPTS, *ends]
    proposal = desk.propose_text(table("receipt,date,card no,item code,item,qty,price,amount", rows))
    assert mapping(proposal)["exclude_when"] == condition
    assert seen(proposal).kinds["sold"] == (len(RECEIPTS), sum(row[7] for row in RECEIPTS))


def test_a_credit_note_takes_back_though_its_money_has_no_minus(desk: Desk) -> None:
    kinds = ("Sales invoice", "Sales credit note")
    rows = [
        (("CN-" if i % 10 == 0 else "INV-") + str(i), "2026-01-02", f"c{i % 9}", 10, kinds[i % 10 == 0])
        for i in range(50)
    ]
    proposal = desk.propose_text(table("InvoiceNumber,InvoiceDate,Account No,Total,Type", rows))
    assert mapping(proposal)["refund_when"] == "Type = 'Sales credit note'"
    assert "begin with CN" not in proposal.text


def test_orders_placed_to_try_the_shop_out_are_no_sales(desk: Desk) -> None:
    rows = [(i, "2026-01-02", i % 9, ("live", "test")[i % 10 == 0], 10) for i in range(50)]
    source = mapping(desk.propose_text(table("order no,date,customer,mode,amount", rows)))
    assert source["exclude_when"] == "lower(trim(mode)) IN ('sandbox', 'test')"


def test_each_state_an_order_had_is_no_order_of_its_own(desk: Desk) -> None:
    rows = [
        (i, "2026-01-02", i % 9, 10 + i, state, f"2026-01-0{3 + n}")
        for i in range(50)
        for n, state in enumerate(("open", "paid"))
    ]
    proposal = desk.propose_text(table("order no,date,customer,total,status,updated", rows))
    assert mapping(proposal)["columns"]["line_id"] == "'order'"
    assert seen(proposal).counts["superseded"] == 50
    proposal = desk.propose_text(table("order no,date,customer,total,status", [row[:5] for row in rows]))
    assert (
        "50 orders stand in several rows of the same total, one for each status: they count once per row"
        in " ".join(proposal.text.replace("#", "").split())
    )


def test_a_name_that_all_lines_of_an_order_share_is_who_bought(desk: Desk) -> None:
    rows = [(f"INV{i}", "2026-01-02", f"Acme {i % 9}", f"S{n}{i % 7}", 1, 10) for i in range(50) for n in range(3)]
    columns = mapping(desk.propose_text(table("Document Number,Date,Name,Item,Quantity,Amount", rows)))["columns"]
    assert columns["customer_id"] == "Name"
    assert "product_name" not in columns


def test_a_settlement_tells_goods_from_postage_tax_fees_and_promotions(desk: Desk) -> None:
    kinds = [
        ("Order", "ItemPrice", "Principal", 20, 1),
        ("Order", "ItemPrice", "Shipping", 3, ""),
        ("Order", "ItemPrice", "Tax", 2, ""),
        ("Order", "ItemFees", "Commission", -3, ""),
        ("Order", "Promotion", "Principal", -4, ""),
    ]
    rows = [(f"111-{i}", "2026-01-02", f"SKU{i % 7}", *kind) for i in range(30) for kind in kinds]
    rows += [(f"111-{i}", "2026-01-09", f"SKU{i % 7}", "Refund", "ItemPrice", "Principal", -20, "") for i in range(3)]
    header = "order-id,posted-date,sku,transaction-type,amount-type,amount-description,amount,quantity-purchased"
    found = seen(desk.propose_text(table(header, rows), "settlement.csv"))
    assert found.counts["quarantined"] == 0
    assert found.kinds == {
        "sold": (30, 600),
        "charge": (60, 150),
        "excluded": (30, -90),
        "discount": (30, -120),
        "refund": (3, -60),
    }


def test_columns_called_by_months_are_named_as_what_is_not_read(desk: Desk) -> None:
    rows = [(10000 + i, f"Acme {i}", i, 2 * i, 3 * i) for i in range(50)]
    text = desk.propose_text(table("Customer No,Customer,Jan 2026,Feb 2026,Mar 2026", rows), "customers.csv").text
    assert "3 columns are called by a month, such as Jan 2026" in text


def test_postage_on_every_order_is_a_charge_and_what_is_sold_alone_is_none(desk: Desk) -> None:
    header = "order id,date,customer,sku,product,quantity,price"
    rows = [(i, "2026-01-02", i % 9, f"T-{i % 7}", f"Tea {i % 7}", 1, 8) for i in range(60)]
    postage = [(i, "2026-01-02", i % 9, "SHIP", "Shipping", 1, 4) for i in range(60)]
    assert seen(desk.propose_text(table(header, [*rows, *postage]))).kinds == {"sold": (60, 480), "charge": (60, 240)}
    alone = [(100 + i, *row[1:]) for i, row in enumerate(postage)]
    assert seen(desk.propose_text(table(header, [*rows, *alone]))).kinds == {"sold": (120, 720)}


def test_a_reference_that_every_order_has_of_its_own_is_no_product(desk: Desk) -> None:
    rows = [(i, f"XKQ{i * 7919 % 9973:04}", i % 2, f"c{i % 9}", 10.5, "2024-01-02") for i in range(60)]
    columns = mapping(desk.propose_text(table("ID,Reference,New client,Customer,Total,Date", rows)))["columns"]
    assert columns["order_id"] == "ID"
    assert "product_id" not in columns
    rows = [(i, f"R{i % 9}", i % 2, f"c{i % 9}", 10.5, "2024-01-02") for i in range(60)]
    columns = mapping(desk.propose_text(table("ID,Reference,New client,Customer,Total,Date", rows)))["columns"]
    assert columns["product_id"] == "Reference"


def test_an_order_report_of_ebay_is_dated_and_its_buyers_are_told_by_their_user_names(desk: Desk) -> None:
    """The columns that eBay's report of orders has, as far as a mapping could take them."""
    days = [dt.date(2024, 1, 2) + dt.timedelta(days=i) for i in range(60)]
    rows = [
        (400 + i, f"{i:02}-{i:05}-0", f"user_{i % 9}", f"a{i % 50}@members.ebay.com", 1100 + i % 7, "Camera", 1,
         "$14.50", f"{day:%b-%d-%y}")
        for i, day in enumerate(days)
    ]  # fmt: skip
    header = (
        "Sales Record Number,Order Number,Buyer Username,Buyer Email,Item Number,Item Title,Quantity,Sold For,Sale Date"
    )
    proposal = desk.propose_text(table(header, rows))
    columns = mapping(proposal)["columns"]
    assert (columns["customer_id"], columns["ordered_at"]) == ("Buyer Username", "Sale Date")
    assert (seen(proposal).first_event, seen(proposal).last_event) == (days[0], days[-1])


def test_how_was_paid_and_who_bought_is_neither_a_category_nor_a_channel(desk: Desk) -> None:
    rows = [(i, "2024-01-02", f"c{i % 9}", "Mug", 10.5, "card", ("new", "returning")[i % 2]) for i in range(60)]
    columns = "Order ID,Order Date,Buyer,Item Name,Item Total,{},{}"
    for paid, who in (("Payment Type", "Customer type"), ("Payment Method", "Line Type")):
        found = mapping(desk.propose_text(table(columns.format(paid, who), rows)))["columns"]
        assert not {"category", "channel"} & set(found)
    for group, way in (("Product Type", "Order Source"), ("Product Line", "Transaction Channel")):
        found = mapping(desk.propose_text(table(columns.format(group, way), rows)))["columns"]
        assert (found["category"], found["channel"]) == (group, way)
