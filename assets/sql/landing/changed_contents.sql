-- One row per content whose rows do not count alike in file_register_before and file_register.
-- Reads: file_register_before, row_outcomes_before, file_register, row_outcomes.
with before as (
    select register.content_no, bit_xor(hash(outcomes.line_number)) as exceptions
    from file_register_before as register
    left join row_outcomes_before as outcomes on outcomes.content_no = register.content_no
    where register.status = 'loaded'
    group by register.content_no
),

since as (
    select register.content_no, bit_xor(hash(outcomes.line_number)) as exceptions
    from file_register as register
    left join row_outcomes as outcomes on outcomes.content_no = register.content_no
    where register.status = 'loaded'
    group by register.content_no
),

changed as (
    select content_no
    from before
    full join since using (content_no)
    where before.exceptions is distinct from since.exceptions
        or (before.content_no is null) <> (since.content_no is null)
)

select * from changed
