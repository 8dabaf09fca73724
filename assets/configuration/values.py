"""The kinds of value a configuration holds, each refusing what it is not with what was expected.

Pydantic's own leniency is narrowed where it would guess: ``true`` is no number, ``2005`` is no date.
"""

from __future__ import annotations

import codecs
import datetime as dt
import difflib
import re
import zoneinfo
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, LiteralString, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

Problem = tuple[tuple[str | int, ...], Any, PydanticCustomError]
Problems = Iterable[Problem]  # place inside the field, found, refusal
EXCEL_SERIAL = "excel"
"""The date format of days counted as Excel does, 1 being 1900-01-01."""
SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]*")
_BEYOND_ANY_CUT = 10**18
_LOOKED_AT = 10
"""So many likenesses of a name are looked at for one that holds its words."""
_DECIMAL_MARKS = ".,\u00b7\u066b"  # the last two: raised point, Arabic


def nearest(name: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The known name most like the given one, ignoring case; None where nothing is like it (0: any, 1: equal).

    Of several that are like it, one that holds all its words comes first.

    >>> nearest("ordrs_at", ["order_id", "ordered_at"])
    'ordered_at'
    >>> nearest("recency", ["frequency", "recency_days"])
    'recency_days'
    >>> nearest("colour", ["order_id", "ordered_at"]) is None
    True
    """
    by_folded = {candidate.strip().casefold(): candidate for candidate in known}
    given = name.strip().casefold()
    matches = difflib.get_close_matches(given, by_folded, n=_LOOKED_AT, cutoff=likeness)
    best = next((match for match in matches if _words(given) <= _words(match)), next(iter(matches), None))
    return by_folded[best] if best is not None else None


def _words(name: str) -> set[str]:
    return set(re.split(r"[\W_]+", name))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The hint that names the nearest known name, or all of them.

    >>> did_you_mean("sorces", ["home", "sources"])
    'did you mean `sources`?'
    >>> did_you_mean("x", ["home", "sources"])
    'known: home, sources'
    """
    names = list(known)
    guess = nearest(name, names)
    return f"did you mean `{guess}`?" if guess else f"known: {', '.join(names)}"


def refusal(expected: str, hint: str = "") -> PydanticCustomError:
    """The error to raise where a value is refused: what was expected and, where something helps, what to do."""
    message = "expected {expected}; {hint}" if hint else "expected {expected}"
    return PydanticCustomError("refusal", message, {"expected": expected, "hint": hint})


def refuse_all(problems: Problems) -> None:
    """Raise every problem at once; nothing where there is none."""
    details = [InitErrorDetails(type=error, loc=place, input=found) for place, found, error in problems]
    if details:
        raise ValidationError.from_exception_data("configuration", details)


def validated_beside(value: Any, handler: ValidatorFunctionWrapHandler, found: Sequence[Problem]) -> Any:
    """The field as its type has it; where that refuses a part, what was found of its raw value is raised with it."""
    try:
        return handler(value)
    except ValidationError as error:
        refuse_all([*_line_errors(error), *found])
        raise


def _line_errors(error: ValidationError) -> Problems:
    for one in error.errors(include_url=False):
        context = {**one.get("ctx", {}), "message": one["msg"]}
        yield one["loc"], one["input"], PydanticCustomError(cast(LiteralString, one["type"]), "{message}", context)


def _no_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        raise refusal("a number", "true and false are not numbers")
    return value


def _iso_date(value: Any) -> Any:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass  # refused below, with the same words as every other value
    raise refusal("a date as YYYY-MM-DD")


def _expression_text(value: Any) -> Any:
    """``quantity: 1`` and ``consent: true`` are constants, and constants are expressions."""
    return str(value).lower() if isinstance(value, bool) else value


def _snake_case(value: str) -> str:
    if not SNAKE_CASE.fullmatch(value):
        suggestion = re.sub(r"[^a-z0-9]+", "_", value.casefold()).strip("_")
        hint = f"for example `{suggestion}`" if SNAKE_CASE.fullmatch(suggestion) else ""
        raise refusal("a name of small letters, digits and underscores that starts with a letter", hint)
    return value


def _time_zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        guess = nearest(value, zoneinfo.available_timezones())
        hint = f"did you mean `{guess}`?" if guess else ""
        raise refusal("an IANA time zone such as Europe/London", hint) from None
    return value


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise refusal("a currency code of three capital letters such as GBP")
    return value


def _encoding(value: str) -> str:
    try:
        codecs.lookup(value)
    except LookupError:
        raise refusal("the name of a text encoding such as utf-8, cp1252 or gb18030") from None
    return value


def _delimiter(value: str) -> str:
    if len(value) != 1 and value not in ("tab", "whitespace"):
        raise refusal("one character, `tab` or `whitespace`")
    return value


def _one_character(value: str) -> str:
    if len(value) != 1:
        raise refusal("one character")
    return value


def _decimal_mark(value: str) -> str:
    if len(value) != 1 or value not in _DECIMAL_MARKS:
        raise refusal("a decimal mark: a point or a comma, or \u00b7 or \u066b")
    return value


def _date_format(value: str) -> str:
    if value == EXCEL_SERIAL:
        return value
    if "%" not in value:
        raise refusal(f"a format of % directives such as %d/%m/%Y %H:%M, or `{EXCEL_SERIAL}` for its day numbers")
    why = _why_not_read(value)
    if why is not None:
        raise refusal("% directives that DuckDB's strptime knows, such as %d/%m/%Y %H:%M", why)
    return value


@cache
def _why_not_read(date_format: str) -> str | None:
    """What the engine says against the format; None where it reads dates so."""
    import duckdb  # a configuration without formats needs no engine

    with duckdb.connect() as engine:
        try:
            engine.execute("select strptime(cast(null as varchar), $form)", {"form": date_format})
        except duckdb.Error as error:
            return str(error).splitlines()[0].rpartition("specifier ")[2]
    return None


def _time_of_day(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise refusal("a time of day as HH:MM, 24 hours")
    return value


def _memory(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d*(\.\d+)? ?(MB|GB|MiB|GiB)", value):
        raise refusal("an amount of memory such as 4GB")
    return value


def _four_in_order(value: tuple[Any, ...]) -> tuple[Any, ...]:
    """Equal neighbours are let through: so have the cuts of a night many a time, and they can be carried over."""
    is_told = len(value) == 4 and all(abs(cut) < _BEYOND_ANY_CUT and cut == round(cut, 8) for cut in value)
    if not is_told or any(after < before for before, after in pairwise(value)):
        raise refusal("four cuts, none of them below the one before, of at most eight decimals", "such as [1, 2, 4, 8]")
    return value


def _one_or_several(value: Any) -> Any:
    names: list[Any] = list(value) if isinstance(value, list | tuple) else [value]
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise refusal('a sheet\'s name, a list of names, or "*" for all')
    return tuple(names) if isinstance(value, list | tuple) else value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
SnakeCase = Annotated[Text, AfterValidator(_snake_case)]
TimeZone = Annotated[Text, AfterValidator(_time_zone)]
Currency = Annotated[Text, AfterValidator(_currency)]
Encoding = Annotated[Text, AfterValidator(_encoding)]
Delimiter = Annotated[str, AfterValidator(_delimiter)]
Character = Annotated[str, AfterValidator(_one_character)]
DecimalMark = Annotated[str, AfterValidator(_decimal_mark)]
DateFormat = Annotated[Text, AfterValidator(_date_format)]
TimeOfDay = Annotated[Text, AfterValidator(_time_of_day)]
Memory = Annotated[Text, AfterValidator(_memory)]
Sheets = Annotated[str | tuple[str, ...], BeforeValidator(_one_or_several)]
Expression = Annotated[Text, BeforeValidator(_expression_text)]
Day = Annotated[dt.date, BeforeValidator(_iso_date)]
Whole = Annotated[int, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0)]
Days = Annotated[int, Field(strict=True, ge=1, le=365_000)]
"""So few that a date before or after any other stays one."""
DaysOrNone = Annotated[int, Field(strict=True, ge=0, le=365_000)]
Number = Annotated[float, BeforeValidator(_no_truth_value)]
Rate = Annotated[float, BeforeValidator(_no_truth_value), Field(ge=0)]
Share = Annotated[float, BeforeValidator(_no_truth_value), Field(ge=0, le=1)]
Money = Annotated[Decimal, BeforeValidator(_no_truth_value), Field(ge=0)]
Counts = Annotated[tuple[Count, ...], AfterValidator(_four_in_order)]
"""Four cuts of something counted."""
Amounts = Annotated[tuple[Annotated[Decimal, BeforeValidator(_no_truth_value)], ...], AfterValidator(_four_in_order)]
"""Four cuts of money."""


class Section(BaseModel):
    """A part of the configuration: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False)
