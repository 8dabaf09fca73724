-- One row per currency and calendar day on which a rate holds: its own day and up to rate_age_days more, until a newer
-- one. A rate reaches no day before its own, so one dated after as_of touches nothing up to as_of.
-- Reads: landed_exchange_rates, file_register, configured_sources. The rule of row_outcomes says which version of a
-- rate counts; that table may need to know tonight's rates, so it is not read here.
with usable as (
    select
        sources.place,
        register.natural_key,
        landed.key,
        landed.updated_at,
        landed.row_hash,
        landed.currency,
        landed.rated_on,
        landed.rate
    from landed_exchange_rates as landed
    join file_register as register on register.content_no = landed.content_no and register.status = 'loaded'
    join configured_sources as sources on sources.source = register.source
    where landed.reasons is null
),

conflicts as (
    select place, natural_key, key, updated_at
    from usable
    group by place, natural_key, key, updated_at
    having min(row_hash) <> max(row_hash)
),

-- The highest update time wins, else the later file in name order; never the order of loading.
newest as (
    select
        usable.place,
        usable.currency,
        usable.rated_on,
        arg_max(
            usable.rate, (coalesce(usable.updated_at, timestamp '0001-01-01'), usable.natural_key)
        ) as rate
    from usable
    anti join conflicts
        on conflicts.place = usable.place and conflicts.natural_key = usable.natural_key
            and conflicts.key = usable.key
            and conflicts.updated_at is not distinct from usable.updated_at
    group by usable.place, usable.currency, usable.rated_on
),

-- Of several sources the one that stands first in the configuration is believed, day by day.
believed as (
    select currency, rated_on, arg_min(rate, place) as rate
    from newest
    group by currency, rated_on
),

spans as (
    select
        *,
        least(
            rated_on + cast($rate_age_days as integer),
            lead(rated_on, 1, date '9999-12-31') over (partition by currency order by rated_on) - 1
        ) as holds_until
    from believed
),

days as (
    select
        currency,
        cast(unnest(generate_series(rated_on, holds_until, interval 1 day)) as date) as valid_on,
        rate,
        rated_on
    from spans
)

select * from days
