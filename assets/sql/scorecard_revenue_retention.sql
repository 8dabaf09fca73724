-- Grain: grain x period with a buyer in the period before, for the whole. Inputs: orders (valid at $as_of),
-- customer_days, calendar.
-- The net flows, in this period and in the one before, of the customers who ordered in the one before. A month is one
-- of twelve times its year's number and more, so that the one before has the number before.
with flow_months as (
    select
        customer_id,
        year(day) * 12 + month(day) as month_no,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from customer_days
    group by customer_id, year(day) * 12 + month(day)
),

buyer_months as (
    select distinct
        customer_id,
        year(ordered_on) * 12 + month(ordered_on) as month_no
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
),

months as (
    select
        flow_months.customer_id,
        flow_months.month_no,
        flow_months.net_value,
        case when buyer_months.customer_id is null then 0 else 1 end as is_buyer
    from flow_months
    left join buyer_months
        on flow_months.customer_id = buyer_months.customer_id and flow_months.month_no = buyer_months.month_no
),

customer_periods as (
    select 'month' as grain, customer_id, month_no as period_no, net_value, is_buyer
    from months
    union all
    select
        'quarter' as grain,
        customer_id,
        cast(floor(cast(month_no - 1 as double) / cast(3 as double)) as bigint) as period_no,
        cast(sum(net_value) as decimal(38, 8)) as net_value,
        max(is_buyer) as is_buyer
    from months
    group by customer_id, cast(floor(cast(month_no - 1 as double) / cast(3 as double)) as bigint)
    union all
    select
        'year' as grain,
        customer_id,
        cast(floor(cast(month_no - 1 as double) / cast(12 as double)) as bigint) as period_no,
        cast(sum(net_value) as decimal(38, 8)) as net_value,
        max(is_buyer) as is_buyer
    from months
    group by customer_id, cast(floor(cast(month_no - 1 as double) / cast(12 as double)) as bigint)
),

values_before as (
    select
        grain,
        period_no + 1 as period_no,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from customer_periods
    where is_buyer = 1
    group by grain, period_no
),

values_after as (
    select
        before.grain,
        after.period_no,
        cast(sum(after.net_value) as decimal(38, 8)) as net_value
    from customer_periods as before
    inner join customer_periods as after
        on before.grain = after.grain and before.customer_id = after.customer_id
            and before.period_no + 1 = after.period_no
    where before.is_buyer = 1
    group by before.grain, after.period_no
),

calendar_months as (
    select
        grain,
        period_start,
        year(period_start) * 12 + month(period_start) as month_no
    from calendar
    where grain in ('month', 'quarter', 'year')
    group by grain, period_start
),

periods as (
    select
        grain,
        period_start,
        case grain
            when 'month' then month_no
            when 'quarter' then cast(floor(cast(month_no - 1 as double) / cast(3 as double)) as bigint)
            else cast(floor(cast(month_no - 1 as double) / cast(12 as double)) as bigint)
        end as period_no
    from calendar_months
),

revenue_retention as (
    select
        periods.grain,
        periods.period_start,
        'all' as scope,
        'all' as scope_value,
        cast(values_before.net_value as decimal(18, 2)) as value_before,
        cast(coalesce(values_after.net_value, 0) as decimal(18, 2)) as value_after
    from values_before
    inner join periods on values_before.grain = periods.grain and values_before.period_no = periods.period_no
    left join values_after
        on values_before.grain = values_after.grain and values_before.period_no = values_after.period_no
)

select * from revenue_retention
