"""The simulated shop obeys the laws it claims, keeps its books exactly and counts its own dirt."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import special, stats

from models.simulator.baskets import draw_returned_lines, draw_sold_lines
from models.simulator.calendar import trading_calendar
from models.simulator.catalogue import catalogue
from models.simulator.dirt import CUSTOMER_DIRT, ORDER_DIRT, REPEATED_BLOCK, SURVEY_DIRT, soiled
from models.simulator.parameters import SHOP
from models.simulator.purchases import GUEST, SMALLEST_ORDER_CENTS, draw_buyers, draw_orders
from models.simulator.shop import CUSTOMER_COLUMNS, ORDER_COLUMNS, SURVEY_COLUMNS, Shop, simulate

START, END = date(2024, 1, 1), date(2025, 12, 31)
VALUE = pl.col("quantity") * pl.col("unit_price") - pl.col("discount")
SOLD = pl.col("quantity") > 0


def shop_of(customers: int, seed: int = 11, **changes: float) -> Shop:
    rng = np.random.default_rng(seed)
    return simulate(customers, start=START, end=END, rng=rng, parameters=replace(SHOP, **changes))


@pytest.fixture(scope="module")
def shop() -> Shop:
    return shop_of(4000)


def test_the_same_seed_draws_the_same_shop_and_another_seed_another(shop: Shop):
    for name in ("order_lines", "surveys", "customers", "truth"):
        assert_frame_equal(getattr(shop_of(4000), name), getattr(shop, name))
        assert not getattr(shop_of(4000, seed=12), name).equals(getattr(shop, name))


def test_asking_fewer_customers_for_an_opinion_leaves_the_orders_as_they_were(shop: Shop):
    silent = shop_of(4000, survey_share=0.0)
    assert silent.surveys.is_empty()
    assert silent.surveys.schema == shop.surveys.schema
    assert_frame_equal(silent.order_lines, shop.order_lines)
    assert_frame_equal(silent.truth, shop.truth)


def test_columns_are_the_promised_ones_in_their_order(shop: Shop):
    assert tuple(shop.order_lines.columns) == ORDER_COLUMNS
    assert tuple(shop.surveys.columns) == SURVEY_COLUMNS
    assert tuple(shop.customers.columns) == CUSTOMER_COLUMNS
    assert shop.order_lines.select("order_id", "line_id").is_unique().all()
    assert shop.surveys.select("response_id", "question").is_unique().all()
    assert shop.customers["customer_id"].is_unique().all()
    assert shop.truth["customer_id"].to_list() == shop.customers["customer_id"].to_list()


def test_purchase_rates_and_dropout_probabilities_follow_their_laws_though_dropout_leans_on_satisfaction():
    calendar = trading_calendar(START, END, seasonality=1.0)
    n = 40_000
    buyers = draw_buyers(n, calendar, SHOP, np.random.default_rng(5))

    mean, variance = SHOP.r / SHOP.alpha, SHOP.r / SHOP.alpha**2
    fourth = variance**2 * (3 + 6 / SHOP.r)  # fourth central moment of a gamma
    assert buyers.rate.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / n))
    assert buyers.rate.var() == pytest.approx(variance, abs=4 * np.sqrt((fourth - variance**2) / n))
    assert stats.kstest(buyers.dropout, stats.beta(SHOP.a, SHOP.b).cdf).pvalue > 1e-3
    assert stats.kstest(buyers.value_rate, stats.gamma(SHOP.q, scale=1 / SHOP.gamma).cdf).pvalue > 1e-3
    assert buyers.refund_propensity.mean() == pytest.approx(SHOP.refund_share, rel=0.05)
    # The two are independent of each other, as the BG/NBD assumes; only dropout knows about satisfaction.
    assert abs(stats.spearmanr(buyers.rate, buyers.dropout).statistic) < 4 / np.sqrt(n)
    normal_scores = special.ndtri(stats.beta(SHOP.a, SHOP.b).cdf(buyers.dropout))
    assert np.corrcoef(buyers.satisfaction, normal_scores)[0, 1] == pytest.approx(-SHOP.churn_by_satisfaction, abs=0.02)


def repeat_orders(parameters, customers: int = 20_000, seasonality: float = 0.0):
    """Exposure in days and repeat orders of every buyer."""
    calendar = trading_calendar(START, END, seasonality=seasonality)
    rng = np.random.default_rng(6)
    buyers = draw_buyers(customers, calendar, parameters, rng)
    orders, dropped_at = draw_orders(buyers, calendar, parameters, rng)
    of_buyers = orders.owner[orders.owner != GUEST]
    return calendar.days - buyers.first_at, np.bincount(of_buyers, minlength=customers) - 1, dropped_at


def test_without_dropout_and_season_the_repeat_orders_are_negative_binomial():
    exposure, repeats, dropped_at = repeat_orders(replace(SHOP, dropout=False))
    assert np.isnan(dropped_at).all()
    counts = np.arange(0, 13)
    law = stats.nbinom(SHOP.r, SHOP.alpha / (SHOP.alpha + exposure))
    expected = np.array([law.pmf(count).sum() for count in counts])
    observed = np.array([(repeats == count).sum() for count in counts])
    expected = np.append(expected, len(repeats) - expected.sum())
    observed = np.append(observed, len(repeats) - observed.sum())
    assert ((observed - expected) ** 2 / expected).sum() < stats.chi2(len(expected)).ppf(0.999)


@pytest.mark.parametrize("seasonality", [0.0, 1.0])
def test_with_dropout_the_mean_number_of_repeat_orders_is_the_papers_in_any_season(seasonality: float):
    exposure, repeats, dropped_at = repeat_orders(SHOP, seasonality=seasonality)
    r, alpha, a, b, t = SHOP.r, SHOP.alpha, SHOP.a, SHOP.b, exposure
    # Fader, Hardie & Lee 2005, equation (9).
    hypergeometric = special.hyp2f1(r, b, a + b - 1, t / (alpha + t))
    expected = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * hypergeometric)
    assert repeats.mean() == pytest.approx(expected.mean(), abs=4 * repeats.std() / np.sqrt(len(repeats)))
    # Nobody drops out before her first repeat order: P(X = 0) is the NBD's, without a and b.
    never = (alpha / (alpha + t)) ** r
    assert (repeats == 0).mean() == pytest.approx(never.mean(), abs=4 * np.sqrt(0.25 / len(repeats)))
    assert np.isnan(dropped_at[repeats == 0]).all()


def test_order_values_have_the_gamma_gamma_mean():
    calendar = trading_calendar(START, END, seasonality=1.0)
    rng = np.random.default_rng(7)
    buyers = draw_buyers(20_000, calendar, SHOP, rng)
    orders, _ = draw_orders(buyers, calendar, SHOP, rng)
    by_owner = np.bincount(orders.owner + 1, weights=orders.value_cents / 100, minlength=20_001)[1:]
    mine = by_owner / np.bincount(orders.owner + 1, minlength=20_001)[1:]
    mean = SHOP.p * SHOP.gamma / (SHOP.q - 1)  # Fader & Hardie 2013, E(Z) = p gamma / (q - 1)
    assert mine.mean() == pytest.approx(mean, abs=4 * mine.std() / np.sqrt(len(mine)))
    # Given the customer the mean is p / nu, whatever her purchase rate.
    ratio = mine * buyers.value_rate / SHOP.p
    assert ratio.mean() == pytest.approx(1.0, abs=0.02)
    assert abs(stats.spearmanr(buyers.rate, buyers.value_rate).statistic) < 0.03


def test_season_and_weekday_move_orders_without_making_more_of_them():
    even, shop_year = (trading_calendar(START, END, seasonality=s) for s in (0.0, 1.0))
    assert even.intensity == pytest.approx(np.ones(731))
    assert shop_year.intensity.mean() == pytest.approx(1.0)
    assert shop_year.intensity[330:365].mean() > 1.4  # late November and December 2024
    moments = np.linspace(0, 731, 50_000)
    seconds = shop_year.seconds(moments)
    assert (np.diff(seconds) >= 0).all()
    weekday = (seconds // 86_400 + 3) % 7  # 1970-01-01 was a Thursday
    assert np.bincount(weekday).argmax() == 5  # Saturday
    hour = seconds % 86_400 // 3600
    assert hour.min() >= 6  # no local time that summer time skips or repeats


def test_an_unhappy_customer_scores_lower_returns_more_and_leaves_sooner():
    shop = shop_of(20_000)
    buyers = shop.truth.filter(pl.col("orders") > 0).with_columns(
        third=pl.col("satisfaction").rank() * 3 // (pl.len() + 1)
    )
    overall = (
        shop.surveys.filter(question="overall")
        .join(buyers, on="customer_id")
        .group_by("customer_id", "satisfaction")
        .agg(pl.col("score").mean())
        .drop_nulls()
    )
    assert stats.spearmanr(overall["satisfaction"], overall["score"]).statistic > 0.4
    assert stats.spearmanr(buyers["satisfaction"], buyers["dropout_probability"]).statistic < -0.6

    by_third = (
        buyers.group_by("third")
        .agg(
            dropped=pl.col("dropped_out_at").is_not_null().mean(),
            lifetime=(pl.col("dropped_out_at") - pl.col("first_ordered_at")).dt.total_days().mean(),
            orders=pl.col("orders").mean(),
            refunded=(pl.col("refund_value").sum() / pl.col("sold_value").sum()).cast(pl.Float64),
        )
        .sort("third")
    )
    for falling in ("dropped", "refunded"):
        assert by_third[falling].is_sorted(descending=True), by_third
    for rising in ("lifetime", "orders"):
        assert by_third[rising].is_sorted(), by_third


def test_an_orders_lines_sum_to_its_value_to_the_cent():
    calendar = trading_calendar(START, END, seasonality=1.0)
    rng = np.random.default_rng(8)
    # Values from the smallest possible to thousands.
    wild = replace(SHOP, p=0.7, q=1.2)
    buyers = draw_buyers(3000, calendar, wild, rng)
    orders, _ = draw_orders(buyers, calendar, wild, rng)
    lines = draw_sold_lines(orders, catalogue(), wild, rng)
    assert (np.bincount(lines.order, weights=lines.value_cents) == orders.value_cents).all()
    assert orders.value_cents.min() == SMALLEST_ORDER_CENTS
    assert orders.value_cents.max() > 100_000
    assert lines.unit_cents.min() >= 1
    assert lines.quantity.min() >= 1
    assert lines.discount_cents.min() >= 0
    assert (lines.discount_cents < lines.quantity * lines.unit_cents).all()


def test_a_return_follows_its_order_and_never_exceeds_what_was_bought_and_paid():
    calendar = trading_calendar(START, END, seasonality=1.0)
    rng = np.random.default_rng(9)
    often = replace(SHOP, refund_share=0.4)
    orders, _ = draw_orders(draw_buyers(2000, calendar, often, rng), calendar, often, rng)
    sold = draw_sold_lines(orders, catalogue(), often, rng)
    returned = draw_returned_lines(orders, sold, calendar, often, rng)
    assert len(returned) > 1000
    assert (returned.at - orders.ordered_at[returned.order] > 86_400).all()
    assert returned.at.max() < calendar.end_second
    refunded = np.bincount(returned.order, weights=-returned.value_cents, minlength=len(orders))
    assert (refunded <= orders.value_cents).all()
    assert (refunded == orders.value_cents).sum() > 100  # some orders come back whole


def test_every_linked_return_names_an_earlier_order_of_the_same_customer_that_sold_the_product(shop: Shop):
    returned = shop.order_lines.filter(~SOLD)
    unlinked = pl.col("order_id").str.starts_with("R")
    linked = returned.filter(~unlinked)
    first = shop.order_lines.filter(SOLD).group_by("order_id", "product_id").agg(
        pl.col("ordered_at").min().alias("sold_at"),
        pl.col("customer_id").first().alias("buyer"),
        pl.col("quantity").sum().alias("bought"),
    )  # fmt: skip
    back = (
        linked.group_by("order_id", "product_id")
        .agg(pl.col("ordered_at").min(), pl.col("customer_id").first(), -pl.col("quantity").sum())
        .join(first, on=["order_id", "product_id"], how="left")
    )
    assert back["sold_at"].null_count() == 0
    assert (back["sold_at"] < back["ordered_at"]).all()
    assert back["buyer"].eq_missing(back["customer_id"]).all()
    assert (back["quantity"] <= back["bought"]).all()
    lost = returned.filter(unlinked)
    assert 0 < len(lost) < len(linked)
    assert set(lost["order_id"]).isdisjoint(shop.order_lines.filter(SOLD)["order_id"])
    assert (shop.order_lines.filter(SOLD)["order_id"].str.starts_with("O")).all()


def test_the_truth_is_what_the_lines_add_up_to(shop: Shop):
    added_up = (
        shop.order_lines.drop_nulls("customer_id")
        .group_by("customer_id")
        .agg(
            first_ordered_at=pl.col("ordered_at").filter(SOLD).min(),
            orders=pl.col("order_id").filter(SOLD).n_unique(),
            sold_value=VALUE.filter(SOLD).sum(),
            refund_value=-VALUE.filter(~SOLD).sum(),
        )
    )
    told = shop.truth.filter(pl.col("orders") > 0).select(added_up.columns)
    assert_frame_equal(added_up, told, check_row_order=False, check_dtypes=False)
    never = shop.truth.filter(pl.col("orders") == 0)
    assert len(never) == int(4000 * SHOP.never_order_share)
    assert never["purchase_rate"].null_count() == len(never)


def test_a_customer_who_dropped_out_never_orders_again(shop: Shop):
    dropped = shop.truth.drop_nulls("dropped_out_at").select("customer_id", "dropped_out_at")
    last = shop.order_lines.filter(SOLD).group_by("customer_id").agg(pl.col("ordered_at").max())
    assert (
        (dropped.join(last, on="customer_id").select(pl.col("ordered_at") == pl.col("dropped_out_at")))
        .to_series()
        .all()
    )


def test_everything_happens_within_the_window_and_nobody_orders_before_registering(shop: Shop):
    first, after = datetime(2024, 1, 1), datetime(2026, 1, 1)
    for moments in (shop.order_lines["ordered_at"], shop.surveys["responded_at"]):
        assert moments.is_sorted()
        assert moments.is_between(first, after, closed="left").all()
    assert shop.customers["acquired_at"].is_between(START, END).all()
    both = shop.customers.join(shop.truth, on="customer_id").drop_nulls("first_ordered_at")
    assert (both["acquired_at"] <= both["first_ordered_at"].dt.date()).all()
    asked = shop.surveys.join(
        shop.order_lines.filter(SOLD).group_by("order_id").agg(pl.col("ordered_at").min()), on="order_id", how="left"
    )
    assert (asked["responded_at"] > asked["ordered_at"]).all()


def test_the_figures_are_those_of_a_believable_shop():
    shop = shop_of(20_000)
    sold = shop.order_lines.filter(SOLD)
    orders = sold["order_id"].n_unique()
    assert 60_000 < orders < 90_000
    assert 200_000 < len(shop.order_lines) < 300_000
    refunds = -shop.order_lines.filter(~SOLD).select(VALUE.sum()).item() / sold.select(VALUE.sum()).item()
    assert 0.01 < refunds < 0.06
    scores = {question: frame["score"].drop_nulls() for (question,), frame in shop.surveys.group_by("question")}
    assert 0.8 < (scores["overall"] >= 4).mean() < 0.9
    assert 30 < 100 * ((scores["recommend"] >= 9).mean() - (scores["recommend"] <= 6).mean()) < 50
    assert scores["overall"].is_between(1, 5).all()
    assert scores["recommend"].is_between(0, 10).all()
    assert 0 < shop.surveys["score"].null_count() < 0.06 * len(shop.surveys)
    in_2025 = sold.drop_nulls("customer_id").filter(pl.col("ordered_at") >= datetime(2025, 1, 1))
    per_customer = in_2025.group_by("customer_id").agg(pl.col("order_id").n_unique())
    assert 0.4 < (per_customer["order_id"] >= 2).mean() < 0.75
    guests = sold.filter(pl.col("customer_id").is_null())["order_id"].n_unique() / orders
    assert guests == pytest.approx(SHOP.guest_share, rel=0.15)
    # A few products sell much, none a tenth of everything; a product's price stays within its band.
    lines = sold["product_id"].value_counts(sort=True)["count"]
    assert lines.head(64).sum() > 0.4 * lines.sum()
    assert lines.max() < 0.05 * lines.sum()
    prices = sold.group_by("product_id").agg(
        pl.col("unit_price").cast(pl.Float64).quantile(q).alias(str(q)) for q in (0.1, 0.9)
    )
    assert prices.select((pl.col("0.9") / pl.col("0.1")).median()).item() < 1.4


def test_nobody_in_the_customer_file_can_be_reached(shop: Shop):
    mail, phone = shop.customers["email"].drop_nulls(), shop.customers["phone"].drop_nulls()
    assert mail.str.contains(r"@example\.(com|org)$").all()
    assert phone.str.starts_with("+999 ").all()
    assert 0 < mail.null_count() + len(shop.customers) - len(mail) < 0.1 * len(shop.customers)
    assert phone.is_unique().all()


@pytest.mark.parametrize("customers", [1, 2, 25])
def test_a_tiny_shop_is_a_shop(customers: int):
    shop = shop_of(customers, seed=1)
    assert len(shop.customers) == len(shop.truth) == customers
    assert shop.order_lines.schema == shop_of(100).order_lines.schema
    assert shop.truth["orders"].sum() >= 1


def test_a_shop_of_one_day_and_a_shop_nobody_orders_from_are_shops():
    rng = np.random.default_rng(3)
    one_day = simulate(50, start=END, end=END, rng=rng)
    assert one_day.order_lines["ordered_at"].dt.date().unique().to_list() == [END]
    empty = shop_of(20, never_order_share=1.0)
    assert empty.order_lines.is_empty()
    assert empty.surveys.is_empty()
    assert empty.truth["orders"].sum() == 0


def test_no_customers_or_no_days_are_refused():
    rng = np.random.default_rng(3)
    with pytest.raises(ValueError, match="at least 1 customer, got 0"):
        simulate(0, start=START, end=END, rng=rng)
    with pytest.raises(ValueError, match="2023-12-31 lies before its first day 2024-01-01"):
        simulate(1, start=START, end=START - timedelta(days=1), rng=rng)


def as_text(shop: Shop) -> pl.DataFrame:
    """Order lines with the date as text and plain strings, as they are written."""
    return shop.order_lines.with_columns(pl.col("ordered_at").dt.to_string(), pl.selectors.enum().cast(pl.String))


def test_dirt_loses_no_good_row_and_is_counted_exactly(shop: Shop):
    clean = as_text(shop)
    for seed in range(4):
        landed = soiled(clean, ORDER_DIRT, np.random.default_rng(seed), repeats_block=seed % 2 == 1)
        dirt = {kind: rows for kind, _, rows in landed.dirt.iter_rows()}
        extra = landed.dirt.filter(pl.col("outcome") != "accepted")["rows"].sum()
        assert len(landed.rows) == len(clean) + extra
        assert 0.005 * len(clean) < sum(dirt.values()) - dirt["repeated_block"] < 0.02 * len(clean)
        assert dirt["repeated_block"] == seed % 2 * int(0.05 * len(clean))
        tidy = landed.rows.with_columns(pl.selectors.string().str.strip_chars_end())
        assert_frame_equal(
            tidy.unique(maintain_order=True).join(clean, on=clean.columns, nulls_equal=True, how="semi"), clean
        )
        assert len(tidy) - len(tidy.unique()) == dirt["duplicate_row"] + dirt["repeated_block"]


@pytest.mark.parametrize("kinds", [ORDER_DIRT, SURVEY_DIRT, CUSTOMER_DIRT])
def test_dirt_stays_below_the_limit_at_which_a_source_is_stopped(kinds):
    quarantined = sum(kind.share for kind in kinds if kind.outcome == "quarantined")
    duplicates = sum(kind.share for kind in kinds if kind.outcome == "duplicate")
    assert 0 < quarantined < 0.01
    assert duplicates + REPEATED_BLOCK.share / 12 < 0.01
    assert len({kind.name for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_the_smallest_files_can_get_dirty_too(shop: Shop, rows: int):
    clean = as_text(shop).head(rows)
    for seed in range(40):
        landed = soiled(clean, ORDER_DIRT, np.random.default_rng(seed), repeats_block=True)
        assert landed.rows.schema == clean.schema
        assert len(landed.rows) >= rows
