-- Grain: customer with a valid order at the end of $taken_at. Input: flows_then (flows with a line that counts).
-- As rfm_measures.sql counts on a night of that date, from the flows dated up to it: what was sold or paid back later is
-- in nothing here.
with flows as (
    select customer_id, order_no, day, first_sold_at, sold_lines, gross_value, net_value
    from flows_then
    where day <= cast($taken_at as date)
),

-- Valid as in orders.sql: something is sold, and what is left reaches the minimum or is not known.
valid_orders as (
    select min(customer_id) as customer_id, cast(min(first_sold_at) as date) as ordered_on
    from flows
    group by order_no
    having
        sum(sold_lines) > 0
        and (
            sum(case when gross_value is null then sold_lines else 0 end) > 0
            or sum(net_value) >= cast($minimum_order_value as decimal(38, 8))
        )
),

ordering as (
    select
        customer_id,
        max(ordered_on) as last_order_on,
        cast(
            sum(case when date_diff('day', ordered_on, cast($taken_at as date)) < $window_days then 1 else 0 end)
            as bigint
        ) as frequency
    from valid_orders
    where customer_id is not null
    group by customer_id
),

window_flows as (
    select customer_id, sum(net_value) as net_value
    from flows
    where customer_id is not null and date_diff('day', day, cast($taken_at as date)) < $window_days
    group by customer_id
),

money as (
    select count(net_value) > 0 as is_known
    from flows
),

measures as (
    select
        cast(date_diff('day', ordering.last_order_on, cast($taken_at as date)) as integer) as recency_days,
        ordering.frequency,
        cast(
            case when money.is_known and window_flows.customer_id is null then 0 else window_flows.net_value end
            as decimal(38, 8)
        ) as monetary
    from ordering
    cross join money
    left join window_flows on ordering.customer_id = window_flows.customer_id
)

select * from measures
