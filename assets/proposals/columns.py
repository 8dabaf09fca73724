"""Which column is which canonical field: points for its name, held against what its values look like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from assets.proposals.dates import moment_guess
from assets.proposals.names import SYNONYMS, name_points
from assets.proposals.profile import BELOW_NOTHING, MONEY, Column
from assets.proposals.records import Doubt, Guess, Rows
from assets.statements import identifier, literal

_LEAST_POINTS = 0.4  # of a name, below which it says nothing
_FIT_POINTS = 0.2  # what values that fit add to a name's points
_UNIQUE_POINTS = 0.3  # what a value of its own in every row adds to a response's number
_STATES_OF_ACCOUNTS: Final = {"enabled", "disabled", "invited", "declined", "active", "inactive"}
_FEW_ANSWERS = 20  # numbers of orders may all be small in so few rows
_MOST_LABELS = 200  # different values of a column that sorts rows into kinds

Look = Callable[[Column], float]


@dataclass(frozen=True)
class EvidenceRule:
    """What the values of some fields must look like.

    Attributes:
        fields: canonical names.
        look: share of a column's values that look right.
        least: the smallest share at which the column can be the field.
        words: the evidence, with ``{n}`` of ``{seen}`` values looked at, ``{different}`` of ``{rows}`` rows.
    """

    fields: tuple[str, ...]
    look: Look
    least: float
    words: str


def _ids(column: Column) -> float:
    """Neither dates nor amounts; customers and products may be called by their names."""
    return 1.0 - max(column.moments, column.share("fraction") - column.share("point_zero"), column.share("email"))


def _labels(column: Column) -> float:
    """Few different values, and no amounts or dates."""
    many = column.different > max(_MOST_LABELS, column.filled / 50) or column.different > 0.9 * column.filled > 10
    return 0.0 if many else _ids(column)


def _whole_ages(column: Column) -> float:
    return column.numbers if column.low is not None and column.low >= -1 and (column.high or 0) < 130 else 0.0


def _truths(column: Column) -> float:
    return 1.0 if 1 <= column.different <= 3 else column.share("truth")


def _phones(column: Column) -> float:
    return 0.0 if column.moments > 0.5 else column.share("phone")


RULES: Final = (
    EvidenceRule(
        ("order_id", "line_id", "customer_id", "product_id", "response_id", "refund_of"),
        _ids, 0.5, "{different} different in {rows} rows",
    ),
    EvidenceRule(
        ("ordered_at", "responded_at", "acquired_at", "birth_date", "updated_at", "refunded_at"),
        lambda column: max(column.moments, float(column.is_epoch or column.is_day_number)), 0.5,
        "{n} of {seen} values look like dates",
    ),
    EvidenceRule(
        ("quantity", "unit_price", "amount", "discount", "refunded", "score"),
        lambda column: column.numbers, 0.5, "{n} of {seen} values are numbers",
    ),
    EvidenceRule(
        ("product_name", "comment"), lambda column: column.share("worded"), 0.5, "{different} different texts",
    ),
    EvidenceRule(
        ("category", "channel", "region", "status", "question", "gender", "occupation", "customer_type",
         "acquisition_channel"),
        _labels, 0.5, "{different} different values",
    ),
    EvidenceRule(("currency",), lambda column: column.share("currency"), 0.5, "{n} of {seen} values are codes"),
    EvidenceRule(("age",), _whole_ages, 0.5, "{n} of {seen} values are between 0 and 130"),
    EvidenceRule(("email",), lambda column: column.share("email"), 0.5, "{n} of {seen} values are addresses"),
    EvidenceRule(("phone",), _phones, 0.5, "{n} of {seen} values look like telephone numbers"),
    EvidenceRule(("consent",), _truths, 0.5, "{different} different values"),
)  # fmt: skip
"""By field, what its values must look like."""

_RULE_OF: Final = {field: rule for rule in RULES for field in rule.fields}
_LANDING_TRUTHS: Final = {"true", "t", "yes", "y", "1", "是", "false", "f", "no", "n", "0", "否"}
_YES: Final = {
    "true", "t", "yes", "y", "1", "是", "ja", "j", "oui", "o", "si", "sí", "s", "x", "opted_in", "opted-in",
    "subscribed", "granted", "in", "同意", "已同意",
}  # fmt: skip


def assign(kind: str, columns: Iterable[Column]) -> dict[str, Column]:
    """The column of every field of the kind whose name and values speak for it; no column twice.

    Ties go to the field that stands first, then to the column that stands first.
    """
    ranked = sorted(
        (
            (-points, place, number, field, column)
            for place, field in enumerate(SYNONYMS[kind])
            for number, column in enumerate(columns)
            if (points := points_of(kind, field, column)) > 0
        ),
        key=lambda pair: pair[:3],
    )
    chosen: dict[str, Column] = {}
    for *_, field, column in ranked:
        if field not in chosen and column not in chosen.values():
            chosen[field] = column
    return {field: chosen[field] for field in SYNONYMS[kind] if field in chosen}


def points_of(kind: str, field: str, column: Column) -> float:
    """Points of a column for a field; 0 where its name says nothing or its values speak against it."""
    rule = _RULE_OF[field]
    if column.filled == 0 or (fit := rule.look(column)) < rule.least:
        return 0.0
    if field in ("unit_price", "amount") and column.low == column.high == 0:
        return 0.0
    if field == "score" and column.different < 2:
        return 0.0
    if field == "region" and {value.casefold() for value, _ in column.top} <= _STATES_OF_ACCOUNTS:
        return 0.0
    if (
        kind == "surveys"
        and field in ("order_id", "customer_id")
        and column.share("scale") >= 0.95
        and column.filled > _FEW_ANSWERS
    ):
        return 0.0  # an answer
    points = name_points(kind, field, column.name.rpartition(".")[2])
    points = max(points, name_points(kind, field, column.name))
    if points < _LEAST_POINTS:
        return 0.0
    return points + _FIT_POINTS * fit + _UNIQUE_POINTS * (field == "response_id" and column.is_unique)


def field_guess(rows: Rows, field: str, column: Column) -> Guess:
    """A column as the value of a field: as it is, or an expression that reads it."""
    evidence = ["one value only" if column.different == 1 else evidence_of(field, column)]
    if column.filled < column.rows:
        evidence.append(f"{percent(1 - column.filled_share)} blank")
    words = ", ".join(evidence)
    looks = _RULE_OF[field]
    if looks.words.endswith("dates"):
        return moment_guess(rows, field, column, words)
    if looks.look is _ids and column.is_text and column.share("point_zero") >= 0.95:
        value = f"regexp_replace({column.expression}, '\\.0$', '')"
        return Guess(value, f"{words}; written like 17850.0, the .0 is dropped")
    if looks.words.endswith("numbers") and field != "score":
        return _number_guess(rows, column, words)
    if field == "consent":
        return _consent_guess(column, words)
    is_whole = column.sql == identifier(column.name)
    is_plain = is_whole and (column.name == column.expression or "." not in column.name)
    return Guess(column.name if is_plain else column.expression, words)


def evidence_of(field: str, column: Column) -> str:
    """The evidence of a field's rule, filled in."""
    rule = _RULE_OF[field]
    n = round(rule.look(column) * column.looked_at)
    return rule.words.format(
        n=f"{n:,}", seen=f"{column.looked_at:,}", different=f"{column.different:,}", rows=f"{column.rows:,}"
    )


def percent(share: float) -> str:
    """A share as a reader says it.

    >>> percent(0.249), percent(0.021), percent(0.00004), percent(0.9999)
    ('25%', '2.1%', 'under 0.1%', 'over 99.9%')
    """
    if 0 < share < 0.001:
        return "under 0.1%"
    if 0.999 < share < 1:
        return "over 99.9%"
    return f"{share:.1%}".replace(".0%", "%") if share < 0.1 else f"{share:.0%}"


def _number_guess(rows: Rows, column: Column, words: str) -> Guess:
    """A number; signs of currency, brackets and a minus behind it are taken off."""
    plain = column.plain
    if not column.is_text:
        return Guess(plain, words)
    name = column.expression
    if column.share("bookkept") > 0:
        sign = f"CASE WHEN regexp_matches({name}, {literal(BELOW_NOTHING)}) THEN '-' ELSE '' END"
        value = f"{sign} || regexp_replace({name}, '[^0-9.,]', '', 'g')"
        return Guess(value, f"{words}; brackets and a minus behind the number mean less than nothing")
    if column.share("signed") > 0:
        return Guess(_without_currency(rows, column), f"{words}; the sign of the currency is taken off")
    return Guess(plain, words)


def _without_currency(rows: Rows, column: Column) -> str:
    """An expression that takes off the signs of currency seen, and nothing else: brackets to come are no plus."""
    found = rows.warehouse.rows(
        f"select distinct unnest(regexp_extract_all({column.sql}, {literal(f'{MONEY}|元')})) as sign "
        f"from {rows.table} order by sign"
    )
    signs = [sign for (sign,) in found]
    if len(signs) == 1:
        return f"replace({column.expression}, {literal(signs[0])}, '')"
    off = "|".join(sign.replace("$", "[$]") for sign in signs)
    return f"regexp_replace({column.expression}, {literal(off)}, '', 'g')"


def _consent_guess(column: Column, words: str) -> Guess:
    values = [value.casefold() for value, _ in column.top]
    if all(value in _LANDING_TRUTHS for value in values):
        return Guess(column.plain, words)
    yes = [value for value in values if value in _YES]
    if not yes or len(values) > 4:
        text = "which value means consent could not be told, so nothing is known of it. Complete this line:"
        return Guess(None, words, (Doubt(text, (("consent", f"lower({column.expression}) = '...'"),)),))
    listed = ", ".join(map(literal, yes))
    is_yes = f"IN ({listed})" if len(yes) > 1 else f"= {listed}"
    return Guess(f"lower(trim({column.expression})) {is_yes}", f"{words}; every other value means no")


def number_marks(columns: Iterable[Column]) -> tuple[str, str, str, tuple[Doubt, ...]]:
    """Decimal mark, mark of thousands, evidence and doubts, over every column of numbers written as text."""
    seen: Mapping[str, int] = {
        look: sum(column.seen[look] for column in columns if column.is_text and column.numbers >= 0.5)
        for look in ("point", "comma", "groups_then_point", "groups_then_comma", "by_comma", "by_point", "by_space",
                     "by_quote")
    }  # fmt: skip
    point, comma = seen["point"] + seen["groups_then_point"], seen["comma"] + seen["groups_then_comma"]
    is_comma = comma > point
    groups = {"by_point" if is_comma else "by_comma": "." if is_comma else ",", "by_space": " ", "by_quote": "'"}
    grouped = {mark: seen[look] for look, mark in groups.items()}
    thousands = max(grouped, key=lambda mark: grouped[mark]) if any(grouped.values()) else ""
    doubts: list[Doubt] = []
    if min(point, comma) > 0:
        text = f"{point:,} numbers have a decimal point and {comma:,} a decimal comma; the rarer ones are set aside."
        doubts.append(Doubt(text))
    elif point == comma == 0 and seen["by_comma"]:
        text = "numbers such as 1,234 are read as thousands; nothing in the file says whether the comma is decimal."
        doubts.append(Doubt(text, (("decimal", '","'),)))
    elif point == comma == 0 and seen["by_point"]:
        text = "numbers such as 1.234 are read as one and a bit; nothing in the file says whether thousands are meant."
        doubts.append(Doubt(text, (("thousands", '"."'), ("decimal", '","'))))
    said = f"{max(point, comma):,} numbers have a decimal {'comma' if is_comma else 'point'}"
    evidence = said if point or comma else ""
    return ("," if is_comma else "."), thousands, evidence, tuple(doubts)
