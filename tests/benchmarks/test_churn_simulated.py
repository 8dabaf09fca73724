"""The simulated shop of docs/churn.md runs through the tables of the night, and no model knows more than the truth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.churn_simulated import truth


def test_every_model_stands_beside_the_best_possible_score_and_below_it() -> None:
    lines = [line.strip("| ").split(" | ") for line in truth(customers=2_000, seed=1).splitlines() if "`" in line]
    losses = {name.strip("`"): float(loss) for name, _, loss, *_ in lines}
    best = losses.pop("best possible")
    assert losses.keys() == {"blend", "boosting", "logistic", "mbg_nbd", "overdue_rule", "recency_rule"}
    assert best < min(losses.values()) < losses["recency_rule"]


def test_what_each_piece_of_the_work_costs_is_measured_once_a_turn(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    # In a process of its own: each piece is forked, which a process whose engines have threads must not be.
    asked = ("scale", "--customers", "2000", "--repeats", "1", "--results", str(figures))
    subprocess.run([sys.executable, "-m", "benchmarks.churn_simulated", *asked], check=True, timeout=120)
    told = json.loads(figures.read_text())
    [(rows, scored)] = told.pop("rows, and rows scored")
    assert 0 < scored < rows
    assert len(told) == 5
    assert all(cpu > 0 and peak > 0 for [(cpu, peak)] in told.values())
