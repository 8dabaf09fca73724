-- Grain: question x kind x grain x period x scope value with at least one answer. Inputs: score_counts.
-- Answers 9 and 10 promote, 0 to 6 detract (nps only).
with survey_counts as (
    select
        question,
        kind,
        grain,
        period_start,
        period_end,
        scope,
        scope_value,
        cast(sum(n) as bigint) as n,
        cast(sum(score * n) as decimal(38, 3)) as score_sum,
        cast(sum(score * score * n) as decimal(38, 6)) as score_squares,
        cast(sum(satisfied) as bigint) as satisfied,
        cast(sum(case when score >= $promoters_from then n else 0 end) as bigint) as promoters,
        cast(sum(case when score >= $passives_from and score < $promoters_from then n else 0 end) as bigint)
            as passives,
        cast(sum(case when score < $passives_from then n else 0 end) as bigint) as detractors,
        delivered_until
    from score_counts
    group by question, kind, grain, period_start, period_end, scope, scope_value, delivered_until
)

select * from survey_counts
