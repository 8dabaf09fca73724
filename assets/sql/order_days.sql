-- Grain: customer x order day x channel x region of an order. Inputs: orders (valid at $as_of), customers.
-- Customers, channels and regions are numbers from 1 in the order of their names: whole numbers are sorted and compared
-- in a fraction of the time. A channel or region that is not named is `unknown`.
with numbered_customers as (
    select
        customer_id,
        cast(row_number() over (order by customer_id) as integer) as customer_no
    from (
        select distinct customer_id
        from orders
        where customer_id is not null and valid_from is not null and voided_on is null
    ) as ordering
),

places as (
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
    select distinct
        numbered_customers.customer_no,
        orders.ordered_on,
        numbered_places.channel_no,
        numbered_places.region_no
    from orders
    inner join numbered_customers on orders.customer_id = numbered_customers.customer_id
    inner join numbered_places
        on coalesce(orders.channel, 'unknown') = numbered_places.channel
            and coalesce(orders.region, 'unknown') = numbered_places.region
    where orders.valid_from is not null and orders.voided_on is null
)

select * from order_days
