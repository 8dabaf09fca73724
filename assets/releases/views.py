"""What readers open who know only paths: ``latest/<table>/*.parquet`` and ``catalog.duckdb``.

Both are derived from the latest release and can be made anew at any time. Neither is written in place: a reader who
has the old one open keeps it, the next reader gets the new one.
"""

from __future__ import annotations

import errno
import glob
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from assets.durable_files import let_nobody_write, make_directory, move_into_place, point_link, remove_tree, unfinished
from assets.releases.manifest import DamagedStoreError, Release
from assets.releases.table_files import relative_files, sha256_of

VIEWS = ".views"
LATEST = "latest"
CATALOG = "catalog.duckdb"
KEPT_VIEWS = 3  # the current one, and two for readers who resolved the link a moment ago
_SQL_TEXT = re.compile(r"'((?:[^']|'')*)'")  # the only texts in our views are file names
_NO_HARD_LINKS = (errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)


def refresh(published: Path, release: Release) -> list[str]:
    """Make the views show the release. Returns the names of those that were made anew."""
    if _latest_is_current(published, release):
        if _catalog_is_current(published, release):
            return []
        _write_catalog(published, release)
        return [CATALOG]
    _link_latest(published, release)
    _write_catalog(published, release)
    return [LATEST, CATALOG]


def outdated(published: Path, release: Release) -> list[str]:
    """The views that do not show the release (from where the home is now), by name."""
    current = {
        LATEST: _latest_is_current(published, release),
        CATALOG: _catalog_is_current(published, release),
    }
    return [name for name, is_current in current.items() if not is_current]


def _latest_is_current(published: Path, release: Release) -> bool:
    link = published / LATEST
    names_release = link.is_symlink() and os.readlink(link) == f"{VIEWS}/{release.stem}"
    return names_release and _holds(link, published, release)


def _catalog_is_current(published: Path, release: Release) -> bool:
    return _catalog_views(published) == _expected_views(published, release)


def _link_latest(published: Path, release: Release) -> None:
    views = published / VIEWS
    view = views / release.stem
    make_directory(views)
    if view.exists() and not _holds(view, published, release):
        remove_tree(view)
    if not view.exists():
        draft = unfinished(views)
        for version in release.tables.values():
            (draft / version.name).mkdir(parents=True)
            for file, path in zip(version.files, relative_files(version), strict=True):
                _share(published / path, draft / version.name / file.name)
        move_into_place(draft, view)
    point_link(published / LATEST, f"{VIEWS}/{release.stem}")
    with suppress(PermissionError):  # made by another account: it stays as old as it is
        os.utime(view)
    finished = [each for each in views.iterdir() if not each.name.startswith("_") and each != view]
    for old in sorted(finished, key=lambda each: each.stat().st_mtime_ns, reverse=True)[KEPT_VIEWS - 1 :]:
        if all(os.access(each, os.W_OK) for each in (old, *old.iterdir())):  # another account's stay
            remove_tree(old)


def _share(source: Path, target: Path) -> None:
    """The same bytes under a second name: a hard link, or a copy where the file system has none."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        shutil.copyfile(source, target)
        let_nobody_write(target)


def _holds(view: Path, published: Path, release: Release) -> bool:
    """Whether the folder holds exactly the release's files."""
    expected = {
        f"{version.name}/{file.name}": (published / path, file.sha256)
        for version in release.tables.values()
        for file, path in zip(version.files, relative_files(version), strict=True)
    }
    found = {path.relative_to(view).as_posix(): path for path in view.glob("*/*")}
    return found.keys() == expected.keys() and all(
        (source.exists() and found[name].samefile(source)) or sha256_of(found[name]) == sha256
        for name, (source, sha256) in expected.items()
    )


def _expected_views(published: Path, release: Release) -> dict[str, list[str]]:
    """Per table the absolute paths of its files, as patterns that fit nothing else.

    DuckDB resolves a relative path against the reader's working folder, not the database's. So the paths are absolute,
    and where the home was moved the next run writes the catalog anew.
    """
    root = glob.escape(os.path.abspath(published))
    return {name: [f"{root}/{path}" for path in relative_files(version)] for name, version in release.tables.items()}


def _catalog_views(published: Path) -> dict[str, list[str]] | None:
    """Per view of the catalog the files it reads; None where there is no catalog that can be read."""
    import duckdb

    if not (published / CATALOG).is_file():
        return None
    try:
        with duckdb.connect(str(published / CATALOG), read_only=True) as connection:
            found = connection.execute("select view_name, sql from duckdb_views() where not internal").fetchall()
    except duckdb.Error:  # damaged, of another version, or held by a writer: it is replaced, never repaired in place
        return None
    return {view: [text.replace("''", "'") for text in _SQL_TEXT.findall(sql)] for view, sql in found}


def _write_catalog(published: Path, release: Release) -> None:
    import duckdb

    from assets.statements import identifier, literal

    draft = unfinished(published, suffix=".duckdb")
    with duckdb.connect(str(draft), config={"threads": 1, "storage_compatibility_version": "v1.2.0"}) as connection:
        connection.execute("begin").fetchall()
        for name, files in _expected_views(published, release).items():
            listed = ", ".join(literal(file) for file in files)
            view = f"select * from read_parquet([{listed}], hive_partitioning = false)"
            try:
                connection.execute(f"create view {identifier(name)} as {view}").fetchall()
            except duckdb.InvalidInputException as error:
                draft.unlink()
                raise DamagedStoreError(f"{release.tables[name].path} cannot be shown to readers: {error}") from error
            for column in release.tables[name].schema:
                meaning = column.description + (f" Unit: {column.unit}." if column.unit else "")
                connection.execute(
                    f"comment on column {identifier(name)}.{identifier(column.name)} is {literal(meaning)}"
                ).fetchall()
        connection.execute("commit").fetchall()
    move_into_place(draft, published / CATALOG)
