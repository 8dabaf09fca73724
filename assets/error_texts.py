"""Messages fit for logs, terminals and mail: an engine's words without the data it quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

# From the first quote to the last one of either kind: a value may hold quotes itself. Where only one is there, or lines
# follow that are not the engine's own, the value goes on there: up to the line's end then.
_QUOTE = r"""(?:"|'(?!t\b)|(?<!n)')"""  # but that of can't
_QUOTED = re.compile(rf"""{_QUOTE}(?:.*['"]|.*$)""")
_UNENDED = re.compile(rf"{_QUOTE}.*$")
# A statement that does not bind has met no row yet: what it quotes in double quotes are names of columns.
_NAMED = re.compile(r"'[^']*'")
_WHERE_IN_THE_STATEMENT = re.compile(r"\n\s*(?:LINE \d+:|(?:DETAIL|HINT|CONTEXT|Candidate functions):).*", re.DOTALL)

_ENGINES = ("duckdb", "_duckdb", "polars", "pyarrow")


def without_values(message: str) -> str:
    r"""The first line of an engine's message with everything quoted blanked: it may be a customer's data.

    >>> without_values("ConversionException: Could not convert string 'ann@example.org' to INT32")
    "ConversionException: Could not convert string '...' to INT32"
    >>> without_values("Could not convert string 'O'Brien ann@example.org' to INT32\n\nLINE 1: select ...")
    "Could not convert string '...' to INT32"
    >>> without_values('invalid date field format: "O\'Brien", expected format is (YYYY-MM-DD)')
    "invalid date field format: '...', expected format is (YYYY-MM-DD)"
    >>> without_values("Could not convert string 'O'Brien\nann@example.org' to INT32")
    "Could not convert string '...'"
    >>> without_values("RuntimeError: can't start new thread")
    "RuntimeError: can't start new thread"
    """
    first, *more = _WHERE_IN_THE_STATEMENT.sub("", message.strip()).splitlines() or ["no message"]
    if "Binder Error" in first:
        return _NAMED.sub("'...'", first)
    return (_UNENDED if more else _QUOTED).sub("'...'", first)


@contextmanager
def quoting_nothing() -> Iterator[None]:
    """Take what engines quote out of the errors that pass, and out of those behind them: whoever records one keeps all.

    Errors about files stay as they are: what those quote are paths.
    """
    try:
        yield
    except Exception as error:
        behind: BaseException | None = error
        while behind is not None:
            kind = type(behind)
            if kind.__module__.partition(".")[0] in _ENGINES and kind.__name__ != "IOException":
                behind.args = (without_values(str(behind)),)
            behind = behind.__cause__ or behind.__context__
        raise
