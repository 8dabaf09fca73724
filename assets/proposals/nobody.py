"""Customers who are none: what an export writes where nobody gave a name, and a number that bought far too often."""

from __future__ import annotations

from typing import Final

from assets.printable_text import counted
from assets.proposals.columns import percent
from assets.proposals.names import words_of
from assets.proposals.profile import Column
from assets.proposals.records import Doubt, Guess, Rows
from assets.statements import literal

_NOBODY: Final = frozenset({
    "guest", "guestcustomer", "guestcheckout", "guestuser", "walkin", "walkincustomer", "walkinclient", "cash",
    "cashcustomer", "cashsale", "cashsales", "countersale", "anonymous", "anonymouscustomer", "unknown",
    "unknowncustomer", "na", "none", "null", "nil", "nan", "nocustomer", "notapplicable", "notavailable",
    "unregistered", "notregistered", "default", "defaultcustomer", "gast", "gastkunde", "anonym", "unbekannt",
    "laufkunde", "laufkundschaft", "barverkauf", "barkunde", "invite", "anonyme", "inconnu", "clientdepassage",
    "clientcomptoir", "invitado", "anonimo", "desconocido", "consumidorfinal", "clientegeneral", "clientegenerico",
    "publicogeneral", "publicoengeneral", "mostrador", "散客", "游客", "匿名", "匿名用户", "匿名会员", "非会员", "无",
    "未知", "现金客户", "ゲスト", "非会員", "비회원", "гость",
})  # fmt: skip
"""What is written for a customer nobody knows, without blanks and signs."""
_MOST_LOOKED_AT = 200  # values, the most frequent first
_MANY = 0.15  # of the rows are one customer's
_FEWEST_ROWS = 20  # of one customer, to be many
_TIMES_THE_NEXT = 5


def without_nobody(rows: Rows, column: Column, guess: Guess) -> Guess:
    """The customer's number, empty where it is that of nobody; doubted where one has bought far more than any other."""
    if guess.value is None:
        return guess
    text = f"trim(cast({column.sql} as varchar))"
    counts = rows.warehouse.rows(
        f"select {text}, count(*) from {rows.table} where {text} <> '' group by 1 order by 2 desc, 1 "
        f"limit {_MOST_LOOKED_AT}"
    )
    nobody = [(value, n) for value, n in counts if _is_nobody(value)]
    known = [(value, n) for value, n in counts if not _is_nobody(value)]
    if nobody and known:
        total = sum(n for _, n in nobody)
        listed = ", ".join(f"`{value}`" for value, _ in nobody)
        return Guess(
            _empty_where(column, [value for value, _ in nobody], str(guess.value)),
            f"{guess.evidence}; {listed} ({counted(total, 'row')}) is nobody",
            guess.doubts,
        )
    if len(known) < 2 or "@" in known[0][0]:
        return guess
    (most, n), (_, second) = known[:2]
    if n < max(_FEWEST_ROWS, _MANY * column.filled, _TIMES_THE_NEXT * second):
        return guess
    said = f"one {column.name} has {percent(n / column.filled)} of the rows. If it stands for whoever gave none:"
    return guess.with_doubt(Doubt(said, (("customer_id", _empty_where(column, [most], str(guess.value))),)))


def _is_nobody(value: str) -> bool:
    """Whether a value stands for no customer.

    >>> [_is_nobody(value) for value in ("0", "Walk-in Customer", "N/A", "-", "-1", "1700", "Cash & Carry Ltd")]
    [True, True, True, True, True, False, False]
    """
    word = "".join(words_of(value))
    return not word.strip("0") or value == "-1" or word in _NOBODY


def _empty_where(column: Column, values: list[str], otherwise: str) -> str:
    text = f"trim({column.expression})" if column.is_text else f"CAST({column.expression} AS VARCHAR)"
    if not column.is_text:  # a sheet may hold whole numbers or not
        values = [way for value in values for way in (value.removesuffix(".0"), f"{value.removesuffix('.0')}.0")]
    listed = ", ".join(map(literal, values))
    is_one = f"= {listed}" if len(values) == 1 else f"IN ({listed})"
    kept = column.expression if otherwise == column.plain else otherwise
    return f"CASE WHEN {text} {is_one} THEN NULL ELSE {kept} END"
