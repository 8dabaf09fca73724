"""Rows that cannot be used, and what becomes of them: the first part of the table behind ``docs/bad-input.md``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HEADER = "order_id,ordered_at,customer_id,product,quantity,price\n"
ORDERS: dict[str, Any] = {
    "name": "shop",
    "kind": "transactions",
    "columns": {
        "order_id": "order_id",
        "ordered_at": "ordered_at",
        "customer_id": "customer_id",
        "product_id": "product",
        "quantity": "quantity",
        "unit_price": "price",
    },
}


@dataclass(frozen=True)
class BadInput:
    """One kind of bad input and its outcome.

    Attributes:
        given: the input, as the page has it.
        becomes: the outcome, as the page has it.
        nights: the files that land, name to content, night by night.
        source: the source over them.
        reasons: (file, line) to the reasons for which a row, or one of its answers, is in quarantine after the last.
        errors: file to a part of the message with which it is set aside after the last night.
        counts: columns of ``row_accounting``, summed over all files, after the last night.
        blocks: a part of the message with which the last night ends; empty where it does not.
    """

    given: str
    becomes: str
    nights: tuple[Mapping[str, str | bytes], ...]
    source: Mapping[str, Any]
    reasons: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    blocks: str = ""


def good(order: str = "good", price: str = "5.00") -> str:
    """A row that nothing is wrong with."""
    return f"{order},2024-06-01 10:00:00,anna,p1,2,{price}\n"


FINE = {"fine.csv": HEADER + good()}


def _row(given: str, text: str, *reasons: str, **options: Any) -> BadInput:
    """A bad row between two good ones."""
    return BadInput(
        given,
        f"the row goes to quarantine: {listed(reasons)}",
        ({"a.csv": HEADER + good("before") + text + "\n" + good("after")},),
        ORDERS | options,
        reasons={("a.csv", 3): reasons},
        counts={"rows_in": 3, "accepted": 2, "quarantined": 1},
    )


def mapped(**columns: str) -> dict[str, Any]:
    return {"columns": ORDERS["columns"] | columns}


def listed(reasons: tuple[str, ...]) -> str:
    return " and ".join(f"`{reason}`" for reason in reasons)


LINE = json.dumps(dict(zip(HEADER.strip().split(","), good().strip().split(","), strict=True))) + "\n"
UNPARSABLE_HEADER = ("unparsable_ordered_at", "unparsable_quantity", "unparsable_unit_price")
KEYED = mapped(line_id="product")

ROWS = (
    _row("no order id", ",2024-06-01,bob,p1,1,2.00", "missing_order_id"),
    _row("an order id of spaces", "   ,2024-06-01,bob,p1,1,2.00", "missing_order_id"),
    _row("no date", "o2,,bob,p1,1,2.00", "missing_ordered_at"),
    _row("a date in words", "o2,yesterday,bob,p1,1,2.00", "unparsable_ordered_at"),
    _row("a day that does not exist, 30 February", "o2,2024-02-30,bob,p1,1,2.00", "unparsable_ordered_at"),
    _row("the hour 24", "o2,2024-02-20 24:00:00,bob,p1,1,2.00", "unparsable_ordered_at"),
    _row("the date 0000-00-00", "o2,0000-00-00,bob,p1,1,2.00", "unparsable_ordered_at"),
    _row("Excel's number of a day", "o2,45444,bob,p1,1,2.00", "unparsable_ordered_at"),
    _row("a date of 1902", "o2,1902-01-01,bob,p1,1,2.00", "date_out_of_range"),
    _row("a date of 2203", "o2,2203-01-01,bob,p1,1,2.00", "date_out_of_range"),
    _row("a negative price", "o2,2024-06-01,bob,p1,1,-2.00", "negative_unit_price"),
    _row("no price", "o2,2024-06-01,bob,p1,1,", "missing_unit_price"),
    _row("a price in words", "o2,2024-06-01,bob,p1,1,free", "unparsable_unit_price"),
    _row("a price with its currency's sign", "o2,2024-06-01,bob,p1,1,£2.00", "unparsable_unit_price"),
    _row("a price with an exponent, 1e3", "o2,2024-06-01,bob,p1,1,1e3", "unparsable_unit_price"),
    _row("a hexadecimal price", "o2,2024-06-01,bob,p1,1,0x1F", "unparsable_unit_price"),
    _row("a price that is `NaN`", "o2,2024-06-01,bob,p1,1,NaN", "unparsable_unit_price"),
    _row("a decimal comma nobody declared", 'o2,2024-06-01,bob,p1,1,"2,50"', "unparsable_unit_price"),
    _row("marks between thousands nobody declared", 'o2,2024-06-01,bob,p1,1,"1,234.50"', "unparsable_unit_price"),
    _row(
        "digits grouped another way than declared",
        'o2,2024-06-01,bob,p1,1,"12,50"',
        "unparsable_unit_price",
        thousands=",",
    ),
    _row("a quantity in words", "o2,2024-06-01,bob,p1,two,2.00", "unparsable_quantity"),
    _row("no quantity", "o2,2024-06-01,bob,p1,,2.00", "missing_quantity"),
    _row("a quantity of sixteen digits", "o2,2024-06-01,bob,p1,1234567890123456,2.00", "unparsable_quantity"),
    _row(
        "a negative discount",
        "o2,2024-06-01,bob,-1,1,2.00",
        "negative_discount",
        **mapped(discount="if(product = '-1', product, '0')"),
    ),
    _row("a row worth more than any shop sells", "o2,2024-06-01,bob,p1,99999999999999,9999.00", "value_too_large"),
    _row(
        "a refund whose discount exceeds it",
        "o2,2024-06-01,bob,9,-1,2.00",
        "discount_above_amount",
        **mapped(discount="if(product = '9', product, '0')"),
    ),
    _row(
        "another currency, and no exchange rate of its day",
        "o2,2024-06-01,bob,CHF,1,2.00",
        "missing_exchange_rate",
        **mapped(currency="if(product = 'CHF', product, 'GBP')"),
    ),
    _row("fewer values than columns", "o2,2024-06-01", "too_few_columns"),
    _row("more values than columns", "o2,2024-06-01,bob,p1,1,2.00,7,8", "too_many_columns"),
    _row("text behind a closing quote", '"o2"x,2024-06-01,bob,p1,1,2.00', "malformed_quotes"),
    _row("a quote that is never closed", 'o2,2024-06-01,bob,"open,1,2.00', "malformed_quotes"),
    _row("a line of spaces", "     ", "too_few_columns"),
    _row(
        "a header in the middle of the file",
        HEADER.strip(),
        "unparsable_ordered_at",
        "unparsable_quantity",
        "unparsable_unit_price",
    ),
    _row("a line with the total", "Total,,,,,10.00", "missing_ordered_at", "missing_quantity"),
    _row("several things at once", "o2,never,bob,p1,1,-2.00", "negative_unit_price", "unparsable_ordered_at"),
    _row(
        "a value the mapping's expression cannot take",
        "o2,2024-06-01,bob,p1,1,2.00",
        "unparsable_customer_id",
        **mapped(customer_id="CAST(replace(customer_id, 'anna', '1') AS INTEGER)"),
    ),
    _row(
        "a value a rule cannot take",
        "o2,2024-06-01,bob,p1,1,2.00",
        "unparsable_exclude_when",
        exclude_when="CAST(replace(customer_id, 'anna', '1') AS INTEGER) > 5",
    ),
    BadInput(
        "two versions of one order line in a file, and no `updated_at`",
        "both rows go to quarantine: `conflicting_versions`",
        ({"a.csv": HEADER + good("o1", "5.00") + good("o1", "6.00") + good("o2")},),
        ORDERS | KEYED,
        reasons={("a.csv", 2): ("conflicting_versions",), ("a.csv", 3): ("conflicting_versions",)},
        counts={"rows_in": 3, "accepted": 1, "quarantined": 2},
    ),
    BadInput(
        "a broken line among JSON lines",
        "the line goes to quarantine: `malformed_json`",
        ({"a.jsonl": LINE + '{"order_id": "o2",\n' + LINE.replace("good", "o3")},),
        ORDERS,
        reasons={("a.jsonl", 2): ("malformed_json",)},
        counts={"rows_in": 3, "accepted": 2, "quarantined": 1},
    ),
    BadInput(
        "a JSON line that is a list",
        "the line goes to quarantine: `malformed_json`",
        ({"a.jsonl": LINE + '["o2", 1]\n'},),
        ORDERS,
        reasons={("a.jsonl", 2): ("malformed_json",)},
        counts={"rows_in": 2, "accepted": 1, "quarantined": 1},
    ),
    BadInput(
        "a JSON line whose values are nested more than a hundred deep",
        "the line goes to quarantine: `malformed_json`",
        ({"a.jsonl": LINE + LINE.replace("good", "o2").replace("}", f', "notes": {"[" * 150}{"]" * 150}}}')},),
        ORDERS,
        reasons={("a.jsonl", 2): ("malformed_json",)},
        counts={"rows_in": 2, "accepted": 1, "quarantined": 1},
    ),
    BadInput(
        "a text among the numbers of a JSON key",
        "the row goes to quarantine: `unparsable_unit_price`; the numbers stay numbers",
        ({"a.jsonl": LINE.replace('"5.00"', "5.5") + LINE.replace("good", "o2").replace('"5.00"', '"free"')},),
        ORDERS,
        reasons={("a.jsonl", 2): ("unparsable_unit_price",)},
        counts={"rows_in": 2, "accepted": 1, "quarantined": 1},
    ),
)

SURVEY: dict[str, Any] = {
    "name": "survey",
    "kind": "surveys",
    "columns": {"response_id": "id", "responded_at": "day"},
    "questions": {"Q1": {"id": "overall", "kind": "csat", "blank": [0]}, "Q2": {"id": "recommend", "kind": "nps"}},
}
LONG: dict[str, Any] = SURVEY | {
    "columns": {"response_id": "id", "responded_at": "day", "question": "q", "kind": "kind", "score": "score"},
}
PEOPLE: dict[str, Any] = {
    "name": "people",
    "kind": "customers",
    "columns": {"customer_id": "id", "birth_date": "born", "consent": "consent", "acquired_at": "since"},
}
RATES: dict[str, Any] = {
    "name": "bank",
    "kind": "exchange_rates",
    "columns": {"rated_on": "day", "currency": "currency", "rate": "rate"},
}


def _answer(given: str, answers: str, reason: str) -> BadInput:
    return BadInput(
        given,
        f"the answer goes to quarantine alone: `{reason}`; the rest of the response counts",
        ({"a.csv": f"id,day,Q1,Q2\nr1,2024-06-01,{answers}\n"},),
        SURVEY,
        reasons={("a.csv", 2): (reason,)},
        counts={"rows_in": 1, "accepted": 1},
    )


def _record(given: str, source: Mapping[str, Any], header: str, fine: str, bad: str, *reasons: str) -> BadInput:
    return BadInput(
        given,
        f"the row goes to quarantine: {listed(reasons)}",
        ({"a.csv": f"{header}\n{fine}\n{bad}\n"},),
        source,
        reasons={("a.csv", 3): reasons},
        counts={"rows_in": 2, "accepted": 1, "quarantined": 1},
    )


ASKED = ("id,day,q,kind,score", "r1,2024-06-01,Q1,csat,5")
BORN = ("id,born,consent,since", "anna,1980-01-01,yes,2020-01-01")
RATED = ("day,currency,rate", "2024-06-01,USD,0.8")
OTHERS = (
    _answer("an answer off its scale", "9,10", "score_off_scale"),
    _answer("an answer in words", "5,ten", "unparsable_score"),
    _answer("half a point of recommendation", "5,7.5", "score_not_whole"),
    _record("a question nobody declared", LONG, *ASKED, "r2,2024-06-01,Q9,csat,5", "undeclared_question"),
    _record("a row whose kind is not its question's", LONG, *ASKED, "r2,2024-06-01,Q1,nps,5", "kind_disagrees"),
    _record("a response without an id", LONG, *ASKED, ",2024-06-01,Q1,csat,5", "missing_response_id"),
    _record("a customer without an id", PEOPLE, *BORN, ",1980-01-01,yes,2020-01-01", "missing_customer_id"),
    _record(
        "a birthday in a thirteenth month", PEOPLE, *BORN, "bob,1980-13-01,yes,2020-01-01", "unparsable_birth_date"
    ),
    _record("a consent of `maybe`", PEOPLE, *BORN, "bob,1980-01-01,maybe,2020-01-01", "unparsable_consent"),
    _record("an exchange rate of zero", RATES, *RATED, "2024-06-02,USD,0", "rate_not_positive"),
    _record("a currency by its name", RATES, *RATED, "2024-06-02,Dollar,0.8", "unknown_currency"),
    _record(
        "a rate that says a pound is not a pound", RATES, *RATED, "2024-06-02,GBP,1.2", "rate_of_business_currency"
    ),
)
