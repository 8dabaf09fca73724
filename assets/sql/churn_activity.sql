-- Grain: one row per customer with an order in the window of an origin that was valid then.
-- Inputs: orders, churn_origins, churn_origin_bits (origin, bit). $window_days.
-- A set of origins is a number, each origin a bit of it: a customer is one row, not one per origin. Orders with the same
-- life, made, valid from and void from the same days on, are seen from the same origins: only lives meet the origins.
with lives as (
    select distinct
        ordered_on,
        valid_from,
        voided_on
    from orders
    where customer_id is not null and valid_from is not null
),

active_lives as (
    select
        lives.ordered_on,
        lives.valid_from,
        lives.voided_on,
        cast(sum(churn_origin_bits.bit) as bigint) as active_at
    from lives
    inner join churn_origin_bits
        on lives.ordered_on <= churn_origin_bits.origin
        and lives.valid_from <= churn_origin_bits.origin
        and (lives.voided_on is null or lives.voided_on > churn_origin_bits.origin)
    where date_diff('day', lives.ordered_on, churn_origin_bits.origin) < $window_days
    group by lives.ordered_on, lives.valid_from, lives.voided_on
),

bought_lives as (
    select
        lives.ordered_on,
        lives.valid_from,
        lives.voided_on,
        cast(sum(churn_origin_bits.bit) as bigint) as bought_after
    from lives
    inner join churn_origins
        on lives.ordered_on > churn_origins.origin
        and lives.ordered_on <= churn_origins.label_until
        and lives.valid_from <= churn_origins.label_until
        and (lives.voided_on is null or lives.voided_on > churn_origins.label_until)
    inner join churn_origin_bits on churn_origin_bits.origin = churn_origins.origin
    group by lives.ordered_on, lives.valid_from, lives.voided_on
),

lives_of_customers as (
    select
        orders.customer_id,
        active_lives.active_at,
        bought_lives.bought_after
    from orders
    left join active_lives
        on active_lives.ordered_on = orders.ordered_on
        and active_lives.valid_from = orders.valid_from
        and coalesce(active_lives.voided_on, date '9999-12-31') = coalesce(orders.voided_on, date '9999-12-31')
    left join bought_lives
        on bought_lives.ordered_on = orders.ordered_on
        and bought_lives.valid_from = orders.valid_from
        and coalesce(bought_lives.voided_on, date '9999-12-31') = coalesce(orders.voided_on, date '9999-12-31')
    where orders.customer_id is not null
),

sets as (
    select
        customer_id,
        coalesce(bit_or(active_at), cast(0 as bigint)) as active_at,
        coalesce(bit_or(bought_after), cast(0 as bigint)) as bought_after
    from lives_of_customers
    group by customer_id
),

activity as (
    select
        customer_id,
        cast(row_number() over (order by customer_id) as bigint) as place,
        active_at,
        bought_after
    from sets
    where active_at <> 0
)

select * from activity
