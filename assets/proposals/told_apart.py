"""Columns beside the status that tell rows which are no sale: flags such as voided, and kinds of movement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from assets.proposals.columns import counted_rows, percent
from assets.proposals.names import words_of
from assets.proposals.profile import Column
from assets.proposals.records import Rows
from assets.warehouse import literal

_NEVER_SOLD: Final = frozenset({
    "void", "voided", "deleted", "cancelled", "canceled", "cancellation", "test", "storniert", "storno", "geloscht",
    "annule", "supprime", "anulado", "eliminado", "作废", "是否作废", "已删除", "是否删除", "已取消", "是否取消",
})  # fmt: skip
_CAME_BACK: Final = frozenset({
    "return", "returned", "refund", "refunded", "retoure", "retour", "devolucion", "是否退货", "是否退款",
})  # fmt: skip
_BESIDE_A_FLAG: Final = frozenset({"is", "was", "flag", "order", "line", "item", "row", "transaction", "sale", "ist"})
_TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "ja", "j", "oui", "si", "是", "x"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", "nein", "non", "否"})

_BACK: Final = frozenset({
    "refund", "refunds", "refunded", "return", "returned", "chargeback", "ruckzahlung", "gutschrift", "erstattung",
    "retoure", "remboursement", "avoir", "reembolso", "devolucion", "退款", "退货",
})  # fmt: skip
_MOVED_ON: Final = frozenset({
    "payout", "payouts", "withdrawal", "withdrawals", "transfer", "transfers", "fee", "fees", "commission", "payment",
    "payments", "auszahlung", "abbuchung", "zahlung", "gebuhr", "gebuhren", "provision", "paiement", "virement",
    "frais", "pago", "retiro", "comision", "提现", "转账", "手续费", "服务费", "佣金",
})  # fmt: skip
_FEWEST_HEADS = 10  # orders with a row for the whole
_MOST_HEADS = 0.95  # of these repeat the total of their lines
_MOST_KINDS = 30  # different values of a column that says what moved
_ALL_BELOW = 0.99  # of a kind's rows are negative: money that went back
_MOST_BELOW = 0.8  # of a kind's rows are: a fee is given back now and then
_NO_KIND: Final = ("order_id", "line_id", "customer_id", "product_id", "product_name", "status", "currency", "region")

Condition = tuple[str, str]  # and the evidence for it


def flagged(rows: Rows, chosen: Mapping[str, Column]) -> Iterator[tuple[str, Condition]]:
    """(``never_sold`` or ``refunded``, condition) of flags that are true of some rows and not of others."""
    for column in rows.columns:
        words = set(words_of(column.name)) - _BESIDE_A_FLAG
        values = {value.casefold(): n for value, n in column.top}
        if column in chosen.values() or len(words) != 1 or column.different > 3 or not values.keys() & _FALSE:
            continue
        group = "never_sold" if words <= _NEVER_SOLD else "refunded" if words <= _CAME_BACK else ""
        found = sorted(values.keys() & _TRUE)
        if not group or not found or values.keys() - _TRUE - _FALSE:
            continue
        text = column.expression if column.is_text else f"CAST({column.expression} AS VARCHAR)"
        is_true = f"= {literal(found[0])}" if len(found) == 1 else f"IN ({', '.join(map(literal, found))})"
        condition = column.expression if column.type == "BOOLEAN" else f"lower(trim({text})) {is_true}"
        n = int(rows.warehouse.scalar(f"select count(*) from {rows.table} where {condition}"))
        yield group, (condition, f"{counted_rows(n)} that {column.name} marks")


def heads(rows: Rows, chosen: Mapping[str, Column]) -> Iterator[tuple[str, Condition]]:
    """(rule, condition) of rows without a product that repeat the total of their order's other rows."""
    order, product = chosen.get("order_id"), chosen.get("product_id") or chosen.get("product_name")
    money = chosen.get("amount") or chosen.get("unit_price")
    if order is None or product is None or money is None or product.filled == rows.count:
        return
    pieces = rows.number(chosen["quantity"]) if "amount" not in chosen and "quantity" in chosen else "1"
    worth = f"coalesce({pieces}, 1) * {rows.number(money)}"
    text = product.expression if product.is_text else f"CAST({product.expression} AS VARCHAR)"
    is_head = f"trim(coalesce({text}, '')) = ''"
    same, orders, n = rows.warehouse.rows(
        f"""with placed as (
            select {order.sql} as id, {is_head} as is_head, {worth} as worth from {rows.table}
            where {order.sql} is not null),
        orders as (
            select max(worth) filter (where is_head) as head, sum(worth) filter (where not is_head) as lines,
                count(*) filter (where is_head) as heads
            from placed group by id)
        select count(*) filter (where abs(head - lines) < 0.02), count(*), sum(heads) from orders
        where head is not null and lines is not null"""
    )[0]
    if orders >= _FEWEST_HEADS and same >= _MOST_HEADS * orders:
        said = f"{counted_rows(int(n))} without {product.name}; their money is that of their order's other rows again"
        yield "exclude_when", (is_head, said)


def moved(rows: Rows, chosen: Mapping[str, Column], below: str, told: str) -> Iterator[tuple[str, Condition]]:
    """(rule, condition) of the kinds of movement that a column names, other than sales: money back, or moved on.

    Args:
        rows: the rows read.
        chosen: the columns that are fields.
        below: SQL of whether a row is worth less than nothing.
        told: SQL of whether a rule tells the row already.
    """
    taken = [chosen[field] for field in _NO_KIND if field in chosen]
    for column in rows.columns:
        if column in taken or not 2 <= column.different <= _MOST_KINDS or column.share("worded") < 0.5:
            continue
        text = f"trim(cast({column.sql} as varchar))"
        counted = rows.warehouse.rows(
            f"select {text}, count(*), avg(({below})::int) from {rows.table} "
            f"where {text} <> '' and not ({told}) group by 1 order by 2 desc, 1"
        )
        if sum(share < 0.5 for _, _, share in counted) == 0:
            continue
        for rule, known, least in (("exclude_when", _MOVED_ON, _MOST_BELOW), ("refund_when", _BACK, _ALL_BELOW)):
            found = [
                (value, n, share)
                for value, n, share in counted
                if share >= least and known & {*words_of(value), value} and (known is _BACK or not _says_back(value))
            ]
            if not found:
                continue
            values = ", ".join(literal(value) for value, *_ in found)
            where = f"{column.expression} = {values}" if len(found) == 1 else f"{column.expression} IN ({values})"
            total = sum(n for _, n, _ in found)
            share = sum(n * share for _, n, share in found) / total
            what = "moved on" if rule == "exclude_when" else "went back"
            said = f"{counted_rows(total)} of money that {what}, {percent(share)} of them negative, says {column.name}"
            yield rule, (where, said)
            told = f"{told} or coalesce({where}, false)"


def _says_back(value: str) -> bool:
    return bool(_BACK & {*words_of(value), value})
