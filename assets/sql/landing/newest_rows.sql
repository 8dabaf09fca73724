-- One row per landed record of a source's newest delivery: the files in force that came on the day its newest file came.
-- Reads: __landed__ (the landed table of one kind of source), file_register.
-- What is dated after the night is not its business; a row set aside is, whatever its date.
with deliveries as (
    select source, max(loaded_on) as newest_on
    from file_register
    group by source
),

newest as (
    select register.source, register.file, register.content, register.content_no
    from file_register as register
    join deliveries on deliveries.source = register.source and deliveries.newest_on = register.loaded_on
    where register.status = 'loaded'
),

records as (
    select newest.source, newest.file, newest.content, landed.*
    from __landed__ as landed
    join newest on newest.content_no = landed.content_no
    where landed.reasons is not null or coalesce(cast(landed.__event__ as date) <= $as_of, true)
)

select * from records
