"""Files that list refunds and no sales: told by their header, and mapped as refunds whatever their sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from assets.proposals.names import likeness, name_points
from assets.proposals.profile import Column
from assets.proposals.records import Doubt, Guess, Rows

_REFUND_ID: Final = (
    "refund id, refund no, refund number, refund nr, return id, return no, return number, rma, rma no, rma number, "
    "credit note, credit note id, credit note no, credit note number, credit memo, credit memo no, credit memo number, "
    "gutschrift nr, gutschriftnr, gutschriftsnr, gutschriftnummer, gutschriftsnummer, retouren nr, retourennummer, "
    "erstattung id, numero avoir, numero d avoir, no avoir, id remboursement, id reembolso, numero reembolso, "
    "退款单号, 退款编号, 退款id, 退货单号, 退货编号, 返金番号, 返品番号"
)
_IS_NAMED = 0.9  # of the likeness of a name
_FILLED = 0.95  # of the rows: a refund in every one


def of_refunds(rows: Rows, fields: Mapping[str, Column]) -> dict[str, Column] | None:
    """The fields of a file whose every row is a refund by its header: a number or a day of its own; else None."""
    every = [column for column in rows.columns if column.filled_share >= _FILLED]
    number = next((column for column in every if likeness(column.name, _REFUND_ID) >= _IS_NAMED), None)
    day = fields.get("refunded_at")
    if day is not None and day not in every:
        return None
    sold = fields.get("ordered_at")
    is_sold_on = sold is not None and name_points("transactions", "ordered_at", sold.name) >= _IS_NAMED
    if number is None and (day is None or is_sold_on):
        return None
    found = {field: column for field, column in fields.items() if column != number}
    found.pop("refunded_at", None)
    back = found.pop("refunded", None)
    if day is not None:
        found["ordered_at"] = day
    if back is not None:
        found["amount"] = back
        found.pop("unit_price", None)
    if number is not None:
        found["line_id" if "order_id" in found else "order_id"] = number
    return found


def refund_rules(fields: Mapping[str, Column]) -> tuple[dict[str, Guess], Doubt]:
    """The rule of such a file, and what its refunds cannot reach."""
    told_by = next(fields[field].name for field in ("line_id", "ordered_at", "order_id") if field in fields)
    doubt = Doubt(
        "these refunds lower net sales on their own day, but refunds of one source do not reach the orders of another: "
        "an order that came back stays valid. Where the orders' own file can say what was paid back, map it there as "
        "`refunded` and leave this file out."
    )
    return {"refund_when": Guess("true", f"every row is a refund, says {told_by}")}, doubt
