-- Grain: grain x period x scope value with a merchandise line. Inputs: sales_cells, calendar.
-- Days and weeks are kept for the scope `all` only. A scope no line names is left out.
with cells as (
    select
        day as ordered_on,
        channel,
        region,
        cast(sum(lines) as bigint) as lines,
        cast(sum(gross_value) as decimal(38, 8)) as gross_value,
        cast(sum(discount_value) as decimal(38, 8)) as discount_value,
        cast(sum(refund_value) as decimal(38, 8)) as refund_value,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from sales_cells
    group by day, channel, region
),

named as (
    select
        max(case when channel <> 'unknown' then 1 else 0 end) as has_channel,
        max(case when region <> 'unknown' then 1 else 0 end) as has_region
    from cells
),

scoped as (
    select
        ordered_on, 'all' as scope, 'all' as scope_value,
        lines, gross_value, discount_value, refund_value, net_value
    from cells
    union all
    select
        ordered_on, 'channel' as scope, channel as scope_value,
        lines, gross_value, discount_value, refund_value, net_value
    from cells cross join named
    where named.has_channel = 1
    union all
    select
        ordered_on, 'region' as scope, region as scope_value,
        lines, gross_value, discount_value, refund_value, net_value
    from cells cross join named
    where named.has_region = 1
),

-- Where there is money, a period without a discount or a refund had none of it.
sales as (
    select
        calendar.grain,
        calendar.period_start,
        scoped.scope,
        scoped.scope_value,
        cast(sum(scoped.lines) as bigint) as lines,
        cast(
            case when sum(scoped.net_value) is not null then coalesce(sum(scoped.gross_value), 0) end as decimal(18, 2)
        ) as gross_value,
        cast(
            case when sum(scoped.net_value) is not null then coalesce(sum(scoped.discount_value), 0) end as decimal(18, 2)
        ) as discount_value,
        cast(
            case when sum(scoped.net_value) is not null then coalesce(sum(scoped.refund_value), 0) end as decimal(18, 2)
        ) as refund_value,
        cast(sum(scoped.net_value) as decimal(18, 2)) as net_value
    from scoped
    inner join calendar on scoped.ordered_on = calendar.day
    where scoped.scope = 'all' or calendar.grain in ('month', 'quarter', 'year')
    group by calendar.grain, calendar.period_start, scoped.scope, scoped.scope_value
)

select * from sales
