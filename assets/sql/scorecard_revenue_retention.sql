-- Grain: grain x period with a buyer in the period before, for the whole. Inputs: orders (valid at $as_of),
-- customer_days, calendar.
-- The net flows, in this period and in the one before, of the customers who ordered in the one before.
with customer_flows as (
    select
        customer_id,
        day,
        net_value,
        0 as is_buyer
    from customer_days
    union all
    select
        customer_id,
        ordered_on as day,
        cast(null as decimal(38, 8)) as net_value,
        1 as is_buyer
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
),

customer_months as (
    select
        calendar.period_start as month_start,
        customer_flows.customer_id,
        cast(sum(customer_flows.net_value) as decimal(38, 8)) as net_value,
        max(customer_flows.is_buyer) as is_buyer
    from customer_flows
    inner join calendar on customer_flows.day = calendar.day
    where calendar.grain = 'month'
    group by calendar.period_start, customer_flows.customer_id
),

customer_periods as (
    select
        calendar.grain,
        calendar.period_start,
        calendar.previous_start,
        calendar.next_start,
        customer_months.customer_id,
        cast(sum(customer_months.net_value) as decimal(38, 8)) as net_value,
        max(customer_months.is_buyer) as is_buyer
    from customer_months
    inner join calendar on customer_months.month_start = calendar.day
    where calendar.grain in ('month', 'quarter', 'year')
    group by
        calendar.grain,
        calendar.period_start,
        calendar.previous_start,
        calendar.next_start,
        customer_months.customer_id
),

followed as (
    select
        grain,
        period_start,
        previous_start,
        next_start,
        net_value,
        is_buyer,
        lag(period_start) over (partition by grain, customer_id order by period_start) as row_before,
        lag(is_buyer) over (partition by grain, customer_id order by period_start) as was_buyer
    from customer_periods
),

parts as (
    select
        grain,
        next_start as period_start,
        net_value as value_before,
        cast(0 as decimal(38, 8)) as value_after
    from followed
    where is_buyer = 1
    union all
    select
        grain,
        period_start,
        cast(0 as decimal(38, 8)) as value_before,
        net_value as value_after
    from followed
    where was_buyer = 1 and row_before = previous_start
),

revenue_retention as (
    select
        grain,
        period_start,
        'all' as scope,
        'all' as scope_value,
        cast(sum(value_before) as decimal(18, 2)) as value_before,
        cast(sum(value_after) as decimal(18, 2)) as value_after
    from parts
    group by grain, period_start
)

select * from revenue_retention
