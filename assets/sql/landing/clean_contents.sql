-- One row per content in force with a usable line dated up to as_of: what its clean lines are a function of, as a number.
-- Reads: file_register, configured_sources, landed_counts, row_outcomes, order_accounts, line_rates,
-- customer_identities.
-- The outer hash keeps what belongs together together: without it two lines could change places unseen.
-- Money of a line may be paid back long after the file's last line: until settled_on a file is not done with.
with reach as (
    select content_no, min(event_on) as first_on, max(settled_on) as last_on, sum(rows) as rows
    from landed_counts
    where is_usable and kind is not null
    group by content_no
),

exceptions as (
    select content_no, bit_xor(hash(line_number)) as number, count(*) as rows
    from row_outcomes
    group by content_no
),

accounts as (
    select content_no, bit_xor(hash(hash(line_number, account_id))) as number
    from order_accounts
    group by content_no
),

rates as (
    select content_no, bit_xor(hash(hash(line_number, rate))) as number
    from line_rates
    group by content_no
),

identities as (
    select bit_xor(hash(hash(account_id, customer_id))) as number
    from customer_identities
    where account_id <> customer_id
),

contents as (
    select
        register.content_no,
        register.source,
        register.file,
        register.content,
        register.loaded_at,
        reach.rows,
        hash(
            $recipe, sources.mapping, register.source, register.file, register.content, register.loaded_at,
            exceptions.number, exceptions.rows, accounts.number, rates.number, identities.number,
            case
                when reach.last_on > cast($as_of as date) then cast($as_of as date)
            end
        ) as made_of
    from file_register as register
    join configured_sources as sources on sources.source = register.source
    join reach on reach.content_no = register.content_no and reach.first_on <= cast($as_of as date)
    left join exceptions on exceptions.content_no = register.content_no
    left join accounts on accounts.content_no = register.content_no
    left join rates on rates.content_no = register.content_no
    cross join identities
    where register.status = 'loaded'
)

select * from contents
