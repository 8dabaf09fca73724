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

returned as (
    select distinct
        compared.action,
        compared.kind,
        compared.segment,
        compared.hold_out,
        compared.customer_id
    from compared
    inner join orders on orders.customer_id = compared.customer_id
    where orders.valid_from is not null and orders.voided_on is null
        and orders.ordered_on > compared.listed_on
        and orders.ordered_on <= date_add(compared.listed_on, cast($horizon_days as integer))
),

spent as (
    select
        compared.action,
        compared.kind,
        compared.segment,
        compared.hold_out,
        compared.customer_id,
        cast(sum(customer_days.net_value) as decimal(18, 2)) as net_value
    from compared
    inner join customer_days on customer_days.customer_id = compared.customer_id
    where customer_days.day > compared.listed_on
        and customer_days.day <= date_add(compared.listed_on, cast($horizon_days as integer))
    group by compared.action, compared.kind, compared.segment, compared.hold_out, compared.customer_id
),

outcomes as (
    select
        compared.action,
        compared.kind,
        compared.segment,
        compared.hold_out,
        compared.is_control,
        compared.listed_on,
        returned.customer_id is not null as has_ordered,
        cast(coalesce(spent.net_value, 0) as decimal(18, 2)) as net_value
    from compared
    left join returned
        on returned.action = compared.action
        and returned.kind = compared.kind
        and returned.segment = compared.segment
        and returned.hold_out = compared.hold_out
        and returned.customer_id = compared.customer_id
    left join spent
        on spent.action = compared.action
        and spent.kind = compared.kind
        and spent.segment = compared.segment
        and spent.hold_out = compared.hold_out
        and spent.customer_id = compared.customer_id
)

select * from outcomes
