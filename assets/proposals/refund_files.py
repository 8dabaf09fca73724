"""Files that list refunds and no sales: told by their header, mapped as refunds, and whose orders they are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from assets.proposals.columns import percent
from assets.proposals.names import likeness, name_points
from assets.proposals.profile import Column
from assets.proposals.records import Doubt, Guess, ProposedSource, Rows

_REFUND_ID: Final = (
    "refund id, refund no, refund number, refund nr, return id, return no, return number, rma, rma no, rma number, "
    "credit note, credit note id, credit note no, credit note number, credit memo, credit memo no, credit memo number, "
    "gutschrift nr, gutschriftnr, gutschriftsnr, gutschriftnummer, gutschriftsnummer, retouren nr, retourennummer, "
    "erstattung id, numero avoir, numero d avoir, no avoir, id remboursement, id reembolso, numero reembolso, "
    "退款单号, 退款编号, 退款id, 退货单号, 退货编号, 返金番号, 返品番号"
)
_IS_NAMED = 0.9  # of the likeness of a name
_FILLED = 0.95  # of the rows: a refund in every one
_EVERY_ROW: Final = "true"
_SAME_ORDERS = 0.5  # of the refunds' order ids: that many are of no other shop


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


def refund_rules(fields: Mapping[str, Column]) -> dict[str, Guess]:
    """The rule of such a file."""
    told_by = next(fields[field].name for field in ("line_id", "ordered_at", "order_id") if field in fields)
    return {"refund_when": Guess(_EVERY_ROW, f"every row is a refund, says {told_by}")}


def look_for_their_orders(sources: Sequence[ProposedSource]) -> None:
    """Say of every source that lists nothing but refunds whose orders they are of, or what they cannot reach."""
    listed = [source for source in sources if source.rules.get("refund_when", Guess("")).value == _EVERY_ROW]
    sold = [source for source in sources if source.kind == "transactions" and source not in listed]
    for source in listed:
        shares = {other.name: _share_among(source, other) for other in sold}
        name = max(shares, key=lambda other: shares[other], default="")
        share = shares.get(name, 0.0)
        found = f"{percent(share)} of its order ids stand among the orders of {name}, as far as both were read"
        if share >= _SAME_ORDERS:
            source.options["orders_of"] = Guess(name, found)
            continue
        text = "these refunds lower net sales on their day and reach no order: an order that came back stays valid. "
        if share > 0:
            text = f"{text}{found}; if they are of these orders:"
        elif sold:
            text = f"{text}If their order ids are those of another source, for example:"
            name = name or sold[0].name
        else:
            text = (
                f"{text}Propose them together with the orders' file; or where that says what was paid back, map it "
                f"there as `refunded` and leave this one out."
            )
        source.options["orders_of"] = Guess(None, "", (Doubt(text, (("orders_of", name),) if sold else ()),))


def _share_among(refunds: ProposedSource, orders: ProposedSource) -> float:
    """Share of the different order ids of the refunds read that the orders read have too."""
    if "order_id" not in refunds.chosen or "order_id" not in orders.chosen:
        return 0.0
    ids = [
        f"select distinct trim({source.chosen['order_id'].sql}::varchar) as id from {source.rows.table}"
        for source in (refunds, orders)
    ]
    return refunds.rows.warehouse.scalar(
        f"""select coalesce(avg((orders.id is not null)::int), 0)
        from ({ids[0]}) as refunds left join ({ids[1]}) as orders using (id)
        where refunds.id is not null"""
    )
