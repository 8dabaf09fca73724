-- One row per superseded content and currency with usable rows of __landed__ that no content in force holds any more.
-- Reads: __landed__, file_register, configured_sources. Only whole numbers are compared: this is a report, and no row
-- counts or is left out for it.
with overtaken as (
    select register.content_no, any_value(sources.currency) as source_currency
    from file_register as register
    join configured_sources as sources on sources.source = register.source
    where register.status = 'superseded'
    group by register.content_no
),

in_force as (
    select content_no from file_register where status = 'loaded'
),

gone as (
    select landed.content_no, landed.identity, __currency__ as currency, __amount__ as amount
    from __landed__ as landed
    semi join overtaken on overtaken.content_no = landed.content_no
    where landed.identity is not null
),

held as (
    select landed.identity
    from __landed__ as landed
    semi join in_force on in_force.content_no = landed.content_no
    semi join gone on gone.identity = landed.identity
),

vanished as (
    select
        gone.content_no,
        coalesce(gone.currency, overtaken.source_currency) as currency,
        count(*) as rows,
        coalesce(sum(gone.amount), 0) as amount
    from gone
    join overtaken on overtaken.content_no = gone.content_no
    anti join held on held.identity = gone.identity
    group by gone.content_no, coalesce(gone.currency, overtaken.source_currency)
)

select * from vanished
