-- Grain: grain x period x scope value with a valid order. Inputs: order_cells, calendar.
-- Days and weeks are kept for the scope `all` only.
with cells as (
    select
        ordered_on,
        channel,
        region,
        orders,
        customer_orders,
        valued_orders,
        case when valued_orders > 0 then order_value end as order_value,
        case when valued_orders > 0 then order_cents end as order_cents,
        case when valued_orders > 0 then order_value_squares end as order_value_squares
    from order_cells
),

scoped as (
    select
        ordered_on, 'all' as scope, 'all' as scope_value,
        orders, customer_orders, valued_orders, order_value, order_cents, order_value_squares
    from cells
    union all
    select
        ordered_on, 'channel' as scope, channel as scope_value,
        orders, customer_orders, valued_orders, order_value, order_cents, order_value_squares
    from cells
    union all
    select
        ordered_on, 'region' as scope, region as scope_value,
        orders, customer_orders, valued_orders, order_value, order_cents, order_value_squares
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
        cast(sum(scoped.valued_orders) as bigint) as valued_orders,
        cast(sum(scoped.order_value) as decimal(38, 2)) as order_value,
        cast(sum(scoped.order_cents) as decimal(38, 2)) as order_cents,
        cast(sum(scoped.order_value_squares) as decimal(38, 4)) as order_value_squares
    from scoped
    inner join calendar on scoped.ordered_on = calendar.day
    where scoped.scope = 'all' or calendar.grain in ('month', 'quarter', 'year')
    group by calendar.grain, calendar.period_start, scoped.scope, scoped.scope_value
)

select * from ordering
