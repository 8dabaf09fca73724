"""Archived bytes before they are read again: as they were landed, taken from the landing zone once more, or lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assets.configuration.sources import Source
from assets.durable_files import unfinished
from assets.landing.landed_files import Archive, FoundFile, UnreachableError
from assets.landing.landing_journal import Entry
from assets.landing.source_files import find_files, is_asked_for


def problem_of(archive: Archive, content: str, fingerprints: dict[str, dict[str, object]]) -> str | None:
    """Remember the fingerprint of the bytes kept under that hash; or why they are not what was landed."""
    try:
        found = archive.examine(content)
    except FileNotFoundError:
        return "is missing"
    except OSError:
        return "is damaged: it cannot be decompressed"
    if found.content != content:
        return "is damaged: the hash of its bytes is another"
    fingerprints[content] = vars(found)
    return None


def restore(
    archive: Archive,
    content: str,
    holders: Sequence[Entry],
    sources: Iterable[Source],
    fingerprints: dict[str, dict[str, object]],
) -> bool:
    """Take lost bytes from the landing zone, where a file of the same name still holds them."""
    by_name = {source.name: source for source in sources}
    for entry in holders:
        source = by_name.get(entry["source"])
        if source is None or is_asked_for(source):
            continue
        for file in find_files(source):
            is_meant = file.name == entry["file"] and file.size == entry["bytes"]
            if is_meant and _is_taken_again(archive, content, file):
                return problem_of(archive, content, fingerprints) is None
    return False


def _is_taken_again(archive: Archive, content: str, file: FoundFile) -> bool:
    """Whether the file holds these bytes, which the archive has again then; what it had stays where not."""
    damaged, aside = archive.path_of(content), unfinished(archive.folder)
    if damaged.exists():
        damaged.rename(aside)
    try:
        with file.open(archive.folder / "_workspace") as landed:
            is_same = archive.take(landed).content == content
    except UnreachableError:
        is_same = False
    if is_same:
        aside.unlink(missing_ok=True)
    elif aside.exists():
        aside.rename(damaged)
    return is_same
