-- One row: the number of clean order lines, counted without looking at them.
-- Reads: landed_counts, contents_tonight, row_outcomes, clean_lines.
-- Money paid back is a line of its own; hardly any row has it, and where none does, none is looked at.
with usable as (
    select coalesce(sum(counts.rows), 0) as lines
    from landed_counts as counts
    join contents_tonight as contents on contents.content_no = counts.content_no
    where counts.is_usable and counts.event_on <= cast($as_of as date)
),

not_counted as (
    select count(*) as lines
    from row_outcomes as outcomes
    join contents_tonight as contents on contents.content_no = outcomes.content_no
    where outcomes.event_on <= cast($as_of as date)
),

paid_back as (
    select count(*) as lines
    from clean_lines
    where is_repayment
),

counted as (
    select cast(usable.lines - not_counted.lines + paid_back.lines as bigint) as lines
    from usable, not_counted, paid_back
)

select * from counted
