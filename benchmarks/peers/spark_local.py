"""Apache Spark on two local cores: the plain script's statements in Spark's SQL, kept as Parquet and views."""

from __future__ import annotations

import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from benchmarks.process_cost import work_begins

CORES, DRIVER_MEMORY = 2, "3g"
GRAINS = ("month", "quarter", "year")
SCOPES = {"all": "'all'", "channel": "channel", "region": "region"}
ORDER_TYPES = (
    "order_id string, line_id int, ordered_at timestamp_ntz, customer_id string, product_id string, "
    "product_name string, category string, quantity int, unit_price decimal(12,2), discount decimal(12,2), "
    "channel string, region string"
)
SURVEY_TYPES = (
    "response_id string, responded_at timestamp_ntz, customer_id string, order_id string, question string, score int, "
    "channel string, comment string"
)
IS_USABLE = (
    "coalesce(order_id is not null and ordered_at between timestamp_ntz'1970-01-01' and timestamp_ntz'2099-12-31' "
    "and unit_price >= 0, false)"
)


def session() -> SparkSession:
    """Spark in this process's own Java machine."""
    settings = {
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.sql.shuffle.partitions": str(4 * CORES),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(f"local[{CORES}]").appName("benchmark")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def landed(spark: SparkSession, history: Path, folder: str, types: str) -> DataFrame:
    """The rows of a folder's files, typed."""
    if any((history / folder).glob("*.csv")):
        reader = spark.read.schema(types).option("header", value=True)
        return reader.option("timestampNTZFormat", "yyyy-MM-dd HH:mm:ss").csv(f"{history}/{folder}/*.csv")
    return spark.read.parquet(f"{history}/{folder}")


def main(spark: SparkSession, history: Path, out: Path) -> None:
    """Clean, then make the marts."""
    landed(spark, history, "orders", ORDER_TYPES).createOrReplaceTempView("landed_orders")
    landed(spark, history, "surveys", SURVEY_TYPES).createOrReplaceTempView("landed_surveys")

    def write(table: str, sql: str) -> None:
        """Write the table, and read it from there from now on."""
        spark.sql(sql).write.parquet(f"{out}/{table}.parquet")
        spark.read.parquet(f"{out}/{table}.parquet").createOrReplaceTempView(table)

    def keep(table: str, sql: str) -> None:
        """Keep what several statements read."""
        spark.sql(sql).cache().createOrReplaceTempView(table)

    write(
        "lines",
        f"""
        select distinct
            order_id, line_id, ordered_at, trim(customer_id) as customer_id, product_id,
            trim(product_name) as product_name, category, quantity, unit_price, discount,
            cast(quantity * unit_price - coalesce(discount, 0) as decimal(18, 2)) as net, channel,
            trim(region) as region
        from landed_orders
        where {IS_USABLE}""",
    )
    write(
        "quarantine",
        f"""
        select
            *,
            case
                when order_id is null then 'missing order id'
                when ordered_at is null then 'no date'
                when unit_price < 0 then 'negative price'
                else 'date out of range'
            end as reason
        from landed_orders
        where not {IS_USABLE}""",
    )
    keep(
        "valid_orders",
        """
        select *, cast(ordered_at as date) as ordered_on
        from (
            select
                order_id, min(customer_id) as customer_id,
                min(case when quantity > 0 then ordered_at end) as ordered_at,
                sum(net) as net, count(*) as lines, min(channel) as channel, min(region) as region
            from lines
            group by order_id)
        where ordered_at is not null and net >= 0.01""",
    )
    write(
        "rfm",
        """
        with summary as (
            select
                customer_id, datediff(date'2025-12-31', max(ordered_on)) as recency, count(*) as orders,
                count(case when ordered_on > date'2025-12-31' - interval 365 days then 1 end) as frequency
            from valid_orders
            where customer_id is not null
            group by customer_id
        ),
        window_values as (
            select customer_id, sum(net) as monetary
            from lines
            where customer_id is not null and cast(ordered_at as date) > date'2025-12-31' - interval 365 days
            group by customer_id
        ),
        scores as (
            select
                customer_id, recency, orders, frequency, coalesce(monetary, 0) as monetary,
                6 - ntile(5) over (order by recency) as r,
                ntile(5) over (order by frequency) as f,
                ntile(5) over (order by coalesce(monetary, 0)) as m
            from summary
            left join window_values using (customer_id)
        )
        select
            *,
            case
                when r >= 4 and f + m >= 8 then 'champions'
                when r >= 3 and f + m >= 6 then 'loyal'
                when r >= 4 then 'promising'
                when r <= 2 and f + m >= 7 then 'at risk'
                when r = 1 then 'lost'
                else 'hibernating'
            end as segment
        from scores""",
    )
    write(
        "lifecycle",
        """
        with days as (
            select distinct customer_id, ordered_on from valid_orders where customer_id is not null
        ),
        gaps as (
            select datediff(ordered_on, lag(ordered_on) over (partition by customer_id order by ordered_on)) as gap
            from days
        ),
        cuts as (
            select
                percentile_disc(0.8) within group (order by gap) as t1,
                percentile_disc(0.95) within group (order by gap) as t2
            from gaps
        )
        select
            customer_id, recency, orders,
            case
                when recency > t2 then 'lost'
                when recency > t1 then 'churn warning'
                when orders = 1 then 'first purchase'
                when orders >= 4 then 'loyal'
                else 'repeat'
            end as stage
        from rfm
        cross join cuts""",
    )
    write(
        "tiers",
        """
        with ranked as (
            select customer_id, monetary, percent_rank() over (order by monetary desc) as place
            from rfm
            where monetary > 0
        )
        select
            customer_id, monetary,
            case when place < 0.2 then 'high' when place < 0.5 then 'mid' else 'low' end as tier
        from ranked
        union all
        select customer_id, monetary, 'none' as tier from rfm where monetary <= 0""",
    )
    write(
        "cohorts",
        """
        with active_months as (
            select distinct customer_id, trunc(ordered_on, 'month') as month
            from valid_orders
            where customer_id is not null
        ),
        counted as (
            select min(month) over (partition by customer_id) as cohort, month from active_months
        )
        select cohort, cast(months_between(month, cohort) as int) as period, count(*) as active
        from counted
        group by cohort, period""",
    )
    keep(
        "days",
        """
        select
            cast(ordered_at as date) as day, channel, region, sum(net) as net,
            sum(case when quantity > 0 then quantity * unit_price end) as gross,
            -sum(case when quantity < 0 then net end) as refunds
        from lines
        group by 1, 2, 3""",
    )
    write("kpis", kpis_sql())
    keep(
        "answers",
        """
        select distinct response_id, question, cast(responded_at as date) as day, score, trim(channel) as channel
        from landed_surveys
        where response_id is not null and responded_at is not null
            and (question = 'overall' and score between 1 and 5
                or question = 'recommend' and score between 0 and 10)""",
    )
    write("satisfaction", satisfaction_sql())


def kpis_sql() -> str:
    """Orders, customers and sales per grain, period and scope, a plain grouping each."""
    counts = " union all ".join(
        f"""
        select
            '{grain}' as grain, trunc(ordered_on, '{grain}') as period_start, '{scope}' as scope,
            {value} as scope_value, count(*) as orders, count(distinct customer_id) as customers
        from valid_orders
        group by 2, 4"""
        for grain in GRAINS
        for scope, value in SCOPES.items()
    )
    sales = " union all ".join(
        f"""
        select
            '{grain}' as grain, trunc(day, '{grain}') as period_start, '{scope}' as scope, {value} as scope_value,
            sum(net) as net, sum(gross) as gross, sum(refunds) as refunds
        from days
        group by 2, 4"""
        for grain in GRAINS
        for scope, value in SCOPES.items()
    )
    return f"""
        with counts as ({counts}),
        sales as ({sales})
        select *, net / orders as value_per_order
        from sales
        left join counts using (grain, period_start, scope, scope_value)"""


def satisfaction_sql() -> str:
    """Counts per question, grain, period and scope."""
    return " union all ".join(
        f"""
        select
            question, '{grain}' as grain, trunc(day, '{grain}') as period_start, '{scope}' as scope,
            {SCOPES[scope]} as scope_value, count(*) as n, avg(score) as mean, count_if(score >= 4) as satisfied,
            count_if(score >= 9) as promoters, count_if(score <= 6) as detractors
        from answers
        group by 1, 3, 5"""
        for grain in GRAINS
        for scope in ("all", "channel")
    )


if __name__ == "__main__":
    spark = session()
    work_begins()
    main(spark, Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
    spark.stop()
