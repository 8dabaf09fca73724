-- Grain: order of a known customer. Inputs: orders (valid at $as_of), customers.
-- The day, with customer, channel and region as numbers: whole numbers are sorted and compared in a fraction of the time.
-- A customer's is that of tonight's customers; channels and regions count from 1 in the order of their names, and one
-- that is not named is `unknown`.
with places as (
    select distinct
        coalesce(channel, 'unknown') as channel,
        coalesce(region, 'unknown') as region
    from orders
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
        customers.customer_no,
        orders.ordered_on,
        numbered_places.channel_no,
        numbered_places.region_no
    from orders
    inner join customers on orders.customer_id = customers.customer_id
    inner join numbered_places
        on coalesce(orders.channel, 'unknown') = numbered_places.channel
            and coalesce(orders.region, 'unknown') = numbered_places.region
    where orders.valid_from is not null and orders.voided_on is null
)

select * from order_days
