-- Grain: one row per action and first day. Inputs: action_log, action_list.
-- The log has every listed entry that began as it is listed, and of tonight no other.
with listed as (
    select customer_id, action, listed_on, expires_on, is_control, as_of
    from action_list
    where listed_on is not null
),

entries as (
    select
        coalesce(listed.action, action_log.action) as action,
        coalesce(listed.listed_on, action_log.listed_on) as listed_on,
        case when listed.customer_id is not null then 1 else 0 end as is_listed,
        case
            when action_log.expires_on = listed.expires_on and action_log.is_control = listed.is_control then 1
            when listed.customer_id is null and action_log.listed_on = action_log.as_of then 1
            else 0
        end as is_logged
    from listed
    full join action_log
        on action_log.customer_id = listed.customer_id
        and action_log.action = listed.action
        and action_log.listed_on = listed.listed_on
),

compared as (
    select
        action,
        listed_on,
        cast(sum(is_listed) as bigint) as left_side,
        cast(sum(is_logged) as bigint) as right_side,
        cast(sum(is_listed) as bigint) as n
    from entries
    group by action, listed_on
)

select * from compared
