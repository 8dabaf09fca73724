"""What `analytics sources propose` takes for an order that was never sold, and for a customer who is nobody."""

from __future__ import annotations

import pytest
from proposal_files import Desk, mapping, seen, table


@pytest.mark.parametrize("nobody", ["Guest", "0", "N/A", "-", "Walk-in Customer", "散客"])
def test_a_customer_who_is_nobody_is_left_empty(desk: Desk, nobody: str) -> None:
    rows = [(i, f"2026-01-{1 + i % 28:02}", nobody if i % 3 == 0 else f"C{i % 17}", 10) for i in range(90)]
    proposal = desk.propose_text(table("order no,date,customer,amount", rows))
    assert (
        mapping(proposal)["columns"]["customer_id"]
        == f"CASE WHEN trim(customer) = '{nobody}' THEN NULL ELSE customer END"
    )
    assert f"`{nobody}` (30 rows) is nobody" in " ".join(proposal.text.split()).replace(" # ", " ")
    assert seen(proposal).counts["accepted"] == 90


def test_a_customer_with_far_more_rows_than_any_other_is_doubted(desk: Desk) -> None:
    rows = [(i, f"2026-01-{1 + i % 28:02}", "C99999" if i % 3 == 0 else f"C{i % 17}", 10) for i in range(90)]
    proposal = desk.propose_text(table("order no,date,customer,amount", rows))
    assert mapping(proposal)["columns"]["customer_id"] == "customer"
    assert "one customer has 33% of the rows" in proposal.text
    assert "customer_id: CASE WHEN trim(customer) = 'C99999' THEN NULL ELSE customer END" in proposal.text


def test_states_that_are_not_known_count_as_sold_and_are_named(desk: Desk) -> None:
    rows = [(i, "2026-01-02", i % 9, ("700", "900")[i % 10 == 0], 10) for i in range(50)]
    proposal = desk.propose_text(table("order no,date,customer,status,amount", rows))
    assert "rows of these states count as sold: 700 (45), 900 (5)" in proposal.text
    rows = [(*row[:3], ("Paid", "Shipped")[row[0] % 2], 10) for row in rows]
    assert "count as sold" not in desk.propose_text(table("order no,date,customer,status,amount", rows)).text


@pytest.mark.parametrize(
    "state", ["Declined", "Incomplete", "Payment error", "Quotation", "Anulowane", "Отменён", "취소"]
)
def test_an_order_that_came_to_nothing_is_no_sale_in_whatever_word(desk: Desk, state: str) -> None:
    rows = [(i, "2026-01-02", i % 9, ("Completed", state)[i % 10 == 0], 10) for i in range(50)]
    source = mapping(desk.propose_text(table("order no,date,customer,status,amount", rows)))
    assert source["exclude_when"] == f"status = '{state}'"


def test_a_reversal_that_was_taken_back_is_a_sale(desk: Desk) -> None:
    rows = [(i, "2026-01-02", i % 9, ("Complete", "Reversed", "Canceled Reversal")[i % 3], 10) for i in range(60)]
    source = mapping(desk.propose_text(table("order id,date added,customer,status,total", rows)))
    assert source["exclude_when"] == "status = 'Reversed'"


def test_a_second_column_of_states_is_heard_where_the_first_says_that_all_was_paid(desk: Desk) -> None:
    rows = [(i, "2026-01-02", i % 9, ("SENT", "CANCELLED")[i % 10 == 0], "PAID", 10) for i in range(50)]
    proposal = desk.propose_text(table("OrderId,OrderDate,BuyerLogin,SellerStatus,PaymentStatus,Amount", rows))
    assert mapping(proposal)["exclude_when"] == "SellerStatus = 'CANCELLED'"
    assert seen(proposal).kinds["excluded"][0] == 5


def test_a_state_on_the_first_row_of_an_order_is_that_of_all_its_rows(desk: Desk) -> None:
    rows = [
        (i, f"2026-01-{1 + i // 2:02}", f"c{i % 9}", state if n == 0 else "", 0 if n == 0 else "", f"S{n}{i % 7}", 1, 5)
        for i in range(50)
        for state in [("PAID", "CANCELED")[i % 10 == 0]]
        for n in range(3)
    ]
    rows[3] = (*rows[3][:3], "REFUNDED", 15, *rows[3][5:])
    header = (
        "Order ID,Created at,Customer ID,Financial Status,Amount Refunded,Lineitem sku,Lineitem quantity,Lineitem price"
    )
    proposal = desk.propose_text(table(header, rows))
    source, found = mapping(proposal), seen(proposal)
    assert source["fill_down"] == ["Order ID", "Financial Status"]
    assert source["columns"]["refunded"] == "Amount Refunded"
    assert found.kinds["excluded"][0] == 15
    assert found.kinds["sold"] == (135, 675)
    assert found.off["paid back"] == (1, -15)
