"""A churn record small enough to check by eye: two lists of three, two rules, one release that came due."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
from sample_frames import AS_OF

from reports.report_data import ChurnWork, Planned

ORIGIN = AS_OF - dt.timedelta(days=120)

NO_DIFFERENCE = "not_distinguishable"
PLAYBOOK = (
    Planned("win_back", "rfm", "cant_lose_them", "Send an <offer>", "发送优惠"),
    Planned("thanks", "tier", "high", "Write a note", "致谢"),
)


def work(*, is_due: bool = True, playbook: tuple[Planned, ...] = PLAYBOOK) -> ChurnWork:
    """Two lists of three (one to call, one held out, one waiting), two rules, and one release that came due and lost.

    The playbook's second action is about nobody tonight.
    """
    scopes = [
        ("all", "all", 9),
        ("tier", "high", 6),
        ("tier", "low", 3),
        ("segment", "loyal", 7),
        ("segment", "lost", 2),
    ]
    tenths: list[dict[str, Any]] = [
        {"decile": decile, "n": 40 if decile == 0 else 20, "mean_risk": risk, "observed": seen, "low": 0.1, "high": 0.9}
        | {"predicted_on": ORIGIN, "due_on": AS_OF, "model": "blend", "model_version": "abc", "lift": 1.4}
        | {"roc_auc": 0.71, "baseline_roc_auc": 0.66, "log_loss": 0.52, "baseline_log_loss": 0.55}
        | {"calibration_slope": 1.1, "outcome": "won" if decile == 0 else None, "is_fallback": False}
        for decile, risk, seen in ((0, 0.5, 0.5), (1, 0.8, 0.7), (2, 0.2, 0.3))
    ]
    return ChurnWork(
        playbook=playbook,
        value_at_risk=pl.DataFrame(
            [
                {"scope": scope, "scope_value": value, "customers": 40, "expected_churners": 20.0, "basis": "expected"}
                | {"value_at_stake": Decimal(2000 * part), "value_at_risk": Decimal(1000 * part)}
                for scope, value, part in scopes
            ]
        ),
        action_list=pl.DataFrame(
            {
                "customer_id": ["secret-1", "secret-2", "secret-3"] * 2,
                "action": ["retention_call"] * 3 + ["win_back"] * 3,
                "churn_risk": [0.9, 0.8, 0.75, 0.5, None, None],
                "value_at_stake": [Decimal(value) for value in (400, 375, 30, 70, 60, 50)],
                "value_at_risk": [*(Decimal(value) for value in (350, 300, 20, 35)), None, None],
                "expected_saved_value": [Decimal(35), Decimal(0), Decimal(0), None, None, None],
                "is_control": [False, True, False] * 2,
                "is_within_capacity": [True, True, False] * 2,
            }
        ),
        action_effects=pl.DataFrame(
            [
                {"action": action, "kind": kind, "segment": segment, "hold_out": 0.1, "outcome": outcome}
                | {"horizon_days": 90, "called": 900, "held_out": held, "called_value": called_value}
                | {"held_out_value": 0.3, "difference": difference, "low": low, "high": high, "status": status}
                for action, kind, segment, outcome, held, called_value, difference, low, high, status in (
                    ("retention_call", "risk_band", "high", "net_value", 100, 20.3, 20.0, 4.0, 36.0, "more"),
                    ("retention_call", "risk_band", "high", "ordered", 100, 0.32, 0.02, -0.05, 0.09, NO_DIFFERENCE),
                    ("retired", "tier", "high", "ordered", 9, 0.3, None, None, None, "too_few_data"),
                )
            ]
        ),
        churn_rules=pl.DataFrame(
            [
                {"rule": rule, "words": words, "words_zh": zh, "rate": rate, "rate_past": rate, "low": rate - 0.1}
                | {"high": rate + 0.1, "n": 60, "n_past": 200, "customers": 25, "origin": ORIGIN}
                for rule, words, zh, rate in ((1, "silent > 90", "沉默 > 90", 0.8), (2, "silent < 9", "沉默 < 9", 0.3))
            ]
        ),
        churn_importance=pl.DataFrame(
            {
                "kind": ["theme", "theme", "feature"], "name": ["rhythm", "value", "recency"],
                "auc_loss": [0.09, 0.01, 0.02], "n": [60] * 3, "origin": [ORIGIN] * 3,
            }
        ),
        churn_drift=pl.DataFrame(
            {
                "subject": ["recency", "tenure", "churned"], "index": [0.02, 0.4, 0.01],
                "status": ["stable", "shifted", "stable"],
            }
        ),
        prediction_scorecard=pl.DataFrame(tenths if is_due else tenths[:0], schema=pl.DataFrame(tenths).schema),
        churn_models=pl.DataFrame(
            [
                {"model": "blend", "model_version": "abc", "rows": 900, "customers": 300, "origins": 4, "card": "{}"}
                | {"learned_on": dt.date(2024, 2, 29)}
            ]
        ),
        churn_windows=pl.DataFrame(
            {
                "setting": ["horizon_days", "window_days"], "configured_days": [90, 365],
                "recommended_days": [112, 406], "share_within": [0.85, 0.97],
            }
        ),
    )  # fmt: skip
