-- Grain: what is compared. Inputs: customer_traits, customers, lifecycle_stages, rfm_segments.
-- Customers by whose traits stand the age, the orders of all time and the orders of the window of the other tables.
with pairs as (
    select
        case
            when customer_traits.age = customers.age or (customer_traits.age is null and customers.age is null) then 1
            else 0
        end as has_age,
        case when customer_traits.orders = coalesce(lifecycle_stages.orders, 0) then 1 else 0 end as has_orders,
        case
            when customer_traits.orders_window = coalesce(rfm_segments.frequency, 0) then 1 else 0
        end as has_orders_window
    from customer_traits
    left join customers on customers.customer_id = customer_traits.customer_id
    left join lifecycle_stages on lifecycle_stages.customer_id = customer_traits.customer_id
    left join rfm_segments on rfm_segments.customer_id = customer_traits.customer_id
),

counted as (
    select
        cast(count(*) as bigint) as customers,
        cast(coalesce(sum(has_age), 0) as bigint) as of_age,
        cast(coalesce(sum(has_orders), 0) as bigint) as of_orders,
        cast(coalesce(sum(has_orders_window), 0) as bigint) as of_orders_window
    from pairs
),

sides as (
    select 'age' as compared, of_age as left_side, customers as right_side, customers as n
    from counted
    union all
    select 'orders' as compared, of_orders as left_side, customers as right_side, customers as n
    from counted
    union all
    select 'orders in the window' as compared, of_orders_window as left_side, customers as right_side, customers as n
    from counted
)

select * from sides
