"""Order files: what an order is, which column is its money, what a row is worth, and which rows are no sale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

from assets.landing.staged import CONTENT
from assets.printable_text import counted
from assets.proposals.buyers import settle_buyer
from assets.proposals.columns import evidence_of, field_guess, percent
from assets.proposals.line_kinds import STATUS_WORDS
from assets.proposals.names import PEOPLE, name_points, without_tax_words, words_of
from assets.proposals.nobody import without_nobody
from assets.proposals.other_money import (
    adds_up,
    discount_of_order,
    doubt_money_off,
    doubt_sides,
    no_money,
    refunded_guess,
)
from assets.proposals.profile import Column, opened
from assets.proposals.records import Doubt, Guess, Rows
from assets.statements import literal

_NO_NAME = "its name does not say so, its values do"
_MONEY_APART = {
    "tax", "taxes", "vat", "shipping", "freight", "versand", "porto", "mwst", "ust", "tva", "iva", "运费", "邮费",
    "税额", "税",
}  # fmt: skip
_FEES = {"fee", "fees", "gebuhr", "gebuhren", "手续费"}  # what a marketplace or a bank keeps of a payment
_MINOR = {"cents", "cent", "pence", "minor", "分"}  # in the name of money counted in hundredths
_MOST_STATES = 30
_FEW_ROWS = 20  # in which one customer may have bought everything
_OF_ORDERS = 0.9  # of the values of a reference are different, of which a shop has fewer where they are products
_FEWEST_PRODUCTS = 5  # sold in ones and in more, to tell a price from a total
_MOST_PRODUCTS = 0.8  # of these
_MOSTLY_WHOLE = 0.8  # of the pieces end in three noughts
_MOST_BESIDE = 4  # columns of tax and postage, and of totals, that are added up
_FEW_DISCOUNTED = 5  # rows with a discount, below which nothing is shown
_SAME_MONEY = 0.95  # of the rows in which two ways to a row's money agree


def complete_by_values(rows: Rows, chosen: Mapping[str, Column]) -> dict[str, Column]:
    """Fields that no name tells and the values do: moments, money, pieces, who and what.

    The more a column's values are of one kind, the earlier it is taken; names that mean something are left alone.
    """
    found = dict(chosen)
    unnamed = _are_unnamed(rows)
    if _refers_to_an_order(rows, found):
        found.pop("product_id")
    if (own := _number_of_every_row(rows, found)) is not None:
        found["order_id"] = own

    def free() -> list[Column]:
        return [column for column in rows.columns if column not in found.values() and column.filled >= 0.5 * rows.count]

    moments = [column for column in free() if column.moments >= 0.8]
    if "ordered_at" not in found and moments:
        found["ordered_at"] = moments[0]
    money = [column for column in free() if column.numbers >= 0.9 and column.share("fraction", "comma") > 0.5]
    if not found.keys() & {"unit_price", "amount"} and (len(money) == 1 or (money and unnamed)):
        found["unit_price"] = money[0]
    if unnamed and "quantity" not in found:
        pieces = [each for each in free() if _are_pieces(each)]
        found |= {"quantity": pieces[0]} if pieces else {}
    if "customer_id" in found and _is_on_every_row(rows, found["customer_id"]):
        found.pop("customer_id")  # the shop's own account
    ids = [each for each in free() if _are_ids(each) and each.different > 1 and not PEOPLE & set(words_of(each.name))]
    told = [each for each in ids if not each.is_unique and _share_of_one(rows, each, found.get("ordered_at")) >= 0.98]
    if "order_id" not in found and told and not unnamed:
        found["order_id"] = max(told, key=lambda column: column.different)
    for column in ids if unnamed else ():
        is_order = _share_of_one(rows, column, found.get("ordered_at")) >= 0.98
        field = "order_id" if is_order and (not column.is_unique or "customer_id" in found) else "customer_id"
        found.setdefault(field, column)
    found = _who_bought(rows, found)
    taken = [column for field, column in found.items() if field not in ("category", "region")]
    states = [column for column in rows.columns if column not in taken and _are_states(column)]
    if states and ("status" not in found or not _knows_states(found["status"])):
        state = max(states, key=lambda column: column.filled)  # not a note to a few rows
        found = {field: column for field, column in found.items() if column is not state} | {"status": state}
    if (name := found.get("product_name")) is not None and _names_no_product(found, name):
        found.pop("product_name")
    texts = [each for each in free() if each.share("worded") > 0.9 and each.length > 8]
    if unnamed and texts:
        found["product_name"] = texts[0]
    return found


def _who_bought(rows: Rows, found: dict[str, Column]) -> dict[str, Column]:
    """The fields, with what is called a name as the customer where all lines of an order share it: no product's."""
    order, code, name = (found.get(field) for field in ("order_id", "product_id", "product_name"))
    if order is None or code is None or name is None or order.is_unique or order.different > 0.9 * rows.count:
        return found
    if name.different <= 1 or _share_of_one(rows, order, name) < 0.98 or _share_of_one(rows, order, code) >= 0.9:
        return found
    rest = {field: column for field, column in found.items() if field != "product_name"}
    return {"customer_id": name} | rest if "customer_id" not in found else rest


def _names_no_product(found: Mapping[str, Column], name: Column) -> bool:
    """Whether what is called a name tells no products: one for several of them, or one of its own for each order."""
    code, order = found.get("product_id"), found.get("order_id")
    if code is not None:
        return name.different == 1 and code.different > 1
    return name.is_unique and name.rows >= _FEW_ROWS and order is not None and order.is_unique


def _refers_to_an_order(rows: Rows, found: Mapping[str, Column]) -> bool:
    """Whether the product is a reference with another value on nearly every row, and nothing else tells of products."""
    column = found.get("product_id")
    if column is None or rows.count < _FEW_ROWS or found.keys() & {"product_name", "quantity", "line_id"}:
        return False
    return bool({"reference", "referencia"} & set(words_of(column.name))) and column.different > _OF_ORDERS * rows.count


def _number_of_every_row(rows: Rows, found: Mapping[str, Column]) -> Column | None:
    """A number of each row's own, where what was told to be the order's is blank in rows that are dated as others are.

    Outlines, whose rows below an order's first have neither, are left alone.
    """
    order, moment = found.get("order_id"), found.get("ordered_at")
    if order is None or moment is None or order.filled_share >= _OF_ORDERS or moment.filled < rows.count:
        return None
    if found.keys() & {"product_id", "quantity", "line_id"}:
        return None
    free = [column for column in rows.columns if column not in found.values() and column.is_unique and _are_ids(column)]
    return next((column for column in free if name_points("transactions", "order_id", column.name) > 0), None)


def _is_on_every_row(rows: Rows, column: Column) -> bool:
    return column.different == 1 and column.filled == rows.count >= _FEW_ROWS


def _are_unnamed(rows: Rows) -> bool:
    return all(column.name.startswith("column_") for column in rows.columns)


def _are_pieces(column: Column) -> bool:
    return (
        column.share("whole") >= 0.95 and column.share("padded") == 0 and column.low is not None
        and -10_000 < column.low <= (column.high or 0) < 10_000 and column.different <= 500
    )  # fmt: skip


def _are_states(column: Column) -> bool:
    """Whether some of few values say that something was sent back or never sold."""
    known = STATUS_WORDS["refunded"] | STATUS_WORDS["never_sold"]
    return column.different <= _MOST_STATES and any(known & {*words_of(value), value} for value, _ in column.top)


def _knows_states(column: Column) -> bool:
    """Whether any of its values is a state of an order known here, and not a state of the United States."""
    known = frozenset[str]().union(*STATUS_WORDS.values())
    return any(known & {*words_of(value), value} for value, _ in column.top)


def _are_ids(column: Column) -> bool:
    return (
        column.share("code") >= 0.95 and column.moments < 0.5 and column.share("fraction") == column.share("point_zero")
    )


def _share_of_one(rows: Rows, key: Column, other: Column | None) -> float:
    """Share of the keys of several rows for which the other column has one value only; 1 where no key repeats."""
    if other is None:
        return 0.0
    share = rows.warehouse.scalar(
        f"""select avg(case when values_ <= 1 then 1.0 else 0.0 end) from (
            select count(*) as n, count(distinct {other.sql}) as values_ from {rows.table}
            where {key.sql} is not null group by {key.sql})
        where n > 1"""
    )
    return 1.0 if share is None else float(share)


def transaction_guesses(
    rows: Rows, kept: dict[str, Column], named: Mapping[str, Column]
) -> tuple[dict[str, Guess], list[Doubt]]:
    """Every mapped column of an order file, and doubts about the whole.

    Args:
        rows: the rows read.
        kept: field to column; left with those that are mapped in the end.
        named: the fields that a name tells.
    """
    doubts: list[Doubt] = []
    money = _money(rows, kept)
    guesses: dict[str, Guess] = {}
    for field, column in kept.items():
        guess = field_guess(rows, field, column)
        if field in ("unit_price", "amount", "discount", "refunded") and _MINOR & set(words_of(column.name)):
            value = f"CAST({column.expression} AS DECIMAL(18,2)) * 0.01"
            guess = Guess(value, f"{guess.evidence}; counted in hundredths, as its name says")
        if field == "ordered_at" and guess.date_format is None:
            guess = _with_time_of_day(rows, column, guess)
        if field not in named and not _are_unnamed(rows):
            guess = guess.with_evidence(_NO_NAME)
        if field in money:
            guess = replace(guess.with_evidence(money[field].evidence), doubts=money[field].doubts)
        if field == "amount":
            guess = doubt_sides(rows, column, guess)
        if field == "customer_id":
            guess = without_nobody(rows, column, guess)
        if field == "quantity":
            guess = _pieces_with_decimals(rows, column, guess)
            if "amount" in kept and column.is_text and column.filled < rows.count:
                value = f"coalesce(nullif(trim({column.expression}), ''), '0')"
                guess = Guess(value, f"{guess.evidence}; none where it is blank, as the money needs no pieces")
        guesses[field] = guess
    if "order_id" in kept:
        guesses["order_id"] = _order_guess(rows, kept, guesses["order_id"])
    elif {"customer_id", "ordered_at"} <= kept.keys():
        guesses = {"order_id": _order_of_customer_and_day(kept)} | guesses
    if "line_id" in kept:
        _keep_line_id_if_unique(rows, kept, guesses, doubts)
    _versions_of_orders(rows, kept, guesses)
    doubts += settle_buyer(rows, kept, guesses)
    if "discount" in kept:
        comes_to = _comes_off(rows, kept) if "unit_price" not in guesses else ""
        if comes_to:
            guesses["discount"] = guesses["discount"].with_evidence(comes_to)
        elif (shared := discount_of_order(rows, kept, guesses["discount"])) is not None:
            guesses["discount"] = shared
        else:
            guesses |= _discount(kept, guesses["discount"], guesses)
    if "refunded" in kept:
        guesses["refunded"] = refunded_guess(rows, kept, guesses["refunded"])
    if "refunded" not in kept or guesses["refunded"].value is None:
        kept.pop("refunded", None)
        guesses.pop("refunded_at", None)
    if "discount" not in guesses:
        doubts += doubt_money_off(rows, kept)
    if not kept.keys() & {"amount", "unit_price"}:
        guesses["amount"] = Guess(None, "", (no_money(rows, kept),))
    return guesses, doubts


def _with_time_of_day(rows: Rows, column: Column, guess: Guess) -> Guess:
    """A date with the time of day that another column holds."""
    clocks = [each for each in rows.columns if each.share("clock") >= 0.95 and each.filled >= 0.95 * column.filled]
    if len(clocks) != 1 or not (column.is_text and clocks[0].is_text) or column.share("timed") > 0:
        return guess
    both = f"{column.expression} || ' ' || {clocks[0].expression}"
    return Guess(opened(both), f"{guess.evidence}; with the time of day of {clocks[0].name}", guess.doubts)


def _money(rows: Rows, kept: dict[str, Column]) -> dict[str, Guess]:
    """Leave one way to a row's money in ``kept``; answers the evidence for it."""
    if "unit_price" in kept and "amount" not in kept and "quantity" not in kept and _is_ever_below(kept["unit_price"]):
        # A price is never negative; what a row is worth is, where it is a refund.
        kept["amount"] = kept.pop("unit_price")
    price, amount, quantity = (kept.get(name) for name in ("unit_price", "amount", "quantity"))
    if amount and _is_repeated_order_total(rows, kept, amount):
        price = price or _price_that_adds_up(rows, kept, amount)
        if price and price not in kept.values():
            kept.pop("amount")
            kept["unit_price"] = price
            text = f"its name does not say so; times the quantity it adds up to {amount.name} in nearly every order"
            return {"unit_price": Guess(None, text)}
        if price:
            kept.pop("amount")
            return {"unit_price": Guess(None, f"{amount.name} is the total of the whole order, on every line of it")}
        text = (
            f"{amount.name} is the same on every line of an order: if it is the order's total, it is counted once per "
            f"line. Export the lines' own amounts, or one row per order."
        )
        return {"amount": Guess(None, "", (Doubt(text),))}
    if price and amount:
        agreed = _agreement(rows, price, amount, quantity, None)
        if agreed >= _SAME_MONEY and (turned := _turned(rows, price, amount, quantity)):
            kept.pop("unit_price")
            text = f"{counted(turned, 'row')} with a minus that {price.name} times the quantity has not"
            return {"amount": Guess(None, text)}
        if agreed >= _SAME_MONEY:
            kept.pop("amount")
            return {
                "unit_price": Guess(None, f"times the quantity it is {amount.name} in {percent(agreed)} of the rows")
            }
        discount = kept.get("discount")
        agreed_less = _agreement(rows, price, amount, quantity, discount) if discount else 0.0
        if agreed_less >= _SAME_MONEY:
            kept.pop("amount")
            said = f"times the quantity, less {discount.name if discount else ''}, it is {amount.name}"
            return {"unit_price": Guess(None, f"{said} in {percent(agreed_less)} of the rows")}
        kept.pop("unit_price")
        text = (
            f"{'quantity times ' if quantity else ''}{price.name} is {amount.name} in {percent(agreed)} of the rows "
            f"only. Which of them is what the customer paid for merchandise?"
        )
        return {"amount": Guess(None, "", (Doubt(text, (("unit_price", price.plain),)),))}
    if price and quantity and _grows_with(rows, price, quantity):
        kept["amount"] = kept.pop("unit_price")
        text = "it grows with the quantity, so it is taken for the total of the row. Were it the price of one piece:"
        return {"amount": Guess(None, "", (Doubt(text, (("unit_price", price.plain),)),))}
    product = kept.get("product_id") or kept.get("product_name")
    if amount and quantity and product and not price and _is_per_piece(rows, amount, quantity, product):
        kept["unit_price"] = kept.pop("amount")
        text = (
            f"of a product {amount.name} is the same for one piece and for several, so it is taken for the price of "
            f"one. Were it the total of the row:"
        )
        return {"unit_price": Guess(None, "", (Doubt(text, (("amount", amount.plain),)),))}
    apart = [c.name for c in rows.columns if c not in kept.values() and c.numbers >= 0.5]
    fees = [name for name in apart if _FEES & set(words_of(name))]
    apart = [name for name in apart if _is_apart(name)]
    texts = [f"does {{}} include {' and '.join(apart[:4])}? Merchandise alone is what to map."] if apart else []
    texts += [f"is {{}} what is left after {' and '.join(fees[:4])}? What was paid is what to map."] if fees else []
    if amount and texts:
        return {"amount": Guess(None, "", tuple(Doubt(text.replace("{}", amount.name)) for text in texts))}
    return {}


def _is_ever_below(column: Column) -> bool:
    return (column.low or 0) < 0 or column.share("bookkept") > 0


def _is_apart(name: str) -> bool:
    """Whether a name has a word for money beside merchandise; Chinese has no blanks around one."""
    name, _ = without_tax_words(name)
    return any(
        word in _MONEY_APART or any(part in word for part in _MONEY_APART if not part.isascii())
        for word in words_of(name)
    )


def _agreement(rows: Rows, price: Column, amount: Column, quantity: Column | None, less: Column | None) -> float:
    """Share of the rows whose quantity times price, less a discount, is the amount to the cent."""
    p, a, q, d = (
        rows.number(column) if column else default
        for column, default in ((price, "0"), (amount, "0"), (quantity, "1"), (less, "0"))
    )
    share = rows.warehouse.scalar(
        f"select avg(case when abs({q} * {p} - abs(coalesce({d}, 0)) - {a}) < 0.02 then 1.0 else 0.0 end) "
        f"from {rows.table} where {p} is not null and {a} is not null"
    )
    return float(share or 0.0)


def _turned(rows: Rows, price: Column, amount: Column, quantity: Column | None) -> int:
    """Rows whose amount is quantity times price less than nothing, where these are more: what came back."""
    p, a, q = (rows.number(column) if column else "1" for column in (price, amount, quantity))
    sql = f"select count(*) from {rows.table} where {a} < 0 and abs({q} * {p} + {a}) < 0.02"
    return int(rows.warehouse.scalar(sql))


def _is_repeated_order_total(rows: Rows, kept: Mapping[str, Column], amount: Column) -> bool:
    order = kept.get("order_id")
    if order is None or order.is_unique or order.different > 0.9 * rows.count:
        return False
    pieces = kept.get("product_id") or kept.get("quantity")
    varies = _share_of_one(rows, order, pieces) < 0.9 if pieces else False
    return varies and amount.different > 10 and _share_of_one(rows, order, amount) >= 0.98


def _price_that_adds_up(rows: Rows, kept: Mapping[str, Column], total: Column) -> Column | None:
    """The column whose values times the pieces add up to the total of their order, where there is one."""
    free = [each for each in rows.columns if each not in kept.values() and each.numbers >= 0.9 and each.different > 1]
    quantity = kept.get("quantity")
    return next((each for each in free if adds_up(rows, kept["order_id"], each, quantity, total)), None)


def _is_per_piece(rows: Rows, amount: Column, quantity: Column, product: Column) -> bool:
    """Whether of most products that were sold in ones and in more the amount is the same; what is paid back is none."""
    if _is_ever_below(amount):
        return False
    a, q = rows.number(amount), rows.number(quantity)
    same, products = rows.warehouse.rows(
        f"""select count(*) filter (where abs(one - more) < 0.005), count(*) from (
            select median({a}) filter (where {q} = 1) as one, median({a}) filter (where {q} > 1) as more
            from {rows.table} where {product.sql} is not null group by {product.sql})
        where one <> 0 and more is not null"""
    )[0]
    return products >= _FEWEST_PRODUCTS and same >= _MOST_PRODUCTS * products


def _grows_with(rows: Rows, price: Column, quantity: Column) -> bool:
    """Whether a row of two to four pieces costs about as many times what a row of one costs."""
    p, q = (rows.number(column) for column in (price, quantity))
    one, several, apiece = rows.warehouse.rows(
        f"""select median({p}) filter (where {q} = 1), median({p}) filter (where {q} between 2 and 4),
            median({p} / {q}) filter (where {q} between 2 and 4)
        from {rows.table}"""
    )[0]
    return bool(one and several and apiece and 0.7 <= apiece / one <= 1.4 and several / one >= 1.6)


def _order_guess(rows: Rows, kept: Mapping[str, Column], guess: Guess) -> Guess:
    order = kept["order_id"]
    if order.is_unique:
        return Guess(guess.value, f"{guess.evidence}: one row per order", guess.doubts)
    evidence, doubts = f"{guess.evidence}: an order has several lines", list(guess.doubts)
    customer = kept.get("customer_id")
    several = 1 - _share_of_one(rows, order, customer) if customer else 0.0
    if several > 0.02:
        text = f"{percent(several)} of the orders of several lines have more than one {kept['customer_id'].name}: "
        doubts.append(Doubt(f"{text}is this the order's number?"))
    return Guess(guess.value, evidence, tuple(doubts))


def _order_of_customer_and_day(kept: Mapping[str, Column]) -> Guess:
    customer, moment = kept["customer_id"], kept["ordered_at"]
    parts = [
        column.expression if column.is_text else f"CAST({column.expression} AS VARCHAR)"
        for column in (customer, moment)
    ]
    if customer.filled < customer.rows:  # who is not known buys, too
        parts[0] = f"coalesce({parts[0]}, '')"
    text = "no column holds an order's number: what a customer bought at one moment counts as one order."
    return Guess(opened(" || '-' || ".join(parts)), f"{customer.name} and {moment.name}", (Doubt(text),))


def _keep_line_id_if_unique(
    rows: Rows, kept: Mapping[str, Column], guesses: dict[str, Guess], doubts: list[Doubt]
) -> None:
    """A line's number is a key only where no order has two rows of it with different content."""
    order, line = kept.get("order_id"), kept["line_id"]
    guess = guesses.pop("line_id")
    if order is None:
        return
    clashing, keys = rows.warehouse.rows(
        f"""select count(*) filter (where n > 1), count(*) from (
            select count(distinct {rows.row_hash}) as n from {rows.table}
            where {order.sql} is not null and {line.sql} is not null group by {order.sql}, {line.sql})"""
    )[0]
    if keys and clashing / keys <= 0.02:
        note = f"{evidence_of('line_id', line)}; with the order it is unique"
        if clashing:
            text = f"{clashing:,} of {keys:,} pairs of order and line stand in rows that differ: the later file counts."
            guesses["line_id"] = Guess(guess.value, note.replace("is unique", "is a key"), (Doubt(text),))
        else:
            guesses["line_id"] = Guess(guess.value, note)
    else:
        text = (
            f"{line.name} could be the line's number, but {percent(clashing / max(1, keys))} of the orders repeat it."
        )
        doubts.append(Doubt(text))


def _pieces_with_decimals(rows: Rows, column: Column, guess: Guess) -> Guess:
    """Pieces such as 1,000 and 2,000 with three decimals, where a price has another decimal mark: no thousands."""
    grouped = "by_comma" if rows.thousands == "," else "by_point" if rows.thousands == "." else ""
    if not grouped or not column.is_text or column.seen[grouped] < column.looked_at or column.different < 2:
        return guess
    whole = sum(n for value, n in column.top if value.endswith(f"{rows.thousands}000"))
    if whole < _MOSTLY_WHOLE * sum(n for _, n in column.top):
        return guess
    value = f"replace({column.expression}, {literal(rows.thousands)}, {literal(rows.decimal)})"
    text = (
        f"every {column.name} is written like {column.top[0][0]}: taken for pieces with three decimals. If thousands:"
    )
    return Guess(value, f"{guess.evidence}; with three decimals each", (Doubt(text, (("quantity", column.plain),)),))


def _versions_of_orders(rows: Rows, kept: Mapping[str, Column], guesses: dict[str, Guess]) -> None:
    """Doubt orders without lines that stand in several rows of one worth: each state an order had is a row."""
    order, worth, state = kept.get("order_id"), kept.get("amount"), kept.get("status")
    if order is None or worth is None or state is None or order.is_unique:
        return
    if kept.keys() & {"product_id", "product_name", "quantity", "line_id", "unit_price"}:
        return
    several, alike = rows.warehouse.rows(
        f"""select count(*), count(*) filter (where worths = 1 and states = n) from (
            select count(*) as n, count(distinct {worth.sql}) as worths, count(distinct {state.sql}) as states
            from {rows.table} where {order.sql} is not null group by {order.sql}, {CONTENT})
        where n > 1"""
    )[0]
    if not several or alike < _SAME_MONEY * several:
        return
    text = f"{several:,} orders stand in several rows of the same {worth.name}, one for each {state.name}"
    if "updated_at" in kept:
        latest = kept["updated_at"].name
        text += f": of one order the row with the latest {latest} counts. If each row is a sale, take line_id out."
        guesses["line_id"] = Guess("'order'", "one row of an order counts", (Doubt(text),))
        return
    text += (
        ": they count once per row. Keep the rows of one state, with exclude_when, or map what tells the latest row as "
        "updated_at and write:"
    )
    guesses["order_id"] = guesses["order_id"].with_doubt(Doubt(text, (("line_id", "'order'"),)))


def _comes_off(rows: Rows, kept: Mapping[str, Column]) -> str:
    """What shows that the discount has still to come off the amount: less it, with tax and postage, it is a total."""
    amount, discount = kept.get("amount"), kept["discount"]
    if amount is None or discount.numbers < 0.9 or discount.share("percent") > 0.5:
        return ""
    free = [column for column in rows.columns if column not in kept.values() and column.numbers >= 0.9]
    beside = [column for column in free if _is_apart(column.name)][:_MOST_BESIDE]
    totals = [c for c in free if c not in beside and name_points("transactions", "amount", c.name) > 0.4][:_MOST_BESIDE]
    ways = [(total, added) for total in totals for n in range(len(beside) + 1) for added in combinations(beside, n)]
    if not ways:
        return ""
    a, d = rows.number(amount), f"abs({rows.number(discount)})"
    agreed = ", ".join(
        f"avg((abs({' + '.join([f'{a} - {d}', *map(rows.number, added)])} - {rows.number(total)}) < 0.02)::int)"
        for total, added in ways
    )
    some, *shares = rows.warehouse.rows(f"select count(*), {agreed} from {rows.table} where {d} > 0")[0]
    if some < _FEW_DISCOUNTED:
        return ""
    for (total, added), share in zip(ways, shares, strict=True):
        if (share or 0.0) >= _SAME_MONEY:
            more = "".join(f" and {column.name}" for column in added)
            return f"{amount.name} less it{more.replace(' and', ', with', 1)} is {total.name}, where there is one"
    return ""


def _discount(kept: Mapping[str, Column], guess: Guess, guesses: Mapping[str, Guess]) -> dict[str, Guess]:
    """A discount in money, positive; a share of the price or one that is off already is left out."""
    column = kept["discount"]
    if column.share("percent") > 0.5 or {"percent", "pct", "rate"} & set(words_of(column.name)) or (
        0 < (column.high or 0) <= 1 and column.share("fraction") > 0
    ):  # fmt: skip
        text = f"{column.name} looks like a share of the price, not money, so it is left out."
        return {"discount": Guess(None, "", (Doubt(text),))}
    if "unit_price" not in guesses:
        text = f"{column.name} is left out, taking the amounts for what was paid. If it has still to come off them:"
        return {"discount": Guess(None, "", (Doubt(text, (("discount", str(guess.value)),)),))}
    if (column.low or 0) < 0 and (column.high or 0) <= 0:
        value = f"ltrim({column.expression}, '-')" if column.is_text else f"abs({column.expression})"
        return {"discount": Guess(value, f"{guess.evidence}; written with a minus, which is taken off")}
    return {"discount": guess}
