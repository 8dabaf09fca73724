"""Expectations of what has just landed: the newest delivery of every source, before anything is made of it.

All of them warn: a row that cannot be used is in quarantine already. What they look for is what can be read and is
wrong all the same, because the export, its encoding or a default value stands between the shop and its file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assets.expectations.judgements import ENOUGH
from assets.expectations.specs import ExpectationSpec, figures, shares
from assets.statements import literal

_TRANSACTIONS = "raw_transactions"
_SURVEYS = "raw_surveys"
_CUSTOMERS = "raw_customers"
_RATES = "raw_exchange_rates"

_IDS: Mapping[str, Sequence[str]] = {
    _TRANSACTIONS: ("order_id", "customer_id", "product_id"),
    _SURVEYS: ("response_id", "customer_id", "order_id"),
    _CUSTOMERS: ("customer_id",),
}
_TEXTS: Mapping[str, Sequence[str]] = {
    _TRANSACTIONS: ("product_name", "category", "channel", "region", "status"),
    _SURVEYS: ("channel", "region"),
    _CUSTOMERS: ("gender", "region", "occupation", "customer_type", "acquisition_channel"),
}

# What programs write where there is nothing.
_WORDS_FOR_NOTHING = (
    "null", "NULL", "Null", "None", "none", "nan", "NaN", "NAN", "N/A", "n/a", "#N/A", "(null)", "undefined", r"\N",
)  # fmt: skip
# UTF-8 read as Windows-1252, where each letter beyond ASCII becomes two or three; what GBK makes of replacement marks.
_MOJIBAKE = "[ÃÂ][\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]|â€|ï»¿|锟斤拷|\ufffd"
# The day counts of Excel, the Macintosh and Unix begin on these; the last one stands for "never".
_PLACEHOLDERS = ("1899-12-30", "1899-12-31", "1900-01-01", "1904-01-01", "1970-01-01", "9999-12-31")
_LONGEST = {"product_name": 500}
_LONGEST_ID, _LONGEST_TEXT = 64, 120

# How many times the size that one line in a thousand exceeds a line may have.
BEYOND = 20


def _each(columns: Sequence[str], condition: str) -> str:
    """The condition on every column that has a value."""
    return " and ".join(f"({column} is null or {condition.format(column=column)})" for column in columns)


def _unlike(pattern: str, *, where: str) -> str:
    """No part of the column matches; looked at only where the cheap condition holds, which few values do."""
    return _where_it_may_be(where, f"not regexp_matches({{column}}, {pattern})")


def _where_it_may_be(cheap: str, condition: str) -> str:
    return f"case when {cheap} then {condition} else true end"


def _ids_as_written(table: str) -> ExpectationSpec:
    words = ", ".join(literal(word) for word in _WORDS_FOR_NOTHING)
    may_be_a_word = f"strlen({{column}}) <= {max(map(len, _WORDS_FOR_NOTHING))}"
    return shares(
        table,
        "ids_as_written",
        {
            "no decimals": _each(_IDS[table], _unlike("'^-?[0-9]+[.]0+$'", where="contains({column}, '.0')")),
            "no powers of ten": _each(
                _IDS[table], _unlike("'^[0-9]+([.][0-9]+)?[eE][+][0-9]+$'", where="contains({column}, '+')")
            ),
            "no word for nothing": _each(_IDS[table], _where_it_may_be(may_be_a_word, f"{{column}} not in ({words})")),
        },
        "Ids are written as ids: not 17850.0 or 1.2E+10, where a spreadsheet took them for numbers, and not nan or "
        "NULL, which would be one customer. Mend the mapping's expression or the export.",
        at_most=0.001,
    )


def _text_undamaged(table: str) -> ExpectationSpec:
    return shares(
        table,
        "text_undamaged",
        # Text of plain ASCII has as many bytes as characters.
        _each(
            (*_IDS[table], *_TEXTS[table]), _unlike(literal(_MOJIBAKE), where="strlen({column}) <> length({column})")
        ),
        "No text was read in the wrong encoding: 'Ã©' was an é. Set the source's `encoding`, or mend the export.",
    )


def _text_lengths(table: str) -> ExpectationSpec:
    ids = _each(_IDS[table], f"length({{column}}) <= {_LONGEST_ID}")
    texts = [_each((name,), f"length({{column}}) <= {_LONGEST.get(name, _LONGEST_TEXT)}") for name in _TEXTS[table]]
    return shares(
        table,
        "text_lengths",
        {"ids": ids, "texts": " and ".join(texts)},
        "No id is longer than 64 characters, no product name than 500, no other text than 120: longer ones are "
        "several columns that a missing quote or delimiter has made one.",
    )


def _placeholder_dates(table: str, column: str, *, at_most: float = 0) -> ExpectationSpec:
    days = ", ".join(f"timestamp {literal(day)}" for day in _PLACEHOLDERS)
    return shares(
        table,
        "no_placeholder_dates",
        # What lies outside limits.earliest_date is set aside already.
        f"reasons is not null or {_each((column,), f'cast({{column}} as timestamp) not in ({days})')}",
        "No usable row is dated the first or last midnight a program knows: it stands for a date that was not known.",
        at_most=at_most,
    )


def _in_range(column: str) -> str:
    usual = f"(select map_from_entries(list((source, {column}))) from usual_ranges)"
    return f"kind is distinct from 'sold' or coalesce({column} <= {BEYOND} * {usual}[source], true)"


# The answers of the newest deliveries; those set aside keep their text.
_ANSWERS = """
    select records.source, records.file, answers.*
    from landed_answers as answers
    join {batch} as records
        on records.content_no = answers.content_no and records.line_number = answers.line_number"""
_REPEATED_CODES = f"""
    select
        source,
        question,
        raw as code,
        count(*) as answers,
        round(cast(count(*) as double) / any_value(all_answers), 4) as share,
        any_value(file) as file,
        min(line_number) as first_line
    from (select *, count(*) over (partition by source, question) as all_answers from ({_ANSWERS}))
    where reasons is not null and question is not null and length(raw) <= 12
    group by source, question, raw
    having count(*) >= 5 and count(*) >= 0.01 * any_value(all_answers)"""
_UNUSED_HALVES = f"""
    select answers.source, answers.question, count(*) as answers, max(answers.score) as highest_answer, scales.high
    from ({_ANSWERS}) as answers
    join {{scales}} as scales on scales.question = answers.question
    where answers.reasons is null
    group by answers.source, answers.question, scales.low, scales.high
    having count(*) >= {ENOUGH} and max(answers.score) <= (scales.low + scales.high) / 2"""
_STRAIGHT_LINES = f"""
    select
        source,
        count(*) as responses,
        round(cast(count(*) filter (where lowest = highest) as double) / count(*), 4) as share
    from (
        select source, content_no, line_number, min(score) as lowest, max(score) as highest
        from ({_ANSWERS})
        where reasons is null and score is not null
        group by source, content_no, line_number
        having count(*) >= 3
    )
    group by source
    having count(*) >= {ENOUGH}"""

EXPECTATIONS = (
    *(make(table) for table in _IDS for make in (_ids_as_written, _text_undamaged, _text_lengths)),
    shares(
        _TRANSACTIONS,
        "usable_rows_complete",
        "reasons is not null or (order_id is not null and ordered_at is not null and kind is not null)",
        "Every row that is not set aside has an order, a moment and a kind.",
    ),
    _placeholder_dates(_TRANSACTIONS, "ordered_at"),
    shares(
        _TRANSACTIONS,
        "sizes_in_range",
        {"quantity": _in_range("quantity"), "unit_price": _in_range("unit_price")},
        f"No sold line has more than {BEYOND} times the quantity or price that one line of its source in a thousand "
        "exceeds: a slip of the keyboard, often reversed at once, or a fee sold as a product.",
    ),
    shares(
        _TRANSACTIONS,
        "currency_codes",
        "currency is null or regexp_full_match(currency, '[A-Z][A-Z][A-Z]')",
        "A currency is a code of three letters, such as EUR.",
    ),
    shares(
        _SURVEYS,
        "usable_rows_complete",
        "reasons is not null or (response_id is not null and responded_at is not null)",
        "Every row that is not set aside has a response and a moment.",
    ),
    _placeholder_dates(_SURVEYS, "responded_at"),
    figures(
        _SURVEYS,
        "codes_declared",
        f"(select count(*) from ({_REPEATED_CODES}))",
        "No answer that is off its scale, or no number, comes again and again: it is a code for no answer, to be "
        "declared under the question's `blank`, or a score in words, to be declared under its `words`.",
        high=0,
        shows=f"{_REPEATED_CODES} order by answers desc, source, question, code limit 5",
    ),
    figures(
        _SURVEYS,
        "scale_used",
        f"(select count(*) from ({_UNUSED_HALVES}))",
        "Of no question with a hundred answers do all lie in the lower half of the scale: the scale is declared longer "
        "than it was asked, or the other way round.",
        high=0,
        shows=f"{_UNUSED_HALVES} order by source, question limit 5",
    ),
    figures(
        _SURVEYS,
        "straight_lines",
        f"(select max(share) from ({_STRAIGHT_LINES}))",
        "Of those who answered three questions or more, at most 80 % gave one and the same answer to all of them.",
        high=0.80,
        shows=f"{_STRAIGHT_LINES} order by source",
    ),
    shares(
        _CUSTOMERS,
        "usable_rows_complete",
        "reasons is not null or customer_id is not null",
        "Every row that is not set aside has a customer.",
    ),
    _placeholder_dates(_CUSTOMERS, "acquired_at", at_most=0.02),
    shares(
        _CUSTOMERS,
        "births_believable",
        {
            "no placeholder": "birth_date is null or birth_date not in (date '1900-01-01', date '1970-01-01')",
            "possible age": "age is null or age between 0 and 110",
        },
        "At most 2 % of the customers were born on a day that stands for an unknown one, or are older than 110.",
        at_most=0.02,
        from_rows=ENOUGH,
    ),
    shares(
        _CUSTOMERS,
        "contacts_look_right",
        {
            "e-mail": "email is null or email like '%_@_%'",
            "phone": "phone is null or length(regexp_replace(phone, '[^0-9]', '', 'g')) >= 5",
        },
        "At most 5 % of the e-mail addresses have no @ and of the telephone numbers fewer than five digits: the "
        "columns are swapped or cut short.",
        at_most=0.05,
        from_rows=ENOUGH,
    ),
    _placeholder_dates(_RATES, "rated_on"),
    shares(
        _RATES,
        "usable_rows_complete",
        "reasons is not null or (rated_on is not null and regexp_full_match(currency, '[A-Z][A-Z][A-Z]') and rate > 0)",
        "Every row that is not set aside has a day, a currency of three letters and a rate above zero.",
    ),
)
