"""The scorecard: every KPI of the house in one table, with interval, denominator, target and verdict.

Choices that the table's columns do not show:

* Sales, discounts and refunds come from order lines by their own date, channel and region; orders and customers from
  the orders valid tonight, by the order's day, channel and region. A scope value is a shop of its own: only its orders
  are seen, so a customer of two channels counts in both, and leaving one for the other is leaving it.
* Days and weeks are kept for the whole only; revenue retention for the whole by month, quarter and year.
* Rates of coming back and growth are NULL while the period is not over.
* A KPI of customers is absent where no order names one, a KPI of value where no line has an amount, the discount rate
  where no source maps a discount and no line is one. Where there is an input and nobody to count, as no first order is
  as old as the second-order rate asks for, the value alone is missing.
* ``previous_value`` is recomputed from tonight's data and stands only where both periods are over and the log covers
  the earlier one. The windows of grain ``total`` compare with the window that ended W days before, as it was known by
  the orders valid on that day. Value at risk and mean lifetime value have none: what the models would have said then
  is not recomputed.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from assets import customer_counts
from assets.amended import order_sums, sales_cells
from assets.amended.kept_sums import kept
from assets.calendar import OrderLog, order_log
from assets.configuration.settings import maps_discounts, scales_of
from assets.customer_counts import LOST_CHANGES, PERIOD_CUSTOMERS
from assets.night import Night, table
from assets.rfm_cuts import measure_customers
from assets.satisfaction import survey_counts
from assets.tables import (
    CALENDAR,
    CHURN_SCORES,
    CSAT,
    CUSTOMER_DAYS,
    CUSTOMER_VALUE,
    CUSTOMERS,
    EVENT_FRESHNESS,
    KPI_SCORECARD,
    NPS,
    ORDER_FLOWS,
    ORDER_STEPS,
    ORDERS,
    SURVEY_RESPONSES,
    SURVEY_SCOPES,
    VALUE_TIERS,
)
from models import (
    customer_periods,
    flow_squares,
    kpi_figures,
    periods,
    repeat_buyers,
    revenue_retention,
    targets,
    value_tiers,
)
from models.kpi_cards import CARDS, KPI_IDS, OF_THE_WINDOW
from models.money import to_the_cent

_SCOPED: Final = ["scope", "scope_value", "grain", "period_start"]
_COUNTS: Final = (
    "lines", "orders", "customer_orders", "valued_orders", "active_customers", "new_customers",
    "reactivated_customers", "customers_kept", "customers_won_back",
    "paired_orders", "paired_products", "paired_values",
)  # fmt: skip
_MONEY_OF_LINES: Final = ("gross_value", "discount_value", "refund_value", "net_value")
_MONEY_OF_ORDERS: Final = ("order_value", "order_cents", "order_value_squares")
_OF_CUSTOMERS: Final = (
    "active_customers", "new_customers", "reactivated_customers", "purchase_frequency", "retention_rate", "churn_rate",
    "repurchase_rate", "second_order_rate", "winback_rate", "net_revenue_retention", "value_at_risk",
    "high_tier_value_share", "mean_clv",
)  # fmt: skip


@table(
    KPI_SCORECARD,
    reads=(
        ORDER_FLOWS, ORDERS, ORDER_STEPS, CUSTOMER_DAYS, CUSTOMERS, CALENDAR, EVENT_FRESHNESS, SURVEY_RESPONSES,
        SURVEY_SCOPES, CSAT, NPS, VALUE_TIERS, CHURN_SCORES, CUSTOMER_VALUE,
    ),
    kinds=("duckdb", "polars"),
)  # fmt: skip
def kpi_scorecard(night: Night) -> pl.DataFrame:
    """Every KPI's figures against their targets; one row per KPI, question, scope and period.

    A KPI without input has one row without a value, and the status ``input_absent``: it is never 0.
    """
    sales_cells.bring_up_to_date(night)
    order_sums.bring_up_to_date(night)
    customer_counts.bring_up_to_date(night)
    log = order_log(night)
    figures = pl.concat((survey_figures(night), period_figures(night, log), window_figures(night, log)))
    present = figures.filter(pl.col("kpi").is_in(absent_inputs(night)).not_())
    found = set(present["kpi"].unique())
    missing = [kpi for kpi in KPI_IDS if kpi not in found]
    rows = pl.concat((present.with_columns(is_absent=pl.lit(False)), kpi_figures.absent(missing)))
    return against_targets(night, rows).with_columns(as_of=pl.lit(night.as_of)).sort(KPI_SCORECARD.key)


def survey_figures(night: Night) -> pl.DataFrame:
    """CSAT, NPS and CES of every question, period and scope."""
    ends_on = pl.coalesce(
        periods.by_grain(pl.col("grain"), pl.col("period_start"), periods.end_of), pl.lit(night.as_of)
    )
    csat, nps = (
        night.warehouse.frame(f"select * from {contract.name}").with_columns(period_end=ends_on)
        for contract in (CSAT, NPS)
    )
    ces = survey_counts(night, "ces").join(_scales(night), on="question", how="left", maintain_order="left")
    return kpi_figures.survey_figures(csat, nps, ces)


def _scales(night: Night) -> pl.DataFrame:
    """``lowest`` and ``highest`` answer of every question, of all the scales that sources ask it on."""
    return pl.DataFrame(
        [(question, *scale) for question, scale in scales_of(night.configuration.sources).items()],
        schema={"question": pl.String, "lowest": pl.Int64, "highest": pl.Int64},
        orient="row",
    )


def period_figures(night: Night, log: OrderLog) -> pl.DataFrame:
    """Sales, order, customer and retention figures of every calendar period of the order log."""
    counts = period_counts(night, log)
    revenue = _beside_revenue_retention(night, counts, log)
    figures = (
        kpi_figures.sales_figures(counts),
        kpi_figures.order_figures(counts),
        kpi_figures.retention_figures(counts),
        kpi_figures.revenue_retention_figures(revenue),
    )
    return kpi_figures.with_previous(pl.concat(figures), _is_covered(log))


def period_counts(night: Night, log: OrderLog) -> pl.DataFrame:
    """Counts and sums behind the periodic figures; one row per scope value and period, those without an order too."""
    sales = night.frame("scorecard_sales.sql")
    first_day = night.warehouse.scalar("select min(day) from order_flows") or night.as_of
    grid = kpi_figures.period_grid(
        sales.select("scope", "scope_value").unique(), periods.calendar(first_day, night.as_of)
    )
    counted = grid
    customers, lost, repeats = (
        kept(night.warehouse, one) for one in (PERIOD_CUSTOMERS, LOST_CHANGES, order_sums.ORDER_REPEATS)
    )
    for part in (sales, night.frame("scorecard_orders.sql"), customers, repeats):
        counted = counted.join(part, on=_SCOPED, how="left")
    counted = counted.join(_flow_squares(night), on=_SCOPED, how="left", maintain_order="left")
    delivered_until = pl.lit(log.delivered_until, dtype=pl.Date)
    filled = counted.with_columns(
        pl.col(_COUNTS).fill_null(0),
        # What was not sold is worth nothing; of what was sold without a price the worth is not known.
        pl.when(pl.col("lines").is_null()).then(0).otherwise(pl.col(_MONEY_OF_LINES)).name.keep(),
        pl.when(pl.col("orders").is_null()).then(0).otherwise(pl.col(_MONEY_OF_ORDERS)).name.keep(),
        is_complete=periods.is_complete(pl.col("period_end"), delivered_until, night.as_of),
    )
    return _beside_the_period_before(kpi_figures.with_customers_lost(filled, lost), log)


def _flow_squares(night: Night) -> pl.DataFrame:
    """Of the whole's months, quarters and years the units of money's rates and their squares, in the currency's square.

    Customers are units, and so is what an order of nobody known brought on a day. Null of other periods, and of
    channels and regions.
    """
    square = pl.col(*flow_squares.SQUARES, "net_products").cast(pl.Float64)
    of_customers = kept(night.warehouse, order_sums.FLOW_SQUARES).with_columns(square / 10_000)  # of cents
    gross, discount, refund = (pl.col(f"{name}_squares") for name in ("gross", "discount", "refund"))
    sold = gross - 2 * pl.col("gross_discounts") + discount
    of_nobody = (
        night.frame("scorecard_nobody.sql")
        .with_columns(units_again=pl.lit(0, dtype=pl.Int64), net_products=pl.lit(0.0), sold_squares=sold)
        .with_columns(net_squares=pl.col("sold_squares") - 2 * pl.col("sold_refunds") + refund)
        .with_columns(square)
    )
    columns = (*flow_squares.KEY, *flow_squares.VALUES)
    return (
        pl.concat((of_customers.select(columns), of_nobody.select(columns)))
        .group_by(flow_squares.KEY)
        .agg(pl.col(flow_squares.VALUES).sum())
        .with_columns(scope=pl.lit("all"), scope_value=pl.lit("all"))
    )


def _beside_revenue_retention(night: Night, counts: pl.DataFrame, log: OrderLog) -> pl.DataFrame:
    """The whole's counts beside what the customers of the period before brought in each, where the log covers it."""
    values = ("value_before", "value_after")
    squares = ("squares_before", "squares_after", "products")
    retained = kept(night.warehouse, order_sums.RETAINED_VALUES).select(*revenue_retention.KEY, *values, *squares)
    whole = counts.filter(pl.col("scope") == "all", pl.col("grain").is_in(customer_periods.GRAINS))
    cents = to_the_cent(pl.col(values)).cast(pl.Decimal(18, 2))
    beside = whole.join(retained, on=revenue_retention.KEY, how="left", maintain_order="left")
    return beside.with_columns(cents).with_columns(pl.when(_is_covered(log)).then(pl.col(*values, *squares)))


def window_figures(night: Night, log: OrderLog) -> pl.DataFrame:
    """Figures of the window W ending at ``as_of``, beside those of the window before it; for the whole only.

    One row per KPI: where nobody is there to count, it has no value and ``n`` is 0.
    """
    days = dt.timedelta(days=night.configuration.measures.window_days)
    is_complete = log.delivered_until is not None and night.as_of <= log.delivered_until
    first_order_on = night.warehouse.scalar("select min(ordered_on) from orders where valid_from is not null")
    key = {
        "scope": "all",
        "scope_value": "all",
        "grain": "total",
        "period_start": night.as_of - days + dt.timedelta(days=1),
        "period_end": night.as_of,
        "is_complete": is_complete,
    }
    now, before = _window_counts(night, night.as_of), _window_counts(night, night.as_of - days)
    # what the window before held is known where the log reaches back to its start; a first order needs no window
    covers_before = _covers(log, night.as_of - 2 * days + dt.timedelta(days=1))
    measure_customers(night)
    tiers_now = night.frame("scorecard_tiers.sql")
    tiers_before = _tiers_at(night, night.as_of - days) if covers_before else tiers_now.clear()
    figures, earlier = (
        kpi_figures.window_figures(_with_key(counts, key), _with_key(tiers, key))
        for counts, tiers in ((now, tiers_now), (before, tiers_before))
    )
    risk = kpi_figures.risk_figures(_with_key(night.frame("scorecard_risk.sql"), key))
    worth = kpi_figures.lifetime_value_figures(_with_key(night.frame("scorecard_clv.sql"), key))
    counted = pl.concat((figures, risk, worth))
    of_nobody = kpi_figures.absent([kpi for kpi in OF_THE_WINDOW if kpi not in counted["kpi"]])
    rows = pl.concat((counted, _with_key(of_nobody, key).select(kpi_figures.COLUMNS)))
    may_compare = pl.lit(is_complete) & ((pl.col("kpi") == "second_order_rate") | pl.lit(covers_before))
    compared = rows.drop("previous_value").join(
        earlier.select("kpi", previous_value=pl.when(may_compare).then("value")), on="kpi", how="left"
    )
    since_the_first = pl.when(pl.col("kpi") == "second_order_rate").then(pl.lit(first_order_on, dtype=pl.Date))
    return compared.select(kpi_figures.COLUMNS).with_columns(period_start=pl.coalesce(since_the_first, "period_start"))


def _window_counts(night: Night, at: dt.date) -> pl.DataFrame:
    """One row: customers by their orders in the window ending on that day, as was known then.

    The kept counts know tonight's orders. Customers of whom another one was valid on that day are counted both ways.
    """
    known_now = pl.DataFrame(
        [repeat_buyers.on(at, kept(night.warehouse, order_sums.BUYER_CHANGES))],
        schema=dict.fromkeys(repeat_buyers.VALUES, pl.Int64),
    )
    if at == night.as_of:
        return known_now
    otherwise = night.frame("scorecard_window.sql", at=at, second_order_days=order_sums.SECOND_ORDER_DAYS)
    sign = pl.when(pl.col("known") == "then").then(1).otherwise(-1)
    corrections = otherwise.select(pl.col(name) * sign for name in repeat_buyers.VALUES)
    return pl.concat((known_now, corrections)).sum()


def absent_inputs(night: Night) -> list[str]:
    """KPIs whose input no source of the night holds, though their rows could be counted as 0."""
    has_customers, has_money, has_discounts = night.warehouse.rows(
        "select coalesce(sum(customer_flows), 0) > 0, count(net_value) > 0, coalesce(sum(discounted_flows), 0) > 0"
        " from sales_cells"
    )[0]
    return [
        *(() if has_customers else _OF_CUSTOMERS),
        *(() if has_money else (card.id for card in CARDS.values() if card.needs_money)),
        *(() if has_discounts or maps_discounts(night.configuration.sources) else ("discount_rate",)),
    ]


def against_targets(night: Night, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with target, status, unit and definition version.

    A target without a scope is for the whole, without a grain or question for every one. Of several that fit, the one
    for a question and a grain goes before the general one, then the one valid from the latest day.
    """
    described = rows.join(_CARD_COLUMNS, on="kpi", how="left", maintain_order="left")
    aimed = targets.with_targets(described, targets.target_frame(night.configuration.targets))
    status = targets.status_of(
        value=pl.col("value"),
        low=pl.col("low"),
        high=pl.col("high"),
        n=pl.col("n"),
        target=pl.col("target"),
        operator=pl.col("operator"),
        is_complete=pl.col("is_complete"),
        is_absent=pl.col("is_absent"),
        is_total=pl.col("is_total"),
        minimum_n=night.configuration.limits.minimum_n,
    )
    return aimed.with_columns(status=status)


def _beside_the_period_before(counts: pl.DataFrame, log: OrderLog) -> pl.DataFrame:
    """The counts beside those of the period before where the log covers it: a part of a period is no base."""
    scope = ["scope", "scope_value", "grain"]
    earlier = counts.select(
        *scope, previous_start="period_start", customers_before="active_customers", sales_before="net_value",
        units_before="units", net_squares_before="net_squares",
    )  # fmt: skip
    previous_start = periods.by_grain(pl.col("grain"), pl.col("period_start"), periods.previous_start)
    found = counts.with_columns(previous_start=previous_start).join(
        earlier, on=[*scope, "previous_start"], how="left", maintain_order="left"
    )
    is_covered = _is_covered(log)
    return found.with_columns(
        pl.when(is_covered).then(pl.col("customers_before", "customers_kept")).fill_null(0),
        net_value_before=pl.when(is_covered).then("sales_before"),
    )


def _is_covered(log: OrderLog) -> pl.Expr:
    """Whether the log reaches back to ``previous_start``, give or take the cadence of its sources."""
    if log.starts_on is None:
        return pl.lit(False)
    return pl.col("previous_start") >= pl.lit(log.starts_on - dt.timedelta(days=log.tolerance_days))


def _covers(log: OrderLog, day: dt.date) -> bool:
    return log.starts_on is not None and log.starts_on <= day + dt.timedelta(days=log.tolerance_days)


def _tiers_at(night: Night, at: dt.date) -> pl.DataFrame:
    """Customers and value per tier of the window ending at an earlier date, by historic value."""
    tiers = night.configuration.measures.tiers
    values = night.frame("scorecard_values.sql", at=at)
    cuts = value_tiers.tier_cuts(values["value"], high=tiers.high, mid=tiers.mid)
    return (
        value_tiers.tiers(values, cuts)
        .group_by("tier")
        .agg(
            customers=pl.len().cast(pl.Int64),
            value=pl.col("value").sum(),
            # an earlier figure is compared without its interval
            value_cents=pl.lit(None, dtype=pl.Decimal(38, 2)),
            value_squares=pl.lit(None, dtype=pl.Decimal(38, 4)),
            value_from=pl.lit(None, dtype=pl.Decimal(18, 2)),
        )
    )


def _with_key(counts: pl.DataFrame, key: dict[str, object]) -> pl.DataFrame:
    return counts.with_columns(**{name: pl.lit(value) for name, value in key.items()})


_CARD_COLUMNS: Final = pl.DataFrame(
    [(card.id, card.unit, card.version, card.is_total) for card in CARDS.values()],
    schema={"kpi": pl.String, "unit": pl.String, "definition_version": pl.Int32, "is_total": pl.Boolean},
    orient="row",
)
