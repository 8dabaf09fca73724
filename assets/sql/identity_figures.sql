-- One row: what identity resolution came to.
-- Reads: customer_identities.
-- Match rate = attached accounts / accounts; compression = accounts / customers; NULL without an account.
with counted as (
    select
        cast(count(*) as bigint) as accounts,
        cast(count(distinct customer_id) as bigint) as customers,
        cast(coalesce(sum(case when accounts > 1 then 1 else 0 end), 0) as bigint) as attached,
        cast(coalesce(max(accounts), 0) as bigint) as largest_customer,
        cast(count(distinct suspect_cluster) as bigint) as suspect_clusters,
        cast(coalesce(sum(case when status = 'suspect' then 1 else 0 end), 0) as bigint) as suspect_accounts
    from customer_identities
),

figures as (
    select
        accounts,
        customers,
        attached,
        cast(attached as double) / nullif(accounts, 0) as match_rate,
        cast(accounts as double) / nullif(customers, 0) as compression,
        largest_customer,
        suspect_clusters,
        suspect_accounts
    from counted
)

select * from figures
