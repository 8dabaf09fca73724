-- One row per account known by as_of and the customer it belongs to.
-- Reads: accounts, united_accounts (the accounts with evidence).
with attached as (
    select
        accounts.account_id,
        coalesce(united.customer_id, accounts.account_id) as customer_id,
        coalesce(united.status, 'single') as status,
        united.basis,
        united.since,
        united.suspect_cluster
    from accounts
    left join united_accounts as united on united.account_id = accounts.account_id
),

counted as (
    select
        account_id,
        cast($as_of as date) as as_of,
        customer_id,
        count(*) over (partition by customer_id) as accounts,
        status,
        basis,
        since,
        suspect_cluster
    from attached
)

select * from counted
