-- Grain: source. Inputs: order_lines, orders.
-- Accepted merchandise = net value of valid orders + net value of refund-only, void and worthless ones.
with merchandise as (
    select
        source,
        cast(
            coalesce(sum(amount), 0) - coalesce(sum(case when kind = 'sold' then discount end), 0)
            as decimal(38, 8)
        ) as net_value,
        cast(count(amount) as bigint) as n
    from order_lines
    where kind in ('sold', 'refund', 'discount')
    group by source
),

order_values as (
    select
        source,
        cast(
            sum(case when valid_from is not null and voided_on is null then coalesce(net_value, 0) else 0 end)
            as decimal(38, 8)
        ) as of_valid_orders,
        cast(
            sum(case when valid_from is not null and voided_on is null then 0 else coalesce(net_value, 0) end)
            as decimal(38, 8)
        ) as of_other_orders
    from orders
    group by source
),

sources as (
    select
        coalesce(merchandise.source, order_values.source) as source,
        coalesce(merchandise.net_value, 0) as left_side,
        cast(
            coalesce(order_values.of_valid_orders, 0) + coalesce(order_values.of_other_orders, 0)
            as decimal(38, 8)
        ) as right_side,
        coalesce(merchandise.n, 0) as n
    from merchandise
    full outer join order_values on merchandise.source = order_values.source
)

select * from sources
