-- Grain: action x what was entered x share held out x customer, of entries whose horizon is over by $as_of.
-- Inputs: action_log, customer_identities, orders (valid at $as_of), customer_days. $horizon_days.
-- A customer counts once, with the first entry, for what became of it in the horizon after the day it was listed on.
with entries as (
    select
        action_log.action,
        action_log.kind,
        action_log.segment,
        action_log.hold_out,
        action_log.is_control,
        action_log.listed_on,
        action_log.customer_id as listed_as,
        coalesce(customer_identities.customer_id, action_log.customer_id) as customer_id
    from action_log
    left join customer_identities on customer_identities.account_id = action_log.customer_id
    where date_add(action_log.listed_on, cast($horizon_days as integer)) <= cast($as_of as date)
),

ranked as (
    select
        action,
        kind,
        segment,
        hold_out,
        is_control,
        listed_on,
        customer_id,
        row_number() over (
            partition by action, kind, segment, hold_out, customer_id order by listed_on, listed_as
        ) as place
    from entries
),

compared as (
    select action, kind, segment, hold_out, is_control, listed_on, customer_id
    from ranked
    where place = 1
),

-- Valid orders and the money of days, each on the day it happened.
events as (
    select customer_id, ordered_on as day, 1 as orders, cast(null as decimal(38, 8)) as net_value
    from orders
    where valid_from is not null and voided_on is null
    union all
    select customer_id, day, 0 as orders, net_value
    from customer_days
),

outcomes as (
    select
        compared.action,
        compared.kind,
        compared.segment,
        compared.hold_out,
        compared.is_control,
        compared.listed_on,
        coalesce(max(events.orders), 0) > 0 as has_ordered,
        cast(coalesce(sum(events.net_value), 0) as decimal(38, 8)) as net_value
    from compared
    left join events
        on events.customer_id = compared.customer_id
        and events.day > compared.listed_on
        and events.day <= date_add(compared.listed_on, cast($horizon_days as integer))
    group by
        compared.action,
        compared.kind,
        compared.segment,
        compared.hold_out,
        compared.is_control,
        compared.listed_on,
        compared.customer_id
)

select * from outcomes
