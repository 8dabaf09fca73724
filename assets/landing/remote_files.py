"""Files behind a URL (object storage, web servers), listed and opened through fsspec."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from contextlib import suppress
from contextvars import Context
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

from assets.configuration.urls import WEB, protocol_of, texts_in, without_credentials
from assets.error_texts import without_values
from assets.landing.environment_references import Secrets
from assets.landing.landed_files import FoundFile, UnreachableError, is_passed_over, natural_key
from assets.printable_text import printable

_BLOCK = 8 << 20  # bytes asked for at once
# What tells one state of an object from another, the surest first.
_STATES = (
    "ETag", "etag", "md5Hash", "content_md5", "Content-MD5", "mtime", "LastModified", "last_modified", "updated",
    "modified", "Last-Modified", "created",
)  # fmt: skip
_EXTRAS = {"s3": "s3", "s3a": "s3", "http": "http", "https": "http"}


def remote_files(url: str, options: Mapping[str, Any], secrets: Secrets) -> list[FoundFile]:
    """The files the address matches, in natural order of their names; hidden, temporary ones and folders left out.

    Args:
        url: an fsspec address, its references filled in; may hold wildcards.
        options: what the storage's library is told, such as keys and an endpoint.
        secrets: what no message may show.

    Raises:
        UnreachableError: the storage's library is missing, or the storage gives no list.
    """
    _keep_secrets(url, options, secrets)
    where = secrets.hidden(without_credentials(url))
    try:
        from fsspec.core import url_to_fs

        # Its thread keeps the context it is begun in to the program's end, and with it all that the night has open.
        storage, pattern = Context().run(url_to_fs, url, **options)
        storage.invalidate_cache()  # it remembers earlier lists
        folder = _fixed_folder(pattern, is_web=protocol_of(url) in WEB)
        matches = _matches(storage, pattern, folder, protocol_of(url))
    except ImportError as error:
        extra = _EXTRAS.get(protocol_of(url))
        hint = f"install it with: pip install 'customer-analytics[{extra}]'" if extra else str(error)
        raise UnreachableError(f"{where} could not be listed: the library for it is missing; {hint}") from None
    except Exception as error:  # every storage has errors of its own; none may pass with what it quotes
        raise UnreachableError(f"{where} could not be listed: {_reason(error, secrets)}") from None

    def found(path: str, details: Mapping[str, Any]) -> FoundFile:
        name = path.removeprefix(folder).lstrip("/")
        if protocol_of(url) in WEB:
            name = unquote(name.partition("?")[0])
        shown = secrets.hidden(without_credentials(storage.unstrip_protocol(path)))
        size = details.get("size")
        return FoundFile(printable(name), size, _state(details), lambda _: _opened(storage, path, shown, secrets))

    files = [found(path, details) for path, details in matches.items() if details.get("type", "file") == "file"]
    kept = [file for file in files if file.name and not is_passed_over(PurePosixPath(file.name).name)]
    return sorted(kept, key=lambda file: natural_key(file.name))


def _matches(storage: Any, pattern: str, folder: str, protocol: str) -> dict[str, Mapping[str, Any]]:
    """Path to details of everything the pattern matches."""
    if protocol in WEB and "*" not in pattern:  # a question mark there begins a query
        return _web_page(storage, pattern)
    matches = storage.glob(pattern, detail=True)
    if not matches and folder:
        # What may not be listed looks like an empty folder to a search; asking for the folder itself tells.
        with suppress(FileNotFoundError):
            storage.ls(folder, detail=False)
    return matches


def _web_page(storage: Any, url: str) -> dict[str, Mapping[str, Any]]:
    try:
        return {url: storage.info(url)}
    except FileNotFoundError as error:  # also what stands for every failure to get an answer
        if error.__cause__ is None or getattr(error.__cause__, "status", None) in (404, 410):
            return {}
        raise error.__cause__ from None


def _fixed_folder(pattern: str, *, is_web: bool) -> str:
    """The fixed part of a pattern: names are relative to it.

    >>> _fixed_folder("bucket/orders/2024-*/*.csv", is_web=False)
    'bucket/orders'
    """
    wild = "*" if is_web else "*?["
    path = pattern.partition("?")[0] if is_web else pattern
    folders = path.split("/")[:-1]
    fixed = next((place for place, part in enumerate(folders) if any(sign in part for sign in wild)), len(folders))
    return "/".join(folders[:fixed])


def _state(details: Mapping[str, Any]) -> str | None:
    """A text that is another one when the object is; None where the storage tells nothing of the kind."""
    value = next((details[name] for name in _STATES if details.get(name)), None)
    if value is None:
        return None
    return f"{details.get('size')} {value.isoformat() if isinstance(value, dt.datetime) else value}"


def _opened(storage: Any, path: str, shown: str, secrets: Secrets) -> BinaryIO:
    try:
        opened = storage.open(path, "rb", block_size=_BLOCK)
    except Exception as error:
        raise UnreachableError(f"{shown} could not be read: {_reason(error, secrets)}") from None
    return io.BufferedReader(_Remote(opened, shown, secrets), 1 << 20)


class _Remote(io.RawIOBase):
    """An opened object whose errors show no secret."""

    def __init__(self, opened: BinaryIO, shown: str, secrets: Secrets) -> None:
        self._opened = opened
        self._shown = shown
        self._secrets = secrets

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes.

        Raises:
            UnreachableError: the storage broke off.
        """
        try:
            chunk = self._opened.read(len(buffer))
        except Exception as error:
            reason = _reason(error, self._secrets)
            raise UnreachableError(f"{self._shown} could not be read to its end: {reason}") from None
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Close the object too."""
        self._opened.close()
        super().close()


def _keep_secrets(url: str, options: Mapping[str, Any], secrets: Secrets) -> None:
    parts = urlsplit(url.rsplit("::", 1)[-1])
    signed = [value for _, value in parse_qsl(parts.query) if len(value) > 3]
    for secret in (parts.password or "", *signed, *texts_in(options)):
        secrets.keep(secret)


def _reason(error: Exception, secrets: Secrets) -> str:
    """The storage's own words without a secret; what kind of error it is where it says nothing."""
    said = next(iter(str(error).strip().splitlines()), "")
    return secrets.hidden(without_values(said) if said else type(error).__name__)
