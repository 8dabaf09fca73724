"""Parquet files: every record by its number, in the types the file gives its columns."""

from __future__ import annotations

from pathlib import Path

import duckdb

from assets.error_texts import without_values
from assets.landing.restored_files import restored
from assets.landing.staged import CONTENT, LINE, LandedContent, Staged
from assets.landing.text_files import UnreadableFileError
from assets.warehouse import Warehouse, literal


def stage_parquet(warehouse: Warehouse, content: LandedContent, workspace: Path) -> Staged:
    """Stage the records of one file.

    Raises:
        UnreadableFileError: the file is not Parquet.
    """
    table = f"staged_{content.content_no}"
    with restored(content, workspace) as path:
        try:
            warehouse.rows(
                f"""create or replace temp table {table} as
                select *, {content.content_no}::bigint as {CONTENT}, row_number() over () as {LINE}
                from read_parquet({literal(str(path))})"""
            )
        except duckdb.Error as error:
            reason = without_values(str(error)).replace(str(path), "the file")
            raise UnreadableFileError(f"the file could not be read as parquet: {reason}") from error
    names = [row[0] for row in warehouse.rows(f"describe {table}")]
    header = tuple(name for name in names if name not in (CONTENT, LINE))
    return Staged(table, header, (content.content_no,), has_types=True)
