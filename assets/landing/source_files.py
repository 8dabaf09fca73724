"""What there is to land at a source: files of this machine, objects behind a URL, or a database's answer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from assets.configuration.sources import Source
from assets.configuration.urls import is_url, without_credentials
from assets.landing.database_source import query_file
from assets.landing.environment_references import MissingVariableError, Secrets, names_in
from assets.landing.landed_files import (
    NOT_READ,
    FoundFile,
    UnreachableError,
    as_told,
    is_glob,
    local_files,
    local_paths,
)
from assets.landing.remote_files import remote_files


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


def not_read_beside(sources: Iterable[Source]) -> dict[Path, str]:
    """Files that no source's path matches in folders whose files one takes, of a kind nothing reads; and what to do.

    A JSON file is not among them: beside other files it tells of an export, as a rule, and holds none of its rows.
    """
    patterns = [Path(source.path or "") for source in sources if not is_asked_for(source)]
    matched = {path for pattern in patterns for path in local_paths(pattern)}
    beside = {path for pattern in patterns if is_glob(pattern.name) for path in local_paths(pattern.with_name("*"))}
    return {
        path: NOT_READ[ending]
        for path in sorted(beside - matched)
        if (ending := path.suffix.lower()) in NOT_READ and ending != ".json"
    }


def path_as_told(source: Source) -> str:
    """Where the source's files are to be, as messages show it: without credentials."""
    path = source.path or ""
    return without_credentials(path) if is_asked_for(source) else as_told(Path(path))


def is_asked_for(source: Source) -> bool:
    """Whether landing asks somebody else, over a network as a rule, for what the source holds."""
    return source.database is not None or is_url(source.path or "") or bool(names_in(source.path))
