-- Grain: one row per action, what was entered and share held out. Inputs: action_effects, action_log,
-- customer_identities, value_at_risk.
-- The compared are the customers of the log whose horizon is over, each once.
with horizons as (
    select max(horizon_days) as horizon_days
    from (
        select horizon_days from action_effects
        union all
        select horizon_days from value_at_risk
    ) as known
),

logged as (
    select distinct
        action_log.action,
        action_log.kind,
        action_log.segment,
        action_log.hold_out,
        coalesce(customer_identities.customer_id, action_log.customer_id) as customer_id
    from action_log
    cross join horizons
    left join customer_identities on customer_identities.account_id = action_log.customer_id
    where date_diff('day', action_log.listed_on, action_log.as_of) >= horizons.horizon_days
),

counted as (
    select action, kind, segment, hold_out, count(*) as customers
    from logged
    group by action, kind, segment, hold_out
),

effects as (
    select action, kind, segment, hold_out, called + held_out as customers
    from action_effects
    where outcome = 'ordered'
),

compared as (
    select
        coalesce(counted.action, effects.action) as action,
        coalesce(counted.kind, effects.kind) as kind,
        coalesce(counted.segment, effects.segment) as segment,
        coalesce(counted.hold_out, effects.hold_out) as hold_out,
        cast(coalesce(effects.customers, 0) as bigint) as left_side,
        cast(coalesce(counted.customers, 0) as bigint) as right_side,
        cast(coalesce(counted.customers, 0) as bigint) as n
    from effects
    full join counted
        on counted.action = effects.action
        and counted.kind = effects.kind
        and counted.segment = effects.segment
        and counted.hold_out = effects.hold_out
)

select * from compared
