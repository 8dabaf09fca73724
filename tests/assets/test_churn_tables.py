"""The churn tables of a small shop: nothing learned from tomorrow, everything scored tonight."""

from __future__ import annotations

import ast
import datetime as dt
import itertools
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import threadpoolctl

from assets import churn, churn_rows, churn_samples, track_record
from assets.night import Night, no_rows
from assets.order_steps import order_steps as order_steps_table
from assets.releases.table_files import write_version
from assets.statements import Amendment
from assets.tables import (
    CHURN_FEATURES,
    CHURN_SCORES,
    CUSTOMER_DAYS,
    MODEL_EVALUATION,
    ORDERS,
    TABLES,
    VALUE_EVALUATION,
)
from models.churn import artefact, evaluation, rules
from models.churn import learning as models
from models.churn.features import FEATURES
from models.churn.lesson import Judged, Lesson

from .drawn_shop import drawn_shop

OpenShop = Callable[..., Night]
FIRST, AS_OF, HORIZON = dt.date(2023, 1, 1), dt.date(2024, 3, 15), 60
STEPS = (
    churn.churn_origins, churn_samples.churn_activity, churn_samples.churn_samples, churn.churn_features,
    churn.churn_learned, churn.churn_predictions,
    track_record.prediction_scorecard, churn.churn_choice, churn.churn_scores, churn.model_evaluation,
    churn.churn_calibration, churn.churn_models, churn.churn_importance, churn.churn_rules, churn.churn_drift,
)  # fmt: skip
MEASURES = {"horizon_days": HORIZON}


SALES, REFUNDS = drawn_shop()


NO_VALUES = no_rows(VALUE_EVALUATION)


def run(night: Night) -> Night:
    night.warehouse.replace(VALUE_EVALUATION, NO_VALUES)
    night.compute(*STEPS)
    return night


def rows(night: Night, table: str) -> pl.DataFrame:
    return night.warehouse.frame(f"select * from {table}").sort(TABLES[table].key)


@pytest.fixture(scope="module")
def shop(open_shop: OpenShop) -> Night:
    return run(open_shop(SALES, REFUNDS, as_of=AS_OF, measures=MEASURES))


def is_valid(order: int, on: dt.date) -> bool:
    """An order stands until the day its refunds leave less than a cent."""
    left = SALES[order][2] - sum((back for _, day, back, of in REFUNDS if of == order and day <= on), Decimal(0))
    return SALES[order][1] <= on and left >= Decimal("0.01")


def valid_days(customer: str, on: dt.date) -> list[dt.date]:
    return [sale[1] for order, sale in enumerate(SALES) if sale[0] == customer and is_valid(order, on)]


def active_customers(on: dt.date) -> list[str]:
    everybody = sorted({customer for customer, _, _ in SALES})
    return [customer for customer in everybody if any(on - day < dt.timedelta(365) for day in valid_days(customer, on))]


def test_nothing_is_counted_of_a_customer_that_no_model_and_no_rule_asks_for() -> None:
    asked = {name for feature in FEATURES for name in feature.expression.meta.root_names()}
    told_by = {"origin", "customer_id", "main_channel", "churned"}  # whose row it is, their segment, what happened
    assert {column.name for column in CHURN_FEATURES.columns} <= {*asked, *rules.MEASURED_COLUMNS, *told_by}


def test_every_customer_with_a_valid_order_in_the_window_is_scored_once(shop: Night):
    scores = rows(shop, "churn_scores")
    assert scores["customer_id"].to_list() == active_customers(AS_OF)
    assert scores["churn_risk"].is_between(0, 1).all()
    assert scores["due_on"].unique().to_list() == [AS_OF + dt.timedelta(days=HORIZON)]
    assert scores["reason_1"].null_count() == 0


def test_features_and_outcome_equal_those_counted_from_sales_and_refunds(shop: Night):
    for origin in (AS_OF, AS_OF - dt.timedelta(days=HORIZON), AS_OF - dt.timedelta(days=HORIZON + 90)):
        found = rows(shop, "churn_features").filter(pl.col("origin") == origin)
        assert found["customer_id"].to_list() == active_customers(origin)
        until = origin + dt.timedelta(days=HORIZON)
        for row in found.rows(named=True):
            customer, days = row["customer_id"], valid_days(row["customer_id"], origin)
            window = [day for day in days if (origin - day).days < 365]
            gaps = [(b - a).days for a, b in zip(sorted(set(days))[:-1], sorted(set(days))[1:], strict=True)]
            sold = sum(value for who, day, value in SALES if who == customer and 0 <= (origin - day).days < 365)
            back = sum(value for who, day, value, _ in REFUNDS if who == customer and 0 <= (origin - day).days < 365)
            assert row["recency_days"] == (origin - max(days)).days
            assert row["tenure_days"] == (origin - min(days)).days
            assert (row["orders_all"], row["orders_window"]) == (len(days), len(window))
            assert row["orders_30"] == sum((origin - day).days < 30 for day in days)
            assert (row["gaps"], row["gap_sum"] or 0) == (len(gaps), sum(gaps))
            assert (row["gap_sum_of_squares"] or 0) == sum(gap**2 for gap in gaps)
            assert row["net_value_window"] == sold - back
            bought = any(origin < day for day in valid_days(customer, until))
            assert row["churned"] == (None if until > AS_OF else not bought)


def test_who_is_active_and_who_is_lost_are_those_counted_from_sales_and_refunds(shop: Night):
    found = churn_samples.losses(shop)
    assert list(found) == [AS_OF - dt.timedelta(days=HORIZON + 30 * back) for back in range(len(found))]
    for origin, (active, lost) in found.items():
        until = origin + dt.timedelta(days=HORIZON)
        customers = active_customers(origin)
        stayed = [c for c in customers if any(origin < day for day in valid_days(c, until))]
        assert (active, lost) == (len(customers), len(customers) - len(stayed))


def test_customers_described_some_at_a_time_are_described_as_they_are_at_once(
    shop: Night, open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(churn, "PLACES_AT_ONCE", 70)
    night = open_shop(SALES, REFUNDS, as_of=AS_OF, measures=MEASURES)
    night.compute(*STEPS[: STEPS.index(churn.churn_features)])
    described = churn.churn_features.compute(night)
    assert isinstance(described, Amendment)
    assert len(described.parts) == 3
    night.warehouse.replace(churn.CHURN_FEATURES, described)
    assert rows(night, "churn_features").equals(rows(shop, "churn_features"))


def test_of_the_past_only_the_samples_are_looked_at_and_they_know_what_they_did_among_everybody(
    shop: Night, open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch
):
    for name, rows_drawn in {"LEARNING_ROWS": 300, "JUDGED_LEARNING_ROWS": 150, "JUDGED_ROWS": 40}.items():
        monkeypatch.setattr(models, name, rows_drawn)
    night = run(open_shop(SALES, REFUNDS, as_of=AS_OF, measures=MEASURES))
    samples = rows(night, "churn_samples")
    assert not samples.select("origin", "customer_id").equals(
        rows(shop, "churn_samples").select("origin", "customer_id")
    )
    for (origin, size), drawn in samples.group_by("origin", "sample"):
        customers = active_customers(origin)
        if size:
            lot = np.random.default_rng(origin.toordinal()).choice(len(customers), size=size, replace=False)
            customers = [customers[place] for place in sorted(lot)]
        assert sorted(drawn["customer_id"]) == customers
        assert churn_rows.rows_of(night, origin, size).height == len(customers)
    found, everybody = rows(night, "churn_features"), rows(shop, "churn_features")
    looked_at = samples.select("origin", "customer_id").unique()
    assert found.height < everybody.height
    assert found.equals(everybody.join(looked_at, on=["origin", "customer_id"], how="semi", maintain_order="left"))
    newest = max(origin for origin in samples["origin"] if origin < AS_OF)
    with pytest.raises(ValueError, match=f"no sample of 41 customers was drawn at {newest}"):
        churn_rows.rows_of(night, newest, 41)


def test_a_past_origin_knows_only_what_its_own_night_knew(shop: Night, open_shop: OpenShop):
    """Refunds that came later, and orders they voided, are the ways a past date could learn of the future."""
    features = rows(shop, "churn_features")
    for origin in sorted(features["origin"].unique().to_list())[:-1]:
        then = open_shop(SALES, REFUNDS, as_of=origin, measures=MEASURES)
        then.compute(*STEPS[:4])
        known_then = rows(then, "churn_features").filter(pl.col("origin") == origin)
        assert features.filter(pl.col("origin") == origin).drop("churned").equals(known_then.drop("churned")), origin


def test_a_judged_origin_is_scored_as_if_nothing_after_it_had_happened(shop: Night, open_shop: OpenShop):
    judged = max(rows(shop, "churn_predictions")["origin"])
    flood = [(customer, judged + dt.timedelta(days=1), Decimal(999)) for customer in active_customers(judged)]
    flooded = run(open_shop([*SALES, *flood], REFUNDS, as_of=AS_OF, measures=MEASURES))
    before, after = (rows(night, "churn_predictions").filter(pl.col("origin") == judged) for night in (shop, flooded))
    assert before.drop("churned").equals(after.drop("churned"))
    assert before["churned"].any()
    assert not after["churned"].any()
    assert set(before["model"]) == {"blend", "logistic", "mbg_nbd", "overdue_rule", "recency_rule"}


def scores_with(shop: Night, orders: Sequence[dict[str, Any]], days: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """The scores where the warehouse holds these rows too."""
    for contract, planted in ((ORDERS, orders), (CUSTOMER_DAYS, days)):
        held = shop.warehouse.frame(f"select * from {contract.name}")
        more = pl.DataFrame(list(planted), schema_overrides=held.schema).select(
            pl.col(name).cast(dtype) if name in planted[0] else pl.lit(None, dtype).alias(name)
            for name, dtype in held.schema.items()
        )
        shop.warehouse.replace(contract, pl.concat([held, more]))
    return rows(run(shop), "churn_scores")


def test_planted_orders_and_refunds_dated_after_tonight_change_no_score(shop: Night, open_shop: OpenShop):
    tomorrow = AS_OF + dt.timedelta(days=1)
    customers = active_customers(AS_OF)
    orders = [
        {"source": "shop", "order_id": f"future{c}", "customer_id": c, "ordered_on": tomorrow, "valid_from": tomorrow}
        | {"lines": 1, "sold_lines": 1, "products": 1}
        for c in customers
    ]
    days = [
        {"customer_id": c, "day": tomorrow, "orders": 1, "lines": 2}
        | {"gross_value": Decimal(500), "refund_value": Decimal(400), "net_value": Decimal(100)}
        for c in customers
    ]
    planted = scores_with(open_shop(SALES, REFUNDS, as_of=AS_OF, measures=MEASURES), orders, days)
    assert planted.equals(rows(shop, "churn_scores"))


def test_the_same_night_gives_the_same_digits_whatever_the_order_of_rows(shop: Night, open_shop: OpenShop):
    again = open_shop(SALES, REFUNDS, as_of=AS_OF, measures=MEASURES)
    for contract in (ORDERS, CUSTOMER_DAYS):
        held = again.warehouse.frame(f"select * from {contract.name}")
        again.warehouse.replace(contract, held.sample(fraction=1.0, shuffle=True, seed=3))
    run(again)
    for table in ("churn_scores", "model_evaluation", "churn_choice", "churn_calibration"):
        assert rows(again, table).equals(rows(shop, table)), table


@pytest.fixture
def lessons(monkeypatch: pytest.MonkeyPatch) -> list[dt.date]:
    """The newest origin of every lesson that is learned from now on, of those that are not empty."""
    learned: list[dt.date] = []
    learn_all = models.learn_all

    def noted(lesson: Lesson) -> dict[str, Judged]:
        learned.extend(lesson.past["origin"].unique().sort(descending=True).head(1))
        return learn_all(lesson)

    monkeypatch.setattr(models, "learn_all", noted)
    return learned


def test_until_another_date_comes_due_the_model_stays_and_only_customers_move_their_risk(
    open_shop: OpenShop, lessons: list[dt.date]
):
    nights = {
        days: run(open_shop(SALES, REFUNDS, as_of=AS_OF + dt.timedelta(days=days), measures=MEASURES))
        for days in (-1, 0, 29, 30)
    }
    newest = {days: rows(night, "churn_models").row(0, named=True) for days, night in nights.items()}
    assert [row["learned_on"] for row in newest.values()] == [
        AS_OF - dt.timedelta(days=30), AS_OF, AS_OF, AS_OF + dt.timedelta(days=30)
    ]  # fmt: skip
    assert newest[0]["artefact"] == newest[29]["artefact"]
    assert len({newest[days]["artefact"] for days in (-1, 0, 30)}) == 3
    for table in ("churn_predictions", "model_evaluation", "churn_choice"):
        told = [rows(nights[days], table).drop("as_of", strict=False) for days in (0, 29)]
        assert told[0].equals(told[1]), table
    # Who was not seen since is longer away than before, and is seen by the same model.
    risks = [rows(nights[days], "churn_scores").select("customer_id", "churn_risk", "due_on") for days in (0, 29)]
    assert not risks[0]["churn_risk"].equals(risks[1]["churn_risk"])
    assert risks[1]["due_on"].unique().to_list() == [AS_OF + dt.timedelta(days=29 + HORIZON)]
    assert max(lessons) == AS_OF + dt.timedelta(days=30 - HORIZON)


def test_what_was_learned_from_the_same_is_kept_and_is_what_learning_anew_gives(
    open_shop: OpenShop, lessons: list[dt.date]
):
    night = run(open_shop(SALES, REFUNDS, as_of=AS_OF, measures=MEASURES))
    learned = rows(night, "churn_learned")
    count = len(lessons)
    assert count == learned["origin"].n_unique()

    def a_week_later() -> Night:
        return open_shop(SALES, REFUNDS, as_of=AS_OF + dt.timedelta(days=7), measures=MEASURES)

    def with_the_models_before(later: Night, before: pl.DataFrame) -> pl.DataFrame:
        later.warehouse.keep("churn_learned_before", before)
        later.warehouse.rows("create table churn_learned as select * from churn_learned_before")
        return rows(run(later), "churn_learned")

    assert with_the_models_before(a_week_later(), learned).equals(learned)
    assert len(lessons) == count
    assert rows(run(a_week_later()), "churn_learned").equals(learned)
    assert len(lessons) == 2 * count
    # A line of the past that came late is learned from, and so is what an older version left without saying of what.
    late = a_week_later()
    late.warehouse.rows("update orders set units = 7 where ordered_on < $day", {"day": min(lessons)})
    assert not with_the_models_before(late, learned)["data_hash"].equals(learned["data_hash"])
    assert len(lessons) > 2 * count
    many = len(lessons)
    assert with_the_models_before(a_week_later(), learned.drop("made_of")).equals(learned)
    assert len(lessons) == many + count


def test_between_two_due_dates_the_models_are_judged_once_and_a_correction_judges_them_anew(
    open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch
):
    judged: list[int] = []
    metrics = evaluation.evaluation

    def noted(predictions: pl.DataFrame, published: str) -> pl.DataFrame:
        judged.append(predictions.height)
        return metrics(predictions, published)

    monkeypatch.setattr(evaluation, "evaluation", noted)
    measures = MEASURES | {"churn": {"model": "blend"}}

    def judged_after(before: Night, *, lost: bool = False) -> Night:
        later = open_shop(SALES, REFUNDS, as_of=AS_OF + dt.timedelta(days=7), measures=measures)
        for name in ("kept_frame_churn_evaluation", "kept_frame_churn_importance"):
            later.warehouse.keep("_before", before.warehouse.frame(f"select * from {name}"))
            later.warehouse.rows(f"create table {name} as select * from _before")
        if lost:
            later.warehouse.rows("delete from orders where ordered_on between $day - 20 and $day", {"day": AS_OF})
        return run(later)

    night = run(open_shop(SALES, REFUNDS, as_of=AS_OF, measures=measures))
    later = judged_after(night)
    assert len(judged) == 1
    for table in ("model_evaluation", "churn_importance"):
        told = [rows(one, table).drop("as_of") for one in (night, later)]
        assert told[0].height
        assert told[0].equals(told[1]), table
    changed = judged_after(night, lost=True)
    assert len(judged) == 2
    assert not rows(changed, "model_evaluation").drop("as_of").equals(rows(night, "model_evaluation").drop("as_of"))


def test_one_thread_and_two_give_the_same_bytes(open_shop: OpenShop, tmp_path: Path):
    told = ("churn_learned", "churn_scores", "churn_rules", "churn_drift", "churn_models")
    hashes = []
    for threads in (1, 2):
        night = open_shop(SALES, REFUNDS, as_of=AS_OF, measures=MEASURES)
        night.warehouse.rows(f"set threads = {threads}")
        with threadpoolctl.threadpool_limits(limits=threads):
            run(night)
        versions = [write_version(tmp_path / str(threads), TABLES[name], night.warehouse, AS_OF) for name in told]
        hashes.append([version.version for version in versions])
    assert hashes[0] == hashes[1]


def test_scores_made_a_few_customers_at_a_time_are_those_made_at_once(
    shop: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def version(folder: str) -> str:
        shop.compute(churn.churn_scores)
        return write_version(tmp_path / folder, CHURN_SCORES, shop.warehouse, AS_OF).version

    at_once = version("at once")
    monkeypatch.setattr(churn_rows, "CHUNK", 7)
    assert version("few at a time") == at_once
    assert not shop.warehouse.has("gathered_churn_scores")


def test_scores_are_made_by_the_artefact_that_is_published_and_a_touched_one_is_refused(open_shop: OpenShop):
    night = run(open_shop(SALES, REFUNDS, as_of=AS_OF, measures=MEASURES))
    [(text, sha256, version)] = night.warehouse.rows("select artefact, sha256, model_version from churn_models")
    model = artefact.loaded(text, sha256)
    scores = rows(night, "churn_scores")
    assert scores["model_version"].unique().to_list() == [version]
    assert scores["churn_risk"].to_list() == model.risk(churn_rows.rows_of(night, AS_OF)).tolist()
    night.warehouse.rows("update churn_learned set artefact = replace(artefact, '0.1', '0.2')")
    with pytest.raises(artefact.RefusedArtefactError):
        churn.churn_scores.compute(night)


def test_the_published_model_is_judged_by_segment_and_its_figures_lie_in_their_intervals(shop: Night):
    evaluation = rows(shop, "model_evaluation")
    assert set(evaluation["scope"]) == {"all", "order_history", "tier"}
    assert set(evaluation.filter(pl.col("scope") != "all")["model"]) == set(evaluation.filter("is_published")["model"])
    known = evaluation.filter(pl.col("low").is_not_null())
    assert known.height
    assert ((known["low"] <= known["value"]) & (known["value"] <= known["high"])).all()
    parts = evaluation.filter(pl.col("scope") == "order_history", pl.col("metric") == "brier")
    whole = evaluation.filter("is_published", pl.col("scope") == "all", pl.col("metric") == "brier")
    assert parts["n"].sum() <= whole["n"].sum()


def test_a_later_night_scores_anew_and_falls_due_later(shop: Night, open_shop: OpenShop):
    later = AS_OF + dt.timedelta(days=45)
    scores = rows(run(open_shop(SALES, REFUNDS, as_of=later, measures=MEASURES)), "churn_scores")
    assert scores["as_of"].unique().to_list() == [later]
    assert scores["due_on"].unique().to_list() == [later + dt.timedelta(days=HORIZON)]
    both = scores.join(rows(shop, "churn_scores"), on="customer_id")
    assert not (both["churn_risk"] == both["churn_risk_right"]).any()


def test_the_scores_and_the_evaluation_name_the_same_published_model(shop: Night):
    evaluation = rows(shop, "model_evaluation")
    assert evaluation.filter("is_published")["model"].unique().to_list() == [
        rows(shop, "churn_scores")["model"].unique().item()
    ]
    assert evaluation["origin"].n_unique() == 3
    assert evaluation.select(MODEL_EVALUATION.key).is_unique().all()
    assert (evaluation["origin"] <= AS_OF - dt.timedelta(days=HORIZON)).all()


def test_the_recommended_horizon_is_that_of_the_gaps_counted_from_the_sales(shop: Night):
    shop.compute(order_steps_table, churn.churn_windows)
    days = [sorted(set(valid_days(customer, AS_OF))) for customer in {customer for customer, _, _ in SALES}]
    gaps = sorted((later - day).days for known in days for day, later in itertools.pairwise(known))
    nine_in_ten = gaps[-(-9 * len(gaps) // 10) - 1]
    horizon = rows(shop, "churn_windows").row(0, named=True)
    assert (horizon["gaps"], horizon["gap_days"]) == (len(gaps), nine_in_ten)
    assert horizon["recommended_days"] == -(-nine_in_ten // 7) * 7
    assert horizon["share_within"] == sum(gap <= HORIZON for gap in gaps) / len(gaps)


def test_bands_follow_the_configured_cuts(open_shop: OpenShop):
    night = run(open_shop(SALES, REFUNDS, as_of=AS_OF, measures=MEASURES | {"churn": {"risk_bands": [0.2, 0.5]}}))
    for risk, band in rows(night, "churn_scores").select("churn_risk", "risk_band").rows():
        assert band == ("low" if risk < 0.2 else "medium" if risk < 0.5 else "high")


def test_the_model_named_in_the_configuration_is_the_one_published(open_shop: OpenShop):
    for model in ("blend", "logistic", "recency_rule"):
        night = run(open_shop(SALES, REFUNDS, as_of=AS_OF, measures=MEASURES | {"churn": {"model": model}}))
        assert rows(night, "churn_scores")["model"].unique().to_list() == [model]


def test_a_refund_after_the_horizon_does_not_unmake_the_purchase_and_one_within_it_does(open_shop: OpenShop):
    origin, day = AS_OF - dt.timedelta(days=HORIZON), dt.timedelta(days=1)
    ten = Decimal(10)
    sales = [("early", FIRST, ten)]  # the log begins long before the origin
    for customer in ("kept", "returned_in_time", "returned_later"):
        sales += [(customer, origin - 10 * day, ten), (customer, origin + 5 * day, ten)]
    refunds = [("returned_in_time", AS_OF, ten, 4), ("returned_later", AS_OF + day, ten, 6)]
    night = run(open_shop(sales, refunds, as_of=AS_OF + day, measures=MEASURES | {"horizon_days": HORIZON + 1}))
    found = rows(night, "churn_features").filter(pl.col("origin") == origin)
    # Both refunds are dated up to this night, and the horizon ends with it.
    assert dict(found.select("customer_id", "churned").rows())["returned_later"] is True
    night = run(open_shop(sales, refunds, as_of=AS_OF + 30 * day, measures=MEASURES))
    found = rows(night, "churn_features").filter(pl.col("origin") == origin)
    assert dict(found.filter(pl.col("customer_id") != "early").select("customer_id", "churned").rows()) == {
        "kept": False,
        "returned_in_time": True,
        "returned_later": False,
    }


def test_a_shop_without_orders_has_no_scores_and_no_evaluation(open_shop: OpenShop):
    night = run(open_shop([], as_of=AS_OF))
    assert rows(night, "churn_scores").is_empty()
    assert rows(night, "model_evaluation").is_empty()
    assert rows(night, "churn_scores").columns == [column.name for column in CHURN_SCORES.columns]


def test_the_first_customer_of_a_young_shop_gets_even_odds_from_the_rule(open_shop: OpenShop):
    night = run(open_shop([("first", AS_OF, Decimal(5))], as_of=AS_OF))
    (score,) = rows(night, "churn_scores").rows(named=True)
    assert (score["churn_risk"], score["model"], score["risk_band"]) == (0.5, "recency_rule", "medium")
    assert "too little history" in score["reason_1"]


def test_a_shop_without_money_is_scored(open_shop: OpenShop):
    scores = rows(run(open_shop(SALES, as_of=AS_OF, has_money=False, measures=MEASURES)), "churn_scores")
    assert scores["churn_risk"].is_between(0, 1).all()
    assert scores.height > 100


def test_declaring_the_tables_loads_no_machine_learning():
    code = "import sys, assets.churn; print('sklearn' in sys.modules, 'scipy' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == ["False", "False"]


def test_the_hash_of_the_churn_model_s_code_is_of_every_module_it_leads_to():
    folder = Path(models.__file__).parents[1]
    left, reached = set((folder / "churn").glob("*.py")), set()
    while left:
        reached |= left
        trees = [ast.parse(path.read_text()) for path in left]
        froms = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        named = {str(node.module) for node in froms} | {
            f"{node.module}.{each.name}" for node in froms for each in node.names
        }
        paths = {folder.parent / f"{name.replace('.', '/')}.py" for name in named if name.startswith("models.")}
        left = {path for path in paths if path.is_file()} - reached
    told = {path.relative_to(folder).as_posix() for path in reached}
    assert {"churn/learning.py", "value/purchase_histories.py", "choices.py"} <= told
    assert not {path for path in told if not path.startswith(churn.MODEL_SOURCES)}
