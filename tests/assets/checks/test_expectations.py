from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

import assets
from assets.contracts import Column, Contract
from assets.expectations import CheckOutcome, ExpectationSpec, specs_for
from assets.expectations.specs import figures, rows
from assets.expectations.validation import validate
from assets.tables import TABLES
from assets.warehouse import Warehouse

pytestmark = pytest.mark.filterwarnings("error")

AS_OF = dt.date(2024, 3, 31)


def outcome_of(shop: SimpleNamespace, table: str, name: str) -> CheckOutcome:
    outcomes = validate(shop.warehouse, TABLES[table], as_of=shop.as_of)
    return next(outcome for outcome in outcomes if outcome.name == name)


def apart(shop: SimpleNamespace, table: str) -> Warehouse:
    """The table in a warehouse of its own: a statement that fails would abort the shop's transaction."""
    warehouse = Warehouse.open(None)
    warehouse.replace(TABLES[table], shop.warehouse.frame(f"select * from {table}"))
    return warehouse


def _present(shop: SimpleNamespace) -> list[Contract]:
    return [contract for name, contract in TABLES.items() if shop.warehouse.has(name)]


def test_every_expectation_holds_in_a_shop_whose_tables_agree(shop: SimpleNamespace) -> None:
    checked = [validate(shop.warehouse, contract, as_of=shop.as_of) for contract in _present(shop)]
    outcomes = [outcome for of_table in checked for outcome in of_table]
    assert [(o.table, o.name, o.error, o.observed) for o in outcomes if not o.passed] == []
    asked = [(spec.table, spec.name) for contract in _present(shop) for spec in specs_for(contract)]
    assert [(outcome.table, outcome.name) for outcome in outcomes] == asked
    json.dumps([outcome.observed for outcome in outcomes], allow_nan=False)


# What a contract implies: (table, expectation, planted, the figures or the sample that must name it)
IMPLIED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("event_freshness", "row_count", "delete from event_freshness", {"row_count": 0}),
    (
        "value_tiers",
        "key_unique",
        "insert into value_tiers select * from value_tiers where customer_id = 'ada'",
        {"broken": 1},
    ),
    (
        "value_tiers",
        "values_as_declared",
        "update value_tiers set tier = null where customer_id = 'ada'",
        {"broken": 1, "tier required": 1},
    ),
    (
        "model_evaluation",
        "values_as_declared",
        "update model_evaluation set value = 'nan'::double where metric = 'roc_auc'",
        {"broken": 1, "value finite": 1},
    ),
    (
        "kpi_scorecard",
        "values_as_declared",
        "update kpi_scorecard set previous_value = '-inf'::double where kpi = 'cac'",
        {"broken": 1, "previous_value finite": 1},
    ),
    (
        "value_tiers",
        "values_as_declared",
        "update value_tiers set tier = 'gold' where customer_id = 'ada'",
        {"broken": 1, "tier allowed": 1},
    ),
    (
        "rfm_segments",
        "values_as_declared",
        "update rfm_segments set r = 6, recency_days = -1 where customer_id = 'ada'",
        {"broken": 2, "recency_days allowed": 1, "r allowed": 1},
    ),
    (
        "value_tiers",
        "values_as_declared",
        "update value_tiers set as_of = as_of - 1 where customer_id = 'ada'",
        {"broken": 1, "as_of of the night": 1},
    ),
]


@pytest.mark.parametrize(("table", "name", "planted", "observed"), IMPLIED)
def test_what_a_contract_implies_is_checked(
    shop: SimpleNamespace, table: str, name: str, planted: str, observed: dict[str, Any]
) -> None:
    shop.warehouse.rows(planted)
    outcome = outcome_of(shop, table, name)
    assert (outcome.passed, outcome.severity, outcome.error, dict(outcome.observed)) == (False, "error", None, observed)


def test_the_sample_names_the_customer_and_nothing_else_of_the_row(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("update value_tiers set tier = 'gold'")
    outcome = outcome_of(shop, "value_tiers", "values_as_declared")
    assert outcome.sample == tuple({"customer_id": name} for name in ("ada", "ben", "cid", "fay"))


def test_a_key_of_one_column_does_not_repeat_and_one_of_several_do_not() -> None:
    told = [specs_for(TABLES[name])[0].description for name in ("value_tiers", "customer_moves")]
    assert [text.split(": ")[1] for text in told] == [
        "customer_id does not repeat.", "customer_id, kind do not repeat.",
    ]  # fmt: skip


def test_a_key_with_a_null_in_it_repeats_like_any_other(shop: SimpleNamespace) -> None:
    # kpi and scope of a KPI without input; question and period_start are NULL
    shop.warehouse.rows("insert into kpi_scorecard select * from kpi_scorecard where kpi = 'cac'")
    outcome = outcome_of(shop, "kpi_scorecard", "key_unique")
    assert not outcome.passed
    assert [row["kpi"] for row in outcome.sample] == ["cac"]
    gx_own = ExpectationSpec(
        "kpi_scorecard",
        "compound",
        "Great Expectations' own, which joins on equality and so loses keys with a NULL.",
        "error",
        "expect_compound_columns_to_be_unique",
        {"column_list": list(TABLES["kpi_scorecard"].key)},
    )
    [own] = validate(shop.warehouse, TABLES["kpi_scorecard"], as_of=AS_OF, specs=[gx_own])
    assert own.passed


def test_nan_is_caught_where_a_not_null_check_lets_it_pass(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("update nps set low = 'nan'::double")
    assert not outcome_of(shop, "nps", "values_as_declared").passed
    not_null = ExpectationSpec(
        "nps", "low", "Great Expectations' own.", "error", "expect_column_values_to_not_be_null", {"column": "low"}
    )
    [own] = validate(shop.warehouse, TABLES["nps"], as_of=AS_OF, specs=[not_null])
    assert own.passed


def test_a_figure_that_is_not_a_number_does_not_hold(shop: SimpleNamespace) -> None:
    undefined = figures("nps", "undefined", "'nan'::double", "Between 0 and 1.", low=0, high=1)
    [outcome] = validate(shop.warehouse, TABLES["nps"], as_of=AS_OF, specs=[undefined])
    assert not outcome.passed
    json.dumps(outcome.observed, allow_nan=False)


def test_a_condition_that_is_null_for_a_row_does_not_hold_for_it(shop: SimpleNamespace) -> None:
    unknown = rows("customers", "adult", "age >= 18", "Adults only.")
    shop.warehouse.rows("update customers set age = null where customer_id = 'ben'")
    [outcome] = validate(shop.warehouse, TABLES["customers"], as_of=AS_OF, specs=[unknown])
    assert (outcome.passed, outcome.sample) == (False, ({"customer_id": "ben"},))


def test_the_table_is_held_to_the_night_it_is_of(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("update value_tiers set as_of = as_of - 1")
    assert not outcome_of(shop, "value_tiers", "values_as_declared").passed
    before = validate(shop.warehouse, TABLES["value_tiers"], as_of=shop.as_of - dt.timedelta(days=1))
    assert [outcome.name for outcome in before if not outcome.passed] == []


def test_an_expectation_that_crashes_is_a_failed_error_and_takes_no_other_down(shop: SimpleNamespace) -> None:
    warehouse = apart(shop, "customers")
    warehouse.rows("alter table customers drop column birth_date")
    outcomes = {o.name: o for o in validate(warehouse, TABLES["customers"], as_of=shop.as_of)}
    crashed = outcomes["born_before_known"]
    assert (crashed.passed, crashed.severity, crashed.sample) == (False, "error", ())  # declared as a warning
    assert crashed.error is not None
    assert "birth_date" in crashed.error
    assert {name for name, outcome in outcomes.items() if outcome.passed} == outcomes.keys() - {"born_before_known"}


def test_neither_a_message_nor_a_log_line_quotes_the_data(
    shop: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse = apart(shop, "customers")
    warehouse.rows("update customers set region = 'ann@example.org'")
    careless = rows("customers", "numeric_region", "cast(region as integer) > 0", "Regions are numbers.")
    with caplog.at_level("DEBUG"):
        [outcome] = validate(warehouse, TABLES["customers"], as_of=AS_OF, specs=[careless])
    assert "example.org" not in caplog.text
    assert not outcome.passed
    assert outcome.error is not None
    assert "example.org" not in outcome.error
    assert "INT32" in outcome.error


def test_a_table_that_is_not_there_fails_every_expectation() -> None:
    outcomes = validate(Warehouse.open(None), TABLES["nps"], as_of=AS_OF)
    assert [outcome.name for outcome in outcomes] == [spec.name for spec in specs_for(TABLES["nps"])]
    assert {(outcome.passed, outcome.severity) for outcome in outcomes} == {(False, "error")}


def test_an_empty_table_passes_only_where_its_contract_lets_it_be_empty() -> None:
    warehouse = Warehouse.open(None)
    for name in ("nps", "calendar"):
        columns = ", ".join(f"{column.name} {column.type}" for column in TABLES[name].columns)
        warehouse.rows(f"create table {name} ({columns})")
    failed = {
        name: [outcome.name for outcome in validate(warehouse, TABLES[name], as_of=AS_OF) if not outcome.passed]
        for name in ("nps", "calendar")
    }
    assert failed == {"nps": [], "calendar": ["row_count"]}


NATIVE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("expect_column_values_to_be_in_set", {"column": "tier", "value_set": ["a", "b"]}, {"value_set": ["a"]}),
    ("expect_column_values_to_be_between", {"column": "value", "min_value": 1, "max_value": 9}, {"max_value": 2}),
    ("expect_column_values_to_not_be_null", {"column": "value"}, {"column": "region"}),
    ("expect_column_values_to_be_unique", {"column": "customer_id"}, {"column": "tier"}),
    ("expect_column_max_to_be_between", {"column": "value", "max_value": 9}, {"max_value": 8}),
    ("expect_column_mean_to_be_between", {"column": "value", "min_value": 4, "max_value": 5}, {"max_value": 4.1}),
    ("expect_column_distinct_values_to_equal_set", {"column": "tier", "value_set": ["a", "b"]}, {"value_set": ["a"]}),
    ("expect_column_value_lengths_to_equal", {"column": "customer_id", "value": 2}, {"value": 3}),
    ("expect_column_values_to_match_regex", {"column": "customer_id", "regex": "^c[0-9]$"}, {"regex": "^d"}),
    ("expect_table_column_count_to_equal", {"value": 4}, {"value": 5}),
    ("expect_table_row_count_to_equal", {"value": 3}, {"value": 4}),
    ("unexpected_rows_expectation", {"unexpected_rows_query": "select * from {batch} where value > 9"},
     {"unexpected_rows_query": "select * from {batch} where value > 8"}),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "holds", "changed"), NATIVE)
def test_great_expectations_own_expectations_work_on_the_borrowed_connection(
    type_: str, holds: dict[str, Any], changed: dict[str, Any]
) -> None:
    columns = ("customer_id", "VARCHAR"), ("tier", "VARCHAR"), ("value", "DECIMAL(18,2)"), ("region", "VARCHAR")
    contract = Contract(
        "small", "A small table.", "customer", ("customer_id",), "test", tuple(Column(n, t, n) for n, t in columns)
    )
    warehouse = Warehouse.open(None)
    warehouse.replace(
        contract,
        pl.DataFrame(
            {
                "customer_id": ["c1", "c2", "c3"],
                "tier": ["a", "a", "b"],
                "value": [1, 3, 9],
                "region": [None, "UK", "UK"],
            }
        ),
    )
    specs = [
        ExpectationSpec("small", name, "Great Expectations' own.", "error", type_, kwargs)
        for name, kwargs in {"holds": holds, "changed": holds | changed}.items()
    ]
    outcomes = validate(warehouse, contract, as_of=AS_OF, specs=specs)
    assert [(outcome.name, outcome.passed, outcome.error) for outcome in outcomes] == [
        ("holds", True, None),
        ("changed", False, None),
    ]


def test_the_connection_and_its_open_transaction_survive_a_validation(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("update value_tiers set tier = 'gold'")
    validate(shop.warehouse, TABLES["value_tiers"], as_of=shop.as_of)
    assert shop.warehouse.scalar("select count(*) from value_tiers where tier = 'gold'") == 4
    shop.connection.rollback()
    shop.connection.begin()
    assert shop.warehouse.scalar("select count(*) from value_tiers where tier = 'gold'") == 0


def test_a_closed_warehouse_is_free_for_the_next_process_after_a_validation(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    warehouse = Warehouse.open(path)
    columns = ", ".join(f"{column.name} {column.type}" for column in TABLES["nps"].columns)
    warehouse.rows(f"create table nps ({columns})")
    validate(warehouse, TABLES["nps"], as_of=AS_OF)
    del warehouse  # nobody calls close: nothing of Great Expectations may hold the connection
    opened = subprocess.run(
        [sys.executable, "-c", f"import duckdb; duckdb.connect({str(path)!r}).execute('select 1').fetchall()"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert opened.returncode == 0, opened.stderr


def test_every_expectation_has_a_snake_case_name_of_its_own_and_a_sentence() -> None:
    for contract in TABLES.values():
        specs = specs_for(contract)
        assert len({spec.name for spec in specs}) == len(specs)
        for spec in specs:
            assert spec.table == contract.name
            assert spec.name.isidentifier()
            assert spec.name == spec.name.lower()
            assert spec.description.endswith((".", "?"))


def test_declaring_every_expectation_loads_neither_great_expectations_nor_sqlalchemy() -> None:
    script = """
        import sys
        from assets import accounting_laws, expectations
        from assets.expectations import validation
        from assets.tables import TABLES
        assert all(expectations.specs_for(contract) for contract in TABLES.values())
        print(sorted({"great_expectations", "sqlalchemy", "duckdb_engine", "pandas"} & sys.modules.keys()))
    """
    assert _python(script).stdout.strip() == "[]"


@pytest.mark.slow
def test_a_validation_writes_no_file_opens_no_socket_and_prints_nothing(tmp_path: Path) -> None:
    script = """
        import datetime
        import socket
        def refuse(*args, **kwargs):
            raise AssertionError("a socket was opened")
        socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
        from assets.expectations.validation import validate
        from assets.tables import TABLES
        from assets.warehouse import Warehouse
        warehouse = Warehouse.open(None)
        columns = ", ".join(f"{column.name} {column.type}" for column in TABLES["nps"].columns)
        warehouse.rows(f"create table nps ({columns})")
        assert all(outcome.passed for outcome in validate(warehouse, TABLES["nps"], as_of=datetime.date(2024, 3, 31)))
    """
    finished = _python(script, cwd=tmp_path, HOME=str(tmp_path), TMPDIR=str(tmp_path), PYTHONWARNINGS="error")
    assert (finished.stdout, finished.stderr) == ("", "")
    assert [path.name for path in tmp_path.rglob("*")] == []


def _python(script: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    root = Path(assets.__file__).parents[1]
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd or root,
        env=os.environ | {"PYTHONPATH": str(root)} | environment,
    )
