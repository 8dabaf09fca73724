"""The warehouse of a home: opened for whoever holds the home's lock, and made anew where it is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from assets.landing.landing_journal import Journal, JournalError, reconcile
from assets.landing.landing_zone import LandingError, prepare_schema
from assets.landing.memory_needed import allow_needed_memory
from assets.landing.rebuild import WAREHOUSE, RebuildError, rebuild, sweep_drafts, why_rebuild
from assets.night_ledger import prepare_ledger
from assets.printable_text import counted
from assets.warehouse import Warehouse
from pipelines.project import Project


class WarehouseError(Exception):
    """The warehouse cannot be opened; the text says what to do."""


def mend_warehouse(project: Project, say: Callable[[str], None]) -> None:
    """Make the home's warehouse anew from archive and journal where it is lost, damaged or of another version.

    What a killed process left of one that it was making goes.

    Args:
        project: the home, whose lock the caller holds, and the configuration.
        say: told what is wrong with it, and what was done.

    Raises:
        WarehouseError: it cannot be opened, or not be made anew.
    """
    path = project.home / WAREHOUSE
    sweep_drafts(project.home)
    try:
        reason = why_rebuild(project.home)
        if reason is None:
            return
        say(f"{path}: {reason}. It is made again from the archive and its journal.")
        rebuilt = rebuild(project.home, project.configuration)
    except duckdb.Error as error:
        raise _cannot_be_opened(path, error) from error
    except RebuildError as error:
        raise WarehouseError(str(error)) from error
    say(f"{counted(rebuilt.files, 'landed file')}, {counted(rebuilt.rows, 'row')}; every file as it was loaded then.")
    if rebuilt.set_aside is not None:
        say(f"The old one is kept as {rebuilt.set_aside}; delete it when you like.")


@contextmanager
def opened_warehouse(project: Project) -> Iterator[Warehouse]:
    """The home's warehouse with the tables every run needs, closed at the end.

    Raises:
        WarehouseError: another program has it open, or it is no warehouse of this program.
    """
    path = project.home / WAREHOUSE
    for needed in (project.home, path):
        if needed.exists() and not os.access(needed, os.W_OK):
            raise WarehouseError(
                f"{needed} cannot be written by this account. Run it as the account the home belongs to, or mount it "
                f"for writing; what is published can be read all the same (`analytics table`, published/)"
            )
    try:
        warehouse = Warehouse.open(path, memory_limit=project.configuration.limits.memory)
    except duckdb.Error as error:
        raise _cannot_be_opened(path, error) from error
    with warehouse:
        try:
            prepare_schema(warehouse)
            reconcile(warehouse, Journal(project.home / "archive"))
        except (JournalError, LandingError) as error:
            raise WarehouseError(str(error)) from error
        allow_needed_memory(warehouse, project.configuration)
        prepare_ledger(warehouse)
        warehouse.find_files_under(project.store.published)
        yield warehouse


def _cannot_be_opened(path: Path, error: duckdb.Error) -> WarehouseError:
    return WarehouseError(
        f"{path} cannot be opened: {error}. It is the run's own: close what has it open, readers have "
        f"published/catalog.duckdb"
    )
