-- Grain: landed file (source x file x content). Input: row_accounting.
-- Rows in = accepted + duplicates + quarantined.
with files as (
    select
        source,
        file,
        content,
        rows_in as left_side,
        accepted + duplicates + quarantined as right_side,
        rows_in as n
    from row_accounting
)

select * from files
