"""Polars with its streaming engine: the clean lines go to Parquet as they pass, the marts are read from there."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import polars as pl

from benchmarks.process_cost import work_begins

AS_OF = dt.date(2025, 12, 31)
WINDOW_START = AS_OF - dt.timedelta(days=365)
GRAINS = {"month": "1mo", "quarter": "1q", "year": "1y"}
ORDER_TYPES = {
    "line_id": pl.Int32,
    "quantity": pl.Int32,
    "unit_price": pl.Decimal(12, 2),
    "discount": pl.Decimal(12, 2),
}


def landed(history: Path, folder: str, moment: str) -> pl.LazyFrame:
    """The rows of a folder's files, typed."""
    if any((history / folder).glob("*.csv")):
        types = ORDER_TYPES if folder == "orders" else {"score": pl.Int32}
        rows = pl.scan_csv(history / folder / "*.csv", schema_overrides={moment: pl.String, **types})
        return rows.with_columns(pl.col(moment).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False))
    return pl.scan_parquet(history / folder / "*.parquet")


def main(history: Path, out: Path) -> None:
    """Clean, then make the marts."""
    out.mkdir(parents=True, exist_ok=True)
    orders = landed(history, "orders", "ordered_at")
    is_usable = (
        pl.col("order_id").is_not_null()
        & pl.col("ordered_at").is_between(dt.datetime(1970, 1, 1), dt.datetime(2099, 12, 31))
        & (pl.col("unit_price") >= 0)
    ).fill_null(value=False)
    trimmed = pl.col("customer_id", "product_name", "region").str.strip_chars_end(" ")
    net = pl.col("quantity") * pl.col("unit_price") - pl.col("discount").fill_null(0)
    clean = orders.filter(is_usable).with_columns(trimmed, net=net.cast(pl.Decimal(18, 2))).unique()
    reason = (
        pl.when(pl.col("order_id").is_null()).then(pl.lit("missing order id"))
        .when(pl.col("ordered_at").is_null()).then(pl.lit("no date"))
        .when(pl.col("unit_price") < 0).then(pl.lit("negative price"))
        .otherwise(pl.lit("date out of range"))
    )  # fmt: skip
    clean.sink_parquet(out / "lines.parquet", engine="streaming")
    orders.filter(~is_usable).with_columns(reason=reason).sink_parquet(out / "quarantine.parquet", engine="streaming")

    lines = pl.scan_parquet(out / "lines.parquet")
    valid = valid_orders(lines)
    rfm = rfm_of(valid, lines)
    results = {
        "rfm": rfm,
        "lifecycle": lifecycle_of(valid, rfm),
        "tiers": tiers_of(rfm),
        "cohorts": cohorts_of(valid),
        "kpis": kpis_of(valid, lines),
        "satisfaction": satisfaction_of(landed(history, "surveys", "responded_at")),
    }
    for table, rows in results.items():
        rows.write_parquet(out / f"{table}.parquet")


def valid_orders(lines: pl.LazyFrame) -> pl.DataFrame:
    """One row per valid order."""
    is_sold = pl.col("quantity") > 0
    return (
        lines.group_by("order_id")
        .agg(
            pl.col("customer_id").min(),
            pl.col("ordered_at").filter(is_sold).min(),
            pl.col("net").sum(),
            pl.len().alias("lines"),
            pl.col("channel", "region").min(),
        )
        .filter(pl.col("ordered_at").is_not_null() & (pl.col("net") >= 0.01))
        .with_columns(ordered_on=pl.col("ordered_at").dt.date())
        .collect(engine="streaming")
    )


def fifth(column: str) -> pl.Expr:
    """Quintile 1 to 5 of the column, smallest first."""
    return ((pl.col(column).rank("ordinal") - 1) * 5 // pl.len() + 1).cast(pl.Int8)


def rfm_of(valid: pl.DataFrame, lines: pl.LazyFrame) -> pl.DataFrame:
    """Scores and segment per customer with a valid order."""
    values = (
        lines.filter(pl.col("customer_id").is_not_null() & (pl.col("ordered_at").dt.date() > WINDOW_START))
        .group_by("customer_id")
        .agg(monetary=pl.col("net").sum())
        .collect(engine="streaming")
    )
    customers = (
        valid.lazy()
        .filter(pl.col("customer_id").is_not_null())
        .group_by("customer_id")
        .agg(
            recency=(pl.lit(AS_OF) - pl.col("ordered_on").max()).dt.total_days(),
            orders=pl.len(),
            frequency=(pl.col("ordered_on") > WINDOW_START).sum(),
        )
        .collect(engine="streaming")
    )
    scores = customers.join(values, on="customer_id", how="left").with_columns(pl.col("monetary").fill_null(0))
    scores = scores.with_columns(r=6 - fifth("recency"), f=fifth("frequency"), m=fifth("monetary"))
    r, fm = pl.col("r"), pl.col("f") + pl.col("m")
    segment = (
        pl.when((r >= 4) & (fm >= 8)).then(pl.lit("champions"))
        .when((r >= 3) & (fm >= 6)).then(pl.lit("loyal"))
        .when(r >= 4).then(pl.lit("promising"))
        .when((r <= 2) & (fm >= 7)).then(pl.lit("at risk"))
        .when(r == 1).then(pl.lit("lost"))
        .otherwise(pl.lit("hibernating"))
    )  # fmt: skip
    return scores.with_columns(segment=segment)


def lifecycle_of(valid: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """Stage per customer, by the 80th and 95th percentile of the gaps between order days."""
    days = valid.filter(pl.col("customer_id").is_not_null()).select("customer_id", "ordered_on").unique()
    gaps = days.sort("customer_id", "ordered_on").select(
        gap=pl.when(pl.col("customer_id") == pl.col("customer_id").shift())
        .then(pl.col("ordered_on").diff().dt.total_days())
    )  # fmt: skip
    t1, t2 = (gaps["gap"].quantile(share, interpolation="lower") for share in (0.8, 0.95))
    stage = (
        pl.when(pl.col("recency") > t2).then(pl.lit("lost"))
        .when(pl.col("recency") > t1).then(pl.lit("churn warning"))
        .when(pl.col("orders") == 1).then(pl.lit("first purchase"))
        .when(pl.col("orders") >= 4).then(pl.lit("loyal"))
        .otherwise(pl.lit("repeat"))
    )  # fmt: skip
    return customers.select("customer_id", "recency", "orders", stage=stage)


def tiers_of(rfm: pl.DataFrame) -> pl.DataFrame:
    """Tier per customer by value."""
    is_positive = pl.col("monetary") > 0
    place = (pl.col("monetary").rank("min", descending=True) - 1) / is_positive.sum()
    tier = (
        pl.when(~is_positive).then(pl.lit("none"))
        .when(place < 0.2).then(pl.lit("high"))
        .when(place < 0.5).then(pl.lit("mid"))
        .otherwise(pl.lit("low"))
    )  # fmt: skip
    return rfm.select("customer_id", "monetary", tier=tier)


def cohorts_of(valid: pl.DataFrame) -> pl.DataFrame:
    """Active customers per cohort and period."""
    month = pl.col("ordered_on").dt.truncate("1mo")
    months = valid.filter(pl.col("customer_id").is_not_null()).select("customer_id", month=month).unique()
    firsts = months.group_by("customer_id").agg(cohort=pl.col("month").min())

    def number(column: str) -> pl.Expr:
        return pl.col(column).dt.year() * 12 + pl.col(column).dt.month().cast(pl.Int32)

    return (
        months.join(firsts, on="customer_id")
        .group_by("cohort", period=number("month") - number("cohort"))
        .agg(active=pl.len())
    )


def kpis_of(valid: pl.DataFrame, lines: pl.LazyFrame) -> pl.DataFrame:
    """Orders, customers and sales per grain, period and scope."""
    is_sold = pl.col("quantity") > 0
    days = (
        lines.group_by(pl.col("ordered_at").dt.date().alias("day"), "channel", "region")
        .agg(
            net=pl.col("net").sum(),
            gross=(pl.col("quantity") * pl.col("unit_price")).filter(is_sold).sum(),
            refunds=-pl.col("net").filter(~is_sold).sum(),
        )
        .collect(engine="streaming")
    )
    parts: list[pl.DataFrame] = []
    for grain, every in GRAINS.items():
        for scope, value in {"all": pl.lit("all"), "channel": pl.col("channel"), "region": pl.col("region")}.items():
            key = ["period_start", "scope_value"]
            of_day = pl.col("day").dt.truncate(every).alias("period_start")
            sales = days.group_by(of_day, value.alias("scope_value")).agg(pl.col("net", "gross", "refunds").sum())
            of_order = pl.col("ordered_on").dt.truncate(every).alias("period_start")
            counts = (
                valid.lazy()
                .group_by(of_order, value.alias("scope_value"))
                .agg(orders=pl.len(), customers=pl.col("customer_id").drop_nulls().n_unique())
                .collect(engine="streaming")
            )
            both = sales.join(counts, on=key, how="left")
            parts.append(both.select(pl.lit(grain).alias("grain"), pl.lit(scope).alias("scope"), pl.all()))
    return pl.concat(parts).with_columns(value_per_order=pl.col("net").cast(pl.Float64) / pl.col("orders"))


def satisfaction_of(surveys: pl.LazyFrame) -> pl.DataFrame:
    """Counts per question, grain, period and scope."""
    score = pl.col("score")
    answers = (
        surveys.filter(
            pl.col("response_id").is_not_null(),
            pl.col("responded_at").is_not_null(),
            ((pl.col("question") == "overall") & score.is_between(1, 5))
            | ((pl.col("question") == "recommend") & score.is_between(0, 10)),
        )
        .select("response_id", "question", "responded_at", "score", pl.col("channel").str.strip_chars_end(" "))
        .unique()
        .collect(engine="streaming")
    )
    parts = [
        answers.group_by(
            "question",
            pl.lit(grain).alias("grain"),
            pl.col("responded_at").dt.date().dt.truncate(every).alias("period_start"),
            pl.lit(scope).alias("scope"),
            value.alias("scope_value"),
        ).agg(
            n=pl.len(),
            mean=score.mean(),
            satisfied=(score >= 4).sum(),
            promoters=(score >= 9).sum(),
            detractors=(score <= 6).sum(),
        )
        for grain, every in GRAINS.items()
        for scope, value in {"all": pl.lit("all"), "channel": pl.col("channel")}.items()
    ]
    return pl.concat(parts)


if __name__ == "__main__":
    work_begins()
    main(Path(sys.argv[1]), Path(sys.argv[2]))
