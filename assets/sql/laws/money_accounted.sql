-- Grain: landed file with money and currency: two currencies are never added. Input: row_accounting.
-- The same law for the money of the rows whose amount can be read, exact before rounding.
with files as (
    select
        source,
        file,
        content,
        currency,
        amount_in as left_side,
        cast(
            coalesce(amount_accepted, 0) + coalesce(amount_duplicates, 0) + coalesce(amount_quarantined, 0)
            as decimal(38, 8)
        ) as right_side,
        rows_in as n
    from row_accounting
    where coalesce(amount_in, amount_accepted, amount_duplicates, amount_quarantined) is not null
)

select * from files
