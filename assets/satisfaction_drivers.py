"""What drives an overall score: the questions declared as its drivers, by what they explain of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from assets.configuration.settings import drivers_of
from assets.night import Night, table
from assets.statements import literal
from assets.tables import SATISFACTION_DRIVERS, SURVEY_RESPONSES
from models.satisfaction_drivers import LEAST_ANSWERS, SEED, Importance, importance

_RESPONSE = ("source", "response_id")
_RANKED_BY_DIGITS = 9


@table(SATISFACTION_DRIVERS, reads=(SURVEY_RESPONSES,), kinds=("duckdb", "polars"))
def satisfaction_drivers(night: Night) -> pl.DataFrame:
    """How much of an overall score each of its drivers explains; one row per overall question and driver."""
    rows = [
        row
        for overall, drivers in drivers_of(night.configuration.sources).items()
        for row in _of_one_question(night, overall, drivers)
    ]
    names = [column.name for column in SATISFACTION_DRIVERS.columns]
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)


def _of_one_question(night: Night, overall: str, drivers: list[str]) -> list[dict[str, Any]]:
    """The rows of one overall question.

    A driver that no response beside the overall answer mentions was not asked, as a question of another year; it would
    leave no complete response. Of the others a response answers all or does not count.
    """
    answers = _answers(night, [overall, *drivers])
    rated = answers.join(answers.filter(pl.col("question") == overall), on=_RESPONSE, how="semi")
    asked = [driver for driver in drivers if driver in set(rated["question"])]
    complete = rated.join(
        rated.group_by(_RESPONSE).len().filter(pl.col("len") == len(asked) + 1), on=_RESPONSE, how="semi"
    )
    found = _importance(complete, asked, overall)
    performances = _performances(night, complete) if found.n >= LEAST_ANSWERS else {}
    whole: dict[str, Any] = {
        "question": overall, "as_of": night.as_of, "answers": (rated["question"] == overall).sum(), "n": found.n,
        "r_squared": found.r_squared if asked else None,
    }  # fmt: skip
    return [whole | {"driver": driver} | _of_one_driver(driver, asked, found, performances) for driver in drivers]


def _of_one_driver(
    driver: str, asked: list[str], found: Importance, performances: dict[str, dict[str, float]]
) -> dict[str, Any]:
    if driver not in asked:
        return {"withheld": "not_asked"}
    if found.importance is None or found.low is None or found.high is None:
        reason = "too_few_answers" if found.n < LEAST_ANSWERS else "weak_fit"
        return performances.get(driver, {}) | {"withheld": reason}
    place = asked.index(driver)
    # Of two that explain as much, as declared; in whatever order they are taken out, rounding would tell them apart.
    ranked = np.argsort(-np.round(found.importance, _RANKED_BY_DIGITS), kind="stable").tolist()
    return performances[driver] | {
        "importance": float(found.importance[place]),
        "low": float(found.low[place]),
        "high": float(found.high[place]),
        "rank": ranked.index(place) + 1,
    }


def _answers(night: Night, questions: list[str]) -> pl.DataFrame:
    """The answers of the window to these questions, in the order of their responses."""
    listed = ", ".join(literal(question) for question in questions)
    return night.warehouse.frame(
        f"""select source, response_id, question, score, is_satisfied
            from survey_responses
            where question in ({listed})
                and responded_on > date_add(cast($as_of as date), -$window_days) and responded_on <= $as_of
            order by source, response_id, question""",
        {"as_of": night.as_of, "window_days": night.configuration.measures.window_days},
    )


def _importance(complete: pl.DataFrame, asked: list[str], overall: str) -> Importance:
    wide = complete.pivot(on="question", index=_RESPONSE, values="score", maintain_order=True)
    columns = [*asked, overall] if complete.height else []
    scores = wide.select(columns).to_numpy().astype(np.float64)
    # Importance has no unit; in thousandths, as scores are kept, all of them are whole.
    thousandths = (scores * 1000).round()
    whole = thousandths / 1000 if (thousandths % 1000 == 0).all() else thousandths
    return importance(whole, np.random.default_rng(SEED))


def _performances(night: Night, complete: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Mean and performance of every question."""
    declared = {question.id: question for one in night.configuration.sources for question in one.questions.values()}
    means = complete.group_by("question").agg(pl.col("score").cast(pl.Float64).mean(), pl.col("is_satisfied").mean())
    found: dict[str, dict[str, float]] = {}
    for question, mean, satisfied in means.iter_rows():
        lowest, highest = declared[question].scale
        place = (mean - lowest) / (highest - lowest)
        found[question] = {"mean": mean, "performance": place if satisfied is None else satisfied}
    return found
