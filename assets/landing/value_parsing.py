"""SQL that turns one mapped value into its canonical type, or into NULL where it cannot be understood.

Text is matched against a pattern before it is cast: what looks like a number or a date only to one engine is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assets.configuration_sources import Source
from assets.landing.canonical_fields import DUCKDB_TYPES, Field
from assets.landing.text_files import UnreadableFileError
from assets.warehouse import Warehouse, identifier, literal

NUMBER = "[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)"
_WHOLE_NUMBER = "[+-]?[0-9]+([.]0*)?"
_ISO_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ISO_MOMENT = f"{_ISO_DAY}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)?"
_AWARE = f"{_ISO_DAY}[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)? ?(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)"
_DATE_ORDERS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
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


def parsed(warehouse: Warehouse, table: str, column_type: str, field: Field, source: Source, zones: ZoneRule) -> str:
    """SQL of a mapped column as the field's type.

    Args:
        warehouse: where the mapped values are.
        table: the mapped values; read only to tell which date format its texts are in.
        column_type: the DuckDB type of the mapped column of the field's name; text is parsed, typed values are cast.
        field: the canonical field.
        source: options for decimals and dates.
        zones: time zones of the source and the business.

    Raises:
        UnreadableFileError: the dates can be read in two ways.
    """
    name = identifier(field.name)
    is_text = column_type == "VARCHAR"
    target = DUCKDB_TYPES[field.type]
    match field.type:
        case "text":
            return f"nullif(trim({name}), '')" if is_text else f"cast({name} as varchar)"
        case "quantity" | "price" | "money":
            return _decimal(f"trim({name})", source, target) if is_text else _cast(name, target)
        case "integer":
            return _cast(_matching(f"trim({name})", _WHOLE_NUMBER, "double") if is_text else name, target)
        case "boolean":
            return _boolean(f"lower(trim(cast({name} as varchar)))")
        case "timestamp" | "date":
            moment = _moment(warehouse, table, column_type, field, source, zones)
            return moment if field.type == "timestamp" else f"cast({moment} as date)"


def _cast(sql: str, target: str) -> str:
    return f"try_cast({sql} as {target})"


def _matching(text: str, pattern: str, target: str) -> str:
    """SQL of the text as the type where it is written as the pattern says, else NULL."""
    return _cast(f"case when regexp_full_match({text}, {literal(pattern)}) then {text} end", target)


def _decimal(text: str, source: Source, target: str) -> str:
    """SQL of a number; where marks are declared, one that groups its digits another way is refused, not guessed."""
    point, thousands = source.decimal or ".", source.thousands or ""
    if point == "." and not thousands:
        return _matching(text, NUMBER, target)
    mark = re.escape(thousands)
    whole = f"[0-9]+|[0-9]{{1,3}}({mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}" if thousands else "[0-9]+"
    pattern = f"[+-]?(({whole})({re.escape(point)}[0-9]*)?|{re.escape(point)}[0-9]+)"
    plain = f"replace(replace({text}, {literal(thousands)}, ''), {literal(point)}, '.')"
    return _cast(f"case when regexp_full_match({text}, {literal(pattern)}) then {plain} end", target)


def _boolean(text: str) -> str:
    return (
        f"case when {text} in ('true', 't', 'yes', 'y', '1', '是') then true "
        f"when {text} in ('false', 'f', 'no', 'n', '0', '否') then false end"
    )


def _moment(warehouse: Warehouse, table: str, column_type: str, field: Field, source: Source, zones: ZoneRule) -> str:
    name = identifier(field.name)
    if column_type == "TIMESTAMP WITH TIME ZONE":
        return zones.aware(name)
    if column_type == "DATE":
        return f"cast({name} as timestamp)"
    if column_type.startswith("TIMESTAMP"):
        return zones.naive(f"cast({name} as timestamp)")
    text = f"trim(cast({name} as varchar))"
    if source.date_format is not None:
        return zones.formatted(text, source.date_format)
    naive = _matching(text, _ISO_MOMENT, "timestamp")
    day = _matching(text, _ISO_DAY, "timestamp")
    ways = [day, zones.naive(naive), zones.aware(_matching(text, _AWARE, "timestamptz"))]
    if zones.source_zone == zones.business_zone:
        ways.remove(day)  # a moment is the same in both
    other = _date_format_of(warehouse, table, text, field)
    if other is not None:
        ways.append(zones.formatted(text, other))
    return f"coalesce({', '.join(ways)})"


def _date_format_of(warehouse: Warehouse, table: str, text: str, field: Field) -> str | None:
    """The one format that reads most of the column's texts that are not ISO; None where there are none.

    Raises:
        UnreadableFileError: two formats read equally many and disagree.
    """
    formats = [day + time for day in _DATE_ORDERS for time in _TIMES]
    counts = ", ".join(f"count(try_strptime(x, {literal(form)}))" for form in formats)
    rest = (
        f"(select distinct {text} as x from {identifier(table)} "
        f"where not regexp_full_match({text}, {literal(f'{_ISO_MOMENT}|{_AWARE}')}) and {text} <> '')"
    )
    row = warehouse.rows(f"select count(*), {counts} from {rest}")[0]
    if row[0] == 0 or max(row[1:]) == 0:
        return None
    best = [form for form, count in zip(formats, row[1:], strict=True) if count == max(row[1:])]
    if len(best) > 1:
        first, second = best[:2]
        sample = warehouse.rows(
            f"select min(x) from {rest} where try_strptime(x, {literal(first)}) <> try_strptime(x, {literal(second)})"
        )[0][0]
        if sample is not None:
            found = "a value" if field.type == "date" else repr(sample)  # a date of birth is nobody's business
            raise UnreadableFileError(
                f"{field.name}: {found} can be read as {first} and as {second}, and no value in the column decides; "
                f"declare `date_format`"
            )
    return best[0]
