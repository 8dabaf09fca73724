-- Grain: one row. Inputs: customers, customer_identities.
-- Where accounts are attached to customers, every known customer is one that some account is attached to.
with attached as (
    select customer_id
    from customer_identities
    group by customer_id
),

configured as (
    select cast(count(*) as bigint) as customers from attached
),

matched as (
    select
        cast(count(*) as bigint) as customers,
        cast(coalesce(sum(case when attached.customer_id is not null then 1 else 0 end), 0) as bigint) as found
    from customers
    left join attached on attached.customer_id = customers.customer_id
),

sides as (
    select
        case when configured.customers > 0 then matched.customers else 0 end as left_side,
        case when configured.customers > 0 then matched.found else 0 end as right_side,
        case when configured.customers > 0 then matched.customers else 0 end as n
    from matched
    cross join configured
)

select * from sides
