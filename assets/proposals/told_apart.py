"""Columns beside the status that tell rows which are no sale: flags such as voided, and kinds of movement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from assets.printable_text import counted
from assets.proposals.columns import percent
from assets.proposals.names import name_points, words_of
from assets.proposals.profile import Column
from assets.proposals.records import Rows
from assets.statements import literal

_NEVER_SOLD: Final = frozenset({
    "void", "voided", "deleted", "cancelled", "canceled", "cancellation", "test", "storniert", "storno", "geloscht",
    "annule", "supprime", "anulado", "eliminado", "作废", "是否作废", "已删除", "是否删除", "已取消", "是否取消",
})  # fmt: skip
_CAME_BACK: Final = frozenset({
    "return", "returned", "refund", "refunded", "retoure", "retour", "devolucion", "是否退货", "是否退款",
})  # fmt: skip
_BESIDE_A_FLAG: Final = frozenset({"is", "was", "flag", "order", "line", "item", "row", "transaction", "sale", "ist"})
_TRIED_OUT: Final = frozenset({"test", "sandbox"})
_FOR_REAL: Final = frozenset({"live", "production", "prod", "real"})
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
_TYPE_NAMES: Final = frozenset(
    {"type", "kind", "art", "belegart", "tipo", "typ", "тип", "类型", "单据类型", "业务类型"}
)
"""Words in the name of a column that says what a document is, not how a line is called."""
_CREDIT: Final = frozenset({"credit", "credito", "abono"})
_NOTE: Final = frozenset({"note", "notes", "memo", "memos", "nota"})
_GOODS: Final = frozenset({"principal", "merchandise", "goods", "ware", "商品价格", "货款"})
_CHARGED: Final = frozenset({"shipping", "tax", "postage", "freight", "wrap", "handling", "versand", "steuer", "运费"})
_TAKEN_OFF: Final = frozenset({"promotion", "promotions", "discount", "discounts", "rebate", "rabatt", "优惠", "折扣"})
"""Kinds of money that a ledger has rows for beside those of the goods themselves."""
_BACK_BY_TYPE: Final = _BACK | {"rechnungskorrektur", "возврат", "zwrot", "返品", "반품", "销售退货", "退货单", "红字"}
_WHAT: Final = {
    "exclude_when": "moved on", "refund_when": "went back", "discount_when": "came off", "charge_when": "is no goods'",
}  # fmt: skip
_FEWEST_HEADS = 10  # orders with a row for the whole
_MOST_HEADS = 0.95  # of these repeat the total of their lines
_MOST_HEADS_TRIED = 5  # products, the most frequent first
_OFTEN = 0.3  # of the orders have the product, for it to be looked at
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
        if column not in chosen.values() and values.keys() & _TRIED_OUT and values.keys() <= _TRIED_OUT | _FOR_REAL:
            condition = f"lower(trim({column.expression})) IN ({', '.join(map(literal, sorted(_TRIED_OUT)))})"
            n = int(rows.warehouse.scalar(f"select count(*) from {rows.table} where {condition}"))
            if n < rows.count:
                yield "never_sold", (condition, f"{counted(n, 'row')} of tests, says {column.name}")
            continue
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
        yield group, (condition, f"{counted(n, 'row')} that {column.name} marks")


def heads(rows: Rows, chosen: Mapping[str, Column]) -> Iterator[tuple[str, Condition]]:
    """(rule, condition) of rows that repeat the total of their order's other rows, and so would count it twice.

    They have no product, as the rows for whole orders in a list of lines, or one that is no merchandise, as the total
    and the payment at the end of a receipt.
    """
    order = chosen.get("order_id")
    if order is None or order.is_unique:
        return
    found: dict[str, tuple[Column, list[str], int]] = {}
    for product, value in _may_be_heads(rows, chosen, order):
        is_head = _is_value(product, value, product.sql)
        if any((n := _repeats_total(rows, order, is_head, worth)) for worth in _worths(rows, chosen, is_head)):
            column, values, total = found.setdefault(product.name, (product, [], 0))
            found[product.name] = (column, [*values, value], total + n)
    for product, values, n in found.values():
        conditions = [_is_value(product, value, product.expression) for value in values]
        blank = (
            f"without {product.name}"
            if values == [""]
            else f"of {' and '.join(value or 'no name' for value in values)}"
        )
        said = f"{counted(n, 'row')} {blank}; their money is that of their order's other rows again"
        yield "exclude_when", (" OR ".join(conditions), said)


def _may_be_heads(rows: Rows, chosen: Mapping[str, Column], order: Column) -> Iterator[tuple[Column, str]]:
    """Products, blank ones too, that stand in many orders; where a code is blank its name is not looked at."""
    for field in ("product_id", "product_name"):
        product = chosen.get(field)
        if product is None:
            continue
        if product.filled < rows.count:
            yield product, ""
            if field == "product_id":
                return
        for value, _ in product.top[:_MOST_HEADS_TRIED]:
            n = rows.warehouse.scalar(
                f"select count(*) from {rows.table} where {_is_value(product, value, product.sql)}"
            )
            if n >= max(_FEWEST_HEADS, _OFTEN * order.different):
                yield product, value
        return


def _is_value(column: Column, value: str, name: str) -> str:
    text = name if column.is_text else f"CAST({name} AS VARCHAR)"
    return f"trim(coalesce({text}, '')) = {literal(value)}"


def _worths(rows: Rows, chosen: Mapping[str, Column], is_head: str) -> list[str]:
    """Ways to a row's money: what is mapped, and other columns called money, as a total has no pieces and no price.

    A product that has a price is no head by the order's total, which may stand on every line.
    """
    money = chosen.get("amount") or chosen.get("unit_price")
    if money is None:
        return []
    pieces = rows.number(chosen["quantity"]) if "amount" not in chosen and "quantity" in chosen else "1"
    others = [
        column
        for column in rows.columns
        if column not in chosen.values()
        and column.numbers >= 0.9
        and name_points("transactions", "amount", column.name) > 0.4
    ]
    own = f"coalesce({pieces}, 1) * {rows.number(money)}"
    return [
        own,
        *(f"case when not {is_head} or coalesce({own}, 0) = 0 then {rows.number(each)} end" for each in others),
    ]


def _repeats_total(rows: Rows, order: Column, is_head: str, worth: str) -> int:
    """How many rows are heads, where in nearly all orders they are worth what the other rows are; else 0."""
    same, orders, n = rows.warehouse.rows(
        f"""with placed as (
            select {order.sql} as id, {is_head} as is_head, {worth} as worth from {rows.table}
            where {order.sql} is not null),
        orders as (
            select max(worth) filter (where is_head) as head, sum(worth) filter (where is_head) as heads_worth,
                sum(worth) filter (where not is_head) as lines, count(*) filter (where is_head) as heads
            from placed group by id)
        select count(*) filter (where least(abs(head - lines), abs(heads_worth - lines)) < 0.02), count(*), sum(heads)
        from orders where head is not null and lines is not null"""
    )[0]
    return int(n) if orders >= _FEWEST_HEADS and same >= _MOST_HEADS * orders else 0


def moved(rows: Rows, chosen: Mapping[str, Column], below: str, told: str) -> Iterator[tuple[str, Condition]]:
    """(rule, condition) of the kinds of movement that a column names, other than sales: money back, or moved on.

    Args:
        rows: the rows read.
        chosen: the columns that are fields.
        below: SQL of whether a row is worth less than nothing.
        told: SQL of whether a rule tells the row already.
    """
    taken = [chosen[field] for field in _NO_KIND if field in chosen]
    is_ledger = any(_GOODS & set(words_of(value)) for column in rows.columns for value, _ in column.top)
    for column in rows.columns:
        if column in taken or not 2 <= column.different <= _MOST_KINDS or column.share("worded") < 0.5:
            continue
        text = f"trim(cast({column.sql} as varchar))"
        counts = rows.warehouse.rows(
            f"select {text}, count(*), avg(({below})::int) from {rows.table} "
            f"where {text} <> '' and not ({told}) group by 1 order by 2 desc, 1"
        )
        if sum(share < 0.5 for _, _, share in counts) == 0:
            continue
        is_type = bool(_TYPE_NAMES & set(words_of(column.name)))
        kinds = [("exclude_when", _MOVED_ON, _MOST_BELOW), ("refund_when", _BACK, _ALL_BELOW)]
        if is_ledger:
            kinds += [("discount_when", _TAKEN_OFF, _ALL_BELOW), ("charge_when", _CHARGED, 0.0)]
        for rule, known, least in kinds:
            found = [
                (value, n, share)
                for value, n, share in counts
                if (share >= least and known & {*words_of(value), value} and (known is _BACK or not _says_back(value)))
                or (is_type and known is _BACK and _is_credit_note(value))
            ]
            if not found:
                continue
            values = ", ".join(literal(value) for value, *_ in found)
            where = f"{column.expression} = {values}" if len(found) == 1 else f"{column.expression} IN ({values})"
            total = sum(n for _, n, _ in found)
            share = sum(n * share for _, n, share in found) / total
            what = _WHAT[rule]
            said = (
                f"{counted(total, 'row')} of money that {what}, {percent(share)} of them negative, says {column.name}"
            )
            yield rule, (where, said)
            told = f"{told} or coalesce({where}, false)"


def _is_credit_note(value: str) -> bool:
    """Whether a kind of document takes a sale back, whatever sign its money has.

    >>> [_is_credit_note(kind) for kind in ("Sales credit note", "Credit Memo", "Gutschrift", "Credit card", "Invoice")]
    [True, True, True, False, False]
    """
    words = {*words_of(value), value}
    return bool(words & _BACK_BY_TYPE or (words & _CREDIT and words & _NOTE))


def _says_back(value: str) -> bool:
    return bool(_BACK & {*words_of(value), value})
