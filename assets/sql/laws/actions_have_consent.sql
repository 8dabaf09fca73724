-- Grain: one row per action. Inputs: action_list, customers.
-- Whoever is listed gave consent; where no customer was ever asked for it, nobody has to.
with consents as (
    select count(consent) as asked
    from customers
),

listed as (
    select
        action_list.action,
        cast(count(*) as bigint) as left_side,
        cast(count(case when consents.asked = 0 or customers.consent then 1 end) as bigint) as right_side,
        cast(count(*) as bigint) as n
    from action_list
    cross join consents
    left join customers on customers.customer_id = action_list.customer_id
    group by action_list.action
)

select * from listed
