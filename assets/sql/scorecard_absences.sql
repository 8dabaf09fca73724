-- Grain: scope value x last order day x day of return, for gaps longer than $lost_days. Input: order_steps.
-- `returned_on` is NULL where the customer has not come back.
with absences as (
    select
        scope,
        scope_value,
        previous_on as last_order_on,
        ordered_on as returned_on,
        steps as customers
    from order_steps
    where kind = 'order' and date_diff('day', previous_on, ordered_on) > $lost_days
    union all
    select
        scope,
        scope_value,
        ordered_on as last_order_on,
        cast(null as date) as returned_on,
        cast(sum(latest) as bigint) as customers
    from order_steps
    where kind = 'order' and latest > 0 and date_diff('day', ordered_on, cast($as_of as date)) > $lost_days
    group by scope, scope_value, ordered_on
)

select * from absences
