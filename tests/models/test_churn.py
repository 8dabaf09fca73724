"""Churn models on drawn customers whose true risk is known."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.churn import blend, evaluation, learning, recency_rule
from models.churn import linear as churn_linear
from models.churn import reasons as churn_reasons
from models.churn.features import FEATURES, THEMES, WINDOWS, Theme, matrix
from models.churn.lesson import Lesson
from models.classification import logit, metrics, sigmoid
from models.value import beta_geometric_nbd

ORIGINS = [dt.date(2024, month, 1) for month in (1, 2, 3)]
LATER = dt.date(2024, 7, 1)
HORIZON = 90
PARTS = (1, 2, 4, 8, 16)  # of the window's money, in its shorter windows


def drawn(
    customers: int, origins: list[dt.date], seed: int, *, orders_weigh: float = 1.5, recency_weighs: float = 0.5
) -> pl.DataFrame:
    """Customers at origins: churn falls with orders and rises with silence, as much as is asked for."""
    rng = np.random.default_rng(seed)
    n = customers * len(origins)
    orders = 1 + rng.poisson(rng.gamma(1.0, 3.0, size=n))
    gaps = orders - 1
    tenure = gaps + rng.integers(0, 300, size=n)  # a gap is at least a day
    recency = np.where(gaps == 0, tenure, ((tenure - gaps) * rng.random(n)).astype(int))
    gap = np.where(gaps > 0, (tenure - recency) / np.maximum(gaps, 1), 0.0)
    logits = 0.5 - orders_weigh * (np.log(orders) - 1) + recency_weighs * (np.log1p(recency) - 4)
    value, refunded = orders * rng.gamma(4.0, 10.0, size=n), rng.random(n) < 0.1
    return pl.DataFrame(
        {
            "origin": [origin for origin in origins for _ in range(customers)],
            "customer_id": [f"c{number:05}" for _ in origins for number in range(customers)],
            "recency_days": recency,
            "tenure_days": tenure,
            "orders_all": orders,
            "orders_window": orders,
            "orders_180": (orders + 1) // 2,
            "orders_90": orders // 2,
            "orders_30": orders // 4,
            "orders_7": orders // 8,
            "orders_year_ago": orders // 3,
            "products_window": orders * 2,
            "units_window": orders * 4.0,
            "order_days": orders,
            "gaps": gaps,
            "gap_sum": tenure - recency,
            "gap_sum_of_squares": np.round(gaps * gap**2).astype(int) + gaps,
            "last_gap_days": gap.astype(int),
            **{f"lines_{window}": orders * 3 // part for window, part in zip(WINDOWS, PARTS, strict=True)},
            "gross_value_window": value,
            "gross_value_90": value / 4,
            "discount_value_window": np.zeros(n),
            "discount_value_90": np.zeros(n),
            "refund_value_window": refunded * 0.2 * value,
            "refund_value_90": refunded * 0.2 * value / 4,
            **{f"net_value_{window}": value / part for window, part in zip(WINDOWS, PARTS, strict=True)},
            "channels_window": np.ones(n, int),
            "channel_orders_window": orders,
            "main_channel_orders_window": orders,
            "categories_window": 1 + orders // 4,
            "category_lines_window": orders * 3,
            "top_category_lines_window": orders * 2,
            "latest_nps_score": rng.integers(0, 11, size=n),
            "latest_csat_satisfied": rng.integers(0, 2, size=n),
            "churned": rng.random(n) < 1 / (1 + np.exp(-logits)),
        }
    ).with_columns(pl.when(pl.col("gaps") > 0).then(pl.col("gap_sum", "gap_sum_of_squares")))


PAST = drawn(400, ORIGINS, seed=1)
PRESENT = drawn(400, [LATER], seed=2)


def lesson(past: pl.DataFrame) -> Lesson:
    """The past, with nobody's purchase history beside it: no purchase model can be fitted."""
    histories = pl.DataFrame(schema=dict.fromkeys(("x", "t_x", "age", "customers"), pl.Int64))
    return Lesson(past, histories, HORIZON)


def logistic(past: pl.DataFrame = PAST) -> blend.ChurnBlend:
    return blend.learn(lesson(past))["logistic"]


def judge(past: pl.DataFrame, present: pl.DataFrame) -> tuple[learning.Verdict, ...]:
    found = learning.verdicts(learning.predict(learning.learn_all(lesson(past)), present))
    return tuple(verdict for verdict in found if verdict.model != "overdue_rule")


def predicted(past: pl.DataFrame, present: pl.DataFrame) -> pl.DataFrame:
    """What every model says, with the segments that an evaluation tells apart."""
    segments = present.select(
        "customer_id",
        order_history=pl.when(pl.col("order_days") == 1).then(pl.lit("one_time")).otherwise(pl.lit("repeat")),
        tier=pl.lit("low"),
        channel=pl.lit(None, pl.String),
    )
    return learning.predict(learning.learn_all(lesson(past)), present).join(segments, on="customer_id")


@pytest.fixture(scope="module")
def bought() -> Lesson:
    """A past of 600 customers, enough for trees, and the purchase histories of the newest origin's."""
    past = drawn(600, ORIGINS, seed=11)
    histories = past.filter(pl.col("origin") == ORIGINS[-1]).select(
        x=pl.col("order_days") - 1,
        t_x=pl.col("tenure_days") - pl.col("recency_days"),
        age="tenure_days",
        customers=pl.lit(1),
    )
    return Lesson(past, histories, HORIZON)


# Origins


@given(st.dates(dt.date(2015, 1, 1), dt.date(2024, 1, 1)), st.integers(0, 3000), st.integers(1, 400))
def test_every_origin_is_mature_and_has_a_horizon_of_history(first: dt.date, age: int, horizon_days: int):
    as_of, horizon = first + dt.timedelta(days=age), dt.timedelta(days=horizon_days)
    found = learning.origins(first, as_of, horizon_days)
    assert all(first + horizon <= origin <= as_of - horizon for origin in found)
    assert list(found) == sorted(set(found), reverse=True)
    for judged in learning.judged_origins(found, horizon_days):
        teachers = learning.mature(found, judged, horizon_days)
        assert teachers
        assert all(teacher + horizon <= judged for teacher in teachers)


@given(st.dates(dt.date(2015, 1, 1), dt.date(2024, 1, 1)), st.integers(0, 3000), st.integers(1, 400))
def test_from_one_night_to_the_next_the_origins_stay_but_for_one_that_comes_due(
    first: dt.date, age: int, horizon_days: int
):
    as_of, day, horizon = first + dt.timedelta(days=age), dt.timedelta(days=1), dt.timedelta(days=horizon_days)
    tonight, tomorrow = (learning.origins(first, on, horizon_days) for on in (as_of, as_of + day))
    due = [origin for origin in tomorrow if origin == as_of + day - horizon]
    assert tomorrow == tuple((*due, *tonight)[: learning.MOST_ORIGINS])
    learned_on = learning.learned_on(tomorrow, as_of + day, horizon_days)
    assert learned_on <= as_of + day
    if tomorrow:
        step = max(learning.STEP_DAYS, -(-horizon_days // 3))
        assert learned_on > as_of + day - dt.timedelta(days=step)
        assert all(origin + horizon <= learned_on for origin in tomorrow)


def test_the_longest_horizon_still_has_a_judged_origin():
    found = learning.origins(dt.date(2015, 1, 1), dt.date(2024, 1, 1), 365)
    assert len(learning.judged_origins(found, 365)) == learning.JUDGED_ORIGINS


def test_no_order_no_origin():
    assert learning.origins(None, dt.date(2024, 1, 1), 90) == ()


# The recency rule


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 364), st.booleans()), max_size=120))
def test_the_rule_never_falls_as_silence_grows_and_is_never_certain(pairs: list[tuple[int, bool]]):
    past = pl.DataFrame(pairs, schema={"recency_days": pl.Int64, "churned": pl.Boolean}, orient="row")
    risk = recency_rule.learn(past).risk(pl.DataFrame({"recency_days": range(500)}))
    assert np.all(np.diff(risk) >= 0)
    assert np.all((risk > 0) & (risk < 1))


def test_the_rule_reads_recency_and_not_tenure():
    swapped = PRESENT.rename({"recency_days": "tenure_days", "tenure_days": "recency_days"})
    rule = recency_rule.learn(PAST)
    assert not np.array_equal(rule.risk(PRESENT), rule.risk(swapped))
    assert np.array_equal(rule.risk(PRESENT), rule.risk(PRESENT.with_columns(tenure_days=pl.lit(0))))


@pytest.mark.parametrize("came_back", [False, True])
def test_the_rule_is_no_surer_than_its_groups_where_one_outcome_was_never_seen(came_back: bool):
    """A shop of one-time buyers: 20,000 rows without a return say little more of a group than its own thousand."""
    past = pl.DataFrame({"recency_days": range(20_000), "churned": [not came_back] * 20_000})
    risk = recency_rule.learn(past).risk(past.sample(50, seed=1))
    doubt = risk if came_back else 1 - risk
    assert doubt == pytest.approx(0.5 / (1_000 + 20 + 1), rel=0.01)


def test_the_rule_ranks_as_finely_as_recency_itself_and_comes_true():
    rule = recency_rule.learn(PAST)
    churned, recency = PRESENT["churned"].to_numpy(), PRESENT["recency_days"].to_numpy()
    by_rule, by_days = (metrics(churned, risk) for risk in (rule.risk(PRESENT), recency / 365))
    assert by_rule["roc_auc"] == pytest.approx(by_days["roc_auc"], abs=0.01)
    assert by_rule["calibration_slope"] == pytest.approx(1, abs=0.35)


def test_the_rule_of_no_past_says_even_odds_and_why():
    rule = recency_rule.learn(PAST.clear())
    assert rule.risk(PRESENT.head(2)).tolist() == [0.5, 0.5]
    assert rule.reasons(PRESENT.head(1), window_days=365)["reason_1"].item().startswith("too little history")


def test_one_past_customer_moves_the_rule_a_quarter_of_the_way():
    """Jeffreys' prior: (1 + 1/2) / (1 + 1)."""
    one = PAST.head(1).with_columns(churned=pl.lit(True))
    assert recency_rule.learn(one).rate == 0.75


def test_the_reason_of_the_rule_is_the_silence():
    rows = PRESENT.filter(pl.col("recency_days") > 200).head(1)
    reason = recency_rule.learn(PAST).reasons(rows, window_days=365)
    assert reason["reason_1"].item().startswith(f"last order {rows['recency_days'].item()} days ago, typical")
    assert reason["reason_1"].item().endswith("(raises risk)")
    assert reason["contribution_1"].item() > 0


# The logistic model


def test_the_logistic_finds_what_drives_churn_and_is_published():
    (verdict,) = judge(PAST, PRESENT)
    assert verdict.model == "logistic"
    assert verdict.beats_rule
    assert learning.choose("auto", [verdict]).model == "logistic"
    figures = metrics(PRESENT["churned"].to_numpy(), logistic().risk(PRESENT))
    assert figures["roc_auc"] == pytest.approx(verdict.roc_auc)
    assert 0.6 < figures["calibration_slope"] < 1.6


def test_where_nothing_but_silence_matters_the_rule_is_published():
    silent = {"orders_weigh": 0.0, "recency_weighs": 1.0}
    verdicts = judge(drawn(400, ORIGINS, seed=3, **silent), drawn(400, [LATER], seed=4, **silent))
    assert not verdicts[0].beats_rule
    choice = learning.choose("auto", verdicts)
    assert choice.model == "recency_rule"
    assert "No model was distinguishably better" in choice.reason


def test_permuted_outcomes_teach_nothing():
    """Over twenty permutations the mean AUC of every model is a coin's, and the blend is hardly ever published."""
    past, present = drawn(200, ORIGINS, seed=21), drawn(400, [LATER], seed=22)
    found: list[learning.Verdict] = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        permuted, judged = (
            rows.with_columns(churned=pl.Series(rng.permutation(rows["churned"].to_numpy())))
            for rows in (past, present)
        )
        found += judge(permuted, judged)
    areas = [verdict.roc_auc for verdict in found if verdict.model == "logistic"]
    assert len(areas) == 20
    assert np.mean(areas) == pytest.approx(0.5, abs=0.015)
    assert sum(verdict.beats_rule for verdict in found) <= 2


def test_the_order_of_past_rows_changes_no_digit():
    shuffled = PAST.sample(fraction=1.0, shuffle=True, seed=6)
    models, again = learning.learn_all(lesson(PAST)), learning.learn_all(lesson(shuffled))
    assert set(models) == {"logistic", "overdue_rule", "recency_rule"}
    for name in models:
        first, second = models[name], again[name]
        assert first == second
        assert first.version == second.version
        assert np.array_equal(first.risk(PRESENT), second.risk(PRESENT))


def test_the_version_changes_with_what_was_learned():
    assert logistic().version != logistic(PAST.head(1100)).version


def test_contributions_add_up_to_the_logit_above_the_average_customer():
    model, rows = logistic(), PRESENT.head(50)
    linear = model.linear
    assert linear is not None
    distance = (matrix(rows).to_numpy() - np.array(linear.means)) / np.where(linear.deviations, linear.deviations, 1)
    kept = np.clip(np.nan_to_num(distance), -churn_linear.REACH, churn_linear.REACH)
    by_hand = linear.intercept + kept @ np.array(linear.slopes)
    assert logit(model.risk(rows)) == pytest.approx(by_hand, abs=1e-4)
    assert model.typical_logit + model.contributions(rows).sum(axis=1) == pytest.approx(by_hand, abs=1e-9)


# The blend


def test_the_blend_is_the_mean_of_its_parts_logits_and_so_are_its_contributions(bought: Lesson):
    models = blend.learn(bought)
    assert models["blend"].parts == ("logistic", "boosting", "mbg_nbd")
    rows = PRESENT.head(60)
    mean = sum(logit(models[part].risk(rows)) for part in models["blend"].parts) / 3
    assert models["blend"].risk(rows) == pytest.approx(sigmoid(mean), abs=1e-4)  # the parts' risks are rounded
    told = models["blend"].typical_logit + models["blend"].contributions(rows).sum(axis=1)
    assert sigmoid(told) == pytest.approx(models["blend"].risk(rows), abs=1e-6)


def test_the_purchase_part_is_the_closed_form_of_its_paper(bought: Lesson):
    """1 - P(alive)(1 - ((alpha + T) / (alpha + T + H))^(r + x)), P(alive) of Batislam et al. 2007."""
    model = blend.learn(bought)["mbg_nbd"]
    part = model.purchases
    assert part is not None
    row = PRESENT.filter(pl.col("order_days") == 3).head(1)
    x, T = 2, row["tenure_days"].item()
    t_x = T - row["recency_days"].item()
    dead = part.a / (part.b + x) * ((part.alpha + T) / (part.alpha + t_x)) ** (part.r + x)
    buys = (1 - ((part.alpha + T) / (part.alpha + T + HORIZON)) ** (part.r + x)) / (1 + dead)
    assert model.risk(row)[0] == pytest.approx(1 - buys, abs=1e-5)


def test_a_one_time_buyer_is_not_alive_for_ever(bought: Lesson):
    """1 - P(alive) of the BG/NBD gives every one-time buyer 0; the risk of no order rises with the silence."""
    model = blend.learn(bought)["mbg_nbd"]
    once = PRESENT.filter(pl.col("order_days") == 1).head(1)
    aged = pl.concat([once.with_columns(recency_days=pl.lit(d), tenure_days=pl.lit(d)) for d in (10, 100, 300)])
    risks = model.risk(aged)
    assert np.all(np.diff(risks) > 0)
    alive = beta_geometric_nbd.BetaGeometricNbd("bg_nbd", 1.0, 50.0, 1.0, 2.0)
    assert alive.probability_alive(*(np.array([value]) for value in (0.0, 0.0, 300.0)))[0] == 1.0


def test_small_pasts_have_no_trees_and_no_blend_of_a_single_part():
    assert set(blend.learn(lesson(PAST))) == {"logistic"}


def test_reasons_are_the_strongest_themes_in_words():
    loyal = PAST.sort("orders_window").tail(1)
    reasons = logistic().reasons(loyal, window_days=365).row(0, named=True)
    assert reasons["reason_1"].startswith(f"orders: {loyal['orders_window'].item()} in 365 days")
    assert reasons["reason_1"].endswith("(lowers risk)")
    strengths = [abs(reasons[f"contribution_{place}"]) for place in (1, 2, 3)]
    assert strengths == sorted(strengths, reverse=True)
    assert reasons["contribution_1"] < 0


def test_every_feature_belongs_to_a_theme_with_words():
    assert {feature.theme for feature in FEATURES} == {theme.name for theme in THEMES}


UNTOLD = [
    name
    for name in PAST.columns
    if "value" in name or "channel" in name or "categor" in name or name in ("orders_year_ago", "units_window")
]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_customer_of_whom_little_is_known_is_told_of_in_words(theme: Theme):
    little = PRESENT.head(3).with_columns(pl.lit(None, PRESENT.schema[name]).alias(name) for name in UNTOLD)
    contributions = np.array([[float(feature.theme == theme.name) for feature in FEATURES]] * 3)
    reasons = churn_reasons.strongest(contributions, little, (None,) * len(THEMES), window_days=365)
    for name in ("reason_1", "reason_1_zh"):
        assert reasons[name].str.len_chars().min() > 10  # pyright: ignore[reportOperatorIssue]


def test_what_has_a_contribution_has_words_where_some_channels_are_unknown(bought: Lesson):
    lost_mostly = pl.col("churned") | (pl.col("orders_all") % 5 == 0)
    channels = [name for name in PAST.columns if "channel" in name]
    known = bought.past.with_columns(main_channel_orders_window=pl.col("orders_window") // 2)
    past = known.with_columns(pl.when(lost_mostly).then(None).otherwise(pl.col(channels)).name.keep())
    reasons = blend.learn(Lesson(past, bought.histories, HORIZON))["blend"].reasons(past, window_days=365)
    assert reasons["reason_1"].str.starts_with("no order whose channel is known (raises risk)").any()
    for place in (1, 2, 3):
        assert (reasons[f"reason_{place}"].is_null() == reasons[f"contribution_{place}"].is_null()).all()


def test_without_money_the_model_learns_from_the_rest_and_gives_no_reason_of_value():
    money = [name for name in PAST.columns if "value" in name]
    past, present = (
        rows.with_columns(pl.lit(None, pl.Decimal(38, 8)).alias(name) for name in money) for rows in (PAST, PRESENT)
    )
    model = logistic(past)
    assert np.all(np.isfinite(model.risk(present)))
    reasons = model.reasons(present, window_days=365)
    told = pl.concat([reasons[f"reason_{place}"] for place in (1, 2, 3)]).drop_nulls()
    assert told.len()
    assert not told.str.contains("value").any()


def test_a_customer_beyond_anything_seen_gets_a_probability():
    extreme = PRESENT.head(1).with_columns(
        recency_days=pl.lit(100_000), orders_window=pl.lit(10**9), net_value_window=pl.lit(-1e12)
    )
    assert 0 < logistic().risk(extreme)[0] < 1


# Too little to learn from, and what may be asked for


@pytest.mark.parametrize(
    "past",
    [
        PAST.clear(),
        PAST.head(1),
        PAST.with_columns(churned=pl.lit(True)),
        PAST.filter(pl.col("origin") == ORIGINS[0]).head(blend.LEAST_CUSTOMERS - 1),
    ],
    ids=["nobody", "one customer", "one outcome", "49 customers"],
)
def test_too_little_past_leaves_the_rule_with_a_probability_for_everybody(past: pl.DataFrame):
    predictions = learning.predict(learning.learn_all(lesson(past)), PRESENT)
    assert set(predictions["model"]) == {"recency_rule", "overdue_rule"}
    assert predictions["churn_risk"].is_between(0, 1).all()
    assert learning.choose("auto", learning.verdicts(predictions)).model == "recency_rule"
    assert learning.choose("logistic", learning.verdicts(predictions)).model == "recency_rule"
    assert set(learning.learn_all(lesson(past))) == {"recency_rule", "overdue_rule"}


def test_a_model_named_in_the_configuration_is_published_whether_or_not_it_wins():
    verdicts = judge(PAST, PRESENT)
    assert learning.choose("recency_rule", verdicts).model == "recency_rule"
    assert learning.choose("logistic", verdicts).model == "logistic"


def test_a_model_that_cannot_be_learned_is_refused():
    with pytest.raises(ValueError, match="'boosting' is not available; auto or one of"):
        learning.choose("boosting", [])


def test_the_evaluation_stands_beside_the_rule_and_names_what_is_published():
    found = evaluation.evaluation(predicted(PAST, PRESENT), "logistic").filter(pl.col("scope") == "all")
    own = found.filter(pl.col("model") == "recency_rule")
    assert (own["value"] == own["baseline_value"]).all()
    model = found.filter(pl.col("model") == "logistic")
    assert model.select("metric", "baseline_value").equals(own.select("metric", "baseline_value"))
    assert (model["is_published"].all(), own["is_published"].any()) == (True, False)
    assert set(found.filter(pl.col("threshold").is_not_null())["metric"]) == {"precision", "recall", "f1", "accuracy"}
