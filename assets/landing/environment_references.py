"""``${NAME}`` in a configuration: read from the environment when something is fetched, and never shown afterwards."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class MissingVariableError(Exception):
    """A variable that the configuration refers to is not in the environment."""


def names_in(value: Any) -> tuple[str, ...]:
    """The variables a text, or any text inside a mapping or list, refers to; each once, in order.

    >>> names_in({"key": "${KEY}", "client": {"secret": "${SECRET}"}})
    ('KEY', 'SECRET')
    """
    match value:
        case str():
            found = _REFERENCE.findall(value)
        case Mapping():
            found = [name for part in value.values() for name in names_in(part)]
        case list() | tuple():
            found = [name for part in value for name in names_in(part)]
        case _:
            found = []
    return tuple(dict.fromkeys(found))


class Secrets:
    """What was read from the environment, and whatever else a message must not say."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}

    def keep(self, secret: str, shown: str = "***") -> None:
        """Show the text in its place from now on."""
        if secret:
            self._shown.setdefault(secret, shown)

    def filled(self, value: Any, *, is_address: bool = False) -> Any:
        """The value with every reference replaced, inside mappings and lists too.

        Args:
            value: a text, or a mapping or list of values.
            is_address: a variable that stands inside a URL, not at its beginning, is one part of it: it is
                percent-encoded, so that a password may hold any character.

        Raises:
            MissingVariableError: a variable is not set.
        """
        match value:
            case str():
                return _REFERENCE.sub(lambda reference: self._read(reference, is_part=is_address), value)
            case Mapping():
                return {name: self.filled(part) for name, part in value.items()}
            case list() | tuple():
                return [self.filled(part) for part in value]
            case _:
                return value

    def hidden(self, message: str) -> str:
        """The message without a secret, the longest ones first: one may be part of another."""
        for secret in sorted(self._shown, key=len, reverse=True):
            message = message.replace(secret, self._shown[secret])
        return message

    def _read(self, reference: re.Match[str], *, is_part: bool) -> str:
        name = reference[1]
        if name not in os.environ:
            raise MissingVariableError(f"there is no environment variable {name}, which {reference[0]} stands for")
        value = os.environ[name]
        encoded = quote(value, safe="") if is_part and "://" in reference.string[: reference.start()] else value
        self.keep(value, reference[0])
        self.keep(encoded, reference[0])
        return encoded
