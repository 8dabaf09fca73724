"""What a line of a log, a terminal or a mail shows: texts of the world outside, and counts."""

from __future__ import annotations

import re
from typing import Final

UNPRINTABLE: Final = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
"""What steers a terminal, ends a line or lets it read from its other end."""
_UNPRINTABLE = re.compile(f"{UNPRINTABLE}|[\ud800-\udfff]")  # the second: bytes of a name that are no UTF-8


def printable(text: str) -> str:
    r"""The text with what steers a terminal, ends a line or is no character written out.

    >>> printable("orders\n\x1b[31m.csv")
    'orders\\n\\x1b[31m.csv'
    >>> printable("Müller \udcff.csv")
    'Müller \\udcff.csv'
    >>> printable("orders\u202evsc.exe")
    'orders\\u202evsc.exe'
    """
    return _UNPRINTABLE.sub(lambda sign: repr(sign[0])[1:-1], text)


def counted(count: int, noun: str) -> str:
    """A number of things, with the noun as it reads for one or several.

    >>> counted(1, "row"), counted(0, "file"), counted(2_000, "row")
    ('1 row', '0 files', '2,000 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
