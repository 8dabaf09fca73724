-- Grain: facts x customer x day with a valid order. Input: moves_flows.
-- An order is valid at the end of its facts, as in orders.sql: something is sold, and what is left reaches the minimum or
-- is not known.
with order_facts as (
    select
        facts,
        order_no,
        min(customer_id) as customer_id,
        cast(min(first_sold_at) as date) as ordered_on,
        sum(sold_lines) as sold_lines,
        sum(case when gross_value is null then sold_lines else 0 end) as unpriced_lines,
        sum(net_value) as net_value
    from moves_flows
    group by facts, order_no
),

order_days as (
    select facts, customer_id, ordered_on, cast(count(*) as bigint) as orders
    from order_facts
    where sold_lines > 0
        and (unpriced_lines > 0 or net_value >= cast($minimum_order_value as decimal(38, 8)))
    group by facts, customer_id, ordered_on
),

order_days_with_gap as (
    select
        facts,
        customer_id,
        ordered_on,
        orders,
        date_diff(
            'day',
            lag(ordered_on) over (partition by facts, customer_id order by ordered_on),
            ordered_on
        ) as gap_days
    from order_days
)

select * from order_days_with_gap
