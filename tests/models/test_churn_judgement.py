"""Intervals, due predictions, drift, rules and the list of whom to call: claims on small drawn crowds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import retention_list
from models.churn import drift, due, intervals
from models.churn import rules as churn_rules
from models.churn.features import FEATURES
from models.classification import loss_and_auc, metrics

RNG = np.random.default_rng(3)
RISK = RNG.beta(2, 2, size=2000)
CHURNED = RNG.random(2000) < RISK
DAY = dt.date(2024, 1, 1)


def test_an_interval_is_as_wide_as_resampling_the_customers_themselves_says():
    found = intervals.intervals(CHURNED, RISK, metrics(CHURNED, RISK), seed=1)
    draws = [RNG.integers(0, RISK.size, size=RISK.size) for _ in range(200)]
    for metric in ("roc_auc", "brier", "log_loss", "calibration_slope", "lift_top_decile", "recall"):
        by_rows = np.std([metrics(CHURNED[draw], RISK[draw])[metric] for draw in draws])
        low, high = found[metric]
        assert (high - low) / (2 * 1.96) == pytest.approx(by_rows, rel=0.3), metric


@pytest.mark.parametrize(("level", "customers"), [(1.0, 200), (2.5, 300)], ids=["two in three leave", "most leave"])
def test_nineteen_of_twenty_intervals_hold_what_the_score_is_worth(level: float, customers: int):
    """Of risks that come true. All metrics together: one alone is held in 250 samples give or take a few per cent."""
    rng = np.random.default_rng(7)

    def drawn(size: int) -> tuple[np.ndarray, np.ndarray]:
        risk = 1 / (1 + np.exp(-rng.normal(level, 1.2, size=size)))
        return rng.random(size) < risk, risk

    truth = metrics(*drawn(300_000))
    held: dict[str, list[bool]] = {metric: [] for metric in truth}
    for seed in range(250):
        churned, risk = drawn(customers)
        for metric, (low, high) in intervals.intervals(churned, risk, metrics(churned, risk), seed=seed).items():
            held[metric].append(low <= truth[metric] <= high)
    shares = {metric: np.mean(cases) for metric, cases in held.items()}
    assert 0.93 < np.mean(list(shares.values())) < 0.97
    assert min(shares.values()) > 0.88, shares


def test_every_interval_holds_its_figure_and_the_same_seed_gives_the_same():
    figures = metrics(CHURNED, RISK)
    found = intervals.intervals(CHURNED, RISK, figures, seed=1)
    assert set(found) == {metric for metric, value in figures.items() if value is not None}
    assert all(low <= figures[metric] <= high for metric, (low, high) in found.items())
    assert intervals.intervals(CHURNED, RISK, figures, seed=1) == found


def test_the_short_way_to_loss_and_auc_agrees_with_the_long_one():
    long, short = metrics(CHURNED, RISK), loss_and_auc(CHURNED, RISK)
    assert short == pytest.approx({name: long[name] for name in short}, abs=1e-12)


def published(risk: np.ndarray, rival: np.ndarray, churned: np.ndarray) -> pl.DataFrame:
    names = [f"c{number:05}" for number in range(len(risk))]
    return pl.DataFrame({"customer_id": names, "churn_risk": risk, "baseline_risk": rival, "churned": churned})


def test_a_release_that_was_right_wins_and_one_that_was_wrong_loses():
    flat = np.full(RISK.size, CHURNED.mean())
    outcomes = {
        name: due.judged(published(risk, rival, CHURNED), is_rule=False)["outcome"][0]
        for name, risk, rival in (("right", RISK, flat), ("wrong", 1 - RISK, flat), ("same", flat, flat))
    }
    assert outcomes == {"right": "won", "wrong": "lost", "same": "even"}
    few = {n: due.against_rule(CHURNED[:n], np.where(CHURNED[:n], 0.9, 0.1), flat[:n]) for n in (49, 50)}
    assert few == {49: "even", 50: "won"}


def test_the_deciles_of_a_due_release_are_tenths_and_add_up_to_everybody():
    found = due.judged(published(RISK, RISK, CHURNED), is_rule=True)
    whole, tenths = found.row(0, named=True), found.filter(pl.col("decile") > 0)
    assert tenths["decile"].to_list() == list(range(1, 11))
    assert (tenths["n"].sum(), tenths["churned"].sum()) == (whole["n"], whole["churned"])
    assert tenths["mean_risk"].is_sorted(descending=True)
    assert tenths["lift"][0] > 1 > tenths["lift"][9]
    assert whole["outcome"] == "rule"


def test_equal_risks_share_a_decile_and_no_figure_hangs_on_what_customers_are_called():
    risk = np.repeat([0.9, 0.5, 0.1], [15, 70, 15])
    churned = np.arange(100) % 3 == 0
    rows = published(risk, risk[::-1].copy(), churned)
    found = due.judged(rows, is_rule=False)
    assert found.select("decile", "n").rows() == [(0, 100), (1, 15), (2, 70), (9, 15)]
    assert found.filter(pl.col("decile") == 2)["churned"].item() == churned[15:85].sum()
    renamed = rows.with_columns(customer_id=pl.col("customer_id").reverse()).sort("customer_id")
    assert due.judged(renamed, is_rule=False).equals(found)


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(due.OUTCOMES)), max_size=12, unique_by=lambda x: x[0]))
def test_a_fallback_needs_three_losses_in_a_row_over_four_weeks(record: list[tuple[int, str]]):
    found = due.standing([(DAY + dt.timedelta(days=day), outcome) for day, outcome in record])
    newest = sorted(record, reverse=True)
    run = next((place for place, (_, outcome) in enumerate(newest) if outcome != "lost"), len(newest))
    assert found.losses == run
    assert found.is_fallback == (run >= 3 and newest[0][0] - newest[run - 1][0] >= 28)


def index_of(past, now):
    return drift.stability_index(*drift.bin_counts(past, now))


def test_drift_is_nothing_between_halves_and_loud_after_a_shift():
    values = RNG.normal(size=4000)
    assert drift.status_of(index_of(values[:2000], values[2000:])) == "stable"
    assert drift.status_of(index_of(values[:2000], values[2000:] + 1)) == "shifted"
    missing = np.where(RNG.random(2000) < 0.5, np.nan, values[2000:])
    assert index_of(values[:2000], missing) > 0.25


def resampled(rng: np.random.Generator, n: int, origin: dt.date) -> pl.DataFrame:
    """So many customers of one population, as the features read them."""
    read = sorted({column for feature in FEATURES for column in feature.expression.meta.root_names()})
    level = rng.gamma(2.0, 20.0, size=n)
    drawn = {column: rng.poisson(level) for column in read if column not in ("purchase_logit", "customer_id")}
    return pl.DataFrame({"origin": [origin] * n, "customer_id": [f"c{number:05}" for number in range(n)], **drawn})


@pytest.mark.parametrize(("customers", "tonight"), [(100, 100), (150, 600), (5000, 100), (600, 600)])
def test_nothing_is_called_moved_that_chance_moves(customers: int, tonight: int):
    """Of one population, drawn apart: no status but stable and too_few_data, in forty nights but two or three."""
    loud = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        drawn = [resampled(rng, n, DAY) for n in (customers, tonight)]
        statuses = set(drift.input_drift(*drawn)["status"])
        loud += not statuses <= {"stable", "too_few_data"}
    assert loud <= 5  # of 40 at one in twenty, more have a chance of 1.4 %


def test_a_shift_of_a_hundred_customers_that_is_more_than_chance_is_told():
    rng = np.random.default_rng(1)
    past, tonight = resampled(rng, 1000, DAY), resampled(rng, 100, DAY)
    older = tonight.with_columns(pl.col("recency_days") + 200, tenure_days=pl.col("tenure_days") + 200)
    found = dict(drift.input_drift(past, older).select("subject", "status").rows())
    assert found["recency"] == "shifted"


def test_a_customer_of_several_past_dates_is_no_witness_twice():
    """The same rows at ten dates are no more evidence than at one."""
    rng = np.random.default_rng(3)
    past, tonight = resampled(rng, 100, DAY), resampled(rng, 100, DAY)
    told_often = pl.concat([past.with_columns(origin=pl.lit(DAY + dt.timedelta(days=30 * n))) for n in range(10)])
    found = drift.input_drift(told_often, tonight)
    assert found["index"].max() >= drift.MODERATE_FROM
    assert set(found["status"]) == {"stable", "too_few_data"}


def crowd(n: int, seed: int, origin: dt.date) -> pl.DataFrame:
    """Customers who leave where they are silent for more than 100 days or bought once, nothing else."""
    rng = np.random.default_rng(seed)
    gaps = rng.integers(0, 5, size=n)
    recency = rng.integers(0, 300, size=n)
    risk = np.where(recency > 100, 0.9, np.where(gaps == 0, 0.6, 0.1))
    return pl.DataFrame(
        {
            "origin": [origin] * n,
            "customer_id": [f"c{number:05}" for number in range(n)],
            "recency_days": recency,
            "tenure_days": recency + gaps * 40,
            "orders_window": gaps + 1,
            "orders_90": np.zeros(n, int),
            "gaps": gaps,
            "gap_sum": gaps * 40,
            "net_value_window": rng.gamma(2.0, 50.0, size=n),
            "churned": rng.random(n) < risk,
        }
    )


def test_rules_put_everybody_in_exactly_one_ask_four_questions_at_most_and_come_true():
    past, later = crowd(4000, 1, DAY), crowd(3000, 2, DAY + dt.timedelta(days=200))
    rules = churn_rules.grow(past)
    table = churn_rules.judged(rules, past, later, churn_rules.measures(later))
    assert table["n"].sum() == table["customers"].sum() == later.height
    assert table["n_past"].sum() == past.height
    silent = table.filter(pl.col("words").str.contains("days since the last order > 100"))
    assert silent.height >= 1
    assert silent["rate"].min() > 0.85
    assert (
        table.filter(pl.col("rate_past").is_between(pl.col("low") - 0.03, pl.col("high") + 0.03)).height
        >= table.height - 1
    )
    depth = max(len({(bound.measure, bound.at_most) for bound in rule}) for rule in rules)
    assert depth <= churn_rules.DEPTH
    assert churn_rules.grow(past.sample(fraction=1.0, shuffle=True, seed=1)) == rules


@pytest.mark.parametrize(
    ("bounds", "english", "chinese"),
    [
        (
            [("recency_days", False, 106), ("recency_days", True, 194)],
            "days since the last order > 106 and ≤ 194",
            "距上次下单天数 > 106 且 ≤ 194",
        ),
        (
            [("mean_gap_days", False, 3), ("mean_gap_days", True, 20)],
            "mean days between orders > 3 and ≤ 20",
            "平均下单间隔天数 > 3 且 ≤ 20",
        ),
        ([("mean_gap_days", True, 20)], "mean days between orders ≤ 20 or unknown", "平均下单间隔天数 ≤ 20（或尚无）"),
        ([("mean_gap_days", True, -1)], "no mean days between orders", "无平均下单间隔天数"),
        ([("mean_gap_days", False, -1)], "known mean days between orders", "有平均下单间隔天数"),
        (
            [("mean_gap_days", False, -1), ("mean_gap_days", True, 20)],
            "mean days between orders ≤ 20",
            "平均下单间隔天数 ≤ 20",
        ),
        ([("net_value_window", True, -5)], "net value in the window ≤ -5", "窗口内净消费 ≤ -5"),
        (
            [("orders_90", True, 1), ("tenure_days", False, 90)],
            "orders in the last 90 days ≤ 1 and days since the first order > 90",
            "近 90 天下单次数 ≤ 1，且距首次下单天数 > 90",
        ),
    ],
)
def test_a_rule_says_both_ends_of_a_measure_at_once_and_unknown_only_of_whom_it_holds(
    bounds: list[tuple[str, bool, float]], english: str, chinese: str
):
    rule = tuple(churn_rules.Bound(*bound) for bound in bounds)
    table = churn_rules.judged((rule,), *[crowd(9, 1, DAY)] * 2, churn_rules.measures(crowd(9, 1, DAY)))
    assert table.select("words", "words_zh").row(0) == (english, chinese)


def candidates(n: int) -> pl.DataFrame:
    values = np.random.default_rng(5).gamma(2.0, 50.0, size=n).round(2)
    names = [f"c{number:05}" for number in range(n)]
    rows = pl.DataFrame({"customer_id": names, "churn_risk": [0.8] * n, "value_at_risk": values})
    return rows.with_columns(cools_down=pl.lit(False), was_control=pl.lit(None, pl.Boolean))


def called(candidates: pl.DataFrame, capacity: int, hold_out: float = 0.1) -> pl.DataFrame:
    return retention_list.chosen(
        candidates,
        by="value_at_risk",
        action=retention_list.CALL,
        capacity=capacity,
        hold_out=hold_out,
        saved_share=0.25,
    )


@settings(max_examples=20)
@given(st.integers(0, 400), st.integers(0, 150))
def test_the_list_calls_as_many_as_the_team_can_and_the_most_valuable_first(n: int, capacity: int):
    found = called(candidates(n), capacity)
    to_call = found.filter(~pl.col("is_control"), "is_within_capacity")
    assert found.height == n
    assert to_call.height == min(capacity, (~found["is_control"]).sum())
    passed_over = found.filter(~pl.col("is_within_capacity"))
    assert passed_over["rank"].to_list() == list(range(n - passed_over.height + 1, n + 1))
    assert found["value_at_risk"].is_sorted(descending=True)
    assert found["rank"].to_list() == list(range(1, found.height + 1))
    assert to_call["expected_saved_value"].sum() == pytest.approx(
        0.25 * to_call["value_at_risk"].sum(), abs=0.01 * n + 1e-9
    )
    assert (found.filter(pl.col("is_control") | ~pl.col("is_within_capacity"))["expected_saved_value"] == 0).all()


def test_value_at_risk_is_risk_times_expected_value_and_names_what_it_falls_back_on():
    scores = pl.DataFrame(
        {
            "customer_id": ["valued", "unvalued", "refunded", "moneyless", "brought all back"],
            "churn_risk": [0.8, 0.5, 0.9, 0.4, 0.5],
            "expected_value": [Decimal("25.50"), None, Decimal("-3.00"), None, None],
            "net_value": [Decimal("999.00"), Decimal("365.00"), Decimal("50.00"), None, Decimal("-20.00")],
            "tier": ["high", "high", "low", "low", "high"],
        }
    )
    valued = retention_list.value_at_risk(scores, window_days=365, horizon_days=73)
    # .8 x 25.5; .5 x 365 x 73 / 365
    assert valued["value_at_risk"].to_list() == [pytest.approx(20.4), 36.5, 0.0, None, 0.0]
    assert valued["value_basis"].to_list() == ["expected", "historic", "expected", None, "historic"]
    sums = {
        (row["scope"], row["scope_value"]): row for row in retention_list.by_scope(valued, ("tier",)).rows(named=True)
    }
    assert sums["all", "all"]["value_at_risk"] == sums["tier", "high"]["value_at_risk"] == pytest.approx(56.9)
    assert [sums["tier", tier]["basis"] for tier in ("high", "low")] == ["mixed", "expected"]
    nobody = retention_list.by_scope(valued.filter(pl.col("customer_id") == "moneyless"), ())
    assert nobody.select("basis", "value_at_risk").rows() == [("none", None)]


def test_a_sum_of_value_at_risk_is_rounded_once_and_not_customer_by_customer():
    scores = pl.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(100)],
            "churn_risk": [0.5] * 100,
            "expected_value": [Decimal("0.25")] * 100,
            "net_value": [None] * 100,
        }
    )
    sums = retention_list.by_scope(retention_list.value_at_risk(scores, window_days=365, horizon_days=73), ())
    assert sums["value_at_risk"].to_list() == [12.5]  # a hundred times 0.125


def test_the_held_out_are_a_tenth_and_the_same_ones_in_any_list():
    whole = called(candidates(5000), 5000)
    part = called(candidates(5000).head(700), 50)
    assert whole["is_control"].mean() == pytest.approx(0.1, abs=0.015)
    both = part.join(whole, on="customer_id")
    assert (both["is_control"] == both["is_control_right"]).all()
    assert not called(candidates(99), 99, hold_out=0.0)["is_control"].any()


def test_who_cools_down_keeps_the_rank_and_takes_nobody_s_place():
    cooling = candidates(50).with_columns(cools_down=pl.col("value_at_risk") > pl.col("value_at_risk").median())
    found = called(cooling, 10, hold_out=0.0)
    assert found["value_at_risk"].is_sorted(descending=True)
    assert found.filter("is_within_capacity")["rank"].to_list() == list(range(26, 36))
