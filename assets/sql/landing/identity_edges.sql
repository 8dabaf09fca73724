-- One row per two accounts and kind of identifier they share, within the limit.
-- Reads: account_identifiers.
with shared as (
    select * from account_identifiers where fate = 'shared'
),

edges as (
    select
        ones.account_id as account_1,
        others.account_id as account_2,
        ones.kind,
        greatest(ones.since, others.since) as since
    from shared as ones
    join shared as others on others.identifier_no = ones.identifier_no and ones.account_id < others.account_id
)

select * from edges
