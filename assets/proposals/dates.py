"""How the dates of a column are written, and which of two readings the order of the file speaks for."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

from assets.landing.staged import CONTENT, LINE
from assets.proposals.names import words_of
from assets.proposals.profile import Column
from assets.proposals.records import Doubt, Guess, Rows
from assets.statements import literal

_ZONES = {
    "CET": "Europe/Berlin", "CEST": "Europe/Berlin", "MEZ": "Europe/Berlin", "MESZ": "Europe/Berlin",
    "BST": "Europe/London", "EST": "America/New_York", "EDT": "America/New_York", "CDT": "America/Chicago",
    "MST": "America/Denver", "MDT": "America/Denver", "CST": "America/Chicago", "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
    "JST": "Asia/Tokyo", "IST": "Asia/Kolkata",
}  # fmt: skip
"""Short names of zones, which say neither whether summer time is kept nor, some of them, where."""
EXCEL = "excel"
"""The format of numbers of days since 1900."""
_MONTHS = (
    "janu febr marz apri mai  juni juli augu sept okto nove deze",
    "janv fevr mars avri mai  juin juil aout sept octo nove dece",
    "ener febr marz abri mayo juni juli agos sept octu novi dici",
    "genn febb marz apri magg giug lugl agos sett otto nove dice",
    "jane feve marc abri maio junh julh agos sete outu nove deze",
    "styc lute marc kwie maja czer lipc sier wrze pazd list grud",
    "янва февр март апре мая  июня июля авгу сент октя нояб дека",
)
"""The months as dates have them, cut to four letters without accents."""
_NEARLY_ALL = 0.95  # of the values
_EVENTS = ("ordered_at", "responded_at")  # only moments of these are shown: a date of birth is nobody's business
_CLOSE = 4  # times as many days between the first and the last date under the other reading
_SORTED = 0.99  # of neighbouring rows in order: the file is sorted
_CLEAR = 0.2  # more of the neighbouring rows in order than under the other reading


def moment_guess(rows: Rows, field: str, column: Column, words: str) -> Guess:
    """A column as a moment, with the format to declare where two readings are possible."""
    name = column.plain
    if column.is_epoch and column.moments < 0.5:
        parts = " / 1000" if column.share("epoch_ms") >= column.share("epoch") else ""
        number = f"CAST({column.expression} AS DOUBLE)"
        said = f"{'milli' if parts else ''}seconds since 1970"
        if column.share("zero"):
            return Guess(f"to_timestamp(nullif({number}, 0){parts})", f"{said}; 0 stands for none")
        return Guess(f"to_timestamp({number}{parts})", said)
    if column.is_day_number and column.share("comma"):
        number = f"CAST(replace({column.expression}, ',', '.') AS DOUBLE)"
        moment = f"make_timestamp(1899, 12, 30, 0, 0, 0) + to_seconds(CAST(round({number} * 86400) AS BIGINT))"
        return Guess(moment, f"{words}; numbers of days, as Excel counts them")
    if column.is_day_number:
        return Guess(name, f"{words}; numbers of days, as Excel counts them", (), EXCEL)
    if not column.is_text or not column.formats or column.share("iso") >= 0.5:
        return Guess(name, words + _shown(rows, field, column, None), _zone_doubt(column))
    readings = [form for form, count in column.formats.items() if count == max(column.formats.values())]
    readings = _apart(rows, column, readings)
    if len(readings) == 1:
        return Guess(name, f"{words}{_shown(rows, field, column, readings[0])}", _zone_doubt(column))
    readings.sort(key=lambda form: form.startswith("%d") != rows.is_day_first)
    first, second, why = _likelier(rows, column, *readings[:2])
    sample = _sample(rows, column, f"{_read(column, first)} <> {_read(column, second)}")
    said = f"`{sample}`" if field in _EVENTS else "a value"
    text = f"{said} can be read as {first} and as {second}: {why}."
    return Guess(name, words, (Doubt(text, (("date_format", second),)),), first)


def date_with_month_in_words(rows: Rows, column: Column) -> str | None:
    """An expression that reads dates such as ``12 de marzo de 2024`` or ``11. Februar 2024``; None where none does."""
    for months in _MONTHS:
        if not column.is_text or column.share("timed") > 0:
            break
        as_written, as_asked = (
            f"try_strptime(regexp_extract({text}, '[0-9]+') || ' ' || (strpos({literal(months)}, "
            f"left(regexp_extract(strip_accents(lower({text})), '[^0-9 .,]{{3,}}'), 4)) + 4) // 5 || ' ' || "
            f"regexp_extract({text}, '[0-9]{{4}}$'), '%d %m %Y')"
            for text in (column.expression, column.sql)
        )
        read = rows.warehouse.scalar(f"select count({as_asked}) from {rows.table}")
        if read >= _NEARLY_ALL * column.filled:
            return as_written
    return None


def _likelier(rows: Rows, column: Column, one: str, other: str) -> tuple[str, str, str]:
    """The likelier of two readings, the other, and why: rows in order of time, else dates that lie together."""
    ordered, days = ({form: look(rows, column, form) for form in (one, other)} for look in (_in_order, _days_between))
    first, second = sorted((one, other), key=lambda form: -ordered[form])
    if ordered[first] - ordered[second] >= _CLEAR or ordered[first] >= _SORTED > ordered[second]:
        shares = f"{ordered[first]:.0%} of the rows are in order, the other way {ordered[second]:.0%}"
        return first, second, f"read the first way {shares}"
    first, second = sorted((one, other), key=lambda form: days[form])
    if days[first] * _CLOSE < days[second]:
        return first, second, f"read the first way they span {days[first]} days, the other way {days[second]}"
    return one, other, "nothing in the file decides; look up one whose date you know"


def _days_between(rows: Rows, column: Column, form: str) -> int:
    read = _read(column, form)
    sql = f"select date_diff('day', min({read}), max({read})) from {rows.table}"
    return int(rows.warehouse.scalar(sql) or 0)


def day_of(column: Column) -> str:
    """SQL of the day a column tells, in the reading that fits most of its values; good enough to count days."""
    if not column.is_text:
        return f"try_cast({column.sql} as date)"
    best = max(column.formats, key=lambda form: column.formats[form], default=None)
    iso = f"try_cast(left(trim({column.sql}), 10) as date)"
    return iso if best is None else f"coalesce(cast({_read(column, best)} as date), {iso})"


def _read(column: Column, form: str) -> str:
    return f"try_strptime(trim({column.sql}), {literal(form)})"


def _apart(rows: Rows, column: Column, readings: list[str]) -> list[str]:
    """The readings that differ for some value; of those that never do, the first."""
    kept: list[str] = []
    for form in readings:
        same = (
            f"select count(*) from {rows.table} where {_read(column, form)} <> {_read(column, other)}" for other in kept
        )
        if all(rows.warehouse.scalar(sql) for sql in same):
            kept.append(form)
    return kept


def _in_order(rows: Rows, column: Column, form: str) -> float:
    """Share of neighbouring rows of a file that are in order of time under a reading, whichever way it runs."""
    up, down, count = rows.warehouse.rows(
        f"""select count(*) filter (where moment >= before), count(*) filter (where moment <= before), count(before)
        from (
            select {_read(column, form)} as moment,
                lag({_read(column, form)}) over (partition by {CONTENT} order by {LINE}) as before
            from {rows.table})
        where moment is distinct from before"""
    )[0]
    return max(up, down) / count if count else 0.0


def _sample(rows: Rows, column: Column, condition: str) -> str:
    found = rows.warehouse.scalar(f"select min({column.sql}) from {rows.table} where {condition}")
    return str(found)


def _shown(rows: Rows, field: str, column: Column, form: str | None) -> str:
    """One moment as it is written and as it is read."""
    if field not in _EVENTS:
        return ""
    if not column.is_text:
        return ", typed by the file"
    read = _read(column, form) if form else f"try_cast(left(trim({column.sql}), 19) as timestamp)"
    found = rows.warehouse.rows(
        f"select {column.sql}, strftime({read}, '%-d %B %Y %H:%M:%S') from {rows.table} "
        f"where {read} is not null limit 1"
    )
    if not found:
        return ""
    converted = ", then converted to the business's zone" if column.share("aware") > 0 else ""
    return f"; {found[0][0].strip()} read as {found[0][1].replace(' 00:00:00', '')}{converted}"


def zone_of_name(column: Column) -> Guess | None:
    """The time zone that a column's values or its name tell of its times; None where none does, or each time does."""
    if column.zones:
        return _zone_of_words(column)
    if column.share("timed") == 0 or column.share("aware") > 0 or column.type == "TIMESTAMP WITH TIME ZONE":
        return None
    said = f"so says {column.name}"
    place = next((name for name in re.findall(r"[A-Z]\w+/[A-Z]\w+", column.name) if name in available_timezones()), "")
    if place:
        return Guess(place, said)
    is_utc = bool({"utc", "gmt"} & set(words_of(column.name)))
    if is_utc and not re.search(r"(?i)(utc|gmt)\s*[+−-]\s*0*[1-9]", column.name):
        return Guess("UTC", said)
    short = next((word for word in re.findall(r"\(([A-Z]{3,4})\)", column.name) if word in _ZONES), "")
    if not (short or is_utc):
        return None
    text = f"{column.name} names a time zone: where that is not the business's, say it, as in"
    return Guess(None, "", (Doubt(text, (("timezone", _ZONES.get(short, "Europe/Berlin")),)),))


def _zone_of_words(column: Column) -> Guess:
    """The zone of words such as PDT behind the times, which the mapping takes off."""
    said = f"{column.name} has {' and '.join(column.zones)} behind its times"
    if set(column.zones) <= {"UTC", "GMT"}:
        return Guess("UTC", said)
    offset = re.fullmatch("(?:UTC|GMT)([+-])0?([0-9]{1,2})(?::?00)?", column.zones[0])
    if offset and len(column.zones) == 1:
        turned = "-" if offset[1] == "+" else "+"  # as POSIX has it
        return Guess(f"Etc/GMT{turned}{int(offset[2])}", said)
    known = {_ZONES[word] for word in column.zones if word in _ZONES}
    zone = known.pop() if len(known) == 1 else None
    if zone:
        return Guess(zone, said, (Doubt(f"{said}, which are taken off: is {zone} where they are from?"),))
    text = f"{said}, which are taken off; say whose time it is, as in"
    return Guess(None, "", (Doubt(text, (("timezone", "Europe/Berlin"),)),))


def _zone_doubt(column: Column) -> tuple[Doubt, ...]:
    if 0 < column.share("aware") < 1:
        return (Doubt("some moments carry a time zone and some do not; those without are taken as the source's."),)
    return ()
