"""How the dates of a column are written: told from all values of a file and, where these leave it open, by the others.

A format of days with the digits in another order reads the same text as another date. So a file says what its own
values decide; where they decide nothing, the source's other files do, whenever they came. Where these say nothing or
contradict each other the file waits, unread.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from assets.statements import identifier, literal
from assets.warehouse import Warehouse

_PARTS: Final = {
    "%d": "[0-9]{1,2}", "%m": "[0-9]{1,2}", "%Y": "[0-9]{4}", "%y": "[0-9]{2}",
    "%b": "[A-Za-z]{3}", "%B": "[A-Za-z]{3,9}", ".": "[.]",
}  # fmt: skip


def _look(form: str) -> str:
    return re.sub("%[a-zA-Z]|[.]", lambda part: _PARTS[part[0]], form)


_ORDERS = ("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d")
_NAMED = ("%d %b %Y", "%d %b, %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y", "%b %d, %Y", "%b %d %Y", "%b-%d-%Y", "%b-%d-%y")
_DAYS: Final[Mapping[str, str]] = {
    **{form: _look(form) for mark in "/.-" for form in (order.replace("/", mark) for order in _ORDERS)},
    **{form: _look(form) for month in ("%b", "%B") for form in (named.replace("%b", month) for named in _NAMED)},
    "%Y年%m月%d日": _look("%Y年%m月%d日"),
    "%Y%m%d": "[0-9]{8}",
}
"""Format of a day, and what a text in it looks like."""

_CLOCK = "[0-9]{1,2}:[0-9]{2}"
_TIMES: Final[Mapping[str, str]] = {
    "": "",
    " %H:%M": f" {_CLOCK}",
    " %H:%M:%S": f" {_CLOCK}:[0-9]{{2}}",
    " %H:%M:%S.%f": f" {_CLOCK}:[0-9]{{2}}[.][0-9]{{1,6}}",
    ", %H:%M": f", {_CLOCK}",
    " %I:%M %p": f" {_CLOCK} [A-Za-z]{{2}}",
    " %I:%M:%S %p": f" {_CLOCK}:[0-9]{{2}} [A-Za-z]{{2}}",
    " %I:%M%p": f" {_CLOCK}[A-Za-z]{{2}}",
    ", %I:%M %p": f", {_CLOCK} [A-Za-z]{{2}}",
    " %p %I:%M": f" [A-Za-z]{{2}} {_CLOCK}",
    " %p %I:%M:%S": f" [A-Za-z]{{2}} {_CLOCK}:[0-9]{{2}}",
    "%H%M%S": "[0-9]{6}",
}
"""Format of a time of day behind the day, and what a text in it looks like."""

_ANY = f"({'|'.join(_DAYS.values())})({'|'.join(_TIMES.values())})"
PRINTED_MARKS: Final = {"’": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "}
"""What print has between thousands, as it is typed: the apostrophe, and blanks that do not break or are narrow."""
# Full-width digits and signs, and the minus of print.
_WIDE = "０１２３４５６７８９／－．：，　−" + "".join(PRINTED_MARKS)
_PLAIN = "0123456789/-.:, -" + "".join(PRINTED_MARKS.values())

Readings = Mapping[str, tuple[str, ...]]
"""For a field the formats its texts are read in, each a day's with a time's."""


@dataclass(frozen=True)
class Finding:
    """What one file's values say of a date field.

    Attributes:
        content_no: the file's content.
        field: canonical name.
        days: the formats of a day that read most of the values and disagree on some.
        decides: no other format reads as many: what this file says goes for the source's other files, too.
        example: a value that the first two of the formats read as different dates, where there is one.
    """

    content_no: int
    field: str
    days: tuple[str, ...]
    decides: bool
    example: str | None = None


@dataclass(frozen=True)
class Survey:
    """What the staged files say of their dates.

    Attributes:
        findings: one per content and field whose values are in a format other than ISO.
        times: for each field the formats of times of day that some value may be in.
    """

    findings: tuple[Finding, ...]
    times: Readings

    def formats(self, days: Mapping[str, str]) -> Readings:
        """The formats to read with, once each field's format of a day is settled."""
        return {field: tuple(day + time for time in self.times[field]) for field, day in days.items()}


@dataclass(frozen=True)
class Phase:
    """How a file is read from a moment on: the formats of a day by field, or why it cannot be read.

    Attributes:
        since: UTC moment; None for the first, which holds since the file landed.
        days: formats by field; empty where the file cannot be read.
        error: empty where it can.
    """

    since: dt.datetime | None
    days: Mapping[str, str]
    error: str = ""


def plain_text(text: str) -> str:
    """SQL of a text with the digits and signs of print made plain, and the Chinese halves of a day in Latin letters."""
    halves = f"replace(replace({text}, '上午', 'AM '), '下午', 'PM ')"
    return f"replace(trim(translate({halves}, {literal(_WIDE)}, {literal(_PLAIN)})), 'M  ', 'M ')"


def is_in(text: str, form: str) -> str:
    """SQL of whether a text looks like the format: an engine alone takes 2011034 for a day."""
    day = max((day for day in _DAYS if form.startswith(day)), key=len)
    return f"regexp_full_match({text}, {literal(_DAYS[day] + _TIMES[form.removeprefix(day)])})"


def _read(text: str, form: str) -> str:
    return f"case when {is_in(text, form)} then try_strptime({text}, {literal(form)}) end"


def survey(warehouse: Warehouse, table: str, texts: Mapping[str, str]) -> Survey:
    """Look at all values of the date fields of staged files, each file by itself.

    Args:
        warehouse: holds the table.
        table: has ``content_no`` and what the texts' SQL names.
        texts: for each field the SQL of its text; NULL where the value is no text or needs no format.
    """
    findings: list[Finding] = []
    times: dict[str, tuple[str, ...]] = {}
    for field, text in texts.items():
        seen = "staged_dates"
        warehouse.rows(
            f"""create or replace temp table {seen} as
            select distinct content_no, {plain_text("x")} as x
            from (select content_no, {text} as x from {identifier(table)}) where x <> ''"""
        )
        days, times[field] = _possible(warehouse, seen)
        if days:
            findings += _findings(warehouse, seen, field, days, times[field])
    return Survey(tuple(findings), times)


def _possible(warehouse: Warehouse, seen: str) -> tuple[list[str], tuple[str, ...]]:
    """Formats of days and of times that some value looks like."""
    shapes = warehouse.rows(
        f"""select distinct regexp_replace(regexp_replace(x, '[0-9]', '0', 'g'), '[A-Za-z]', 'a', 'g')
        from {seen} where regexp_full_match(x, {literal(_ANY)})"""
    )
    days: list[str] = []
    times: set[str] = set()
    for day, of_day in _DAYS.items():
        fitting = {
            time
            for time, of_time in _TIMES.items()
            for (shape,) in shapes
            if re.fullmatch(of_day + of_time, shape) is not None
        }
        if fitting:
            days.append(day)
            times |= fitting
    return days, tuple(time for time in _TIMES if time in times)


def _findings(warehouse: Warehouse, seen: str, field: str, days: Sequence[str], times: Sequence[str]) -> list[Finding]:
    """Per content the formats that read most of its values, but of those that never disagree only the first."""
    columns = ", ".join(
        f"coalesce({', '.join(_read('x', day + time) for time in times)}) as day_{place}"
        for place, day in enumerate(days)
    )
    pairs = list(combinations(days, 2))
    counts = [f"count(day_{place})" for place in range(len(days))]
    differences = [
        f"count(*) filter (where day_{one} is distinct from day_{other}), "
        f"min(x) filter (where day_{one} <> day_{other})"
        for one, other in combinations(range(len(days)), 2)
    ]
    rows = warehouse.rows(
        f"select content_no, {', '.join([*counts, *differences])} from (select *, {columns} from {seen}) "
        f"group by content_no order by content_no"
    )
    findings: list[Finding] = []
    for content_no, *values in rows:
        count = dict(zip(days, values, strict=False))
        differing = dict(zip(pairs, values[len(days) :: 2], strict=True))
        examples = dict(zip(pairs, values[len(days) + 1 :: 2], strict=True))
        best = [day for day in days if count[day] == max(count.values()) > 0]
        apart = [day for place, day in enumerate(best) if all(differing[before, day] for before in best[:place])]
        if apart:
            example = examples[apart[0], apart[1]] if len(apart) > 1 else None
            findings.append(Finding(content_no, field, tuple(apart), len(best) == 1, example))
    return findings


def phases(
    unsettled: Sequence[Finding], said: Sequence[tuple[str, str, dt.datetime]], landed_at: dt.datetime
) -> list[Phase]:
    """How a file whose own values leave a date open is read, from which moment on.

    What other files say only grows: first nobody has said anything, then those who have agree, then no longer.

    Args:
        unsettled: the file's findings that name several formats.
        said: (field, format of a day, since when) of the source's files whose values decide.
        landed_at: when the file landed; what was before is nobody's concern.
    """
    candidates = {one.field: one.days for one in unsettled}
    told = [(field, day, since) for field, day, since in said if day in candidates.get(field, ())]
    found: list[Phase] = []
    for moment in [None, *sorted({since for _, _, since in told})]:
        known = {
            field: [day for day in days if moment and any((field, day) == one[:2] and one[2] <= moment for one in told)]
            for field, days in candidates.items()
        }
        error = "; ".join(_refused(one, known[one.field]) for one in unsettled if len(known[one.field]) != 1)
        phase = Phase(moment, {} if error else {field: days[0] for field, days in known.items()}, error)
        if moment is None or moment <= landed_at:
            found = [Phase(None, phase.days, phase.error)]
        elif (phase.days, phase.error) != (found[-1].days, found[-1].error):
            found.append(phase)
    return found


def _refused(one: Finding, known: Sequence[str]) -> str:
    first, second = one.days[:2]
    if one.example is None:
        found = f"as many values are in {first} as in {second}"
    else:
        value = "a value" if one.field == "birth_date" else repr(one.example)  # a date of birth is nobody's business
        found = f"{value} can be read as {first} and as {second}, and no value in the column decides"
    others = "the source's other files contradict each other" if known else "no other file of the source decides it"
    return f"{one.field}: {found}; {others}; declare `date_format`"
