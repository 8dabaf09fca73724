-- One row per source and figure: tonight's value beside the range its own history gives it.
-- Reads: source_history, configured_sources.
-- The newest finished day is held against the same weekday of the eight weeks before, the seven days up to it against
-- the eight (volume) or twelve (shares) weeks before. Middle and spread are medians: one odd week moves neither.
with sources as (
    select
        configured.source,
        configured.cadence_days,
        min(history.day) filter (where history.accepted > 0) as first_on,
        max(history.day) filter (where history.is_over and history.accepted > 0) as judged_on
    from configured_sources as configured
    left join source_history as history on history.source = configured.source
    group by all
),

-- A source that has fallen silent is judged by its silence alone.
judged as (
    select *
    from sources
    where date_diff('day', judged_on, cast($as_of as date)) <= cadence_days
),

day_values as (
    select
        judged.source,
        'rows_on_day' as figure,
        weeks.back,
        -- A day of the log without a row is a day with nothing.
        cast(coalesce(history.accepted + history.duplicates + history.quarantined, 0) as double) as value,
        cast(null as double) as base
    from judged
    cross join range(9) as weeks(back)
    left join source_history as history
        on history.source = judged.source and history.day = judged.judged_on - cast(7 * weeks.back as integer)
    where judged.judged_on - cast(7 * weeks.back as integer) >= judged.first_on
),

weeks as (
    select
        judged.source,
        date_diff('day', history.day, judged.judged_on) // 7 as back,
        cast(sum(history.accepted + history.duplicates + history.quarantined) as double) as rows_in,
        cast(sum(history.duplicates) as double) as duplicates,
        cast(sum(history.quarantined) as double) as quarantined,
        cast(sum(history.sold) as double) as sold,
        cast(sum(history.without_customer) as double) as without_customer,
        cast(sum(history.refunds) as double) as refunds,
        cast(sum(history.gross_value) as double) as gross_value,
        cast(sum(history.discount_value) as double) as discount_value
    from judged
    join source_history as history on history.source = judged.source and history.day <= judged.judged_on
    where history.day > judged.judged_on - 7 * 13
        -- weeks that lie in the log as a whole
        and date_diff('day', judged.first_on, judged.judged_on)
            >= 7 * (date_diff('day', history.day, judged.judged_on) // 7) + 6
    group by all
),

week_values as (
    select source, 'rows_in_week' as figure, back, rows_in as value, null as base from weeks where back <= 8
    union all
    select source, 'duplicate_rate', back, duplicates / rows_in, rows_in from weeks where rows_in >= $enough
    union all
    select source, 'quarantine_rate', back, quarantined / rows_in, rows_in from weeks where rows_in >= $enough
    union all
    select source, 'share_without_customer', back, without_customer / sold, sold from weeks where sold >= $enough
    union all
    select source, 'refund_share', back, refunds / (sold + refunds), sold + refunds from weeks where sold >= $enough
    union all
    select source, 'discount_rate', back, discount_value / gross_value, sold from weeks
    where sold >= $enough and gross_value > 0
),

all_values as (
    select * from day_values
    union all
    select * from week_values
),

middles as (
    select source, figure, median(value) as usual, count(*) as periods
    from all_values
    where back > 0
    group by source, figure
),

spreads as (
    select
        middles.source,
        middles.figure,
        middles.usual,
        middles.periods,
        -- As wide as a standard deviation would be, were the values normal.
        1.4826 * median(abs(all_values.value - middles.usual)) as spread
    from middles
    join all_values on all_values.source = middles.source and all_values.figure = middles.figure and all_values.back > 0
    group by all
),

ranges as (
    select
        spreads.*,
        now.value,
        case spreads.figure
            when 'rows_on_day' then spreads.usual - greatest(3 * spreads.spread, 0.6 * spreads.usual, 50)
            when 'rows_in_week' then spreads.usual - greatest(3 * spreads.spread, 0.5 * spreads.usual, 100)
        end as low,
        case spreads.figure
            when 'rows_on_day' then spreads.usual + greatest(3 * spreads.spread, 1.5 * spreads.usual, 100)
            when 'rows_in_week' then spreads.usual + greatest(3 * spreads.spread, 1.0 * spreads.usual, 200)
            else spreads.usual + greatest(
                5 * spreads.spread, 0.05, 5 * sqrt(spreads.usual * greatest(1 - spreads.usual, 0) / now.base)
            )
        end as high
    from spreads
    join all_values as now on now.source = spreads.source and now.figure = spreads.figure and now.back = 0
),

history_figures as (
    select
        ranges.source,
        ranges.figure,
        judged.judged_on,
        ranges.value,
        ranges.usual,
        case when ranges.periods >= 4 then ranges.low end as low,
        case when ranges.periods >= 4 then ranges.high end as high,
        ranges.periods
    from ranges
    join judged on judged.source = ranges.source
)

select * from history_figures
