-- Grain: landed file and currency (source x file x content x currency). Input: row_accounting.
-- Rows in = accepted + duplicates + quarantined.
with files as (
    select
        source,
        file,
        content,
        currency,
        rows_in as left_side,
        accepted + duplicates + quarantined as right_side,
        rows_in as n
    from row_accounting
)

select * from files
