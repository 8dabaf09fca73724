"""Staged records into landed rows: mapped to canonical fields, cast, judged; one pass, every reason that applies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from assets.configuration_sources import Question, Source
from assets.expressions import ExpressionError, columns_of, compile_expression
from assets.landing.canonical_fields import FIELDS, Field
from assets.landing.staging import CONTENT, LINE, Staged
from assets.landing.text_files import UnreadableFileError
from assets.landing.value_parsing import ZoneRule, parsed
from assets.warehouse import Warehouse, identifier, literal

KEY_SEPARATOR = "chr(31)"


@dataclass(frozen=True)
class LandingRules:
    """What judging a row needs beside its source: business time and currency, and the dates that can be true."""

    business_zone: str
    currency: str
    earliest_date: str
    latest_date: str


def land_staged(warehouse: Warehouse, staged: Staged, source: Source, rules: LandingRules) -> None:
    """Append the staged records of one source to its landed table.

    Raises:
        UnreadableFileError: the mapping does not fit the file's columns.
    """
    mapped = f"mapped_{staged.table}"
    types = _map(warehouse, staged, source, mapped)
    zones = ZoneRule(source.timezone or rules.business_zone, rules.business_zone)
    casts = {
        field.name: parsed(warehouse, mapped, field.name, types[field.name], field, source, zones)
        for field in FIELDS[source.kind]
        if field.name in types
    }
    rows_of = {"transactions": _transactions, "surveys": _surveys, "customers": _customers}[source.kind]
    warehouse.rows(rows_of(staged, source, rules, mapped, casts))
    if source.kind == "surveys":
        warehouse.rows(_answers(staged, source, mapped))
    warehouse.rows(f"drop table {identifier(mapped)}")


def _compiled(text: str, staged: Staged, place: str) -> str:
    try:
        return compile_expression(text, staged.header)
    except ExpressionError as error:
        raise UnreadableFileError(f"columns.{place}: {error}") from error


def _map(warehouse: Warehouse, staged: Staged, source: Source, mapped: str) -> dict[str, str]:
    """Evaluate every mapped expression into a temporary table; answers the type of each canonical column."""
    selected = [f"{CONTENT}", f"{LINE}"]
    for name, text in source.columns.items():
        selected.append(f"try({_compiled(text, staged, name)}) as {identifier(name)}")
        sources = [identifier(column) for column in columns_of(text, staged.header)]
        present = " or ".join(f"coalesce(trim(cast({column} as varchar)), '') <> ''" for column in sources)
        selected.append(f"({present or 'false'}) as {identifier('__has_' + name)}")
    for rule in ("refund_when", "discount_when", "charge_when", "exclude_when"):
        text = getattr(source, rule)
        condition = f"try({_compiled(text, staged, rule)})" if text else "false"
        selected.append(f"coalesce(cast({condition} as boolean), false) as __{rule}")
    for column in source.questions if _is_wide(source) else ():
        exact = _compiled(column, staged, f"questions.{column}")
        selected.append(f"trim(cast({exact} as varchar)) as {identifier('__answer_' + column)}")
    in_order = sorted(staged.header)
    selected.append(f"hash({', '.join(identifier(name) for name in in_order)}) as __row_hash")
    packed = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in staged.header)
    selected.append(f"struct_pack({packed}) as __raw")
    try:
        warehouse.rows(
            f"create temp table {identifier(mapped)} as\n"
            f"select {', '.join(selected)} from {identifier(staged.table)}"
        )
    except (duckdb.BinderException, duckdb.ConversionException) as error:
        raise UnreadableFileError(f"columns: an expression does not fit: {str(error).splitlines()[0]}") from error
    return {row[0]: row[1] for row in warehouse.rows(f"describe {identifier(mapped)}") if not row[0].startswith("__")}


def _is_wide(source: Source) -> bool:
    return "score" not in source.columns


def _missing_or_unparsable(field: Field, cast: str) -> str:
    """SQL of the reason a field's value cannot be used; NULL where it can or is rightly absent."""
    has = identifier("__has_" + field.name)
    text = f"trim(coalesce(cast({identifier(field.name)} as varchar), ''))"
    unparsable = f"when ({cast}) is null and ({text} <> '' or ({identifier(field.name)} is null and {has})) "
    unparsable += f"then 'unparsable_{field.name}'"
    missing = f"when ({cast}) is null then 'missing_{field.name}'" if field.required else ""
    if field.type == "text":
        unparsable = ""
    return f"case {unparsable} {missing} end" if unparsable or missing else "null"


def _out_of_range(name: str, rules: LandingRules) -> str:
    return (
        f"case when cast(typed.{name} as date) < date {literal(rules.earliest_date)} "
        f"or cast(typed.{name} as date) > date {literal(rules.latest_date)} then 'date_out_of_range' end"
    )


def _reasons(conditions: list[str]) -> str:
    listed = ", ".join(condition for condition in conditions if condition != "null")
    return f"nullif(list_filter([{listed}], lambda reason: reason is not null), cast([] as varchar[]))"


def _typed(source: Source, mapped: str, casts: Mapping[str, str], extra: str = "") -> tuple[str, list[str]]:
    """SQL of the typed values, and of the reasons that casting gives, as columns ``__reason_<field>``."""
    fields = FIELDS[source.kind]
    columns = [
        f"{casts[field.name]} as {identifier('t_' + field.name)}"
        if field.name in casts
        else f"null as {identifier('t_' + field.name)}"
        for field in fields
    ]
    judged = [
        f"{_missing_or_unparsable(field, casts[field.name])} as {identifier('__reason_' + field.name)}"
        for field in fields
        if field.name in casts
    ]
    sql = f"select *, {', '.join(columns + judged)}{extra} from {identifier(mapped)}"
    return sql, [f"typed.{identifier('__reason_' + field.name)}" for field in fields if field.name in casts]


def _transactions(staged: Staged, source: Source, rules: LandingRules, mapped: str, casts: Mapping[str, str]) -> str:
    typed, reasons = _typed(source, mapped, casts)
    quantity = "typed.t_quantity" if "quantity" in casts else "cast(1 as decimal(18,4))"
    if "amount" in casts:
        raw_amount = "cast(typed.t_amount as decimal(38,8))"
    elif "unit_price" in casts:
        raw_amount = f"cast({quantity} * cast(typed.t_unit_price as decimal(18,4)) as decimal(38,8))"
    else:
        raw_amount = "cast(null as decimal(38,8))"
    conditions = [*reasons, _out_of_range("t_ordered_at", rules)]
    for name in ("quantity", "amount" if "amount" in casts else "unit_price"):
        if name in casts:
            conditions.append(
                f"case when typed.t_{name} is null and typed.{identifier('__reason_' + name)} is null "
                f"then 'missing_{name}' end"
            )
    if "unit_price" in casts:
        conditions.append("case when typed.t_unit_price < 0 then 'negative_unit_price' end")
    if "discount" in casts:
        conditions.append("case when typed.t_discount < 0 then 'negative_discount' end")
    currency = "typed.t_currency" if "currency" in casts else literal(source.currency or rules.currency)
    conditions.append(
        f"case when {currency} is not null and upper({currency}) <> {literal(rules.currency.upper())} "
        f"then 'missing_exchange_rate' end"
    )
    is_refund = f"typed.__refund_when or {quantity} < 0" + (" or typed.t_amount < 0" if "amount" in casts else "")
    discount = "coalesce(cast(typed.t_discount as decimal(38,8)), 0)"
    amount = """case kind
        when 'refund' then -(abs(raw_amount) - line_discount)
        when 'discount' then -abs(raw_amount)
        else raw_amount end"""
    return f"""
    insert into landed_transactions by name
    with typed as ({typed}),
    judged as (
        select typed.*, {_reasons(conditions)} as reasons, {raw_amount} as raw_amount, {discount} as line_discount,
            {currency} as row_currency, {quantity} as row_quantity,
            case when typed.__exclude_when then 'excluded'
                 when typed.__charge_when then 'charge'
                 when typed.__discount_when then 'discount'
                 when {is_refund} then 'refund'
                 else 'sold' end as kind
        from typed
    )
    select
        {CONTENT} as content_no, {LINE} as line_number, __row_hash as row_hash,
        case when t_line_id is not null then t_order_id || {KEY_SEPARATOR} || t_line_id end as key,
        t_updated_at as updated_at, t_order_id as order_id, t_line_id as line_id, t_ordered_at as ordered_at,
        t_customer_id as customer_id, t_product_id as product_id, t_product_name as product_name,
        t_category as category, row_quantity as quantity, t_unit_price as unit_price, kind, raw_amount,
        {amount} as amount,
        case when kind = 'sold' and raw_amount is not null then line_discount end as discount,
        coalesce(upper(row_currency), {literal(rules.currency)}) as currency, t_channel as channel,
        t_region as region, t_status as status, t_refund_of as refund_of, reasons,
        case when reasons is not null then cast(to_json(__raw) as varchar) end as raw
    from judged"""


def _surveys(staged: Staged, source: Source, rules: LandingRules, mapped: str, casts: Mapping[str, str]) -> str:
    typed, reasons = _typed(source, mapped, casts)
    conditions = [*reasons, _out_of_range("t_responded_at", rules)]
    if not _is_wide(source):
        conditions += _score_reasons("declared", "typed.t_score")
    known = {field.name for field in FIELDS["surveys"]}
    dimensions = [name for name in source.columns if name not in known]
    scopes = ", ".join(
        f"{literal(name)}: nullif(trim(cast(typed.{identifier(name)} as varchar)), '')" for name in dimensions
    )
    key = "t_response_id" if _is_wide(source) else f"t_response_id || {KEY_SEPARATOR} || coalesce(t_question, '')"
    return f"""
    insert into landed_surveys by name
    with declared_questions as ({_questions(source)}),
    typed as ({typed}),
    judged as (
        select typed.*, declared.question as declared_question, declared.kind as declared_kind,
            declared.blanks as blanks, declared.top_low as top_low, declared.top_high as top_high,
            {_reasons(conditions)} as reasons
        from typed
        left join declared_questions as declared
            on {"false" if _is_wide(source) else _long_match(source)}
    )
    select
        {CONTENT} as content_no, {LINE} as line_number, __row_hash as row_hash, {key} as key,
        t_updated_at as updated_at, t_response_id as response_id, t_responded_at as responded_at,
        t_customer_id as customer_id, t_order_id as order_id, t_channel as channel, t_region as region,
        cast(map {{{scopes}}} as map(varchar, varchar)) as dimensions,
        declared_question as question, declared_kind as kind,
        {_score("t_score")} as score,
        case when declared_kind = 'csat' then {_score("t_score")} between top_low and top_high end as is_satisfied,
        reasons, case when reasons is not null then cast(to_json(__raw) as varchar) end as raw
    from judged"""


def _long_match(source: Source) -> str:
    """How a long row finds its question: by the value in ``question``, else the one question declared."""
    if "question" in source.columns:
        return "lower(trim(declared.source_name)) = lower(typed.t_question)"
    return "true"


def _score(column: str) -> str:
    text = f"trim({column})"
    number = f"case when regexp_full_match({text}, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)') then {text} end"
    return f"case when not {_is_blank(column)} then try_cast({number} as decimal(9,3)) end"


def _is_blank(column: str) -> str:
    text = f"lower(trim(coalesce({column}, '')))"
    return f"({text} = '' or coalesce(list_contains(blanks, regexp_replace({text}, '[.]0+$', '')), false))"


def _score_reasons(question: str, column: str) -> list[str]:
    number = _score(column).replace("blanks", f"{question}.blanks")
    blank = _is_blank(column).replace("blanks", f"{question}.blanks")
    return [
        f"case when {question}.question is null then 'undeclared_question' end",
        f"case when {question}.question is not null and not {blank} and {number} is null then 'unparsable_score' end",
        f"case when {number} < {question}.scale_low or {number} > {question}.scale_high then 'score_off_scale' end",
        f"case when {question}.kind = 'nps' and {number} <> floor({number}) then 'score_not_whole' end",
    ]


def _questions(source: Source) -> str:
    """SQL of the questions the source declares, one row each."""
    rows = [_question_row(name, question) for name, question in source.questions.items()]
    if not rows:
        rows = ["('', '', '', 0, 0, cast([] as varchar[]), 0, 0)"]
    columns = "source_name, question, kind, scale_low, scale_high, blanks, top_low, top_high"
    return f"select * from (values {', '.join(rows)}) as declared({columns})" + (
        "" if source.questions else " where false"
    )


def _question_row(name: str, question: Question) -> str:
    low, high = question.scale
    top_low, top_high = question.top_box or (high, high)
    blanks = ", ".join(literal(blank.strip().lower()) for blank in question.blank)
    return (
        f"({literal(name)}, {literal(question.id)}, {literal(question.kind)}, {low}, {high}, "
        f"cast([{blanks}] as varchar[]), {top_low}, {top_high})"
    )


def _answers(staged: Staged, source: Source, mapped: str) -> str:
    """Answers of the rows just landed: of a wide row one per question column, of a long row its own."""
    contents = ", ".join(str(number) for number in staged.contents)
    if not _is_wide(source):
        return f"""
        insert into landed_answers by name
        select content_no, line_number, question, kind, '' as column_name, score, is_satisfied,
            cast(null as varchar[]) as reasons, cast(null as varchar) as raw
        from landed_surveys
        where content_no in ({contents}) and reasons is null and question is not null and score is not null"""
    columns = ", ".join(identifier("__answer_" + name) for name in source.questions)
    return f"""
    insert into landed_answers by name
    with declared_questions as ({_questions(source)}),
    long as (
        select {CONTENT} as content_no, {LINE} as line_number, answer_column, answer
        from (unpivot {identifier(mapped)} on {columns} into name answer_column value answer)
    ),
    judged as (
        select long.*, declared.*, {_reasons(_score_reasons("declared", "long.answer"))} as reasons
        from long
        join declared_questions as declared on '__answer_' || declared.source_name = long.answer_column
    )
    select judged.content_no, judged.line_number, judged.question, judged.kind,
        case when judged.reasons is not null then source_name else '' end as column_name,
        case when judged.reasons is null then {_score("answer")} end as score,
        case when judged.kind = 'csat' and judged.reasons is null
            then {_score("answer")} between top_low and top_high end as is_satisfied,
        judged.reasons, case when judged.reasons is not null then answer end as raw
    from judged
    join landed_surveys as response
        on response.content_no = judged.content_no and response.line_number = judged.line_number
        and response.reasons is null
    where judged.reasons is not null or not {_is_blank("answer")}"""


def _customers(staged: Staged, source: Source, rules: LandingRules, mapped: str, casts: Mapping[str, str]) -> str:
    typed, reasons = _typed(source, mapped, casts)
    names = [field.name for field in FIELDS["customers"] if field.name not in ("customer_id", "updated_at")]
    return f"""
    insert into landed_customers by name
    with typed as ({typed}),
    judged as (select typed.*, {_reasons(reasons)} as reasons from typed)
    select
        {CONTENT} as content_no, {LINE} as line_number, __row_hash as row_hash, t_customer_id as key,
        t_updated_at as updated_at, t_customer_id as customer_id,
        {", ".join(f"{identifier('t_' + name)} as {identifier(name)}" for name in names)},
        reasons, case when reasons is not null then cast(to_json(__raw) as varchar) end as raw
    from judged"""
