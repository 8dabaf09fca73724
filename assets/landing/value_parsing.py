"""SQL that turns one mapped value into its canonical type, or into NULL where it cannot be understood.

Text is matched against a pattern before it is cast: what looks like a number or a date only to one engine is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assets.configuration.canonical_fields import DUCKDB_TYPES, Field
from assets.configuration.sources import Source
from assets.configuration.values import EXCEL_SERIAL
from assets.landing.date_formats import PRINTED_MARKS, Readings, is_in, plain_text
from assets.landing.row_hash import written
from assets.statements import identifier, literal

NUMBER = "[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)"
_WITH_EXPONENT = f"({NUMBER})[eE][+-]?[0-9]{{1,2}}"
_WHOLE_NUMBER = "[+-]?[0-9]+([.]0*)?"
_ISO_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ISO_MOMENT = f"{_ISO_DAY}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)?"
ZONE = "(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?|(UTC|GMT)[+-][0-9]{1,2}(:?[0-9]{2})?)"
"""What tells the zone of a time, behind it."""
_AWARE = f"{_ISO_DAY}[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)? ?{ZONE}"
_TYPED_MARKS = str.maketrans(PRINTED_MARKS)
_ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")
_TIME_DIRECTIVE = re.compile(r"%-?[HIMSfgnpcXT]")
_ZONE_DIRECTIVE = re.compile(r"%[zZ]")


@dataclass(frozen=True)
class ZoneRule:
    """How moments become business time: naive ones are in the source's zone, aware ones are converted."""

    source_zone: str
    business_zone: str

    def naive(self, sql: str) -> str:
        """SQL of a naive TIMESTAMP in business time from one in the source's zone."""
        if self.source_zone == self.business_zone:
            return sql
        return f"timezone({literal(self.business_zone)}, timezone({literal(self.source_zone)}, {sql}))"

    def aware(self, sql: str) -> str:
        """SQL of a naive TIMESTAMP in business time from a TIMESTAMPTZ."""
        return f"timezone({literal(self.business_zone)}, {sql})"

    def formatted(self, text: str, form: str) -> str:
        """SQL of a naive TIMESTAMP in business time from a text in a strptime format.

        A date without a time of day is that day wherever the source is.
        """
        moment = f"try_strptime({text}, {literal(form)})"
        if _ZONE_DIRECTIVE.search(form):
            return self.aware(moment)
        return self.naive(moment) if _TIME_DIRECTIVE.search(form) else moment


def parsed(column_type: str, field: Field, source: Source, zones: ZoneRule, formats: Readings) -> str:
    """SQL of a mapped column as the field's type.

    Args:
        column_type: the DuckDB type of the mapped column of the field's name; text is parsed, typed values are cast.
        field: the canonical field.
        source: options for decimals and dates.
        zones: time zones of the source and the business.
        formats: of the dates that are not written as ISO says.
    """
    name = identifier(field.name)
    is_text = column_type == "VARCHAR"
    target = DUCKDB_TYPES[field.type]
    match field.type:
        case "text":
            return f"nullif(trim({name}), '')" if is_text else written(name, column_type)
        case "quantity" | "price" | "money":
            return _number(name, source, target) if is_text else _cast(name, target)
        case "rate":
            return _rate(name, source, target) if is_text else _cast(name, target)
        case "integer":
            ways = (_cast(_extracted(text, _WHOLE_NUMBER), "double") for text in (f"trim({name})", plain_text(name)))
            whole = f"coalesce({', '.join(ways)})" if is_text else name
            return _cast(whole, target)
        case "boolean":
            return _boolean(f"lower(trim(cast({name} as varchar)))")
        case "timestamp" | "date":
            moment = _moment(column_type, field, source, zones, formats)
            return moment if field.type == "timestamp" else f"cast({moment} as date)"


def _number(name: str, source: Source, target: str) -> str:
    """SQL of a number that may be written in the digits and signs of print, as the second thing that is tried."""
    point, thousands = source.decimal or ".", source.thousands or ""
    as_typed = _decimal(f"trim({name})", point, thousands, target)
    as_printed = _decimal(plain_text(name), point, thousands.translate(_TYPED_MARKS), target)
    return f"coalesce({as_typed}, {as_printed})"


def _rate(name: str, source: Source, target: str) -> str:
    """SQL of a number; programs write one below a ten-thousandth, a dong's in dollars, with an exponent."""
    number = _number(name, source, target)
    if source.decimal not in (None, "."):
        return number
    return f"coalesce({number}, {_matching(f'trim({name})', _WITH_EXPONENT, target)})"


def _cast(sql: str, target: str) -> str:
    return f"try_cast({sql} as {target})"


def _matching(text: str, pattern: str, target: str) -> str:
    """SQL of the text as the type where it is written as the pattern says, else NULL."""
    return _cast(f"case when regexp_full_match({text}, {literal(pattern)}) then {text} end", target)


def _decimal(text: str, point: str, thousands: str, target: str) -> str:
    """SQL of a number; where marks are declared, one that groups its digits another way is refused, not guessed."""
    if point == "." and not thousands:
        return _cast(_extracted(text, NUMBER), target)
    mark = re.escape(thousands)
    whole = f"[0-9]+|[0-9]{{1,3}}({mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}" if thousands else "[0-9]+"
    pattern = f"[+-]?(({whole})({re.escape(point)}[0-9]*)?|{re.escape(point)}[0-9]+)"
    plain = f"replace(replace({_extracted(text, pattern)}, {literal(thousands)}, ''), {literal(point)}, '.')"
    return _cast(plain, target)


def _extracted(text: str, pattern: str) -> str:
    """SQL of the text where it is written as the pattern says, else an empty one.

    The text is named once: what occurs twice the engine computes of every row, whether or not it is asked for.
    """
    return f"regexp_extract({text}, {literal(f'^({pattern})$')})"


def _aware(text: str) -> str:
    """SQL of a moment with its zone; the cast refuses a blank between the two, where the pattern does not."""
    plain = f"regexp_replace(regexp_replace({text}, '(UTC|GMT)$', 'Z'), '(UTC|GMT)([+-])', '\\2')"
    plain = f"regexp_replace({plain}, '([+-])([0-9])(:[0-9]+)?$', '\\10\\2\\3')"
    joined = f"regexp_replace({plain}, ' (Z|[+-][0-9:]+)$', '\\1')"
    return _cast(f"case when regexp_full_match({text}, {literal(_AWARE)}) then {joined} end", "timestamptz")


def _boolean(text: str) -> str:
    return (
        f"case when {text} in ('true', 't', 'yes', 'y', '1', '是') then true "
        f"when {text} in ('false', 'f', 'no', 'n', '0', '否') then false end"
    )


def _moment(column_type: str, field: Field, source: Source, zones: ZoneRule, formats: Readings) -> str:
    name = identifier(field.name)
    if column_type in _ZONED:
        return zones.aware(_reckonable(name, column_type, "timestamptz"))
    if column_type == "DATE":
        return _reckonable(name, column_type, "timestamp")
    if column_type.startswith("TIMESTAMP"):
        return zones.naive(_reckonable(name, column_type, "timestamp"))
    text = f"trim({written(name, column_type)})"
    if source.date_format == EXCEL_SERIAL:
        return _excel_serial(text, zones)
    if source.date_format is not None:
        return zones.formatted(text, source.date_format)
    naive = _matching(text, _ISO_MOMENT, "timestamp")
    day = _matching(text, _ISO_DAY, "timestamp")
    ways = [day, zones.naive(naive), zones.aware(_aware(text))]
    if zones.source_zone == zones.business_zone:
        ways.remove(day)  # a moment is the same in both
    plain = plain_text(text)
    ways += [
        f"case when {is_in(plain, form)} then {zones.formatted(plain, form)} end"
        for form in formats.get(field.name, ())
    ]
    return f"coalesce({', '.join(ways)})"


def _reckonable(value: str, column_type: str, kind: str) -> str:
    """SQL of a date or moment as a moment: of a year that no calendar has, one that is never.

    Near the ends of its types the engine stops at a cast or a change of zone; nanoseconds reach from 1677 to 2262.
    """
    if column_type not in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        return f"cast({value} as {kind})"
    return (
        f"case when {value} < '0001-01-01' then {kind} '-infinity' when {value} > '9999-12-31' then {kind} 'infinity' "
        f"else cast({value} as {kind}) end"
    )


def undeclared_date(column_type: str, field: Field, source: Source) -> str | None:
    """SQL of the text of a date that is not written as ISO says; None where the field holds none to be told."""
    is_typed = column_type.startswith(("TIMESTAMP", "DATE"))
    if field.type not in ("timestamp", "date") or is_typed or source.date_format is not None:
        return None
    text = f"trim({written(identifier(field.name), column_type)})"
    return f"case when not regexp_full_match({text}, {literal(f'{_ISO_MOMENT}|{_AWARE}')}) then {text} end"


def _excel_serial(text: str, zones: ZoneRule) -> str:
    """SQL of Excel's count of days since 1899-12-30; a whole number is a day wherever the source is."""
    days = _matching(text, "[0-9]{1,6}([.][0-9]+)?", "double")
    moment = f"timestamp '1899-12-30' + to_seconds(cast(round({days} * 86400) as bigint))"
    return f"case when {days} = floor({days}) then {moment} else {zones.naive(moment)} end"
