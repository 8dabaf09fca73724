-- Grain: day x channel x region with a valid order. Input: orders_to_sum (orders valid at as_of).
-- An order counts on its day in its own channel and region, whoever placed it; its value is net of its own refunds up
-- to as_of. `valued_orders` have one, which one below 0 has not, as it was sold without a price: where none has, the sums
-- are no money. The values are summed exactly, to be rounded once in the scorecard; the cents and their squares go into
-- the interval alone, which needs both of the same figures.
-- Of 38 digits DuckDB rounds a thirtieth as many a second as of 18, which hold nearly every order. Their square does not
-- fit: of two numbers of 18 digits the product has 18, and an order of ten million has a square of more.
with valid_orders as (
    select
        ordered_on,
        coalesce(channel, 'unknown') as channel,
        coalesce(region, 'unknown') as region,
        customer_id,
        case when net_value >= 0 then net_value end as net_value,
        case
            when net_value < 0 then null
            when net_value <= 1000000000
                then cast(cast(net_value as decimal(18, 8)) as decimal(18, 2))
            else cast(net_value as decimal(18, 2))
        end as cents
    from orders_to_sum
    where valid_from is not null and voided_on is null
),

order_cells as (
    select
        ordered_on,
        channel,
        region,
        cast(count(*) as bigint) as orders,
        cast(count(customer_id) as bigint) as customer_orders,
        cast(count(net_value) as bigint) as valued_orders,
        cast(coalesce(sum(net_value), 0) as decimal(38, 8)) as order_value,
        cast(coalesce(sum(cents), 0) as decimal(38, 2)) as order_cents,
        cast(coalesce(sum(cast(cents as decimal(38, 2)) * cents), 0) as decimal(38, 4)) as order_value_squares
    from valid_orders
    group by ordered_on, channel, region
)

select * from order_cells
