"""Texts of the world outside, names of files above all, as a line of a log or a terminal can show them."""

from __future__ import annotations

import re
from typing import Final

UNPRINTABLE: Final = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"
"""What steers a terminal or ends a line."""
_UNPRINTABLE = re.compile(f"{UNPRINTABLE}|[\ud800-\udfff]")  # the second: bytes of a name that are no UTF-8


def printable(text: str) -> str:
    r"""The text with what steers a terminal, ends a line or is no character written out.

    >>> printable("orders\n\x1b[31m.csv")
    'orders\\n\\x1b[31m.csv'
    >>> printable("Müller \udcff.csv")
    'Müller \\udcff.csv'
    """
    return _UNPRINTABLE.sub(lambda sign: repr(sign[0])[1:-1], text)
