"""What there is to land at a source: files of this machine, objects behind a URL, or a database's answer."""

from __future__ import annotations

from pathlib import Path

from assets.configuration_sources import Source
from assets.landing.database_source import query_file
from assets.landing.environment_references import MissingVariableError, Secrets, names_in
from assets.landing.landed_files import FoundFile, UnreachableError, local_files
from assets.landing.remote_files import remote_files
from assets.landing.urls import is_url


def find_files(source: Source) -> list[FoundFile]:
    """The source's files in natural order of their names. A database is not asked here: its answer is one file.

    Raises:
        UnreachableError: the files cannot be listed.
    """
    if source.database is not None:
        return [query_file(source)]
    path = source.path or ""
    secrets = Secrets()
    try:
        filled = secrets.filled(path)
        if is_url(filled):
            return remote_files(filled, secrets.filled(source.storage_options), secrets)
    except MissingVariableError as error:
        raise UnreachableError(f"its files could not be listed: {error}") from None
    if names_in(path) and not Path(filled).is_absolute():
        raise UnreachableError(f"its files could not be listed: {path} is neither a URL nor an absolute path")
    return local_files(Path(filled))


def is_asked_for(source: Source) -> bool:
    """Whether landing asks somebody else, over a network as a rule, for what the source holds."""
    return source.database is not None or is_url(source.path or "") or bool(names_in(source.path))
