-- One row per kind of identifier and fate: how many there are, and how many accounts hold one.
-- Reads: account_identifiers.
with usage as (
    select
        kind,
        fate,
        cast(count(distinct identifier_no) as bigint) as identifiers,
        cast(count(distinct account_id) as bigint) as accounts
    from account_identifiers
    group by kind, fate
)

select * from usage
