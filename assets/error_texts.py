"""Messages fit for logs, terminals and mail: an engine's words without the data it quotes."""

from __future__ import annotations

import re

# From the first quote to the last one of either kind: a value may hold quotes itself.
_QUOTED = re.compile(r"""['"].*['"]""")
# A statement that does not bind has met no row yet: what it quotes in double quotes are names of columns.
_NAMED = re.compile(r"'[^']*'")


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
