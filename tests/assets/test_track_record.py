"""Published scores come due, are judged once, and cost a model its place; whom to call follows from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from assets import action_list, churn, rfm_cuts, segments, track_record, value_at_risk
from assets.night import Night
from assets.report import why_chosen
from assets.statements import Query
from assets.tables import (
    ACTION_LIST,
    CHURN_SCORES,
    CUSTOMER_IDENTITIES,
    CUSTOMER_VALUE,
    PREDICTION_SCORECARD,
    VALUE_TIERS,
)
from reports.language import Language

from .publishing import publish_tables

OpenShop = Callable[..., Night]
FIRST, HORIZON, MONTH = dt.date(2024, 1, 1), 30, dt.timedelta(days=30)
LOYAL, LAPSED = [f"loyal{n:02}" for n in range(60)], [f"lapsed{n:02}" for n in range(60)]
SALES = [(name, FIRST, Decimal(40)) for name in (*LOYAL, *LAPSED)] + [
    (name, FIRST + dt.timedelta(days=7 * week), Decimal(40)) for name in LOYAL for week in range(1, 60)
]
RIGHT, WRONG = {"loyal": 0.1, "lapsed": 0.9}, {"loyal": 0.9, "lapsed": 0.1}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def scores(as_of: dt.date, said: dict[str, float], model: str = "blend") -> pl.DataFrame:
    """A release's scores: one risk for the loyal, one for the lapsed; the rule beside them is undecided."""
    rows = [
        {"customer_id": name, "as_of": as_of, "horizon_days": HORIZON, "churn_risk": said[name[:-2]]}
        | {"risk_band": "high" if said[name[:-2]] >= 0.7 else "low", "baseline_risk": 0.5, "reason_1": "silent"}
        | {"reason_1_zh": "沉默", "model": model, "model_version": "v", "model_reason": "because"}
        | {"due_on": as_of + dt.timedelta(days=HORIZON)}
        for name in (*LOYAL, *LAPSED)
    ]
    names = [column.name for column in CHURN_SCORES.columns]
    frame = pl.DataFrame(rows)
    return frame.select(
        name if name in frame.columns else pl.lit(None, pl.Float64 if "contribution" in name else pl.String).alias(name)
        for name in names
    )


def night_of(open_shop: OpenShop, home: Path, as_of: dt.date, model: str = "auto") -> Night:
    measures = {"horizon_days": HORIZON, "churn": {"model": model}, "retention": {"capacity": 20, "list_days": 45}}
    return open_shop(SALES, as_of=as_of, home=home, measures=measures)


def publish(night: Night, said: dict[str, float], model: str = "blend") -> pl.DataFrame:
    """Publish a night's scores with its scorecard and list; answers the scorecard."""
    warehouse = night.warehouse
    warehouse.replace(CHURN_SCORES, scores(night.as_of, said, model))
    night.compute(track_record.prediction_scorecard, rfm_cuts.rfm_cuts, segments.rfm_segments)
    for contract, column in ((VALUE_TIERS, "tier"), (CUSTOMER_VALUE, "clv")):
        names = ", ".join(
            "customer_id" if c.name == "customer_id" else f"cast(null as {c.type}) as {c.name}"
            for c in contract.columns
        )
        warehouse.replace(contract, Query(f"select {names} from churn_scores"))
        assert column in [c.name for c in contract.columns]
    united = ", ".join(f"cast(null as {c.type}) as {c.name}" for c in CUSTOMER_IDENTITIES.columns)
    warehouse.replace(CUSTOMER_IDENTITIES, Query(f"select {united} where false"))
    night.compute(action_list.action_list)
    publish_tables(night, (CHURN_SCORES, PREDICTION_SCORECARD, ACTION_LIST))
    return warehouse.frame("select * from prediction_scorecard order by predicted_on, decile")


def test_scores_are_judged_on_the_day_they_are_due_and_never_before(open_shop: OpenShop, home: Path):
    day = FIRST + MONTH
    assert publish(night_of(open_shop, home, day), RIGHT).is_empty()
    eve = publish(night_of(open_shop, home, day + dt.timedelta(days=HORIZON - 1)), RIGHT)
    assert eve.is_empty()
    due = publish(night_of(open_shop, home, day + dt.timedelta(days=HORIZON)), RIGHT)
    whole = due.filter(pl.col("decile") == 0).row(0, named=True)
    assert (whole["predicted_on"], whole["n"], whole["churned"], whole["outcome"]) == (day, 120, 60, "won")
    assert whole["roc_auc"] == 1.0
    assert due.filter(pl.col("decile") == 1)["observed"].item() == 1.0


def test_who_bought_by_the_due_date_is_judged_as_that_date_knew_it(open_shop: OpenShop, home: Path):
    day, due = FIRST + MONTH, FIRST + MONTH + dt.timedelta(days=HORIZON)
    after, late = day + dt.timedelta(days=1), due + dt.timedelta(days=1)
    bought = {  # when, paid back when, and whether that is to have left
        "on the day itself": (day, None, True), "the day after": (after, None, False),
        "on the last day": (due, None, False), "a day too late": (late, None, True),
        "paid back in time": (after, due, True), "paid back later": (after, late, False),
        "worth nothing in time": (after, None, True), "worth something on the last day": (after, None, False),
        "known no longer": (after, None, False),
    }  # fmt: skip
    sales = [(name, on, Decimal(40)) for name, (on, *_) in bought.items()]
    refunds = [(name, back, Decimal(40), n) for n, (name, (_, back, _)) in enumerate(bought.items()) if back]
    night = open_shop(sales, refunds, as_of=late, home=home, measures={"horizon_days": HORIZON})
    night.warehouse.rows("delete from customers where customer_id = 'known no longer'")
    for name, valid_from in (("worth nothing in time", late), ("worth something on the last day", due)):
        told = {"valid_from": valid_from, "name": name}
        night.warehouse.rows("update orders set valid_from = $valid_from where customer_id = $name", told)
    said = [(name, place / 10, 0.5) for place, name in enumerate(bought, 1)]
    published = pl.DataFrame(said, ["customer_id", "churn_risk", "baseline_risk"], orient="row")
    with night.warehouse.lent("published_scores", published):
        found = night.frame("churn_outcomes.sql", predicted_on=day, due_on=due)
    del bought["known no longer"]
    assert dict(found.select("customer_id", "churned").iter_rows()) == {
        name: left for name, (*_, left) in bought.items()
    }


def test_a_score_is_held_to_what_became_of_its_customer_under_another_id(open_shop: OpenShop, home: Path):
    day, due = FIRST + MONTH, FIRST + MONTH + dt.timedelta(days=HORIZON)
    sales = [("older", FIRST, Decimal(40)), ("older", due, Decimal(40)), ("other", FIRST, Decimal(40))]
    night = open_shop(sales, as_of=due, home=home, measures={"horizon_days": HORIZON})
    united = {"account_id": ["older", "newer", "parted", "other"], "customer_id": ["older", "older", "other", "other"]}
    names = ", ".join(
        c.name if c.name in united else f"cast(null as {c.type}) as {c.name}" for c in CUSTOMER_IDENTITIES.columns
    )
    with night.warehouse.lent("united", pl.DataFrame(united)):
        night.warehouse.replace(CUSTOMER_IDENTITIES, Query(f"select {names} from united"))
    said = [(name, 0.3, 0.5) for name in ("older", "newer", "parted", "never heard of")]
    published = pl.DataFrame(said, ["customer_id", "churn_risk", "baseline_risk"], orient="row")
    with night.warehouse.lent("published_scores", published):
        found = night.frame("churn_outcomes.sql", predicted_on=day, due_on=due)
    assert dict(found.select("customer_id", "churned").iter_rows()) == {"older": False, "newer": False, "parted": True}


def test_a_judgement_stands_on_later_nights(open_shop: OpenShop, home: Path):
    day = FIRST + MONTH
    publish(night_of(open_shop, home, day), RIGHT)
    first = publish(night_of(open_shop, home, day + MONTH), RIGHT)
    second = publish(night_of(open_shop, home, day + 2 * MONTH), RIGHT)
    kept = second.filter(pl.col("predicted_on") == day).drop("as_of")
    assert kept.equals(first.drop("as_of"))
    assert second["predicted_on"].n_unique() == 2


def test_repeated_losses_bring_the_rule_back_and_the_row_says_so(open_shop: OpenShop, home: Path):
    for month in range(1, 4):
        publish(night_of(open_shop, home, FIRST + month * MONTH), WRONG)
    card = publish(night_of(open_shop, home, FIRST + 4 * MONTH), WRONG)
    newest = card.filter(pl.col("decile") == 0).tail(1).row(0, named=True)
    assert (newest["outcome"], newest["losses_in_a_row"], newest["is_fallback"]) == ("lost", 3, True)
    assert card.filter(pl.col("decile") == 0)["is_fallback"].to_list() == [False, False, True]


def test_a_date_published_after_later_ones_were_judged_takes_its_place_among_them(open_shop: OpenShop, home: Path):
    """A backfill of dates before those that are in the record, or between them."""
    for month in (2, 4, 5):
        publish(night_of(open_shop, home, FIRST + month * MONTH), WRONG)
    for month in (1, 3):
        publish(night_of(open_shop, home, FIRST + month * MONTH), WRONG)
    card = publish(night_of(open_shop, home, FIRST + 6 * MONTH), WRONG)
    months = [FIRST + month * MONTH for month in range(1, 6)]
    assert card.filter(pl.col("decile") == 0).select("predicted_on", "losses_in_a_row", "is_fallback").rows() == [
        (month, number, number >= 3) for number, month in enumerate(months, 1)
    ]
    assert set(card["losing_since"]) == {months[0]}


def replayed(night: Night, said: dict[str, float]) -> tuple[str, str]:
    """What the night publishes where past dates scored anew say this of the loyal, who stay, and the lapsed."""
    rows = [
        {"model": model, "origin": FIRST + month * MONTH, "customer_id": name, "churned": name in LAPSED}
        | {"churn_risk": said[name[:-2]] if model == "blend" else 0.5, "order_history": "repeat", "tier": "high"}
        | {"channel": None}
        for model in ("blend", "recency_rule")
        for month in range(3)
        for name in (*LOYAL, *LAPSED)
    ]
    night.warehouse.replace(churn.churn_predictions.contract, pl.DataFrame(rows))
    night.compute(churn.churn_choice)
    return night.warehouse.rows("select model, reason from churn_choice")[0]


def test_a_model_that_lost_at_past_date_after_past_date_gives_way_to_the_rule_unless_it_is_named(
    open_shop: OpenShop, home: Path
):
    night = night_of(open_shop, home, FIRST + 4 * MONTH)
    model, reason = replayed(night, WRONG)
    assert model == "recency_rule"
    assert reason.startswith(f"Fallback: from {FIRST} on blend lost to the rule at the last 3 dates that came due")
    spoken = why_chosen(night, "churn_choice", Language("zh", "CNY"))
    assert spoken.startswith(
        f"自{FIRST.year}年{FIRST.month}月{FIRST.day}日起，组合模型在最近到期的3 个历史日期上均不及朴素规则"
    )
    assert replayed(night, RIGHT)[0] == "blend"
    assert replayed(night_of(open_shop, home, FIRST + 4 * MONTH, "blend"), WRONG)[0] == "blend"


def test_what_was_published_before_changes_no_choice(open_shop: OpenShop, home: Path):
    fresh = replayed(night_of(open_shop, home / "fresh", FIRST + 4 * MONTH), RIGHT)
    for month in range(1, 4):
        publish(night_of(open_shop, home, FIRST + month * MONTH), WRONG)
    night = night_of(open_shop, home, FIRST + 4 * MONTH)
    assert publish(night, WRONG)["is_fallback"].any()
    assert replayed(night, RIGHT) == fresh


def test_a_customer_is_listed_once_per_silence_and_the_entry_expires(open_shop: OpenShop, home: Path):
    def listed(night: Night, said: dict[str, float]) -> pl.DataFrame:
        publish(night, said)
        return night.warehouse.frame("select * from action_list order by rank")

    first = listed(night_of(open_shop, home, FIRST + MONTH), RIGHT)
    assert first.filter(~pl.col("is_control"), "is_within_capacity").height == 20
    assert first["customer_id"].str.starts_with("lapsed").all()
    again = listed(night_of(open_shop, home, FIRST + MONTH + dt.timedelta(days=7)), RIGHT)
    assert again.select("customer_id", "listed_on", "expires_on").equals(
        first.select("customer_id", "listed_on", "expires_on")
    )
    later = listed(night_of(open_shop, home, FIRST + 3 * MONTH), RIGHT)
    begun = pl.col("listed_on").is_not_null()
    assert not set(later["customer_id"]) & set(first.filter(begun)["customer_id"])
    assert set(later["customer_id"]) == set(first.filter(~begun)["customer_id"])  # who waited moves up
    assert later.filter(~pl.col("is_control"), begun).height == 20
    back = listed(night_of(open_shop, home, FIRST + 4 * MONTH), WRONG)
    assert back["customer_id"].str.starts_with("loyal").all()


def test_value_at_risk_counts_expected_value_and_says_where_it_had_to_count_what_was_spent(
    open_shop: OpenShop, home: Path
):
    night = night_of(open_shop, home, FIRST + MONTH)
    publish(night, RIGHT)
    night.warehouse.rows("update customer_value set clv = 12.5 where customer_id = 'lapsed00'")
    night.compute(value_at_risk.value_at_risk)
    by_band = dict(
        night.warehouse.rows("select scope_value, (value_at_risk, basis) from value_at_risk where scope = 'risk_band'")
    )
    # 59 lapsed customers spent 40 in the window: per horizon, times their risk; one is expected to bring 12.50
    spent = Decimal(40) * HORIZON / 365
    assert by_band["high"] == ((59 * spent * Decimal("0.9") + Decimal("11.25")).quantize(Decimal("0.01")), "mixed")
    assert by_band["low"][1] == "historic"
