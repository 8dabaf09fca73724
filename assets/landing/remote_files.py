"""Files behind a URL (object storage, web servers), listed and opened through fsspec."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import Context
from fnmatch import fnmatchcase
from functools import partial
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

from assets.configuration.urls import WEB, protocol_of, secrets_in, without_credentials
from assets.error_texts import without_values
from assets.landing.environment_references import Secrets
from assets.landing.landed_files import FoundFile, UnreachableError, is_passed_over, natural_key
from assets.printable_text import printable

_BLOCK = 8 << 20  # bytes asked for at once
_SILENCE_SECONDS = 60  # a page that sends nothing for so long is given up
_PATIENCE_SECONDS = 600  # from then on what comes slower than the slowest line is given up, too
_SLOWEST = 16_000  # bytes a second on average
# What tells one state of an object from another, the surest first.
_STATES = (
    "ETag", "etag", "md5Hash", "content_md5", "Content-MD5", "mtime", "LastModified", "last_modified", "updated",
    "modified", "Last-Modified", "created",
)  # fmt: skip
_ANSWERS = {status.value: status.phrase for status in HTTPStatus}
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
        with _closed_folders(storage) as closed:
            matches = _matches(storage, pattern, folder, protocol_of(url))
    except ImportError as error:
        extra = _EXTRAS.get(protocol_of(url))
        hint = f"install it with: pip install 'customer-analytics[{extra}]'" if extra else str(error)
        raise UnreachableError(f"{where} could not be listed: the library for it is missing; {hint}") from None
    except Exception as error:  # every storage has errors of its own; none may pass with what it quotes
        raise UnreachableError(f"{where} could not be listed: {_reason(error, secrets)}") from None

    def named(path: str) -> tuple[str, str]:
        """The name relative to the source's folder, and the address as messages show it."""
        name = path.removeprefix(folder).lstrip("/")
        if protocol_of(url) in WEB:
            name = unquote(name.partition("?")[0])
            secrets.keep(path, without_credentials(path))  # a link on a page may be signed; errors quote it
        return printable(name), secrets.hidden(without_credentials(storage.unstrip_protocol(path)))

    files: list[FoundFile] = []
    for path, details in matches.items():
        name, shown = named(path)
        if details.get("type", "file") == "file" and name and not is_passed_over(PurePosixPath(name).name):
            opened = partial(_opened, storage, path, shown, secrets)
            files.append(FoundFile(name, details.get("size"), _state(details), opened))
    files.sort(key=lambda file: natural_key(file.name))
    for path, error in sorted(closed.items()):
        if not _leads_to(pattern, path):
            continue
        name, shown = named(path)
        files.append(FoundFile(name or "*", None, None, partial(_refused, shown, _reason(error, secrets))))
    return files


@contextmanager
def _closed_folders(storage: Any) -> Iterator[dict[str, Exception]]:
    """The folders that give no list while the storage is searched, and why: a search takes them for empty ones."""
    closed: dict[str, Exception] = {}
    asynchronous = getattr(storage, "async_impl", False)
    name = "_ls" if asynchronous else "ls"
    ask = getattr(storage, name)

    def note(path: str, error: Exception) -> None:
        if not isinstance(error, FileNotFoundError):
            closed[path.rstrip("/")] = error

    async def asked_later(path: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return await ask(path, *args, **kwargs)
        except Exception as error:
            note(path, error)
            raise

    def asked(path: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return ask(path, *args, **kwargs)
        except Exception as error:
            note(path, error)
            raise

    setattr(storage, name, asked_later if asynchronous else asked)
    try:
        yield closed
    finally:
        delattr(storage, name)  # the class's own is back: one storage serves every source that names it alike


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


def _leads_to(pattern: str, folder: str) -> bool:
    """Whether something in the folder may match the pattern; a search looks into others, too.

    >>> [_leads_to("bucket/*-orders/*.csv", folder) for folder in ("bucket/uk-orders", "bucket/private")]
    [True, False]
    """
    parts = pattern.split("/")
    ahead = parts[: parts.index("**")] if "**" in parts else parts
    return all(fnmatchcase(part, wanted) for part, wanted in zip(folder.split("/"), ahead, strict=False))


def _state(details: Mapping[str, Any]) -> str | None:
    """A text that is another one when the object is; None where the storage tells nothing of the kind."""
    value = next((details[name] for name in _STATES if details.get(name)), None)
    if value is None:
        return None
    return f"{details.get('size')} {value.isoformat() if isinstance(value, dt.datetime) else value}"


def _opened(storage: Any, path: str, shown: str, secrets: Secrets, _workspace: Path) -> BinaryIO:
    try:
        opened = storage.open(path, "rb", **_way_to_read(path))
    except Exception as error:
        raise UnreachableError(f"{shown} could not be read: {_reason(error, secrets)}") from None
    return io.BufferedReader(_Remote(opened, shown, secrets), 1 << 20)


def _way_to_read(path: str) -> dict[str, Any]:
    """A page comes in one piece: nothing says that blocks are of one state of it, and not every server gives any.

    Objects of a storage come in blocks; S3 gives each only while the object is still the one that was listed.
    """
    if protocol_of(path) not in WEB:
        return {"block_size": _BLOCK}
    from aiohttp import ClientTimeout

    patience = ClientTimeout(total=None, connect=_SILENCE_SECONDS, sock_read=_SILENCE_SECONDS)
    return {"block_size": 0, "size": -1, "timeout": patience}  # any size: it is not asked for once more


def _refused(shown: str, reason: str, _workspace: Path) -> BinaryIO:
    raise UnreachableError(f"the folder {shown} could not be listed: {reason}")


class _Remote(io.RawIOBase):
    """An opened object whose errors show no secret."""

    def __init__(self, opened: BinaryIO, shown: str, secrets: Secrets) -> None:
        self._opened = opened
        self._shown = shown
        self._secrets = secrets
        self._began = time.monotonic()
        self._count = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes.

        Raises:
            UnreachableError: the storage broke off, or lets everybody wait for ever.
        """
        waited = time.monotonic() - self._began
        if waited > _PATIENCE_SECONDS and self._count < waited * _SLOWEST:
            raise UnreachableError(
                f"{self._shown} was given up: {self._count:,} bytes came in {waited / 60:.0f} minutes; at least "
                f"{_SLOWEST:,} a second were expected"
            )
        try:
            chunk = self._opened.read(len(buffer))
        except Exception as error:
            reason = _reason(error, self._secrets)
            raise UnreachableError(f"{self._shown} could not be read to its end: {reason}") from None
        buffer[: len(chunk)] = chunk
        self._count += len(chunk)
        return len(chunk)

    def close(self) -> None:
        """Close the object too."""
        self._opened.close()
        super().close()


def _keep_secrets(url: str, options: Mapping[str, Any], secrets: Secrets) -> None:
    parts = urlsplit(url.rsplit("::", 1)[-1])
    signed = [value for _, value in parse_qsl(parts.query) if len(value) > 3]
    for secret in (parts.password or "", *signed, *secrets_in(options)):
        secrets.keep(secret)


def _reason(error: BaseException, secrets: Secrets) -> str:
    """The storage's own words without a secret; what kind of error it is where it says nothing."""
    if isinstance(error, FileNotFoundError) and error.__cause__ is not None:
        error = error.__cause__  # it stands for every failure to get a page
    if isinstance(error, FileNotFoundError):  # a page's says nothing but its address
        return "it is not there any more"
    status = getattr(error, "status", None)
    if isinstance(status, int):
        return f"the server answered {status} {_ANSWERS[status]}" if status in _ANSWERS else type(error).__name__
    return secrets.hidden(without_values(str(error)) if str(error).strip() else type(error).__name__)
