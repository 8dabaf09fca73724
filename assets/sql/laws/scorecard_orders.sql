-- Grain: KPI (orders, new_customers) x grain that has periods. Inputs: kpi_scorecard (scope all), orders (valid at as_of).
-- Over the periods of a grain every valid order counts once, and so does every customer's first.
with facts as (
    select
        cast(count(*) as bigint) as orders,
        cast(count(distinct customer_id) as bigint) as customers
    from orders
    where valid_from is not null and voided_on is null
),

periods as (
    select
        kpi,
        grain,
        cast(sum(cast(value as bigint)) as bigint) as counted
    from kpi_scorecard
    where kpi in ('orders', 'new_customers') and scope = 'all' and grain <> 'total' and value is not null
    group by kpi, grain
),

counts as (
    select
        periods.kpi,
        periods.grain,
        case when periods.kpi = 'orders' then facts.orders else facts.customers end as left_side,
        periods.counted as right_side,
        facts.orders as n
    from periods
    cross join facts
)

select * from counts
