"""Answers counted by question, day, scope value and score, kept from night to night: ``answer_cells``, see its SQL.

Whole numbers can be taken off exactly: of a response that is put together again, what it came to is taken
off before, and what it comes to now is added once its scopes are known again.
"""

from __future__ import annotations

from assets.statements import Query, query, with_literals
from assets.tables import SURVEY_RESPONSES
from assets.warehouse import Warehouse

ANSWER_CELLS = "answer_cells"

_KEY = "question, kind, responded_on, scope, scope_value, score"
_VALUES = ("n", "satisfied")


def cells_query() -> Query:
    """The cells of the rows in the view ``answers_to_count``."""
    return query("answer_cells.sql")


def counted_anew() -> tuple[str, ...]:
    """Statements that count every answer."""
    return (*_let_be_counted(SURVEY_RESPONSES.name), f"create or replace table {ANSWER_CELLS} as {_cells()}")


def taken_off(warehouse: Warehouse, responses: str) -> tuple[str, ...]:
    """Statements that take off what these responses came to; none where the answers have not been counted.

    Args:
        warehouse: the night's.
        responses: SQL of ``source`` and ``response_id``.
    """
    if not warehouse.has(ANSWER_CELLS):
        return ()
    values = ", ".join(f"-{name} as {name}" for name in _VALUES)
    of_these = f"{SURVEY_RESPONSES.name} semi join ({responses}) using (source, response_id)"
    return (
        *_let_be_counted(of_these),
        f"insert into {ANSWER_CELLS} by name select {_KEY}, {values} from ({_cells()})",
    )


def added(responses: str) -> tuple[str, ...]:
    """Statements that add what these responses come to."""
    values = ", ".join(f"cast(sum({name}) as bigint) as {name}" for name in _VALUES)
    of_these = f"{SURVEY_RESPONSES.name} semi join ({responses}) using (source, response_id)"
    return (
        *_let_be_counted(of_these),
        f"insert into {ANSWER_CELLS} by name {_cells()}",
        f"""create or replace table {ANSWER_CELLS} as
        select {_KEY}, {values} from {ANSWER_CELLS} group by {_KEY} having sum(n) <> 0""",
    )


def _let_be_counted(answers: str) -> tuple[str, ...]:
    return (f"create or replace temp view answers_to_count as select * from {answers}",)


def _cells() -> str:
    return with_literals(cells_query())
