-- Grain: counted thing (orders, customers who ordered). Inputs: customer_summary, orders (valid at as_of).
with valid_orders as (
    select customer_id
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
),

facts as (
    select
        cast(count(*) as bigint) as orders,
        cast(count(distinct customer_id) as bigint) as customers
    from valid_orders
),

summaries as (
    select
        cast(coalesce(sum(orders), 0) as bigint) as orders,
        cast(coalesce(sum(case when orders > 0 then 1 else 0 end), 0) as bigint) as customers
    from customer_summary
),

counts as (
    select 'orders' as counted, facts.orders as left_side, summaries.orders as right_side, facts.orders as n
    from facts
    cross join summaries
    union all
    select 'customers' as counted, facts.customers as left_side, summaries.customers as right_side, facts.customers as n
    from facts
    cross join summaries
)

select * from counts
