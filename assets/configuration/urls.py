"""The addresses a source's path may be: told from paths of this machine, and shown without what is secret in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

WEB = ("http", "https")
_WHO_ASKS = re.compile(r"//(?:[^/]*|[^/:@]*:(?!\d+/).*)@")  # the second: a slash in the password, behind no port


def is_url(path: str) -> bool:
    """Whether a source's path is an address and not a path of this machine."""
    return "://" in path


def protocol_of(url: str) -> str:
    """What stands before ``://``; of a chained address the last one, which is where the bytes are.

    >>> protocol_of("s3://bucket/orders/*.csv"), protocol_of("zip://*.csv::s3://bucket/orders.zip")
    ('s3', 's3')
    """
    return url.rsplit("::", 1)[-1].split("://", 1)[0].lower()


def without_credentials(url: str) -> str:
    """The address as messages show it: who asks and what a web address is signed with are blanked.

    >>> without_credentials("sftp://ann:secret@host/orders/*.csv")
    'sftp://***@host/orders/*.csv'
    >>> without_credentials("https://host/orders.csv?signature=1234")
    'https://host/orders.csv?***'
    >>> without_credentials("postgresql://ann:sec/ret@host/shop"), without_credentials("https://host:80/a@b.csv")
    ('postgresql://***@host/shop', 'https://host:80/a@b.csv')
    """
    shown = _WHO_ASKS.sub("//***@", url)
    return re.sub(r"[?].*", "?***", shown, flags=re.DOTALL) if protocol_of(url) in WEB else shown


def is_known(url: str) -> bool:
    """Whether fsspec knows every protocol of the address, whether its library is installed or not."""
    from fsspec.registry import known_implementations, registry

    protocols = [part.split("://", 1)[0].lower() for part in url.split("::") if is_url(part)]
    return all(protocol in known_implementations or protocol in registry for protocol in protocols)


def secrets_in(options: Any) -> list[str]:
    """Every text in storage options: any of them may be a key; of an address the password in it.

    >>> secrets_in({"key": "K", "client_kwargs": {"endpoint_url": "http://host:9000", "proxies": ["http://ann:pw@host"]}})
    ['K', 'pw']
    """
    match options:
        case Mapping():
            return [text for part in options.values() for text in secrets_in(part)]
        case list() | tuple():
            return [text for part in options for text in secrets_in(part)]
        case str() if is_url(options):
            asking = _WHO_ASKS.search(options)
            return [asking[0][2:-1].partition(":")[2]] if asking else []
        case str():
            return [options]
        case _:
            return []
