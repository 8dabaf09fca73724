-- One row per usable row that shares its identity with another, as far as repeated_rows lacks it: what row_outcomes
-- asks of it.
-- Reads: new_repeats (identities that new rows of one kind of source have and that occur more than once; is_known: their
-- earlier rows are kept already), landed_again (the landed rows that have these).
with wanted as (
    select
        cast($kind as varchar) as source_kind,
        landed.content_no,
        landed.line_number,
        landed.identity,
        __key__ as key,
        landed.__parent__ as parent,
        landed.row_hash,
        landed.updated_at,
        __facts__
    from landed_again as landed
    join new_repeats on new_repeats.identity = landed.identity
    where not new_repeats.is_known or landed.content_no >= $first_new
)

select * from wanted
