-- Grain: grain x period x scope value with a valid order of a known customer. Inputs: steps_to_count (rows of order_steps,
-- or what to add to them), calendar_to_count.
-- A customer is counted at the first order of a period: the one whose predecessor lies before the period. Won back is
-- who was lost on the eve of the period: whose predecessor lies more than $lost_days before it. Days and weeks are kept
-- for the scope `all` only.
with placed as (
    select
        steps_to_count.kind,
        steps_to_count.scope,
        steps_to_count.scope_value,
        calendar_to_count.grain,
        calendar_to_count.period_start,
        calendar_to_count.previous_start,
        steps_to_count.previous_on,
        steps_to_count.steps
    from steps_to_count
    inner join calendar_to_count on steps_to_count.ordered_on = calendar_to_count.day
    where
        (steps_to_count.previous_on is null or steps_to_count.previous_on < calendar_to_count.period_start)
        and (steps_to_count.scope = 'all' or calendar_to_count.grain in ('month', 'quarter', 'year'))
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
        cast(sum(case when kind = 'return' then steps else 0 end) as bigint) as reactivated_customers,
        cast(
            sum(
                case
                    when kind = 'order' and date_diff('day', previous_on, period_start) > $lost_days + 1 then steps
                    else 0
                end
            ) as bigint
        ) as customers_won_back
    from placed
    group by grain, period_start, scope, scope_value
)

select * from customer_counts
