"""SQL that turns one mapped value into its canonical type, or into NULL where it cannot be understood.

Text is matched against a pattern before it is cast: what looks like a number or a date only to one engine is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from assets.configuration_sources import Source
from assets.landing.canonical_fields import DUCKDB_TYPES, Field
from assets.landing.text_files import UnreadableFileError
from assets.warehouse import Warehouse, identifier, literal

_NUMBER = "[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)"
_ISO_MOMENT = "[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)?"
_AWARE = f"{_ISO_MOMENT}(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)"
_DATE_ORDERS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


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


def parsed(
    warehouse: Warehouse, table: str, column: str, column_type: str, field: Field, source: Source, zones: ZoneRule
) -> str:
    """SQL of the column as the field's type.

    Args:
        warehouse: where the table of mapped values is.
        table: table of mapped values; read only to tell which date format its texts are in.
        column: the mapped column.
        column_type: its DuckDB type; text is parsed, typed values are cast.
        field: the canonical field.
        source: options for decimals and dates.
        zones: time zones of the source and the business.

    Raises:
        UnreadableFileError: the dates can be read in two ways.
    """
    name = identifier(column)
    is_text = column_type == "VARCHAR"
    match field.type:
        case "text":
            return f"nullif(trim({name}), '')" if is_text else f"cast({name} as varchar)"
        case "decimal":
            return _decimal(name, source) if is_text else f"try_cast({name} as {DUCKDB_TYPES['decimal']})"
        case "integer":
            guard = f"case when regexp_full_match(trim({name}), '[+-]?[0-9]+') then trim({name}) end"
            return f"try_cast({guard if is_text else name} as integer)"
        case "boolean":
            return _boolean(f"lower(trim(cast({name} as varchar)))")
        case "timestamp" | "date":
            moment = (
                _moment_of_text(warehouse, table, name, field, source, zones)
                if is_text
                else _moment_of_type(name, column_type, zones)
            )
            return moment if field.type == "timestamp" else f"cast({moment} as date)"


def _decimal(name: str, source: Source) -> str:
    text = f"trim({name})"
    if source.thousands:
        text = f"replace({text}, {literal(source.thousands)}, '')"
    if source.decimal and source.decimal != ".":
        text = f"replace({text}, {literal(source.decimal)}, '.')"
    return f"try_cast(case when regexp_full_match({text}, '{_NUMBER}') then {text} end as {DUCKDB_TYPES['decimal']})"


def _boolean(text: str) -> str:
    return (
        f"case when {text} in ('true', 't', 'yes', 'y', '1', '是') then true "
        f"when {text} in ('false', 'f', 'no', 'n', '0', '否') then false end"
    )


def _moment_of_type(name: str, column_type: str, zones: ZoneRule) -> str:
    if "TIME ZONE" in column_type:
        return zones.aware(name)
    if column_type == "DATE":
        return f"cast({name} as timestamp)"
    if column_type.startswith("TIMESTAMP"):
        return zones.naive(f"cast({name} as timestamp)")
    return f"try_cast(cast({name} as varchar) as timestamp)"


def _moment_of_text(warehouse: Warehouse, table: str, name: str, field: Field, source: Source, zones: ZoneRule) -> str:
    text = f"trim({name})"
    if source.date_format is not None:
        return zones.naive(f"try_strptime({text}, {literal(source.date_format)})")
    naive = f"try_cast(case when regexp_full_match({text}, '{_ISO_MOMENT}') then {text} end as timestamp)"
    aware = f"try_cast(case when regexp_full_match({text}, '{_AWARE}') then {text} end as timestamptz)"
    # A date without a time of day is that day wherever the source is.
    is_day = f"length({text}) = 10"
    iso = f"coalesce(case when {is_day} then {naive} else {zones.naive(naive)} end, {zones.aware(aware)})"
    other = _date_format_of(warehouse, table, name, field)
    if other is None:
        return iso
    return f"coalesce({iso}, {zones.naive(f'try_strptime({text}, {literal(other)})')})"


def _date_format_of(warehouse: Warehouse, table: str, name: str, field: Field) -> str | None:
    """The one format that reads most of the column's texts that are not ISO; None where there are none.

    Raises:
        UnreadableFileError: two formats read equally many and disagree.
    """
    formats = [day + time for day in _DATE_ORDERS for time in _TIMES]
    counts = ", ".join(f"count(try_strptime(x, {literal(form)}))" for form in formats)
    rest = (
        f"(select distinct trim({name}) as x from {identifier(table)} "
        f"where not regexp_full_match(trim({name}), '{_ISO_MOMENT}|{_AWARE}') and trim({name}) <> '')"
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
            raise UnreadableFileError(
                f"{field.name}: {sample!r} can be read as {first} and as {second}, and no value in the column decides; "
                f"declare `date_format`"
            )
    return best[0]
