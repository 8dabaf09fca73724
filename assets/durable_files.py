"""Writes that survive a crash: fsync before the name appears, and one rename that makes it appear.

A name that starts with ``_`` is unfinished work of one process: readers pass it by, :func:`sweep` collects it.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path


def unfinished(folder: Path, *, suffix: str = "") -> Path:
    """A free ``_<pid>-<random>`` path in the folder, for work that is renamed into place when it is done."""
    return folder / f"_{os.getpid()}-{secrets.token_hex(6)}{suffix}"


def fsync(path: Path) -> None:
    """Force a file's bytes, or a directory's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(folder: Path) -> None:
    """Make the folder and its parents, each made durable in its own parent."""
    missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        fsync(each.parent)


def move_into_place(finished: Path, target: Path) -> None:
    """Rename a finished file or symbolic link over the target, or a finished directory to a target that is free."""
    if finished.is_file() and not finished.is_symlink():
        fsync(finished)
    os.replace(finished, target)
    fsync(target.parent)


def write_whole(target: Path, content: bytes) -> None:
    """Write the file so that every reader sees the old bytes or the new ones, never a part."""
    make_directory(target.parent)
    draft = unfinished(target.parent)
    draft.write_bytes(content)
    move_into_place(draft, target)


def point_link(link: Path, target: str) -> None:
    """Point the symbolic link at the target (relative to the link's folder) in one step."""
    draft = unfinished(link.parent)
    draft.symlink_to(target)
    if link.is_dir() and not link.is_symlink():  # a copy that followed links: out of the way, collected later
        link.rename(unfinished(link.parent))
    move_into_place(draft, link)


def remove_tree(folder: Path) -> None:
    """Remove the folder in two steps, so that no reader finds it half empty."""
    doomed = unfinished(folder.parent)
    folder.rename(doomed)
    shutil.rmtree(doomed)


def sweep(folders: Iterable[Path]) -> list[Path]:
    """Remove what earlier processes left unfinished in these folders; this process's own work stays.

    Returns:
        The paths removed. The caller holds the home's lock, so no other living process owns them.
    """
    own = f"_{os.getpid()}-"
    leftovers = [
        entry
        for folder in folders
        if folder.is_dir()
        for entry in sorted(folder.iterdir())
        if entry.name.startswith("_") and not entry.name.startswith(own)
    ]
    for entry in leftovers:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return leftovers


def let_nobody_write(path: Path) -> None:
    """Take every right to write from a file; who may read it stays as the account's umask left it."""
    path.chmod(path.stat().st_mode & 0o444)
