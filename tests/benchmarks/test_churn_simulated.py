"""The simulated shop of docs/churn.md runs through the tables of the night, and no model knows more than the truth."""

from __future__ import annotations

from benchmarks.churn_simulated import scale, truth


def test_every_model_stands_beside_the_best_possible_score_and_below_it() -> None:
    lines = [line.strip("| ").split(" | ") for line in truth(customers=2_000, seed=1).splitlines() if "`" in line]
    losses = {name.strip("`"): float(loss) for name, _, loss, *_ in lines}
    best = losses.pop("best possible")
    assert losses.keys() == {"blend", "boosting", "logistic", "mbg_nbd", "overdue_rule", "recency_rule"}
    assert best < min(losses.values()) < losses["recency_rule"]


def test_what_each_piece_of_the_work_costs_is_measured_once_a_turn() -> None:
    told = scale(customers=2_000, seed=1, repeats=1)
    [(rows, scored)] = told.pop("rows, and rows scored")
    assert 0 < scored < rows
    assert len(told) == 5
    assert all(cpu > 0 and peak > 0 for [(cpu, peak)] in told.values())
