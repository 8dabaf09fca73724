"""A landed file's bytes as a file of its own, for readers that take nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assets.landing.landed_files import open_archived
from assets.landing.packed_files import unpacked
from assets.landing.staged import LandedContent
from assets.landing.text_encodings import said_in_words


@contextmanager
def restored(content: LandedContent, workspace: Path) -> Iterator[Path]:
    """The file, decompressed as its name's ending says, for as long as the block lasts.

    Raises:
        UnreadableFileError: the compression is damaged.
    """
    path = workspace / f"{content.content_no}-restored"
    try:
        with (
            said_in_words(),
            unpacked(lambda: open_archived(content.archived), content.name) as kept,
            path.open("wb") as out,
        ):
            shutil.copyfileobj(kept, out, 1 << 20)
        yield path
    finally:
        path.unlink(missing_ok=True)
