-- Grain: source of orders x counted thing (lines, net value). Inputs: order_lines, configured_sources, orders.
-- Every line of merchandise is in one order; accepted merchandise = net value of valid orders + net value of refund-only,
-- void and worthless ones.
with delivered as (
    select
        source,
        cast(count(*) as bigint) as lines,
        cast(count(amount) as bigint) as amounts,
        cast(
            coalesce(sum(amount), 0) - coalesce(sum(case when kind = 'sold' then discount end), 0)
            as decimal(38, 8)
        ) as net_value
    from order_lines
    where kind in ('sold', 'refund', 'discount')
    group by source
),

merchandise as (
    select
        configured.order_source as source,
        cast(sum(delivered.lines) as bigint) as lines,
        cast(sum(delivered.amounts) as bigint) as amounts,
        cast(sum(delivered.net_value) as decimal(38, 8)) as net_value
    from delivered
    inner join configured_sources as configured on delivered.source = configured.source
    group by configured.order_source
),

order_values as (
    select
        source,
        cast(sum(lines) as bigint) as lines,
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
        coalesce(merchandise.lines, 0) as lines_in,
        coalesce(order_values.lines, 0) as lines_in_orders,
        coalesce(merchandise.amounts, 0) as amounts,
        coalesce(merchandise.net_value, 0) as net_value,
        coalesce(order_values.of_valid_orders, 0) + coalesce(order_values.of_other_orders, 0) as order_value
    from merchandise
    full outer join order_values on merchandise.source = order_values.source
),

-- Both as decimals: a union of counts and money has one type.
counts as (
    select
        source,
        'lines' as counted,
        cast(lines_in as decimal(38, 8)) as left_side,
        cast(lines_in_orders as decimal(38, 8)) as right_side,
        lines_in as n
    from sources
    union all
    select
        source,
        'net_value' as counted,
        cast(net_value as decimal(38, 8)) as left_side,
        cast(order_value as decimal(38, 8)) as right_side,
        amounts as n
    from sources
)

select * from counts
