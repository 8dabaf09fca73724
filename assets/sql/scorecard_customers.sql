-- Grain: grain x period x scope value with a valid order of a known customer. Inputs: order_steps, calendar.
-- A customer is counted at the first order of a period: the one whose predecessor lies before the period. Days and
-- weeks are kept for the scope `all` only.
with placed as (
    select
        order_steps.kind,
        order_steps.scope,
        order_steps.scope_value,
        calendar.grain,
        calendar.period_start,
        calendar.previous_start,
        order_steps.previous_on,
        order_steps.steps
    from order_steps
    inner join calendar on order_steps.ordered_on = calendar.day
    where
        (order_steps.previous_on is null or order_steps.previous_on < calendar.period_start)
        and (order_steps.scope = 'all' or calendar.grain in ('month', 'quarter', 'year'))
),

customer_counts as (
    select
        grain,
        period_start,
        scope,
        scope_value,
        cast(sum(case when kind = 'order' then steps else 0 end) as bigint) as active_customers,
        cast(sum(case when kind = 'order' and previous_on is null then steps else 0 end) as bigint) as new_customers,
        cast(sum(case when kind = 'order' and previous_on >= previous_start then steps else 0 end) as bigint)
            as customers_kept,
        cast(sum(case when kind = 'return' then steps else 0 end) as bigint) as reactivated_customers
    from placed
    group by grain, period_start, scope, scope_value
)

select * from customer_counts
