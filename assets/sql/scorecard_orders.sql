-- Grain: grain x period x scope value with a valid order. Inputs: orders (valid at $as_of), calendar.
-- An order counts on its day in its own channel and region, whoever placed it; its value is net of its own refunds up
-- to $as_of. Days and weeks are kept for the scope `all` only.
-- Of 38 digits DuckDB rounds a thirtieth as many a second as of 18, which hold nearly every order.
with valid_orders as (
    select
        ordered_on,
        coalesce(channel, 'unknown') as channel,
        coalesce(region, 'unknown') as region,
        customer_id,
        case
            when net_value between -1000000000 and 1000000000
                then cast(cast(net_value as decimal(18, 8)) as decimal(18, 2))
            else cast(net_value as decimal(18, 2))
        end as net_value
    from orders
    where valid_from is not null and voided_on is null
),

cells as (
    select
        ordered_on,
        channel,
        region,
        cast(count(*) as bigint) as orders,
        cast(count(customer_id) as bigint) as customer_orders,
        cast(sum(net_value) as decimal(38, 2)) as order_value,
        cast(sum(cast(net_value * net_value as decimal(38, 4))) as decimal(38, 4)) as order_value_squares
    from valid_orders
    group by ordered_on, channel, region
),

scoped as (
    select
        ordered_on, 'all' as scope, 'all' as scope_value,
        orders, customer_orders, order_value, order_value_squares
    from cells
    union all
    select
        ordered_on, 'channel' as scope, channel as scope_value,
        orders, customer_orders, order_value, order_value_squares
    from cells
    union all
    select
        ordered_on, 'region' as scope, region as scope_value,
        orders, customer_orders, order_value, order_value_squares
    from cells
),

ordering as (
    select
        calendar.grain,
        calendar.period_start,
        scoped.scope,
        scoped.scope_value,
        cast(sum(scoped.orders) as bigint) as orders,
        cast(sum(scoped.customer_orders) as bigint) as customer_orders,
        cast(sum(scoped.order_value) as decimal(38, 2)) as order_value,
        cast(sum(scoped.order_value_squares) as decimal(38, 4)) as order_value_squares
    from scoped
    inner join calendar on scoped.ordered_on = calendar.day
    where scoped.scope = 'all' or calendar.grain in ('month', 'quarter', 'year')
    group by calendar.grain, calendar.period_start, scoped.scope, scoped.scope_value
)

select * from ordering
