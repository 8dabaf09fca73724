-- One row per answer given to a question: its score, or why it is none, or that it is blank.
-- Reads: given_answers, declared_questions.
with matched as (
    select
        given.content_no,
        given.line_number,
        given.question as source_name,
        given.answer,
        given.stated_kind,
        lower(trim(coalesce(given.answer, ''))) as text,
        declared.* exclude (source_name)
    from given_answers as given
    left join declared_questions as declared on declared.source_name = given.question
),

counted as (
    select *, try_cast(case when regexp_full_match(text, $number) then text end as decimal(9,3)) as written_number
    from matched
),

-- Blanks and words are written as `compared` writes them.
coded as (
    select
        *,
        regexp_replace(
            case when written_number is null then trim(regexp_replace(text, '[\s\p{Z}]+', ' ', 'g')) else text end,
            '[.]0+$', ''
        ) as code
    from counted
),

read as (
    select
        *,
        code = '' or coalesce(list_contains(blanks, code), false) as is_blank,
        coalesce(word_scores[list_position(words, code)], written_number) as number
    from coded
),

judged as (
    select
        content_no,
        line_number,
        source_name,
        answer,
        question,
        kind,
        is_blank,
        case when not is_blank then number end as score,
        list_filter([
            case when question is null then 'undeclared_question' end,
            case when stated_kind <> kind then 'kind_disagrees' end,
            case when question is not null and not is_blank and number is null then 'unparsable_score' end,
            case when not is_blank and (number < scale_low or number > scale_high) then 'score_off_scale' end,
            case when not is_blank and kind = 'nps' and number <> floor(number) then 'score_not_whole' end
        ], lambda reason: reason is not null) as reasons,
        case when kind = 'csat' and not is_blank then number between top_low and top_high end as is_satisfied
    from read
)

select * from judged
