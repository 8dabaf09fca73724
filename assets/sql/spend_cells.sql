-- Grain: order days x class of the mean value of an order day, at $origin. Input: purchase_histories.
-- A class is a hundredth of a unit of the logarithm wide, and carries its own mean: what is lost by not fitting to single
-- customers is a few millionths. Customers without positive value are left out: the spend model has no zero.
with customers as (
    select
        repeats + 1 as order_days,
        value,
        cast(floor(100 * ln(cast(value as double) / (repeats + 1))) as integer) as value_class
    from purchase_histories
    where origin = cast($origin as date) and value > 0
),

classes as (
    select
        order_days,
        value_class,
        cast(count(*) as bigint) as customers,
        cast(sum(value) as decimal(38, 8)) as value
    from customers
    group by order_days, value_class
)

select * from classes
