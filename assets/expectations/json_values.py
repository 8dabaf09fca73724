"""What a check may tell: values JSON can hold, and messages without the data they quote."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_TEXT_VALUE = re.compile(r"'[^']*'")


def json_value(value: Any) -> Any:
    """The value as JSON can hold it; decimals and dates as text, so that no digit is lost."""
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {str(name): json_value(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(inner) for inner in value]
    return value


def without_values(message: str) -> str:
    """The first line of an engine's message with quoted text blanked: it may quote a customer's data.

    >>> without_values("ConversionException: Could not convert string 'ann@example.org' to INT32")
    "ConversionException: Could not convert string '...' to INT32"
    """
    first = message.strip().splitlines()[0] if message.strip() else "unknown"
    return _TEXT_VALUE.sub("'...'", first)
