-- Grain: order of a known customer. Inputs: orders_to_step (orders valid at $as_of), customers_numbered.
-- The day, with customer, channel and region as numbers: whole numbers are sorted and compared in a fraction of the time.
-- Channels and regions count from 1 in the order of their names, and one that is not named is `unknown`.
with places as (
    select distinct
        coalesce(channel, 'unknown') as channel,
        coalesce(region, 'unknown') as region
    from orders_to_step
),

numbered_places as (
    select
        channel,
        region,
        cast(dense_rank() over (order by channel) as integer) as channel_no,
        cast(dense_rank() over (order by region) as integer) as region_no
    from places
),

order_days as (
    select
        customers_numbered.customer_no,
        orders_to_step.ordered_on,
        numbered_places.channel_no,
        numbered_places.region_no
    from orders_to_step
    inner join customers_numbered on orders_to_step.customer_id = customers_numbered.customer_id
    inner join numbered_places
        on coalesce(orders_to_step.channel, 'unknown') = numbered_places.channel
            and coalesce(orders_to_step.region, 'unknown') = numbered_places.region
)

select * from order_days
