"""A result of past dates is made again only where what it is made of is something else."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from assets.kept_frames import forget_kept_frames, kept_frame, made_of
from assets.warehouse import Warehouse

SOURCE = pl.DataFrame({"customer_id": ["b", "a", "c"], "orders": [3, 1, None]})
RESULT = pl.DataFrame({"metric": ["auc", "brier", "lift"], "value": [0.75, float("nan"), None]})


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    opened = Warehouse.open(None)
    yield opened
    opened.connection.close()


def test_what_is_made_of_the_same_is_made_once_and_read_back_as_it_was(warehouse: Warehouse):
    made: list[str] = []

    def asked(name: str, of: str) -> pl.DataFrame:
        def make() -> pl.DataFrame:
            made.append(name)
            return RESULT

        return kept_frame(warehouse, name, of, make)

    of = made_of(SOURCE, model="blend")
    for _ in range(3):
        assert asked("evaluation", of).equals(RESULT)
    assert made == ["evaluation"]
    # Another result of the same is not this one, and one that is made of something else takes its place.
    assert asked("importance", of).equals(RESULT)
    assert asked("evaluation", made_of(SOURCE, model="logistic")).equals(RESULT)
    assert asked("evaluation", of).equals(RESULT)
    assert made == ["evaluation", "importance", "evaluation", "evaluation"]
    forget_kept_frames(warehouse)
    assert asked("importance", of).equals(RESULT)
    assert made[-1] == "importance"


@pytest.mark.parametrize(
    "other",
    [
        made_of(SOURCE.with_columns(orders=pl.lit(3)), model="blend"),
        made_of(SOURCE.reverse(), model="blend"),
        made_of(SOURCE.head(2), model="blend"),
        made_of(SOURCE, model="logistic"),
        made_of(SOURCE, SOURCE, model="blend"),
    ],
    ids=["a value", "the order of rows", "a row less", "what else is said", "one more frame"],
)
def test_whatever_a_result_is_a_function_of_is_in_its_hash(other: str):
    assert other != made_of(SOURCE, model="blend")
    assert made_of(SOURCE, model="blend") == made_of(pl.DataFrame(SOURCE.to_dict()), model="blend")
