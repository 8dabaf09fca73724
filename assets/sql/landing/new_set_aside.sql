-- One row per record of a newly landed content that was set aside, with its reasons.
-- Reads: landed_*, new_contents.
with records as (
    select content_no, line_number, currency, cast(ordered_at as date) as event_on, reasons
    from landed_transactions
    semi join new_contents using (content_no)
    where reasons is not null
    union all
    select content_no, line_number, null, null, reasons
    from landed_surveys
    semi join new_contents using (content_no)
    where reasons is not null
    union all
    select content_no, line_number, null, null, reasons
    from landed_customers
    semi join new_contents using (content_no)
    where reasons is not null
    union all
    select content_no, line_number, null, null, reasons
    from landed_exchange_rates
    semi join new_contents using (content_no)
    where reasons is not null
)

select * from records
