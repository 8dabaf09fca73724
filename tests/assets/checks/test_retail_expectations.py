from __future__ import annotations

import json
from math import inf
from types import SimpleNamespace

import pytest
from planted_mistakes import PLANTED

from assets.configuration.settings import Configuration
from assets.expectations.scan import figures_of
from assets.expectations.specs import ROWS, ExpectationSpec
from assets.expectations.suites import RETAIL_EXPECTATIONS
from assets.expectations.validation import validate
from assets.raw_rows import RAW
from assets.tables import TABLES

from ..small_tables import BUSINESS

CONTRACTS = {**TABLES, **{contract.name: contract for contract in RAW.values()}}
DECLARED = Configuration.model_validate(
    {
        "business": BUSINESS,
        "sources": [
            {
                "name": "shop", "kind": "transactions", "path": "orders.csv",
                "columns": {"order_id": "id", "ordered_at": "at", "customer_id": "customer"},
            },
            {
                "name": "survey", "kind": "surveys", "path": "answers.csv",
                "columns": {"response_id": "id", "responded_at": "at"},
                "questions": {
                    "q1": {"id": "overall", "kind": "csat", "scale": [1, 5]}, "q2": {"id": "recommend", "kind": "nps"}
                },
            }
        ],
    }
)  # fmt: skip


def rules(spec: ExpectationSpec) -> list[str]:
    """The rules of the expectation, each of which must see something alone."""
    return [figure.rule for figure in figures_of(spec)]


def planted(table: str, name: str, rule: str) -> str:
    mistakes = PLANTED[table][name]
    return mistakes if isinstance(mistakes, str) else mistakes[rule]


@pytest.mark.parametrize(
    ("table", "name", "rule"),
    [
        (table, spec.name, rule)
        for table, specs in RETAIL_EXPECTATIONS.items()
        for spec in specs
        for rule in rules(spec)
    ],
)
def test_each_rule_sees_what_it_was_written_for(shop: SimpleNamespace, table: str, name: str, rule: str) -> None:
    declared = next(spec for spec in RETAIL_EXPECTATIONS[table] if spec.name == name)
    for statement in planted(table, name, rule).split("; "):
        shop.warehouse.rows(statement)
    [outcome] = validate(
        shop.warehouse, CONTRACTS[table], as_of=shop.as_of, configuration=DECLARED, specs=[declared],
        previous_rows={table: 10_000},
    )  # fmt: skip
    assert (outcome.passed, outcome.error, outcome.severity) == (False, None, declared.severity)
    json.dumps([outcome.observed, outcome.sample], allow_nan=False)
    if declared.type == ROWS:
        assert outcome.observed["broken"] >= 1
        assert len(rules(declared)) == 1 or rule in outcome.observed
    else:
        assert outcome.observed[rule] < outcome.observed.get("at_least", -inf) or (
            outcome.observed[rule] > outcome.observed.get("at_most", inf)
        )
    if declared.shows is None:
        assert len(outcome.sample) <= 5
        assert all(set(row) == set(CONTRACTS[table].key) for row in outcome.sample)


def test_what_is_planted_belongs_to_a_rule() -> None:
    named = {
        table: {name: {name} if isinstance(mistakes, str) else set(mistakes) for name, mistakes in of_table.items()}
        for table, of_table in PLANTED.items()
    }
    assert named == {
        table: {spec.name: set(rules(spec)) for spec in specs} for table, specs in RETAIL_EXPECTATIONS.items()
    }


def test_the_suites_name_tables_of_the_night() -> None:
    assert RETAIL_EXPECTATIONS.keys() <= CONTRACTS.keys()
    assert {name for specs in RETAIL_EXPECTATIONS.values() for spec in specs for name in spec.reads} <= TABLES.keys()
