-- Grain: cohort month x month with at least one active customer. Inputs: orders (valid at $as_of), calendar.
-- `last_seen` counts the customers whose latest active month this is; the cohort's size is its count in month 0.
with customer_months as (
    select
        orders.customer_id,
        calendar.period_start as active_month
    from orders
    inner join calendar on orders.ordered_on = calendar.day
    where
        calendar.grain = 'month'
        and orders.customer_id is not null
        and orders.valid_from is not null
        and orders.voided_on is null
    group by orders.customer_id, calendar.period_start
),

customers_seen as (
    select
        customer_id,
        min(active_month) as cohort_month,
        max(active_month) as last_month
    from customer_months
    group by customer_id
),

cohort_months as (
    select
        customers_seen.cohort_month,
        customer_months.active_month,
        cast(count(*) as bigint) as active,
        cast(sum(case when customer_months.active_month = customers_seen.last_month then 1 else 0 end) as bigint)
            as last_seen
    from customer_months
    inner join customers_seen on customer_months.customer_id = customers_seen.customer_id
    group by customers_seen.cohort_month, customer_months.active_month
)

select * from cohort_months
