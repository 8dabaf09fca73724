"""Money beside a row's price: what was paid back of it, and columns called money whose values are no numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assets.proposals.columns import counted_rows, field_guess
from assets.proposals.names import name_points
from assets.proposals.profile import Column
from assets.proposals.records import Doubt, Guess, Rows
from assets.warehouse import literal

_CALLED_MONEY = 0.6  # points of a name
_MOST_SHAPES = 2
_LONGEST_SHAPE = 24
_MOST_OFFERED = 4  # columns with decimals, where no name tells money
_MORE_THAN_PAID = 0.02  # of the rows with money back, from which on it is said
_BELOW_NOTHING = ("CR", "H", "C")  # letters behind a number that often stand for a minus
_SCIENTIFIC = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+")


def refunded_guess(rows: Rows, kept: Mapping[str, Column], guess: Guess) -> Guess:
    """What was paid back of a row, unless it is its order's and stands on each of its lines."""
    back, order = kept["refunded"], kept.get("order_id")
    paid = kept.get("amount") or kept.get("unit_price")
    pieces = kept.get("quantity") if "amount" not in kept else None
    if paid is None or _repeats_on_lines(rows, back, order):
        why = "stands on every line of its order" if paid else "is money back, and no column says what was paid"
        text = f"{back.name} {why}: left out, so refunds are not known. Where it is a row's own money:"
        return Guess(None, "", (Doubt(text, (("refunded", str(guess.value)),)),))
    b, p, q = (rows.number(each) if each else "1" for each in (back, paid, pieces))
    some, more = rows.warehouse.rows(
        f"select count(*), count(*) filter (where abs({b}) > abs({p} * {q}) + 0.005) from {rows.table} where {b} <> 0"
    )[0]
    doubts = list(guess.doubts)
    if more > _MORE_THAN_PAID * some:
        text = f"{counted_rows(more)} of {some:,} have more paid back than {paid.name}: does it hold postage or tax?"
        doubts.append(Doubt(text))
    day = "" if "refunded_at" in kept else ", counted on the day of the sale"
    return Guess(guess.value, f"{guess.evidence}; {counted_rows(some)} with money back{day}", tuple(doubts))


def _repeats_on_lines(rows: Rows, back: Column, order: Column | None) -> bool:
    """Whether of most orders with several lines and money back every line says the same."""
    if order is None or order.is_unique:
        return False
    sql = rows.number(back)
    share = rows.warehouse.scalar(
        f"""select avg(case when low = high then 1.0 else 0.0 end) from (
            select min({sql}) as low, max({sql}) as high from {rows.table}
            where {order.sql} is not null group by {order.sql} having count(*) > 1 and max(abs({sql})) > 0)"""
    )
    return (share or 0.0) > 0.5


def no_money(rows: Rows, kept: Mapping[str, Column]) -> Doubt:
    """What to say where no column gives a row's money: those that are called so, else those that look like it."""
    free = [column for column in rows.columns if column not in kept.values() and column.filled]
    called = max(free, key=_money_points, default=None)
    if called is not None and _money_points(called) >= _CALLED_MONEY:
        shapes = list(dict.fromkeys(map(_shape, dict(called.top))))[:_MOST_SHAPES]
        value, said = _reading(rows, called)
        text = (
            f"{called.name} is called money, but its values are no numbers as they stand ({', '.join(shapes)}), so "
            f"orders count without money. {said}, write:"
        )
        return Doubt(text, (("amount", value),))
    offered = [each for each in free if each.numbers >= 0.9 and each.share("fraction", "comma", "signed") > 0.5]
    if offered:
        listed = ", ".join(each.name for each in offered[:_MOST_OFFERED])
        text = f"no name says which column is a row's money, so orders count without it. If one of {listed} is, write:"
        return Doubt(text, (("amount", str(field_guess(rows, "amount", offered[0]).value)),))
    return Doubt("no column holds money: orders are counted, and nothing can be said of what they are worth.")


def _money_points(column: Column) -> float:
    """Points of the name of a column whose values hold digits, but are neither numbers nor dates."""
    has_digits = sum(n for value, n in column.top if re.search(r"\d", value)) > sum(n for _, n in column.top) / 2
    if not has_digits or column.numbers >= 0.5 or column.moments >= 0.5:
        return 0.0
    return max(name_points("transactions", field, column.name) for field in ("amount", "unit_price"))


def _shape(value: str) -> str:
    """A value with its digits and longer words masked.

    >>> _shape("1,234.50 DR"), _shape("12 of Ann Smith")
    ('`9,999.99 DR`', '`99 of Ann •••`')
    """
    masked = re.sub(r"[^\W\d_]{4,}", "•••", re.sub(r"\d", "9", value))
    return f"`{masked if len(masked) <= _LONGEST_SHAPE else masked[: _LONGEST_SHAPE - 1] + '…'}`"


def _reading(rows: Rows, column: Column) -> tuple[str, str]:
    """An expression that makes numbers of the values, and what has to be so for it to be right."""
    name, values = column.expression, [value for value, _ in column.top]
    if all(map(_SCIENTIFIC.fullmatch, values)):
        return f"CAST({name} AS DECIMAL(18, 4))", "If they are powers of ten"
    commas = sum(bool(re.search(r",\d{1,2}(\D|$)", value)) for value in values)
    mark = "," if commas > len(values) / 2 else "."
    ends = {found[0] for value in values if (found := re.search(r"[A-Za-z]+$", value))}
    minus = next((letters for letters in _BELOW_NOTHING if letters in ends and len(ends) > 1), "")
    digits = f"regexp_replace({name}, '[^0-9{mark}{'' if minus else '-'}]', '', 'g')"
    if mark != rows.decimal:
        digits = f"replace({digits}, {literal(mark)}, {literal(rows.decimal)})"
    if not minus:
        return digits, "If nothing but the digits matters"
    return (
        f"CASE WHEN trim({name}) LIKE {literal('%' + minus)} THEN '-' ELSE '' END || {digits}",
        f"If {minus} behind a number means less than nothing",
    )
