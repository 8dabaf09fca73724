"""Which rows of an order file are no sale: refunds, discounts, charges, and what counts in no measure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from assets.printable_text import counted
from assets.proposals.columns import percent
from assets.proposals.names import words_of
from assets.proposals.profile import Column, opened
from assets.proposals.records import Doubt, Guess, Rows
from assets.proposals.told_apart import flagged, heads, moved
from assets.statements import literal

PRODUCT_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "discount_when": frozenset({
        "discount", "voucher", "coupon", "rebate", "rabatt", "gutschein", "nachlass", "remise", "descuento", "cupon",
        "promo", "折扣", "优惠券", "优惠",
    }),
    "charge_when": frozenset({
        "post", "postage", "shipping", "carriage", "delivery", "freight", "handling", "fee", "fees", "amazonfee",
        "charge", "charges", "surcharge", "insurance", "versand", "versandkosten", "porto", "fracht", "gebuhr",
        "livraison", "port", "frais", "envio", "gastos", "运费", "邮费", "手续费", "服务费",
    }),
    "exclude_when": frozenset({
        "manual", "sample", "samples", "test", "adjust", "adjustment", "debt", "correction", "korrektur", "muster",
        "commission", "donation", "write", "echantillon", "ajuste", "muestra", "pads", "样品", "测试", "调整", "坏账",
    }),
}  # fmt: skip
"""Words in the code or the short description of something that is no merchandise."""
STATUS_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "refunded": frozenset({
        "refunded", "refund", "returned", "return", "chargeback", "retoure", "erstattet", "rembourse", "retourne",
        "devuelto", "reembolsado", "reembolsada", "devolvido", "rimborsato", "reversed", "zwrot", "zwrocone", "возврат",
        "vraceno", "возвращен", "반품", "반품완료", "환불", "返品", "返金", "已退款", "退款", "已退货", "退货",
        "退款成功",
    }),
    "never_sold": frozenset({
        "cancelled", "canceled", "cancelado", "storniert", "annule", "void", "voided", "failed", "draft", "abandoned",
        "expired", "rejected", "declined", "denied", "incomplete", "error", "aborted", "deleted", "quotation", "quote",
        "cancelada", "anulado", "anulada", "annulee", "annullato", "anulowane", "anulowano", "отменен", "отменено",
        "zruseno", "stornovano", "отмена", "취소", "취소완료", "주문취소", "キャンセル", "キャンセル済", "取消済",
        "已取消", "取消", "删除", "作废", "已关闭", "交易关闭", "失败", "草稿",
    }),
    "a_movement": frozenset({
        "purchase", "sale", "sell", "order", "verkauf", "kauf", "vente", "achat", "venta", "compra", "продажа", "销售",
        "购买",
    }),
    "unfinished": frozenset({
        "pending", "open", "unpaid", "processing", "hold", "onhold", "authorized", "partially", "awaiting", "offen",
        "pendiente", "待付款", "未付款", "待支付", "等待买家付款", "等待付款", "部分退款", "未入金", "入金待ち",
    }),
    "moved_on": frozenset({
        "payout", "payouts", "withdrawal", "transfer", "transfers", "fee", "fees", "topup", "auszahlung", "gebuhr",
        "gebuhren", "提现", "转账", "手续费", "服务费",
    }),
    "sold": frozenset({
        "paid", "complete", "completed", "shipped", "delivered", "closed", "fulfilled", "invoiced", "accepted",
        "approved", "confirmed", "captured", "settled", "succeeded", "success", "successful", "done", "finished",
        "finalized", "processed", "sent", "dispatched", "active", "posted", "ok", "collected", "received", "won",
        "sales", "live", "bezahlt", "versendet", "abgeschlossen", "geliefert", "zugestellt", "erledigt", "berechnet",
        "paye", "payee", "livre", "livree", "expedie", "expediee", "termine", "terminee", "pagado", "pagada",
        "enviado", "entregado", "entregada", "completado", "completada", "pago", "paga", "concluido", "entregue",
        "pagato", "spedito", "consegnato", "completato", "wysłane", "zrealizowane", "opłacone", "dostarczone",
        "odeslano", "doruceno", "zaplaceno", "vyrizeno",
        "доставлен", "доставлено", "оплачен", "выполнен", "завершен", "получен", "배송완료", "결제완료", "구매확정",
        "已完成", "交易成功", "交易完成", "完成", "已收货", "已发货", "已付款", "已支付", "已审核", "卖家已发货",
        "買家已付款", "买家已付款", "已签收", "正常", "発送済", "発送済み", "入金済み", "完了", "処理済",
    }),
}  # fmt: skip
"""Words of the states of an order; a state without one of them counts as sold, and that is said."""
_BY_CAUTION = ("unfinished", "never_sold", "refunded", "a_movement", "moved_on", "sold")
_STATE_NAMES: Final = frozenset({"status", "state", "statut", "estado", "stato", "статус"})
_OF_SOMETHING_ELSE: Final = frozenset({
    "delivery", "shipping", "shipment", "tracking", "fulfillment", "fulfilment", "mail", "payout", "stock", "invoice",
    "print", "sync", "export", "transfer", "versand", "tax",
})  # fmt: skip
"""Words in the name of a column whose states are not those of the order."""
_MOST_LISTED = 40
_MOST_STATES = 6
_MOST_DIFFERENT_STATES = 30
_SHORT = 4  # words of a description that could be no merchandise
_RARE = 0.2  # of the rows, below which a word alone tells that a product is none
_USUAL = 0.9  # of the rows have product codes of the usual kind, so that one without any digit is odd


def line_kind_rules(rows: Rows, chosen: Mapping[str, Column]) -> tuple[dict[str, Guess], tuple[Doubt, ...]]:
    """``refund_when`` and its like with their evidence, and what stays unclear."""
    conditions: dict[str, list[tuple[str, str]]] = defaultdict(list)
    doubts: list[Doubt] = []
    for part in (_by_order_number, _by_product, _by_status, _by_flag):
        found, unclear = part(rows, chosen)
        for rule, guess in found.items():
            conditions[rule].append(guess)
        doubts += unclear
    for rule, guess in heads(rows, chosen):
        conditions[rule].append(guess)
    told = " or ".join(f"coalesce({condition}, false)" for parts in conditions.values() for condition, _ in parts)
    for rule, guess in moved(rows, chosen, _below_nothing(rows, chosen), told or "false"):
        conditions[rule].append(guess)
    rules = {
        rule: Guess(
            opened(" OR ".join(condition for condition, _ in parts)), "; ".join(evidence for _, evidence in parts)
        )
        for rule, parts in conditions.items()
    }
    return rules, (*doubts, *_odd_order_numbers(rows, chosen, rules), *_negative_without_rule(rows, chosen, rules))


Found = tuple[dict[str, tuple[str, str]], list[Doubt]]  # rule to condition and evidence; doubts


def _below_nothing(rows: Rows, chosen: Mapping[str, Column]) -> str:
    """SQL of whether the row's quantity or amount is negative."""
    signed = [rows.number(chosen[name]) for name in ("quantity", "amount") if name in chosen]
    return " or ".join(f"coalesce({sql} < 0, false)" for sql in signed) or "false"


def _negative_without_rule(rows: Rows, chosen: Mapping[str, Column], rules: Mapping[str, Guess]) -> list[Doubt]:
    """Rows worth less than nothing that no rule tells: refunds by their sign alone, counted by their states."""
    told = " or ".join(f"coalesce({guess.value}, false)" for guess in rules.values()) or "false"
    state = f"trim(cast({chosen['status'].sql} as varchar))" if "status" in chosen else "null"
    counts = rows.warehouse.rows(
        f"select {state}, count(*) from {rows.table} "
        f"where ({_below_nothing(rows, chosen)}) and not ({told}) group by 1 order by 2 desc, 1"
    )
    if not counts:
        return []
    listed = ", ".join(f"{value} ({n:,})" for value, n in counts[:_MOST_STATES] if value)
    what = "is a refund" if sum(n for _, n in counts) == 1 else "are refunds"
    said = f"{_total(counts)} with a negative quantity or amount {what} without a rule"
    return [Doubt(f"{said}{f', {listed}' if listed else ''}: right, if goods came back.")]


def _by_order_number(rows: Rows, chosen: Mapping[str, Column]) -> Found:
    """Numbers that begin with letters few others begin with, and are negative: cancellations, credit notes."""
    refunds = [each for each in _rare_letters(rows, chosen) if _are_back(each)]
    if not refunds:
        return {}, []
    order = chosen["order_id"]
    condition = " OR ".join(f"{order.expression} LIKE {literal(letters + '%')}" for letters, *_ in refunds)
    total, below = sum(n for _, n, _ in refunds), sum(below for *_, below in refunds)
    evidence = f"{counted(total, 'row')}, {percent(below / total)} of them negative"
    return {"refund_when": (condition, evidence)}, []


def _odd_order_numbers(rows: Rows, chosen: Mapping[str, Column], rules: Mapping[str, Guess]) -> Iterator[Doubt]:
    """Numbers that begin with rare letters and that no rule tells."""
    told = " or ".join(f"coalesce({guess.value}, false)" for guess in rules.values()) or "false"
    odd = [each for each in _rare_letters(rows, chosen, f"not ({told})") if not _are_back(each)]
    if odd:
        listed = ", ".join(f"{letters} ({counted(n, 'row')})" for letters, n, _ in odd[:5])
        yield Doubt(f"order numbers that begin with {listed} are counted like any other: what are they?")


def _are_back(letters: tuple[str, int, int]) -> bool:
    _, n, below = letters
    return below >= 0.8 * n


def _rare_letters(rows: Rows, chosen: Mapping[str, Column], where: str = "true") -> list[tuple[str, int, int]]:
    """(letters, rows, negative rows) of the numbers that begin with letters few others begin with."""
    order = chosen.get("order_id")
    if order is None:
        return []
    counts = rows.warehouse.rows(
        f"""select regexp_extract(trim(cast({order.sql} as varchar)), '^[A-Za-z]+') as letters, count(*),
            count(*) filter (where {_below_nothing(rows, chosen)}),
            count(*) filter (where regexp_matches(cast({order.sql} as varchar), '[0-9].*[A-Za-z]'))
        from {rows.table} where {order.sql} is not null and {where} group by 1 order by 2 desc, 1"""
    )
    is_of_any_signs = sum(drawn for *_, drawn in counts) >= 0.5 * rows.count  # as PayPal's: letters tell nothing
    if len(counts) < 2 or len(counts) > 20 or counts[0][1] < 0.5 * rows.count or is_of_any_signs:
        return []
    return [(letters, n, below) for letters, n, below, _ in counts[1:] if letters and n < 0.3 * rows.count]


def _by_product(rows: Rows, chosen: Mapping[str, Column]) -> Found:
    """Codes unlike the others, or plain words such as postage in a short description."""
    code = chosen.get("product_id") or chosen.get("product_name")
    if code is None:
        return {}, []
    name = chosen.get("product_name", code)
    text, described = (f"trim(cast({column.sql} as varchar))" for column in (code, name))
    counts = rows.warehouse.rows(
        f"""select code, sum(n), arg_max(description, n) from (
            select {text} as code, {described} as description, count(*) as n
            from {rows.table} where {text} <> '' group by 1, 2)
        group by code"""
    )
    with_digits = sum(n for value, n, _ in counts if re.search(r"\d", value))
    are_numbered = "product_id" in chosen and with_digits >= _USUAL * max(1, sum(n for _, n, _ in counts))
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    unclear: list[tuple[str, int]] = []
    for value, n, description in counts:
        is_odd = are_numbered and not re.search(r"\d", value)
        rule = _rule_of(value, description or "", is_odd=is_odd)
        if rule and (n < _RARE * rows.count or (rule == "charge_when" and _comes_along(rows, chosen, text, value))):
            found[rule].append((value, n))
        elif is_odd:
            unclear.append((value, n))
    rules = {
        rule: (_one_of(code, values), f"{counted(sum(n for _, n in values), 'row')}, by code and description")
        for rule, values in found.items()
    }
    doubts: list[Doubt] = []
    if unclear:
        unclear.sort(key=lambda pair: (-pair[1], pair[0]))
        listed = ", ".join(f"{value} ({n:,})" for value, n in unclear[:8])
        text = f"codes unlike the others count as merchandise: {listed}. If one is none, add it to a rule, such as"
        doubts.append(Doubt(text, (("exclude_when", opened(_one_of(code, unclear[:8]))),)))
    return rules, doubts


def _comes_along(rows: Rows, chosen: Mapping[str, Column], code: str, value: str) -> bool:
    """Whether a product stands once in its orders and beside others, as postage does on every order of some shops."""
    if "order_id" not in chosen:
        return False
    share = rows.warehouse.scalar(
        f"""select avg(case when own = 1 and of_all > 1 then 1.0 else 0.0 end) from (
            select count(*) filter (where {code} = {literal(value)}) as own, count(*) as of_all
            from {rows.table} group by {chosen["order_id"].sql})
        where own > 0"""
    )
    return (share or 0.0) >= _USUAL


def _rule_of(code: str, description: str, *, is_odd: bool) -> str | None:
    """The rule for a product: told by its code; by its description where that is short or the code unlike others."""
    in_code, told = set(words_of(code)), words_of(description)
    for rule, known in PRODUCT_WORDS.items():
        if known & in_code and (is_odd or len(in_code) <= _SHORT):
            return rule
    for rule, known in PRODUCT_WORDS.items():
        if known & set(told) and (is_odd or (len(told) in (1, 2) and told[-1] in known)):
            return rule
    return None


def _one_of(column: Column, values: Sequence[tuple[str, int]]) -> str:
    """A condition on a column's values, the most frequent first."""
    ordered = sorted(values, key=lambda pair: (-pair[1], pair[0]))[:_MOST_LISTED]
    listed = ", ".join(literal(value) for value, _ in ordered)
    return f"{column.expression} = {listed}" if len(ordered) == 1 else f"{column.expression} IN ({listed})"


def _by_status(rows: Rows, chosen: Mapping[str, Column]) -> Found:
    """Orders that were never sold, or that came back; whichever column of states says so."""
    conditions: dict[str, list[tuple[str, str]]] = defaultdict(list)
    doubts: list[Doubt] = []
    for column in _columns_of_states(rows, chosen):
        found, unclear = _by_states_of(rows, chosen, column)
        for rule, guess in found.items():
            conditions[rule].append(guess)
        doubts += unclear
    return _joined(conditions), doubts


def _columns_of_states(rows: Rows, chosen: Mapping[str, Column]) -> Iterator[Column]:
    """The column of the order's states, and others called so in which some order was cancelled or came back."""
    if "status" in chosen:
        yield chosen["status"]
    ended = STATUS_WORDS["never_sold"] | STATUS_WORDS["refunded"]
    for column in rows.columns:
        name = set(words_of(column.name))
        is_called_so = bool(_STATE_NAMES & name) or any(word.endswith(("状态", "ステータス", "상태")) for word in name)
        if column in chosen.values() or not is_called_so or _OF_SOMETHING_ELSE & name:
            continue
        if column.different <= _MOST_DIFFERENT_STATES and any(
            ended & {*words_of(value), value} for value, _ in column.top
        ):
            yield column


def _by_states_of(rows: Rows, chosen: Mapping[str, Column], status: Column) -> Found:
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for value, n, is_below in rows.warehouse.rows(
        f"select trim(cast({status.sql} as varchar)) as state, count(*), bool_and({_below_nothing(rows, chosen)}) "
        f"from {rows.table} where state <> '' group by 1 order by 2 desc, 1 limit 100"
    ):
        words = set(words_of(value)) | {value.strip()}
        group = next((group for group in _BY_CAUTION if STATUS_WORDS[group] & words), "unknown")
        if "reversal" in words and group == "never_sold":  # a payment that was taken back and came again
            group = "sold"
        if group == "never_sold" and is_below:  # a cancellation that stands beside its sale
            group = "refunded"
        if group != "moved_on" or is_below:
            groups[group].append((value, n))
    rules: dict[str, tuple[str, str]] = {}
    doubts: list[Doubt] = []
    excluded = [*groups["never_sold"], *groups["moved_on"]]
    said = "" if status is chosen.get("status") else f", says {status.name}"
    if groups["refunded"] and not _say_what_was_paid_back(rows, chosen, status, _one_of(status, groups["refunded"])):
        condition = _one_of(status, groups["refunded"])
        if groups["a_movement"] or _has_rows_of_their_own(rows, chosen, condition, status):
            rules["refund_when"] = (condition, f"{_total(groups['refunded'])} beside the sales they undo{said}")
        else:
            excluded += groups["refunded"]
            doubts.append(_nothing_earned(_total(groups["refunded"]), condition))
    if excluded:
        rules["exclude_when"] = (_one_of(status, excluded), f"{_total(excluded)} not sold for good{said}")
    open_ = [*groups["unfinished"], *(groups["unknown"] if status is chosen.get("status") else [])]
    if open_ and status.different > 1:
        open_.sort(key=lambda pair: (-pair[1], pair[0]))
        listed = ", ".join(f"{value} ({n:,})" for value, n in open_[:8])
        more = ", …" if len(open_) > 8 else ""
        doubts.append(
            Doubt(f"rows of these states count as sold: {listed}{more}. Leave them out with exclude_when if not.")
        )
    return rules, doubts


def _joined(conditions: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, tuple[str, str]]:
    """A rule to all its conditions as one, and to their evidence."""
    return {
        rule: (" OR ".join(condition for condition, _ in parts), "; ".join(evidence for _, evidence in parts))
        for rule, parts in conditions.items()
    }


def _nothing_earned(which: str, condition: str) -> Doubt:
    text = (
        f"{which} of orders that came back: nothing was earned, so they count in no measure. Are they refunds of sales "
        f"that stand in other rows? Then take them out below and write"
    )
    return Doubt(text, (("refund_when", opened(condition)),))


def _by_flag(rows: Rows, chosen: Mapping[str, Column]) -> Found:
    """Rows that a column such as voided or returned marks."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    doubts: list[Doubt] = []
    for group, (condition, evidence) in flagged(rows, chosen):
        if group == "refunded" and _has_rows_of_their_own(rows, chosen, condition):
            found["refund_when"].append((condition, f"{evidence}, beside the sales they undo"))
            continue
        found["exclude_when"].append((condition, evidence))
        if group == "refunded":
            doubts.append(_nothing_earned(evidence, condition))
    return _joined(found), doubts


def _total(values: Sequence[tuple[str, int]]) -> str:
    return counted(sum(n for _, n in values), "row")


def _say_what_was_paid_back(rows: Rows, chosen: Mapping[str, Column], status: Column, condition: str) -> bool:
    """Whether most orders that came back have the money paid back in a column of their own: sales, and refunds."""
    if "refunded" not in chosen:
        return False
    where = condition.replace(status.expression, status.sql, 1)
    back = rows.number(chosen["refunded"])
    share = rows.warehouse.scalar(
        f"select avg(case when {back} <> 0 then 1.0 else 0.0 end) from {rows.table} where {where}"
    )
    return (share or 0.0) >= 0.5


def _has_rows_of_their_own(rows: Rows, chosen: Mapping[str, Column], where: str, told_by: Column | None = None) -> bool:
    """Whether most orders that came back have other rows too, or the rows themselves are negative.

    Rows in which the column that tells it is blank say nothing: an order's state may stand on its first row only.
    """
    order = chosen.get("order_id")
    is_told = f"coalesce(trim(cast({told_by.sql} as varchar)), '') <> ''" if told_by else "true"
    same_order = (
        f"bool_or({is_told} and not coalesce({where}, false)) over (partition by {order.sql})" if order else "false"
    )
    share = rows.warehouse.scalar(
        f"""select avg(case when beside or below then 1.0 else 0.0 end) from (
            select {where} as back, {same_order} as beside, {_below_nothing(rows, chosen)} as below
            from {rows.table})
        where back"""
    )
    return (share or 0.0) >= 0.5
