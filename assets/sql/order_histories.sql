-- Grain: valid order of a known customer. Inputs: orders_to_follow (orders valid at as_of), customers_numbered.
-- Its value in whole cents, 0 where it has none, as one sold without a price. Of 38 digits DuckDB rounds a thirtieth as
-- many a second as of 18.
with order_histories as (
    select
        customers_numbered.customer_no,
        orders_to_follow.ordered_on,
        coalesce(orders_to_follow.channel, 'unknown') as channel,
        coalesce(orders_to_follow.region, 'unknown') as region,
        cast(
            100 * case
                when orders_to_follow.net_value < 0 then 0
                when orders_to_follow.net_value <= 1000000000
                    then cast(cast(orders_to_follow.net_value as decimal(18, 8)) as decimal(18, 2))
                else cast(coalesce(orders_to_follow.net_value, 0) as decimal(18, 2))
            end as bigint
        ) as cents
    from orders_to_follow
    inner join customers_numbered on orders_to_follow.customer_id = customers_numbered.customer_id
    where orders_to_follow.valid_from is not null and orders_to_follow.voided_on is null
)

select * from order_histories
