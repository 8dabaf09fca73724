"""What a notebook with pandas does, cell after cell. Money is float there; it is rounded to cents."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from benchmarks.process_cost import work_begins

AS_OF = pd.Timestamp("2025-12-31")
WINDOW_START = AS_OF - pd.Timedelta(days=365)
GRAINS = {"month": "M", "quarter": "Q", "year": "Y"}


def landed(history: Path, folder: str, moment: str, numbers: list[str]) -> pd.DataFrame:
    """The rows of a folder's files, typed."""
    files = sorted((history / folder).glob("*.csv"))
    if files:
        rows = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
        rows[moment] = pd.to_datetime(rows[moment], format="%Y-%m-%d %H:%M:%S", errors="coerce")
        return rows
    # Arrow's types first: decimals would become Python objects otherwise.
    rows = pd.read_parquet(history / folder, dtype_backend="pyarrow")
    return rows.astype({moment: "datetime64[us]"} | dict.fromkeys(numbers, "float64"))


def main(history: Path, out: Path) -> None:
    """Clean, then make the marts."""
    out.mkdir(parents=True, exist_ok=True)
    orders = landed(history, "orders", "ordered_at", ["unit_price", "discount"])

    # Cleaning
    reason = pd.Series(None, index=orders.index, dtype="str")
    reason[~orders["ordered_at"].between("1970-01-01", "2099-12-31")] = "date out of range"
    reason[orders["unit_price"] < 0] = "negative price"
    reason[orders["ordered_at"].isna()] = "no date"
    reason[orders["order_id"].isna()] = "missing order id"
    orders[reason.notna()].assign(reason=reason[reason.notna()]).to_parquet(out / "quarantine.parquet")
    lines = orders[reason.isna()].copy()
    del orders
    for column in ("customer_id", "product_name", "region"):
        lines[column] = lines[column].str.strip()
    lines = lines.drop_duplicates(["order_id", "line_id"])
    lines["gross"] = lines["quantity"] * lines["unit_price"]
    lines["net"] = (lines["gross"] - lines["discount"].fillna(0)).round(2)
    lines.to_parquet(out / "lines.parquet", index=False)
    lines["day"] = lines["ordered_at"].dt.normalize()

    # Orders
    sold = lines[lines["quantity"] > 0].groupby("order_id")["ordered_at"].min()
    by_order = lines.groupby("order_id").agg(
        customer_id=("customer_id", "first"), net=("net", "sum"), lines=("net", "size"),
        channel=("channel", "first"), region=("region", "first"),
    )  # fmt: skip
    valid = by_order.join(sold, how="inner")
    valid = valid[valid["net"].round(2) >= 0.01].reset_index()
    valid["ordered_on"] = valid["ordered_at"].dt.normalize()
    known = valid[valid["customer_id"].notna()]

    # RFM
    rfm = known.groupby("customer_id").agg(last=("ordered_on", "max"), orders=("order_id", "size"))
    rfm["recency"] = (AS_OF - rfm.pop("last")).dt.days
    rfm["frequency"] = known[known["ordered_on"] > WINDOW_START].groupby("customer_id").size()
    rfm["monetary"] = lines[lines["day"] > WINDOW_START].groupby("customer_id")["net"].sum()
    rfm = rfm.fillna({"frequency": 0, "monetary": 0.0})
    rfm["monetary"] = rfm["monetary"].round(2)
    rfm["r"] = 6 - fifth(rfm["recency"])
    rfm["f"] = fifth(rfm["frequency"])
    rfm["m"] = fifth(rfm["monetary"])
    fm = rfm["f"] + rfm["m"]
    rfm["segment"] = "hibernating"
    rfm.loc[rfm["r"] == 1, "segment"] = "lost"
    rfm.loc[(rfm["r"] <= 2) & (fm >= 7), "segment"] = "at risk"
    rfm.loc[rfm["r"] >= 4, "segment"] = "promising"
    rfm.loc[(rfm["r"] >= 3) & (fm >= 6), "segment"] = "loyal"
    rfm.loc[(rfm["r"] >= 4) & (fm >= 8), "segment"] = "champions"
    rfm.reset_index().to_parquet(out / "rfm.parquet")

    # Lifecycle
    days = known[["customer_id", "ordered_on"]].drop_duplicates().sort_values(["customer_id", "ordered_on"])
    gaps = days.groupby("customer_id")["ordered_on"].diff().dt.days
    t1, t2 = gaps.quantile([0.8, 0.95], interpolation="lower")
    stages = rfm[["recency", "orders"]].copy()
    stages["stage"] = "repeat"
    stages.loc[stages["orders"] >= 4, "stage"] = "loyal"
    stages.loc[stages["orders"] == 1, "stage"] = "first purchase"
    stages.loc[stages["recency"] > t1, "stage"] = "churn warning"
    stages.loc[stages["recency"] > t2, "stage"] = "lost"
    stages.reset_index().to_parquet(out / "lifecycle.parquet")

    # Tiers
    tiers = rfm[["monetary"]].copy()
    place = tiers.loc[tiers["monetary"] > 0, "monetary"].rank(method="min", ascending=False, pct=True)
    tiers["tier"] = pd.cut(place, [0, 0.2, 0.5, 1], labels=["high", "mid", "low"]).astype("str")
    tiers["tier"] = tiers["tier"].fillna("none")
    tiers.reset_index().to_parquet(out / "tiers.parquet")

    # Cohorts
    months = known.assign(month=known["ordered_on"].dt.to_period("M"))[["customer_id", "month"]].drop_duplicates()
    months["cohort"] = months.groupby("customer_id")["month"].transform("min")
    months["period"] = months["month"].astype("int64") - months["cohort"].astype("int64")
    cohorts = months.groupby(["cohort", "period"]).size().rename("active").reset_index()
    cohorts.assign(cohort=cohorts["cohort"].dt.start_time).to_parquet(out / "cohorts.parquet")

    kpis_of(valid, lines).to_parquet(out / "kpis.parquet")
    satisfaction_of(landed(history, "surveys", "responded_at", [])).to_parquet(out / "satisfaction.parquet")


def fifth(values: pd.Series) -> pd.Series:
    """Quintile 1 to 5 of the values, smallest first."""
    return pd.qcut(values.rank(method="first"), 5, labels=False) + 1


def kpis_of(valid: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Orders, customers and sales per grain, period and scope."""
    is_sold = lines["quantity"] > 0
    flows = lines.assign(gross=lines["gross"].where(is_sold, 0.0), refunds=(-lines["net"]).where(~is_sold, 0.0))
    days = flows.groupby(["day", "channel", "region"], as_index=False)[["net", "gross", "refunds"]].sum()
    parts: list[pd.DataFrame] = []
    for grain, period in GRAINS.items():
        of_days = days.assign(period_start=days["day"].dt.to_period(period), all="all")
        of_orders = valid.assign(period_start=valid["ordered_on"].dt.to_period(period), all="all")
        for scope in ("all", "channel", "region"):
            sales = of_days.groupby(["period_start", scope])[["net", "gross", "refunds"]].sum().round(2)
            counts = of_orders.groupby(["period_start", scope]).agg(
                orders=("order_id", "size"), customers=("customer_id", "nunique")
            )
            both = sales.join(counts).reset_index().rename(columns={scope: "scope_value"})
            parts.append(both.assign(grain=grain, scope=scope, period_start=both["period_start"].dt.start_time))
    kpis = pd.concat(parts)
    return kpis.assign(value_per_order=kpis["net"] / kpis["orders"])


def satisfaction_of(surveys: pd.DataFrame) -> pd.DataFrame:
    """Counts per question, grain, period and scope."""
    score = surveys["score"]
    is_overall, is_recommend = surveys["question"] == "overall", surveys["question"] == "recommend"
    is_valid = (is_overall & score.between(1, 5)) | (is_recommend & score.between(0, 10))
    answers = surveys[is_valid.fillna(False) & surveys["response_id"].notna() & surveys["responded_at"].notna()]
    answers = answers.drop_duplicates(["response_id", "question"])
    answers = answers.assign(
        channel=answers["channel"].str.strip(),
        all="all",
        satisfied=answers["score"] >= 4,
        promoters=answers["score"] >= 9,
        detractors=answers["score"] <= 6,
    )
    parts: list[pd.DataFrame] = []
    for grain, period in GRAINS.items():
        of_period = answers.assign(period_start=answers["responded_at"].dt.to_period(period))
        for scope in ("all", "channel"):
            counts = of_period.groupby(["question", "period_start", scope], as_index=False).agg(
                n=("score", "size"), mean=("score", "mean"), satisfied=("satisfied", "sum"),
                promoters=("promoters", "sum"), detractors=("detractors", "sum"),
            ).rename(columns={scope: "scope_value"})  # fmt: skip
            parts.append(counts.assign(grain=grain, scope=scope, period_start=counts["period_start"].dt.start_time))
    return pd.concat(parts)


if __name__ == "__main__":
    work_begins()
    main(Path(sys.argv[1]), Path(sys.argv[2]))
