-- Grain: scope value x day. Input: steps_to_count (rows of order_steps, or what to add to them).
-- How many more customers are lost at the end of the day than the day before. A customer is lost at the end of every day
-- on which the last order is more than $lost_days days old, until the day of return.
with changes as (
    select scope, scope_value, date_add(previous_on, cast($lost_days + 1 as integer)) as day, steps as customers
    from steps_to_count
    where kind = 'order' and date_diff('day', previous_on, ordered_on) > $lost_days
    union all
    select scope, scope_value, ordered_on as day, -steps as customers
    from steps_to_count
    where kind = 'order' and date_diff('day', previous_on, ordered_on) > $lost_days
    union all
    select scope, scope_value, date_add(ordered_on, cast($lost_days + 1 as integer)) as day, latest as customers
    from steps_to_count
    where kind = 'order' and latest <> 0
),

lost_changes as (
    select scope, scope_value, day, cast(sum(customers) as bigint) as customers
    from changes
    group by scope, scope_value, day
)

select * from lost_changes
