"""Expressions mean in the compiled form what they mean as written, and reach nothing but their row."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.configuration.expressions import (
    FUNCTIONS,
    ExpressionError,
    column_named,
    columns_of,
    compile_expression,
    parse_expression,
)

HEADER = ("InvoiceNo", "Customer ID", " Price ", "*RESPNUM", "Order", "moment")
ROW = """select '536365' as "InvoiceNo", '17850.0' as "Customer ID", '2.55' as " Price ", '12' as "*RESPNUM",
    'C1' as "Order", '2011-12-09 12:50:00' as "moment" """

SAME_MEANING = """
InvoiceNo || '-' || "Customer ID"
regexp_replace("Customer ID", '\\.0$', '')
regexp_extract("Customer ID", '(\\d+)\\.', 1)
"Order" LIKE 'C%'
"Order" NOT ILIKE 'c%' OR InvoiceNo IS NULL
InvoiceNo NOT IN ('M', 'S') AND NOT "Order" = 'D'
InvoiceNo ~ '^5'
InvoiceNo SIMILAR TO '5.*'
cast(" Price " as decimal(18,4)) * -2 + 7 % 4 - 9 // 2
try_cast(InvoiceNo as double) / 4
TRY_CAST("Customer ID" AS HUGEINT)
mod(cast(InvoiceNo as bigint) + 1, 7) * 2
round(cast(" Price " as double), 1) ** 2
case when "Order" like 'C%' then 'refund' else 'sale' end
case "Order" when 'C1' then 1 end
if(InvoiceNo > '5', 'high', 'low')
coalesce(nullif(trim(InvoiceNo), ''), 'none')
make_date(2014, 5, cast("*RESPNUM" as integer))
strptime(moment, '%Y-%m-%d %H:%M:%S')
try_strptime(moment, ['%d/%m/%Y', '%Y-%m-%d %H:%M:%S'])
strftime(cast(moment as timestamp), '%-d.%m.%y %H:%M')
cast(moment as timestamp) + interval 1 day - interval '2 hours'
cast(moment as timestamp) - to_hours(cast("*RESPNUM" as integer))
date_trunc('month', cast(moment as timestamp))
date_diff('day', date '2011-01-01', cast(moment as date))
extract(year from cast(moment as date)) + date_part('month', cast(moment as date))
timezone('Europe/London', cast(moment as timestamp))
cast(moment as timestamp) at time zone 'Asia/Shanghai'
epoch(cast(moment as timestamp))
moment::date
split_part("Customer ID", '.', 1)
string_split("Customer ID", '.')[1]
InvoiceNo[1:3] || left(InvoiceNo, 2) || right(InvoiceNo, 1) || substr(InvoiceNo, 2, 2)
lpad("*RESPNUM", 6, '0') || rpad("*RESPNUM", 4, 'x')
concat_ws('-', InvoiceNo, "Order") || printf('%05d', cast("*RESPNUM" as integer))
upper(lower(InvoiceNo)) || strip_accents('é') || md5('x') || format('{}', "Order")
'it''s' || "Order"
InvoiceNo IS DISTINCT FROM "Order"
InvoiceNo BETWEEN '1' AND '9'
list_contains(['C1', 'C2'], "Order")
'{"a": {"b": 1}}' ->> '$.a.b'
json_extract_string('{"a": 1}', '$.a') = '1'
true AND NOT (false OR InvoiceNo = 'x')
"""


def evaluated(sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(f"select try({sql}) from ({ROW})").fetchall()


@pytest.mark.parametrize("text", SAME_MEANING.strip().splitlines())
def test_a_compiled_expression_gives_the_value_of_the_text(text: str) -> None:
    expected = evaluated(text)
    assert evaluated(compile_expression(text, HEADER)) == expected
    assert expected != [(None,)]


@pytest.mark.parametrize(
    ("text", "compiled"),
    [
        ("InvoiceNo", '"InvoiceNo"'),
        (" invoiceno ", '"InvoiceNo"'),
        ("customer id", '"Customer ID"'),
        ("*RESPNUM", '"*RESPNUM"'),
        ("Order", '"Order"'),
        ("price", '" Price "'),
    ],
)
def test_a_text_that_is_a_column_name_is_that_column(text: str, compiled: str) -> None:
    assert compile_expression(text, HEADER) == compiled


@pytest.mark.parametrize(
    "name",
    [
        "now()",
        "(select 1)",
        "What's your age?",
        "a;b",
        "Score (1-5)",
        "count(*)",
        'say "hi"',
        "2014",
        "顾客 编号",
        "a--b",
    ],
)
def test_any_name_a_header_can_hold_is_a_column_of_it(name: str) -> None:
    with duckdb.connect() as connection:
        quoted = '"' + name.replace('"', '""') + '"'
        compiled = compile_expression(name, ["other", name])
        assert connection.execute(f"select {compiled} from (select 7 as {quoted})").fetchall() == [(7,)]


def test_of_two_names_that_differ_in_case_the_exact_one_is_meant() -> None:
    assert compile_expression("region", ["Region", "region"]) == '"region"'


def test_columns_inside_an_expression_are_found_whatever_their_case() -> None:
    text = "upper(INVOICENO) || \"customer id\" || cast(' Price ' as varchar)"
    assert compile_expression(text, HEADER) == 'UPPER("InvoiceNo") || "Customer ID" || CAST(\' Price \' AS TEXT)'
    assert columns_of(text, HEADER) == ("InvoiceNo", "Customer ID")
    assert columns_of(text) == ("INVOICENO", "customer id")
    assert columns_of("*RESPNUM") == ("*RESPNUM",)
    assert parse_expression("1").columns == ()


def test_a_field_of_a_nested_column_is_reached_by_its_dots() -> None:
    compiled = compile_expression("Customer.address.city", ["customer"])
    assert columns_of("Customer.address.city", ["customer"]) == ("customer",)
    with duckdb.connect() as connection:
        row = "select {'address': {'city': 'Leeds'}} as customer"
        assert connection.execute(f"select {compiled} from ({row})").fetchall() == [("Leeds",)]


def test_an_unknown_column_names_its_neighbour_and_the_columns_there_are() -> None:
    with pytest.raises(ExpressionError, match=r"`InvoicNo`.*did you mean `InvoiceNo`\? it has 2: InvoiceNo, Price"):
        compile_expression("upper(InvoicNo)", ["InvoiceNo", "Price"])
    with pytest.raises(ExpressionError, match="a column of the file"):
        column_named("rowid", ["InvoiceNo"])


@pytest.mark.parametrize(
    "text",
    [
        "lpad(InvoiceNo, 1000000000, 'x')",
        'rpad(InvoiceNo, cast("Order" as integer))',
        "lpad(InvoiceNo, 9 * 9)",
        "printf('%1000000000d', 1)",
        "printf('%-08.5000f', 1)",
        "printf('%*d', 100000000, 1)",
        "format('{:>1000000000}', InvoiceNo)",
        "format('{:>{}}', InvoiceNo, 100000000)",
        "format(InvoiceNo, 1)",
        "printf(InvoiceNo || '', 1)",
    ],
)
def test_no_row_is_padded_to_more_than_a_thousand_characters(text: str) -> None:
    with pytest.raises(ExpressionError, match="1,000"):
        compile_expression(text, HEADER)
    for fine in ("lpad(InvoiceNo, 1000, '0')", "format('{:>999} of 2016', InvoiceNo)", "printf('2016: %08.2f%%', 1)"):
        assert compile_expression(fine, HEADER)


@pytest.mark.parametrize(
    "row",
    [
        ("o1", "Zoë Quimby", "zoe@example.org", "mug"),
        ("o1", "Zoë Quimby", "+44 7700 900123"),
        ("o1", "Zoë Quimby", "2024-06-01 10:00"),
        ("o1", "Zoë Quimby", "1/6/24", "5.00"),
        ("o1", "Zoë Quimby", "2"),
    ],
)
def test_a_row_where_names_were_expected_is_not_shown(row: tuple[str, ...]) -> None:
    with pytest.raises(ExpressionError, match=rf"it has {len(row)}, .* name the columns under `header`") as refused:
        column_named("zoe", row)
    assert not [value for value in row if len(value) > 2 and value in str(refused.value)]


@pytest.mark.parametrize("name", ["Q7", "Score (1-5)", "price_7", "2014 revenue", "Date (dd/mm/yyyy)", "12 months"])
def test_a_name_with_digits_is_shown_as_a_name(name: str) -> None:
    with pytest.raises(ExpressionError, match="it has 1: "):
        column_named("order", [name])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing"),
        ("InvoiceNo; drop table orders", "semicolon"),
        ("InvoiceNo;", "semicolon"),
        ("(select max(x) from other)", "query"),
        ("InvoiceNo in (select x from other)", "query"),
        ("exists(select 1)", "query"),
        ("InvoiceNo = any(select 1)", "query"),
        ("select 1", "query"),
        ("InvoiceNo) from (select 1", "more than an expression"),
        ("InvoiceNo), (moment", "more than an expression"),
        ("InvoiceNo) || (moment", "more than one bracketed value"),
        ("InvoiceNo) --", "breaks off"),
        ("InvoiceNo, moment", "several values"),
        ("InvoiceNo as other", "two names"),
        ("*", "every column"),
        ("columns('x')", "columns"),
        ("coalesce(*)", r"`\*`"),
        ("sum(InvoiceNo)", "summarises"),
        ("count(*)", "summarises"),
        ("first(InvoiceNo)", "summarises"),
        ("row_number() over ()", "window"),
        ("lag(InvoiceNo) over (order by moment)", "window"),
        ("now()", "clock"),
        ("current_date", "clock"),
        ("current_timestamp", "clock"),
        ("today()", "clock"),
        ("get_current_timestamp()", "clock"),
        ("random()", "chance"),
        ("uuid()", "chance"),
        ("gen_random_uuid()", "chance"),
        ("age(cast(moment as timestamp))", "function `age`"),
        ("getenv('HOME')", "function `getenv`"),
        ("\"getenv\"('HOME')", "function `getenv`"),
        ("system.main.getenv('HOME')", "not part of an expression"),
        ("current_setting('threads')", "function"),
        ("read_text('/etc/passwd')", "function"),
        ("read_csv('x.csv')", "function"),
        ("read_blob('x')", "function"),
        ("glob('*')", "function"),
        ("query('select 1')", "function"),
        ("query_table('x')", "function"),
        ("nextval('s')", "function"),
        ("getvariable('x')", "function"),
        ("unnest([1, 2])", "function"),
        ("list_transform([1], lambda x: x + 1)", "function"),
        ("case when InvoiceNo = '1' then getenv('HOME') end", "function `getenv`"),
        ("InvoiceNo || (select 'x')", "query"),
        ("cast(InvoiceNo as blob)", "type blob"),
        ("cast(InvoiceNo as made_up)", "type made_up"),
        ("$1", "not part of an expression"),
        ("?", "not part of an expression"),
        ("pragma database_list", "two names"),
        ("attach 'x.db'", "not SQL|two names"),
        ("copy t to 'x'", "not SQL|two names"),
        ("upper(InvoiceNo", "breaks off"),
        ("@", "breaks off"),
        ("InvoiceNo || @", "breaks off|not SQL"),
        ("upper(InvoiceNo))", "do not pair"),
        ("'open", "not SQL"),
        ("(" * 3000 + "1" + ")" * 1500, "nested too deep|breaks off|characters|not SQL"),
        ("1 + " * 2000 + "1", "characters"),
    ],
)
def test_what_reaches_beyond_the_row_or_is_no_single_value_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=reason):
        parse_expression(text)
    with pytest.raises(ExpressionError):
        compile_expression(text, HEADER)


def test_a_mistyped_function_is_told_its_name() -> None:
    with pytest.raises(ExpressionError, match="did you mean `regexp_replace`"):
        parse_expression("regexp_replce(a, 'x', '')")


@pytest.mark.parametrize(
    ("text", "may_be"), [("*RESPNUM", True), ("Customer ID", True), ("Score (1-5)", True), ("upper(a", False)]
)
def test_an_odd_text_may_still_be_a_name_until_a_header_is_seen(text: str, may_be: bool) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    assert caught.value.may_be_a_name is may_be


def test_every_function_on_the_list_can_be_called_and_exists() -> None:
    with duckdb.connect() as connection:
        known = {row[0] for row in connection.execute("select function_name from duckdb_functions()").fetchall()}
    assert set(FUNCTIONS) - known == {"coalesce", "extract", "try"}  # syntax, not functions


def test_a_comment_is_left_behind() -> None:
    assert compile_expression("InvoiceNo -- the number\n /* of it */", HEADER) == '"InvoiceNo"'


@given(st.text(max_size=40))
def test_whatever_is_written_is_either_refused_or_one_value_of_the_row(text: str) -> None:
    try:
        compiled = compile_expression(text, HEADER)
    except ExpressionError:
        return
    assert len(parse_expression(compiled).columns) <= len(HEADER)


@pytest.mark.parametrize(
    "text",
    [
        "regexp_replace(InvoiceNo, '3', 'x', \"Order\")",
        "regexp_replace(InvoiceNo, '3', 'x', 'g' || 'i')",
        "regexp_extract(InvoiceNo, '(3)', 1, \"Order\")",
    ],
)
def test_flags_that_would_be_left_out_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="flags of a pattern that are no text in quotes"):
        parse_expression(text)
    flagged = "regexp_replace(InvoiceNo, '3', 'x', 'g')"
    assert evaluated(compile_expression(flagged, HEADER)) == evaluated(flagged) == [("5x6x65",)]


def test_a_json_path_through_every_level_is_refused_in_words() -> None:
    with pytest.raises(ExpressionError, match="a step of a JSON path"):
        parse_expression("InvoiceNo -> '$..total'")
