"""What the values of a column look like: how many of them are numbers, dates, addresses, codes; in one pass each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assets.configuration.expressions import ExpressionError, parse_expression
from assets.landing.date_formats import plain_text
from assets.landing.value_parsing import ZONE
from assets.statements import identifier, literal
from assets.warehouse import Warehouse

LOOKED_AT = 4_000  # rows whose texts are looked at one by one, evenly spread over all that were read
_MOST_ZONES = 4  # different words for zones in a column
_MOST_TOP = 40  # different values that are listed with their counts

_SIGN = "[+-]?"
_CURRENCY_SIGNS = "$€£¥￥₹₩₺₽₴₪₫₱"
_CODES = "EUR|USD|GBP|CNY|RMB|JPY|CHF|SEK|NOK|DKK|PLN|CZK|HUF|CAD|AUD|NZD|MXN|BRL|INR|SGD|HKD|TWD|KRW|TRY|ZAR|AED|RON"
CURRENCY_WORDS: Final = {"zł": "PLN", "Kč": "CZK", "Ft": "HUF", "руб.": "RUB", "руб": "RUB", "грн": "UAH", "лв": "BGN"}
"""Currencies in letters that stand behind the number."""
_LETTERS = f"{_CODES}|{'|'.join(CURRENCY_WORDS).replace('.', '[.]')}"
MONEY = f"[{_CURRENCY_SIGNS}]|R[$]|{_LETTERS}"
_CLOCK = "([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?( ?[AaPp][Mm])?"
_ZONE = f" ?{ZONE}"
_ZONE_WORD = "(UTC|GMT|[A-Z]{1,4}T)([+-][0-9]{1,2}(:?[0-9]{2})?)?"
PATTERNS: Final[Mapping[str, str]] = {
    "whole": f"{_SIGN}[0-9]+",
    "fraction": f"{_SIGN}[0-9]*[.][0-9]+",
    "dressed": f"({MONEY})? ?[(▲△]?[+-]?({MONEY})? ?[+-]?[0-9]*([.,’' ]?[0-9]+)+-?[)]? ?({MONEY}|元)?",
    "signed": f".*([{_CURRENCY_SIGNS}元]|{_LETTERS}).*",
    "percent": f"{_SIGN}[0-9.,]+ ?%",
    "negative": "-.*",
    "printed_minus": ".*−.*",
    "bookkept": f"((({MONEY}) ?)?[(].*[)]|[^-]+-)( ?({MONEY}|元))?|.*[▲△].*",
    "point_zero": "[0-9]+[.]0",
    "padded": "0[0-9]+",
    "iso": f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([ T]{_CLOCK}({_ZONE})?)?",
    "aware": f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[ T]{_CLOCK}{_ZONE}",
    "timed": f".*[ T]{_CLOCK}.*",
    "dated": "([0-9]{1,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,4}日?([ ,T].*)?|(19|20)[0-9]{2}[01][0-9][0-3][0-9]( .*)?"
    "|[0-9]{1,2}[ -][A-Za-z]{3,9}[ ,-]+[0-9]{2,4}.*|[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{4}.*"
    "|[A-Za-z]{3}-[0-9]{1,2}-([0-9]{2}){1,2}.*)",
    "clock": _CLOCK,
    "epoch": "1[0-9]{9}([.][0-9]+)?",
    "epoch_ms": "1[0-9]{12}",
    "zero": "0",
    "email": "[^@ ]+@[^@ ]+[.][^@ .]+",
    "phone": "[+(]?[0-9][0-9 ()./-]{5,}[0-9]",
    "currency": f"(?i){_CODES}",
    "code": "[^ ]{1,40}",
    "truth": "(?i)true|false|t|f|yes|no|y|n|1|0|是|否",
    "worded": ".*[^0-9 .,:/+-].*",
    "scale": "[0-9]|1[01]|[0-9][.]0|1[01][.]0",
}
"""What a value can look like; patterns the whole text has to match. A text may look like several things."""
NUMBER_PATTERNS: Final[Mapping[str, str]] = {
    "point": "[0-9]*[.]([0-9]{1,2}|[0-9]{4,})|0?[.][0-9]+|[0-9]{4,}[.][0-9]{3}",
    "comma": "[0-9]*,([0-9]{1,2}|[0-9]{4,})|0?,[0-9]+|[0-9]{4,},[0-9]{3}",
    "groups_then_point": ".*[0-9][, '’][0-9]{3}[.][0-9]+",
    "groups_then_comma": ".*[0-9][. '’][0-9]{3},[0-9]+",
    "by_comma": "[1-9][0-9]{0,2}(,[0-9]{3})+([.][0-9]+)?",
    "by_point": "[1-9][0-9]{0,2}([.][0-9]{3})+(,[0-9]+)?",
    "by_space": "[1-9][0-9]{0,2}( [0-9]{3})+([.,][0-9]+)?",
    "by_quote": "[1-9][0-9]{0,2}(['’][0-9]{3})+([.,][0-9]+)?",
}
"""How a number without its sign and its currency is written: decimal marks that are certain, and groups of digits."""
BELOW_NOTHING: Final = "^[^0-9]*[(▲△−-]|[−-][^0-9]*$"
"""A minus before or behind a number, brackets around it, or the triangle of Japanese books: less than nothing."""

DATE_FORMATS: Final = tuple(
    day + time
    for day in (
        "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d",
        "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d.%m.%y", "%y.%m.%d", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d",
        "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%d-%b-%y", "%b-%d-%Y", "%b-%d-%y",
        "%Y年%m月%d日",
    )
    for time in ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of the file, or one field of a nested column, and what its values look like.

    Attributes:
        name: as the header has it; ``customer.id`` for a field.
        expression: as an expression writes it.
        sql: as a query over the rows read writes it.
        type: DuckDB type.
        rows: rows read.
        filled: of them, with a value that is not blank.
        different: different values among them.
        looked_at: filled values whose text was looked at.
        seen: look to how many of these have it; looks are those of ``PATTERNS`` and ``NUMBER_PATTERNS``.
        formats: date format to how many of these it reads; ISO apart.
        low: smallest number among them, None where none is one; marks of thousands and currency apart.
        high: largest.
        length: mean characters.
        top: most frequent values of the rows looked at, with counts.
        zones: words for time zones that stand behind the times and are taken off, such as PDT.
    """

    name: str
    expression: str
    sql: str
    type: str
    rows: int
    filled: int
    different: int
    looked_at: int
    seen: Mapping[str, int]
    formats: Mapping[str, int]
    low: float | None
    high: float | None
    length: float
    top: tuple[tuple[str, int], ...]
    zones: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """As a mapping writes it: its name, whatever signs that holds; a nested field as an expression."""
        return self.name if self.sql == identifier(self.name) else self.expression

    @property
    def is_text(self) -> bool:
        """Whether the file gives texts, which may need reading."""
        return self.type == "VARCHAR"

    @property
    def filled_share(self) -> float:
        """Share of the rows that have a value."""
        return self.filled / self.rows if self.rows else 0.0

    def share(self, *looks: str) -> float:
        """Share of the values looked at that have the look; of several looks, the sum, at most 1."""
        return min(1.0, sum(self.seen[look] for look in looks) / self.looked_at) if self.looked_at else 0.0

    @property
    def numbers(self) -> float:
        """Share of the values that are numbers, in any notation but percent; dates such as 20240131 are none."""
        return 0.0 if self.moments >= 0.95 else self.share("dressed")

    @property
    def moments(self) -> float:
        """Share of the values that are dates, with or without a time of day."""
        if self.type == "DATE" or self.type.startswith("TIMESTAMP"):
            return 1.0
        best = max(self.formats.values(), default=0)
        return min(1.0, self.share("iso") + best / self.looked_at) if self.looked_at else 0.0

    @property
    def is_epoch(self) -> bool:
        """Whether the numbers are seconds or milliseconds since 1970, of this century; 0 is none."""
        return self.share("epoch", "epoch_ms", "zero") >= 0.95 and self.share("epoch", "epoch_ms") >= 0.3

    @property
    def is_day_number(self) -> bool:
        """Whether the texts are numbers of days as Excel counts them, from 1982 to 2099."""
        is_number = self.is_text and self.share("whole", "fraction", "comma") >= 0.95 and self.moments < 0.5
        return is_number and 30_000 <= (self.low or 0) <= (self.high or 0) < 73_051 and self.different > 1

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.filled == self.rows == self.different and self.rows > 1


def written(name: str) -> str:
    """A column's name as an expression writes it: plain where that is understood, else in double quotes.

    >>> written("StockCode"), written("Kunden Nr"), written('a"b')
    ('StockCode', '"Kunden Nr"', '"a""b"')
    """
    try:
        is_plain = parse_expression(f"{name} || ''").columns == (name,) and name.isascii() and name.isidentifier()
    except ExpressionError:
        is_plain = False
    return name if is_plain else identifier(name)


def opened(expression: str) -> str:
    """An expression that begins with a quote in brackets, so that YAML takes it as it is.

    >>> opened('"Artikel-Nr" = 1'), opened("StockCode = 'D'")
    ('("Artikel-Nr" = 1)', "StockCode = 'D'")
    """
    return f"({expression})" if expression.startswith(('"', "'")) else expression


def profile(warehouse: Warehouse, table: str, header: Sequence[str]) -> list[Column]:
    """Look at every column of a table, fields of nested columns included.

    A list inside a row is left out: an expression cannot take it apart.
    """
    rows = int(warehouse.scalar(f"select count(*) from {identifier(table)}"))
    types = {name: kind for name, kind, *_ in warehouse.rows(f"describe {identifier(table)}")}
    every = max(1, rows // LOOKED_AT)
    warehouse.rows(
        f"create or replace temp table proposal_some as select * from (select *, row_number() over () as __place "
        f"from {identifier(table)}) where __place % {every} = 0"
    )
    columns = [
        _column(warehouse, table, rows, name, sql, kind)
        for column in header
        for name, sql, kind in _fields(warehouse, table, column, identifier(column), types[column])
    ]
    warehouse.rows("drop table proposal_some")
    return columns


def _fields(warehouse: Warehouse, table: str, name: str, sql: str, kind: str) -> Iterator[tuple[str, str, str]]:
    """(name, SQL, type) of a column, or of each field of a nested one."""
    if kind.endswith("]") or kind.startswith(("MAP", "BLOB")):
        return
    if not kind.startswith("STRUCT"):
        yield name, sql, kind
        return
    if name.count(".") > 2:
        return
    for field, field_kind, *_ in warehouse.rows(f"describe select unnest({sql}) from {identifier(table)}"):
        yield from _fields(warehouse, table, f"{name}.{field}", f"{sql}.{identifier(field)}", field_kind)


def _column(warehouse: Warehouse, table: str, rows: int, name: str, sql: str, kind: str) -> Column:
    parts = name.split(".") if sql != identifier(name) else [name]
    expression = ".".join(map(written, parts))
    zones = _zone_words(warehouse, table, sql) if kind == "VARCHAR" else ()
    if zones:
        off = literal(f" ?{_ZONE_WORD}$")
        sql, expression = (f"regexp_replace(trim({each}), {off}, '')" for each in (sql, expression))
    elif (
        kind == "VARCHAR" and warehouse.scalar(f"select avg(contains({sql}, chr(9))::int) from {identifier(table)}")
    ) or 0:
        sql, expression = (f"replace({each}, chr(9), '')" for each in (sql, expression))
    elif kind == "VARCHAR" and warehouse.scalar(
        f"select avg(regexp_full_match({sql}, '=\"[^\"]*\"')::int) >= 0.95 from {identifier(table)} where {sql} <> ''"
    ):  # a number that Excel shall take for a text
        sql, expression = (f"trim({each}, '=\"')" for each in (sql, expression))
    text = f"nullif(trim(cast({sql} as varchar)), '')"
    filled, different = warehouse.rows(f"select count({text}), count(distinct {text}) from {identifier(table)}")[0]
    bare = "regexp_replace(x, '[^0-9.,-]|[.]$', '', 'g')"
    unsigned = f"trim(regexp_replace(x, {literal(f'[+()▲△-]|R?[{_CURRENCY_SIGNS}元]|{_LETTERS}')}, '', 'g'))"
    matched = [("w" if look == "printed_minus" else "x", pattern) for look, pattern in PATTERNS.items()]
    matched += [("u", pattern) for pattern in NUMBER_PATTERNS.values()]
    looks = ", ".join(f"count(*) filter (where regexp_full_match({of}, {literal(p)}))" for of, p in matched)
    number = (
        f"try_cast(case when regexp_full_match({bare}, '-?[0-9]*,[0-9]{{1,2}}|-?[0-9.]+,[0-9]+') "
        f"then replace(replace({bare}, '.', ''), ',', '.') else replace({bare}, ',', '') end as double)"
    )
    some = f"(select {text} as x from proposal_some)"
    is_number = f"regexp_full_match(x, {literal(PATTERNS['dressed'])})"
    looked_at, length, low, high, *counts = warehouse.rows(
        f"""select count(x), coalesce(avg(length(x)), 0), min({number}) filter (where {is_number}),
            max({number}) filter (where {is_number}), {looks}
        from (select *, {unsigned} as u from (select x as w, {plain_text("x")} as x from {some}))"""
    )[0]
    seen = dict(zip((*PATTERNS, *NUMBER_PATTERNS), counts, strict=True))
    top = warehouse.rows(
        f"select x, count(*) from {some} where x is not null group by x order by 2 desc, 1 limit {_MOST_TOP}"
    )
    formats: dict[str, int] = {}
    if looked_at and seen["dated"] - seen["iso"] >= 0.3 * looked_at:
        moments = [f"try_strptime(x, {literal(form)})" for form in DATE_FORMATS]
        reads = ", ".join(f"count(*) filter (where year({moment}) between 1900 and 2100)" for moment in moments)
        read = warehouse.rows(f"select {reads} from {some} where not regexp_full_match(x, {literal(PATTERNS['iso'])})")
        formats = {form: n for form, n in zip(DATE_FORMATS, read[0], strict=True) if n}
    return Column(
        name, expression, sql, kind, rows, filled, different, looked_at, seen, formats, low, high, length,
        tuple((value, count) for value, count in top), zones,
    )  # fmt: skip


def _zone_words(warehouse: Warehouse, table: str, sql: str) -> tuple[str, ...]:
    """The words for zones behind times that are not written as ISO says, where every value ends in one."""
    ends = f"{PATTERNS['timed'].removesuffix('.*')} ?{_ZONE_WORD}"
    text = f"trim({sql})"
    words = warehouse.rows(
        f"""select distinct case when regexp_full_match(x, {literal(ends)})
                and not regexp_full_match(x, {literal(PATTERNS["aware"])})
            then regexp_extract(x, {literal(f"{_ZONE_WORD}$")}) end as word
        from (select distinct {text} as x from {identifier(table)} where {text} <> '' limit {LOOKED_AT})
        order by word"""
    )
    found = [word for (word,) in words]
    return tuple(found) if found and all(found) and len(found) <= _MOST_ZONES else ()
