-- One row per customer known by as_of.
-- Reads: known_customers.
-- Whose acquisition and events have no date is known since the first load, and tonight at the latest.
with aged as (
    select
        *,
        case
            when birth_date is null then filed_age
            else year(cast($as_of as date)) - year(birth_date)
                - case
                    when month(cast($as_of as date)) * 100 + day(cast($as_of as date))
                        < month(birth_date) * 100 + day(birth_date)
                        then 1
                    else 0
                end
        end as full_years
    from known_customers
),

customers_tonight as (
    select
        customer_id,
        least(dated_since, loaded_since, cast($as_of as date)) as known_since,
        birth_date,
        case when full_years between 0 and 110 then cast(full_years as integer) end as age,
        gender,
        region,
        channel,
        occupation,
        customer_type,
        acquisition_channel,
        consent
    from aged
)

select * from customers_tonight
