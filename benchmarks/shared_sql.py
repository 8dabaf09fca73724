"""Whether the SQL that DuckDB and Spark share means the same to both: every statement of real nights, asked of either.

    python -m benchmarks.shared_sql FOLDER

Nights of a small simulated shop are run. The first times a file of ``assets/sql`` is asked, the rows it reads and what
DuckDB answers are kept, and Spark (of ``.venv-bench``) is asked the transpiled statement over the same rows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlglot
import yaml
from sqlglot import exp

from assets import statements
from assets.statements import Query, identifier, literal, with_literals
from assets.warehouse import Warehouse
from benchmarks.contest import OTHER_PYTHON, ROOT

LAST_DAY = dt.date(2024, 12, 31)
_COMMENT = re.compile("--.*")
_ASKING = ("rows", "frame", "in_order", "in_parts")
"""What a warehouse is asked statements by."""
_TIMES = 3
"""So often a file's statement is kept: the first night computes tables anew, the next ones amend them."""


class Keeper:
    """Keeps what statements of ``assets/sql`` read and answer, as they are asked.

    Attributes:
        cases: folder of one per statement kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases: list[Path] = []
        self._made: dict[str, tuple[str, Query]] = {}
        self._kept: dict[str, int] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep every statement while it lasts; before it, no module may have taken ``query`` for its own."""
        query, asking = statements.query, {name: getattr(Warehouse, name) for name in _ASKING}

        def told_query(file_name: str, **parameters: Any) -> Query:
            made = query(file_name, **parameters)
            if not file_name.startswith("landing/"):
                for text in (made.sql, with_literals(made)):
                    self._made[_spaced_alike(text)] = file_name, made
            return made

        def told(method: Callable[..., Any]) -> Callable[..., Any]:
            def told_statement(here: Warehouse, asked: Query | str, *args: Any, **named: Any) -> Any:
                self._hear(here, asked if isinstance(asked, str) else asked.sql)
                return method(here, asked, *args, **named)

            return told_statement

        statements.query = told_query
        for name, method in asking.items():
            setattr(Warehouse, name, told(method))
        try:
            yield
        finally:
            statements.query = query
            for name, method in asking.items():
                setattr(Warehouse, name, method)

    def _hear(self, here: Warehouse, sql: str) -> None:
        heard = _spaced_alike(sql)
        for text, (file_name, made) in self._made.items():
            if text in heard and self._kept.get(file_name, 0) < _TIMES:
                self._kept[file_name] = self._kept.get(file_name, 0) + 1
                self._keep(here, file_name, made)

    def _keep(self, here: Warehouse, file_name: str, made: Query) -> None:
        case = self.folder / f"{_flat(file_name)}-{self._kept[file_name]}"
        case.mkdir(parents=True)
        asked = with_types(made)
        for name in tables_of(asked):
            _copy(here, f"from {identifier(name)}", case / f"{name}.parquet")
        _copy(here, asked, case / "_answer.parquet")
        (case / "_spark.sql").write_text(sqlglot.transpile(asked, read="duckdb", write="spark")[0])
        self.cases.append(case)


def _flat(file_name: str) -> str:
    """The name of a file of ``assets/sql`` as that of a folder."""
    return file_name.removesuffix(".sql").replace("/", ".")


def _spaced_alike(sql: str) -> str:
    return " ".join(_COMMENT.sub("", sql).split())


def with_types(made: Query) -> str:
    """The statement with its parameters written out as literals of their types."""
    text = _COMMENT.sub("", made.sql)
    for name, value in made.parameters.items():
        said = f"cast({literal(value.isoformat())} as date)" if isinstance(value, dt.date) else str(value)
        text = re.sub(rf"\${name}\b", literal(value) if isinstance(value, str) else said, text)
    return text.strip().rstrip(";")


def tables_of(sql: str) -> list[str]:
    """The tables a statement reads, its own steps left out."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    steps = {step.alias for step in tree.find_all(exp.CTE)}
    return sorted({table.name for table in tree.find_all(exp.Table)} - steps)


def _copy(here: Warehouse, sql: str, file: Path) -> None:
    here.connection.execute(f"copy ({sql}) to {literal(str(file))} (format parquet)").fetchall()


def keep_nights(folder: Path, customers: int) -> Keeper:
    """Nights of a small shop, and their statements: anew, a horizon later, a week later, and under more rules."""
    keeper = Keeper(folder / "cases")
    with keeper.listening():
        from pipelines.command_line import main
        from pipelines.sample_shop import write_sample_shop

        write_sample_shop(customers, 5, folder / "shop", end=LAST_DAY, years=2)
        for days_before in (100, 7, 0):
            if not days_before:
                _ask_for_more(folder / "shop" / "analytics.yaml")
            as_of = LAST_DAY - dt.timedelta(days=days_before)
            words = ["run", "--config", str(folder / "shop" / "analytics.yaml"), "--as-of", str(as_of)]
            main([*words, "--home", str(folder / "home")], standalone_mode=False)
    return keeper


def _ask_for_more(configuration: Path) -> None:
    """Let accounts be united, risk be a warning, cuts be held, and channels tell customers apart."""
    asked = yaml.safe_load(configuration.read_text())
    asked["identity"] = {"match": ["email", "phone"], "phone_region": "GB"}
    asked["measures"]["lifecycle"]["warning_risk"] = 0.8
    asked["measures"]["rfm"] = {"cuts": "frozen", "frozen_at": LAST_DAY - dt.timedelta(days=100)}
    asked["measures"]["clv"] |= {"model": "bg_nbd_covariates", "covariates": ["first_order_channel"]}
    configuration.write_text(yaml.safe_dump(asked, sort_keys=False))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="an empty one")
    parser.add_argument("--customers", type=int, default=400)
    asked = parser.parse_args()
    cases = sorted(keep_nights(asked.folder.resolve(), asked.customers).cases)
    command = [str(OTHER_PYTHON), "-m", "benchmarks.peers.shared_sql_on_spark", *map(str, cases)]
    subprocess.run(command, check=True, cwd=ROOT)
    verdicts = {case.name: json.loads((case / "_verdict.json").read_text()) for case in cases}
    for name, verdict in verdicts.items():
        if verdict != "same":
            print(f"{name}: {verdict}")
    folder = ROOT / "assets" / "sql"
    shared = (*folder.glob("*.sql"), *folder.glob("laws/*.sql"))
    files = {_flat(str(path.relative_to(folder))) for path in shared}
    asked_files = {case.name.rpartition("-")[0] for case in cases}
    print(f"{sum(verdict == 'same' for verdict in verdicts.values())} of {len(verdicts)} statements answered alike")
    print(f"{len(asked_files)} of {len(files)} files; not asked: {', '.join(sorted(files - asked_files)) or 'none'}")
    if set(verdicts.values()) != {"same"}:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
