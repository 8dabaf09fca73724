"""What tonight has computed so far: which tables, for which date, in which published version, with which checks.

Kept in the warehouse, so that a table computed alone (one asset materialised in the orchestrator's UI) never meets
tables of another night, nor those of the same night under another configuration or program.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets.contracts import Contract
from assets.expectations import CheckOutcome
from assets.input_key import code_version, configuration_hash
from assets.night import Night
from assets.releases.table_files import TableVersion, relative_files
from assets.tables import PUBLISHED, TABLES
from assets.warehouse import Warehouse

_SCHEMA = """
create table if not exists night_tables (name VARCHAR, as_of DATE, known_at TIMESTAMP, version VARCHAR);
create table if not exists night_checks (
    table_name VARCHAR, check_name VARCHAR, severity VARCHAR, passed BOOLEAN, description VARCHAR, observed VARCHAR,
    as_of DATE);
alter table night_checks add column if not exists sample VARCHAR;
alter table night_tables add column if not exists rules VARCHAR;
alter table night_tables add column if not exists number BIGINT;
alter table night_tables add column if not exists reads VARCHAR[];
"""


class StaleTableError(Exception):
    """A table this one reads is of another date, other files or other rules, or older than what it reads itself."""


class BlockedError(Exception):
    """A blocking check of the night does not hold: nothing may be published."""


def prepare_ledger(warehouse: Warehouse) -> None:
    """Make the ledger's tables where they are missing."""
    for statement in _SCHEMA.split(";"):
        if statement.strip():
            warehouse.rows(statement)


def expect_computed(night: Night, contracts: Iterable[Contract]) -> None:
    """Refuse to go on where a table to be read is missing, of another date, by other rules, or older than what made it.

    Raises:
        StaleTableError: names the tables and what to run.
    """
    names = [contract.name for contract in contracts]
    found: dict[str, _Computed] = {
        name: _Computed(*rest)
        for name, *rest in night.warehouse.rows(
            """select name, as_of, rules, number, reads, case when list_contains($names, name) then version end
            from night_tables""",
            {"names": names},
        )
    }
    wrong = []
    for name in names:
        if name not in found or found[name].as_of != night.as_of:
            wrong.append(f"{name} ({found[name].as_of if name in found else 'never computed'})")
        elif newer := _made_again(name, found):
            wrong.append(f"{name} ({newer} was computed again since)")
        elif lost := lost_file(night.store.published, found[name].version):
            wrong.append(f"{name} (its file {lost} is gone or damaged)")
    if wrong:
        raise StaleTableError(
            f"the night of {night.as_of} reads tables of another date, or of before: {', '.join(wrong)}. "
            f"Run the whole night, or materialise these with it"
        )
    ours = _rules(night)
    others = [name for name in names if found[name].rules != ours]
    if others:
        raise StaleTableError(
            f"the configuration or the program has changed since tables of {night.as_of} were computed that this step "
            f"reads: {', '.join(others)}. Run the whole night"
        )


def _rules(night: Night) -> str:
    """Hash of what makes tables of what landed: the configuration and the program."""
    return hashlib.sha256(f"{configuration_hash(night.configuration)}{code_version()}".encode()).hexdigest()


@dataclass(frozen=True)
class _Computed:
    """For which date, by what rules, when (a growing number) and from what a table was computed; None: not noted.

    The version is what was published of it, as JSON; None: nothing, or it does not matter here.
    """

    as_of: dt.date
    rules: str | None
    number: int | None
    reads: list[str] | None
    version: str | None


def lost_file(published: Path, version: str | None) -> str | None:
    """A file under ``published`` that a table would be read from and that is gone, or longer or shorter than written.

    Args:
        published: the folder.
        version: the table's, as the ledger has it; None where nothing was published of it.
    """
    if version is None:
        return None
    written = TableVersion.from_json(json.loads(version))
    for name, record in zip(relative_files(written), written.files, strict=True):
        file = published / name
        if not file.is_file() or file.stat().st_size != record.bytes:
            return name
    return None


def _made_again(name: str, found: Mapping[str, _Computed]) -> str | None:
    """A table behind this one that was computed after what was made from it."""
    seen = {name}
    following = [name]
    while following:
        at = found[following.pop()]
        for read in at.reads or ():
            if read in seen or read not in found:
                continue
            if (found[read].number or 0) > (at.number or 0):
                return read
            seen.add(read)
            following.append(read)
    return None


def remember_table(
    night: Night, contract: Contract, version: TableVersion | None, reads: Iterable[Contract] = ()
) -> None:
    """Record that the table is tonight's, with the version that was written of it; earlier verdicts on it are void.

    Args:
        night: the night.
        contract: the table's.
        version: what was published of it.
        reads: the tables it was made from.
    """
    written = None if version is None else json.dumps(version.as_json(), sort_keys=True)
    night.warehouse.rows("delete from night_checks where table_name = $name", {"name": contract.name})
    number = night.warehouse.scalar("select coalesce(max(number), 0) + 1 from night_tables")
    night.warehouse.rows("delete from night_tables where name = $name", {"name": contract.name})
    night.warehouse.rows(
        """insert into night_tables by name
        select $name as name, $as_of as as_of, $known_at as known_at, $version as version, $rules as rules,
            $number as number, $reads as reads""",
        {
            "name": contract.name,
            "as_of": night.as_of,
            "known_at": night.known_at,
            "version": written,
            "rules": _rules(night),
            "number": number,
            "reads": [read.name for read in reads],
        },
    )


def remember_checks(night: Night, table: str, outcomes: Sequence[CheckOutcome]) -> None:
    """Record the verdicts on a table, in place of earlier ones of the same checks."""
    names = [outcome.name for outcome in outcomes]
    night.warehouse.rows(
        "delete from night_checks where table_name = $table and list_contains($names, check_name)",
        {"table": table, "names": names},
    )
    night.warehouse.rows(
        """insert into night_checks by name
        select
            $table as table_name, unnest($names) as check_name, unnest($severities) as severity,
            unnest($passed) as passed, unnest($descriptions) as description, unnest($observed) as observed,
            unnest($samples) as sample, $as_of as as_of""",
        {
            "table": table,
            "names": names,
            "severities": [outcome.severity for outcome in outcomes],
            "passed": [outcome.passed for outcome in outcomes],
            "descriptions": [outcome.description for outcome in outcomes],
            "observed": [json.dumps(outcome.observed, default=str) for outcome in outcomes],
            "samples": [json.dumps(outcome.sample, default=str) for outcome in outcomes],
            "as_of": night.as_of,
        },
    )


def checks_of(warehouse: Warehouse, as_of: dt.date) -> pl.DataFrame:
    """One row per check of the night: ``table, check, severity, passed, description, observed, sample``."""
    return warehouse.frame(
        """select table_name as "table", check_name as "check", severity, passed, description, observed, sample
            from night_checks where as_of = $as_of order by passed, severity, 1, 2""",
        {"as_of": as_of},
    )


def expect_no_block(night: Night) -> None:
    """Refuse to publish where a blocking check of the night failed, in this run or in an earlier one.

    Raises:
        BlockedError: names the checks.
    """
    failed = checks_of(night.warehouse, night.as_of).filter(~pl.col("passed") & (pl.col("severity") == "error"))
    if not failed.is_empty():
        names = ", ".join(f"{table}: {check}" for table, check in failed.select("table", "check").rows())
        raise BlockedError(f"the night of {night.as_of} is blocked by checks that do not hold: {names}")


def versions_of(night: Night) -> list[TableVersion]:
    """The published versions of tonight's tables.

    Raises:
        StaleTableError: a published table was not computed tonight or by tonight's rules, or files were landed while
            tables were computed.
    """
    expect_computed(night, [TABLES[name] for name in PUBLISHED])
    landed_between = night.warehouse.rows(
        """select files.source, files.file from landed_files as files
        where files.loaded_at <= $known_at and files.loaded_at > (
            select min(known_at) from night_tables where as_of = $as_of and version is not null)""",
        {"known_at": night.known_at, "as_of": night.as_of},
    )
    if landed_between:
        source, file = landed_between[0]
        raise StaleTableError(
            f"{len(landed_between)} files (the first is {source}/{file}) were landed after some of the tables of "
            f"{night.as_of} were computed; run the whole night"
        )
    rows: list[tuple[Any, ...]] = night.warehouse.rows(
        "select version from night_tables where version is not null and as_of = $as_of order by name",
        {"as_of": night.as_of},
    )
    return [TableVersion.from_json(json.loads(row[0])) for row in rows]
