"""What a line of a log, a terminal or a mail shows: texts of the world outside, counts, and an engine's errors."""

from __future__ import annotations

import re
from typing import Final

UNPRINTABLE: Final = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"
"""What steers a terminal or ends a line."""
_UNPRINTABLE = re.compile(f"{UNPRINTABLE}|[\ud800-\udfff]")  # the second: bytes of a name that are no UTF-8
# From the first quote to the last one of either kind: a value may hold quotes itself.
_QUOTED = re.compile(r"""['"].*['"]""")
# A statement that does not bind has met no row yet: what it quotes in double quotes are names of columns.
_NAMED = re.compile(r"'[^']*'")


def printable(text: str) -> str:
    r"""The text with what steers a terminal, ends a line or is no character written out.

    >>> printable("orders\n\x1b[31m.csv")
    'orders\\n\\x1b[31m.csv'
    >>> printable("Müller \udcff.csv")
    'Müller \\udcff.csv'
    """
    return _UNPRINTABLE.sub(lambda sign: repr(sign[0])[1:-1], text)


def counted(count: int, noun: str) -> str:
    """A number of things, with the noun as it reads for one or several.

    >>> counted(1, "row"), counted(0, "file"), counted(2_000, "row")
    ('1 row', '0 files', '2,000 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def without_values(message: str) -> str:
    r"""The first line of an engine's message with everything quoted blanked: it may be a customer's data.

    >>> without_values("ConversionException: Could not convert string 'ann@example.org' to INT32")
    "ConversionException: Could not convert string '...' to INT32"
    >>> without_values("Could not convert string 'O'Brien ann@example.org' to INT32")
    "Could not convert string '...' to INT32"
    >>> without_values('invalid date field format: "O\'Brien", expected format is (YYYY-MM-DD)')
    "invalid date field format: '...', expected format is (YYYY-MM-DD)"
    """
    first = next(iter(message.strip().splitlines()), "") or "no message"
    return (_NAMED if "Binder Error" in first else _QUOTED).sub("'...'", first)
