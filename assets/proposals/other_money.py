"""Money beside a row's price: what was paid back of it, and columns called money whose values are no numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from assets.printable_text import counted
from assets.proposals.columns import field_guess
from assets.proposals.names import name_points, words_of
from assets.proposals.profile import Column, written
from assets.proposals.records import Doubt, Guess, Rows
from assets.statements import literal

_CALLED_MONEY = 0.6  # points of a name
_MOST_SHAPES = 2
_LONGEST_SHAPE = 24
_MOST_OFFERED = 4  # columns with decimals, where no name tells money
_NEARLY_EVERY = 0.95  # of the rows or orders that show something
_FEWEST_ORDERS = 5  # of several lines with a discount, to tell whose it is
_MORE_THAN_PAID = 0.02  # of the rows with money back, from which on it is said
_BELOW_NOTHING = ("CR", "H", "C")  # letters behind a number that often stand for a minus
_SIDES: Final = (
    ("credit", "debit"), ("cr", "dr"), ("haben", "soll"), ("abono", "cargo"), ("haber", "debe"), ("avere", "dare"),
    ("贷方", "借方"), ("收入", "支出"), ("in", "out"),
)  # fmt: skip
"""Words that name the two columns of one amount: what came in, what went out."""
_LESS: Final = " less "  # stands in the name of a column that is made of two
_MONEY_OFF: Final = {
    "discount", "discounts", "promotion", "promotions", "rebate", "rabatt", "remise", "descuento", "优惠", "折扣",
}  # fmt: skip
_NOT_OF_GOODS: Final = {"shipping", "ship", "freight", "versand", "percent", "pct", "rate", "id", "ids", "运费"}
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
        text = f"{counted(more, 'row')} of {some:,} have more paid back than {paid.name}: does it hold postage or tax?"
        doubts.append(_no_more_than_paid(rows, text, guess, paid) if pieces is None else Doubt(text))
    day = "" if "refunded_at" in kept else ", counted on the day of the sale"
    return Guess(guess.value, f"{guess.evidence}; {counted(some, 'row')} with money back{day}", tuple(doubts))


def _no_more_than_paid(rows: Rows, text: str, guess: Guess, paid: Column) -> Doubt:
    """The doubt with an expression that pays back a row's money at most, where their numbers are written plainly."""
    if rows.decimal != "." or rows.thousands or paid.share("signed", "bookkept") or not paid.is_text:
        return Doubt(text)
    money = paid.expression
    back = str(guess.value) if "(" in str(guess.value) else written(str(guess.value))
    is_more = f"TRY_CAST({back} AS DOUBLE) > TRY_CAST({money} AS DOUBLE)"
    value = f"CASE WHEN {is_more} THEN {money} ELSE {back} END"
    return Doubt(f"{text} Merchandise at most:", (("refunded", value),))


def _repeats_on_lines(rows: Rows, back: Column, order: Column | None) -> bool:
    """Whether of most orders with several lines and money back every line says the same."""
    if order is None or order.is_unique:
        return False
    sql = rows.number(back)
    share = rows.warehouse.scalar(
        f"""select avg(case when low = high then 1.0 else 0.0 end) from (
            select min({sql}) as low, max({sql}) as high from {rows.table}
            where {order.sql} is not null group by {order.sql} having count({sql}) > 1 and max(abs({sql})) > 0)"""
    )
    return (share or 0.0) > 0.5


def adds_up(rows: Rows, order: Column, price: Column, quantity: Column | None, total: Column) -> bool:
    """Whether price times pieces adds up to the total in nearly every order of several lines."""
    q = rows.number(quantity) if quantity else "1"
    share = rows.warehouse.scalar(
        f"""select avg((abs(added - total) < 0.02)::int) from (
            select sum({q} * {rows.number(price)}) as added, max({rows.number(total)}) as total from {rows.table}
            where {order.sql} is not null group by {order.sql} having count(*) > 1)"""
    )
    return (share or 0.0) >= _NEARLY_EVERY


def discount_of_order(rows: Rows, kept: Mapping[str, Column], guess: Guess) -> Guess | None:
    """The discount of a whole order that stands on each of its lines, shared among them; None where it is a line's."""
    order, price, off, quantity = (kept.get(field) for field in ("order_id", "unit_price", "discount", "quantity"))
    if order is None or price is None or off is None or order.is_unique:
        return None
    o, worth = rows.number(off), f"{rows.number(quantity) if quantity else '1'} * {rows.number(price)}"
    orders, alike = rows.warehouse.rows(
        f"""select count(*), count(*) filter (where low = high) from (
            select min({o}) as low, max({o}) as high from {rows.table} where {order.sql} is not null
            group by {order.sql} having count(*) > 1 and max(abs({o})) > 0 and min({worth}) < max({worth}))"""
    )[0]
    if orders < _FEWEST_ORDERS or alike < _NEARLY_EVERY * orders:
        return None
    instead = (("discount", str(guess.value)),)
    totals = [each for each in rows.columns if each not in kept.values() and each.numbers >= 0.9]
    total = next((each for each in totals if adds_up(rows, order, price, quantity, each)), None)
    parts = [each for each in (off, price, quantity, total) if each is not None]
    is_marked = any(each.share("signed", "bookkept") for each in parts)
    is_plain = rows.decimal == "." and not rows.thousands and not is_marked
    of_order = f"{off.name} is the same on every line of an order"
    if total is None or not is_plain:
        text = f"{of_order}: left out, as it would come off once per line. If each line has it off:"
        return Guess(None, "", (Doubt(text, instead),))
    numbers = [f"CAST({each.expression} AS DECIMAL(18, 4))" for each in parts]
    value = f"round({' * '.join(numbers[:-1])} / nullif({numbers[-1]}, 0), 4)"
    text = f"{of_order}, so the lines share it by their part of {total.name}. If each line has it off:"
    return Guess(value, guess.evidence, (Doubt(text, instead),))


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
    ends = _letters_behind(rows, column)
    minus = min(ends, key=lambda letters: (ends[letters], letters.upper() not in _BELOW_NOTHING), default="")
    if len(ends) != 2 or not {letters.upper() for letters in ends} & {*_BELOW_NOTHING}:
        minus = ""
    digits = f"regexp_replace({name}, '[^0-9{mark}{'' if minus else '-'}]', '', 'g')"
    if mark != rows.decimal:
        digits = f"replace({digits}, {literal(mark)}, {literal(rows.decimal)})"
    if not minus:
        return digits, "If nothing but the digits matters"
    return (
        f"CASE WHEN trim({name}) LIKE {literal('%' + minus)} THEN '-' ELSE '' END || {digits}",
        f"If {minus} behind a number ({counted(ends[minus], 'row')}, the rarer ending) means less than nothing",
    )


def _letters_behind(rows: Rows, column: Column) -> dict[str, int]:
    """The letters that stand behind the numbers of a column, of all rows, with how many have them."""
    return dict(
        rows.warehouse.rows(
            f"select letters, count(*) from (select regexp_extract(trim({column.sql}), '[A-Za-z]+$') as letters "
            f"from {rows.table}) where letters <> '' group by letters order by letters"
        )
    )


def with_sides_joined(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns, and behind them one for the first two that hold what came in and what went out, never both."""
    by_words = {words_of(column.name): column for column in columns if column.numbers >= 0.9}
    for words, one in by_words.items():
        for came_in, went_out in _SIDES:
            other = by_words.get(tuple(went_out if word == came_in else word for word in words))
            if came_in in words and other is not None and 0 < one.filled + other.filled <= one.rows + 1:
                return (*columns, _less(*sorted((one, other), key=lambda each: -each.filled)))
    return tuple(columns)


def _less(more: Column, fewer: Column) -> Column:
    """The amount that two columns hold together: that of the one with more rows, less that of the other."""
    if more.is_text and fewer.is_text:
        back = f"regexp_matches(coalesce({fewer.expression}, ''), '[1-9]')"
        value = f"CASE WHEN {back} THEN '-' || ltrim(trim({fewer.expression}), '-') ELSE {more.expression} END"
    else:
        value = f"coalesce({more.expression}, 0) - coalesce({fewer.expression}, 0)"
    return replace(
        more, name=f"amount: {more.name}{_LESS}{fewer.name}", expression=value, sql=f"({value})",
        filled=more.filled + fewer.filled, low=-abs(fewer.high or 0), different=more.different + fewer.different,
    )  # fmt: skip


def doubt_sides(rows: Rows, column: Column, guess: Guess) -> Guess:
    """The guess, doubted where the column is made of two: nothing says which of them holds the sales."""
    if column.name in rows.header or _LESS not in column.name:
        return guess
    more, fewer = column.name.removeprefix("amount: ").split(_LESS)
    one, other = (next(each for each in rows.columns if each.name == name) for name in (more, fewer))
    text = (
        f"{more} ({counted(one.filled, 'row')}) is taken for sales and {fewer} ({counted(other.filled, 'row')}) for "
        f"what went back, as it has fewer. Were it the other way round:"
    )
    return guess.with_doubt(Doubt(text, (("amount", _less(other, one).expression),)))


def _is_taken_off(rows: Rows, paid: Column | None, off: Column) -> bool:
    """Whether the money of a row is another column's, called money too, less what is taken off."""
    if paid is None:
        return False
    p, o = rows.number(paid), rows.number(off)
    for column in rows.columns:
        if column in (paid, off) or column.numbers < 0.9 or name_points("transactions", "amount", column.name) <= 0:
            continue
        before = rows.number(column)
        share = rows.warehouse.scalar(
            f"select avg((abs(abs({before}) - abs({o}) - abs({p})) < 0.02)::int) from {rows.table} where {o} <> 0"
        )
        if (share or 0.0) >= _NEARLY_EVERY:
            return True
    return False


def doubt_money_off(rows: Rows, kept: Mapping[str, Column]) -> Iterator[Doubt]:
    """Say which columns hold discounts that nothing takes off: amounts before them are too high."""
    for column in rows.columns:
        words = set(words_of(column.name))
        is_off = bool(words & _MONEY_OFF) or any(word in column.name for word in _MONEY_OFF if not word.isascii())
        if not is_off or words & _NOT_OF_GOODS or column in kept.values() or column.numbers < 0.9:
            continue
        some = int(rows.warehouse.scalar(f"select count(*) from {rows.table} where {rows.number(column)} <> 0"))
        if some and not _is_taken_off(rows, kept.get("amount"), column):
            text = (
                f"{column.name} is not taken off, in {counted(some, 'row')}. Where the money is that before it, write:"
            )
            yield Doubt(text, (("discount", column.plain),))
            return
