"""SQL expressions of a configuration: read, held to an allow list, and compiled against a file's header.

An expression says how one value of a row follows from the columns of that row. It cannot reach a file, a setting,
another row, the clock or chance: what is not on the lists below is refused, and what runs is the checked tree written
out again, never the text that came in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from assets.configuration.values import nearest

_DIALECT = "duckdb"
_LONGEST = 5_000  # characters; deeper nesting than this can hold would exhaust the parser's stack

_WIDEST = 1_000  # characters that a value is padded to
_WIDE = re.compile(r"\{[^{}]*\d{4}|\{[^{}]+\{|%[-+ #0]*(?:\d+[.])?(?:\d{4}|[*])")
"""A width of four digits, or one that another value tells, in a format such as ``{:>8}`` or ``%08d``."""
_MOST_LISTED = 40  # columns that a refusal names
_VALUE: Final = re.compile(
    r"@"  # an e-mail address
    r"|^\s*[-+]?[\d.,' ]*\d[\d.,' ]*%?\s*$"  # a number
    r"|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}"  # a date
    r"|(?:\d[ ()./-]{0,2}){7}"  # a telephone number, or a long id
)
"""What stands in a row and in no name: messages list a file's columns, and its first line may be a customer's."""

_SHAPES: Final = frozenset({
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.Var,
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Like, exp.ILike, exp.SimilarTo, exp.Escape,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe,
    exp.Case, exp.If, exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.AtTimeZone,
    exp.Array, exp.Bracket, exp.Slice,
    exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript,
})  # fmt: skip

_FUNCTIONS: Final = {
    exp.Abs: "abs", exp.Ceil: "ceil", exp.Chr: "chr", exp.Coalesce: "coalesce", exp.Concat: "concat",
    exp.ConcatWs: "concat_ws", exp.Contains: "contains", exp.DateDiff: "date_diff", exp.TimestampTrunc: "date_trunc",
    exp.Day: "day", exp.DayOfWeek: "dayofweek", exp.EndsWith: "ends_with", exp.TimeToUnix: "epoch",
    exp.Extract: "extract", exp.Floor: "floor", exp.Format: "format", exp.Greatest: "greatest", exp.Hour: "hour",
    exp.DayOfWeekIso: "isodow", exp.JSONExtract: "json_extract", exp.JSONExtractScalar: "json_extract_string",
    exp.LastDay: "last_day", exp.Least: "least", exp.Left: "left", exp.Length: "length",
    exp.ArrayContains: "list_contains", exp.Ln: "ln", exp.Lower: "lower", exp.Pad: "lpad, rpad",
    exp.DateFromParts: "make_date", exp.TimestampFromParts: "make_timestamp", exp.MD5: "md5", exp.Minute: "minute",
    exp.Month: "month", exp.Nullif: "nullif", exp.Pow: "power", exp.Quarter: "quarter",
    exp.RegexpExtract: "regexp_extract", exp.RegexpFullMatch: "regexp_full_match", exp.RegexpLike: "regexp_matches",
    exp.RegexpReplace: "regexp_replace", exp.Replace: "replace", exp.Reverse: "reverse", exp.Right: "right",
    exp.Round: "round", exp.Second: "second", exp.SHA2: "sha256", exp.Sign: "sign", exp.SplitPart: "split_part",
    exp.Sqrt: "sqrt", exp.StartsWith: "starts_with", exp.TimeToStr: "strftime", exp.Split: "string_split",
    exp.StrPosition: "strpos", exp.StrToTime: "strptime", exp.StructExtract: "struct_extract",
    exp.Substring: "substring", exp.ToDays: "to_days", exp.UnixToTime: "to_timestamp, epoch_ms",
    exp.Translate: "translate", exp.Trim: "trim, ltrim, rtrim", exp.Trunc: "trunc", exp.Try: "try", exp.Upper: "upper",
    exp.Week: "week", exp.Year: "year",
}  # fmt: skip

_NAMED: Final = frozenset({
    "array_extract", "date_part", "isfinite", "list_extract", "nfc_normalize", "prefix", "strip_accents", "strlen",
    "printf", "suffix", "timezone", "to_hours", "to_minutes", "to_months", "to_seconds", "to_years",
    "try_strptime",
})  # fmt: skip
"""Functions the parser has no class for, by name."""

FUNCTIONS: Final = tuple(sorted({*", ".join(_FUNCTIONS.values()).split(", "), *_NAMED}))
"""Every function an expression may call."""

_CLOCK_OR_CHANCE: Final = frozenset({
    "current_date", "current_localtime", "current_localtimestamp", "current_time", "current_timestamp",
    "gen_random_uuid", "get_current_time", "get_current_timestamp", "localtime", "localtimestamp", "now", "rand",
    "random", "setseed", "today", "transaction_timestamp", "txid_current", "uuid", "uuidv4", "uuidv7",
})  # fmt: skip

_TYPES: Final = frozenset({
    exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.BOOLEAN, exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT,
    exp.DType.BIGINT, exp.DType.INT128, exp.DType.UTINYINT, exp.DType.USMALLINT, exp.DType.UINT, exp.DType.UBIGINT,
    exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.DATE, exp.DType.TIME, exp.DType.TIMESTAMP,
    exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMP_S, exp.DType.TIMESTAMP_MS,
    exp.DType.TIMESTAMP_NS, exp.DType.JSON,
})  # fmt: skip

_SIGNS_OF_SQL: Final = re.compile(r"""\w\(|'|\|\||::|;|=|<|>|--|/\*|\$\$""")


class ExpressionError(ValueError):
    """An expression that is refused: what was found, what was expected, and what to do about it.

    Attributes:
        found: what stands in the text, in words.
        expected: what an expression may be.
        hint: what to do, or empty.
        may_be_a_name: the text could still be the odd name of a column, which only a header can tell.
    """

    def __init__(self, found: str, expected: str, hint: str = "", *, may_be_a_name: bool = False) -> None:
        self.found, self.expected, self.hint, self.may_be_a_name = found, expected, hint, may_be_a_name
        super().__init__(f"found {found}; expected {expected}" + (f"; {hint}" if hint else ""))


@dataclass(frozen=True)
class CheckedExpression:
    """An expression that is safe to compile.

    Attributes:
        text: as the configuration has it.
        columns: names of the columns it reads, as it writes them, in order of appearance.
    """

    text: str
    columns: tuple[str, ...]


def parse_expression(text: str) -> CheckedExpression:
    """Check one expression without knowing the file it is for.

    >>> parse_expression("regexp_replace(CustomerID, '[.]0$', '')").columns
    ('CustomerID',)

    Raises:
        ExpressionError: not one scalar expression, or one that reaches beyond its row.
    """
    tree = _checked(text)
    return CheckedExpression(
        text, tuple(dict.fromkeys(column.parts[0].name for column in tree.find_all(exp.Column, bfs=False)))
    )


def columns_of(text: str, header: Sequence[str] | None = None) -> tuple[str, ...]:
    """Names of the columns an expression reads, each once; as the header writes them where one is given.

    >>> columns_of("quantity * unit_price", ["Unit_Price", "Quantity"])
    ('Quantity', 'Unit_Price')

    Raises:
        ExpressionError: as :func:`compile_expression`.
    """
    if header is None:
        try:
            return parse_expression(text).columns
        except ExpressionError as error:
            if error.may_be_a_name:
                return (text.strip(),)
            raise
    whole = _name_in(text, header)
    if whole is not None:
        return (whole,)
    return tuple(dict.fromkeys(column_named(name, header) for name in parse_expression(text).columns))


def paths_of(text: str, header: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The columns an expression reads, each once with the field of it that it takes: ``customer.id``.

    >>> paths_of("customer.id || '-' || Price", ["price"])
    (('customer', 'id'), ('Price',))

    Raises:
        ExpressionError: as :func:`parse_expression`.
    """
    whole = _name_in(text, header)
    if whole is not None:
        return ((whole,),)
    try:
        tree = _checked(text)
    except ExpressionError as error:
        if error.may_be_a_name:
            return ((text.strip(),),)
        raise
    columns = tree.find_all(exp.Column, bfs=False)
    return tuple(dict.fromkeys(tuple(part.name for part in column.parts) for column in columns))


def compile_expression(text: str, header: Sequence[str], *, casts: Mapping[str, str] | None = None) -> str:
    """DuckDB SQL of an expression over a file's columns, each written exactly as the header has it, quoted.

    A text that is a column's name is that column, whatever characters the name holds.

    >>> compile_expression("customer id", ["Customer ID", "Price"])
    '"Customer ID"'
    >>> compile_expression("price * 2", ["Customer ID", "Price"])
    '"Price" * 2'
    >>> compile_expression("price * 2", ["Customer ID", "Price"], casts={"Price": "DOUBLE"})
    'CAST("Price" AS DOUBLE) * 2'

    Args:
        text: the expression.
        header: the file's columns.
        casts: types that columns are cast to wherever an expression reads them.

    Raises:
        ExpressionError: forbidden, not one scalar expression, or over a column the header does not have.
    """
    whole = _name_in(text, header)
    if whole is not None:
        return exp.column(whole, quoted=True).sql(_DIALECT)
    return _checked(text).transform(_over_header, header, casts or {}).sql(_DIALECT, comments=False)


def _over_header(node: exp.Expr, header: Sequence[str], casts: Mapping[str, str]) -> exp.Expr:
    """A column by its exact name; ``a.b`` is the field b of the column a."""
    if not isinstance(node, exp.Column):
        return node
    root, *fields = node.parts
    name = column_named(root.name, header)
    resolved: exp.Expr = exp.column(name, quoted=True)
    if name in casts:
        resolved = exp.cast(resolved, casts[name], dialect=_DIALECT)
    for field in fields:
        resolved = exp.Bracket(this=resolved, expressions=[exp.Literal.string(field.name)])
    return resolved


def _name_in(text: str, header: Sequence[str]) -> str | None:
    """The header's name that the text is: as it is written, else whatever the case, else however wide it is written."""
    name = text.strip()
    for spelling in (str.strip, str.casefold, folded):
        alike = [column for column in header if spelling(column.strip()) == spelling(name)]
        if len(alike) == 1 or (alike and spelling is not folded):
            return alike[0]
    return None


def folded(name: str) -> str:
    """A name without what the eye takes for the same: case, full-width signs, several spaces, invisible signs.

    >>> folded("　ＯＲＤＥＲ   id\u200b") == folded("Order ID")
    True
    """
    plain = unicodedata.normalize("NFKC", re.sub("[\u200b-\u200d\u2060\ufeff]", "", name))
    return " ".join(plain.casefold().split())


def column_named(name: str, header: Sequence[str]) -> str:
    """The column of that name as the header writes it; case, spaces and full-width signs do not matter.

    Raises:
        ExpressionError: the header has none, with the nearest name.
    """
    column = _name_in(name, header)
    if column is None:
        raise ExpressionError(f"no column `{name}`", "a column of the file", _instead(name, header))
    return column


def _instead(name: str, header: Sequence[str]) -> str:
    """What the file has in the place of a column; no value of a row that stands where names were expected."""
    values = sum(bool(_VALUE.search(column)) for column in header)
    if values:
        return (
            f"it has {len(header)}, of which {values} would be called as a number, date or address is written: "
            f"if its first line is a row, name the columns under `header`"
        )
    guess = nearest(name, header)
    hint = f"did you mean `{guess}`? " if guess else ""
    listed = ", ".join(header[:_MOST_LISTED]) + (", …" if len(header) > _MOST_LISTED else "")
    return f"{hint}it has {len(header)}: {listed}"


def _checked(text: str) -> exp.Expr:
    """The tree of one allowed scalar expression."""
    tree = _scalar(text)
    for node in tree.walk():
        _refuse_what_is_not_listed(node, text)
        if node.error_messages():  # the parser takes a sign alone, such as @, for a function of nothing
            found = "an expression that breaks off"
            raise ExpressionError(found, "one SQL expression over the columns", may_be_a_name=_may_be_a_name(text))
    return tree


def _scalar(text: str) -> exp.Expr:
    """The tree of a text that is one value; parsed in brackets behind ``select``, so that nothing can follow it."""
    no_scalar = "one SQL expression over the columns, or a column's name"
    may_be_a_name = _may_be_a_name(text)
    in_quotes = "a column's name with spaces or signs is written in double quotes inside an expression"
    if not text.strip():
        raise ExpressionError("nothing", no_scalar)
    if len(text) > _LONGEST:
        raise ExpressionError(f"{len(text):,} characters", f"an expression of at most {_LONGEST:,}")
    try:
        if any(token.token_type.name == "SEMICOLON" for token in sqlglot.tokenize(text, read=_DIALECT)):
            raise ExpressionError("a semicolon", no_scalar)
        statements = sqlglot.parse(f"select (\n{text}\n)", read=_DIALECT)
    except SqlglotError as error:
        found = _where_it_broke(error)
        raise ExpressionError(found, no_scalar, in_quotes, may_be_a_name=may_be_a_name) from error
    except RecursionError as error:
        raise ExpressionError("brackets nested too deep", no_scalar) from error
    select = statements[0]
    parts = {name for name, value in select.args.items() if value} if isinstance(select, exp.Select) else set()
    if select is None or len(statements) != 1 or parts != {"expressions"} or len(select.expressions) != 1:
        raise ExpressionError("more than an expression", no_scalar, may_be_a_name=may_be_a_name)
    match select.expressions[0]:
        case exp.Paren(this=exp.Alias()):
            raise ExpressionError("two names in a row", no_scalar, in_quotes, may_be_a_name=may_be_a_name)
        case exp.Paren(this=exp.Star()) | exp.Paren(this=exp.Column(this=exp.Star())):
            raise ExpressionError("every column at once", no_scalar, may_be_a_name=may_be_a_name)
        case exp.Paren(this=value) if not isinstance(value, exp.Query | exp.Tuple):
            return value
        case exp.Tuple() | exp.Paren(this=exp.Tuple()):
            raise ExpressionError("several values", no_scalar, may_be_a_name=may_be_a_name)
        case exp.Subquery() | exp.Paren():
            raise ExpressionError("a query", no_scalar)
        case _:
            raise ExpressionError("more than one bracketed value", no_scalar, may_be_a_name=may_be_a_name)


def _where_it_broke(error: SqlglotError) -> str:
    """The parser's complaint without its terminal colours; columns are those of the text."""
    details = getattr(error, "errors", None)
    if not details:
        return "text that is not SQL (a quote or bracket may be open)"
    highlight = details[0].get("highlight") or ""
    return (
        f"text that is not SQL near `{highlight}`"
        if highlight.strip(" )\n")
        else "brackets that do not pair, or an expression that breaks off"
    )


def _may_be_a_name(text: str) -> bool:
    """Whether a text that is no SQL could be an odd name such as ``*RESPNUM`` or ``Score (1-5)``."""
    return not _SIGNS_OF_SQL.search(text)


def _refuse_what_is_not_listed(node: exp.Expr, text: str) -> None:
    kind = type(node)
    if kind in _SHAPES:
        if isinstance(node, exp.DataType) and node.this not in _TYPES:
            found = f"the type {node.sql(_DIALECT).lower()}"
            raise ExpressionError(found, "a text, number, boolean, date or time type")
        return
    if isinstance(node, exp.RegexpReplace | exp.RegexpExtract | exp.RegexpLike | exp.RegexpFullMatch):
        flags = [node.args.get(name) for name in ("modifiers", "parameters", "flag", "options")]
        if any(flag is not None and not flag.is_string for flag in flags):  # they would be left out, with no word
            raise ExpressionError("flags of a pattern that are no text in quotes", "flags such as 'g' or 'i'")
    _refuse_what_fills_the_memory(node)
    if kind in _FUNCTIONS or (isinstance(node, exp.Anonymous) and node.name.lower() in _NAMED):
        return
    expected = "an expression over one row's columns"
    if isinstance(node, exp.Query | exp.Subquery | exp.Exists | exp.Any | exp.All):
        raise ExpressionError("a query inside the expression", expected)
    if isinstance(node, exp.Window):
        raise ExpressionError("a window over other rows", expected)
    if not isinstance(node, exp.Func):
        found = "a step of a JSON path" if isinstance(node, exp.JSONPathPart) else f"`{node.sql(_DIALECT)[:60]}`"
        raise ExpressionError(found, expected, "this kind of SQL is not part of an expression")
    names = [node.name] if isinstance(node, exp.Anonymous) else node.sql_names()
    name = next((name for name in names if name.casefold() in text.casefold()), names[0]).lower()
    if name in _CLOCK_OR_CHANCE:
        hint = "a night must give the same numbers when it is run again"
        raise ExpressionError(f"`{name}`, which asks the clock or chance", expected, hint)
    if isinstance(node, exp.AggFunc):
        raise ExpressionError(f"`{name}`, which summarises many rows", expected)
    guess = nearest(name, FUNCTIONS, likeness=0.8)
    hint = f"did you mean `{guess}`?" if guess else "docs/configuration.md lists the functions"
    raise ExpressionError(
        f"the function `{name}`", "a function that expressions may call", hint, may_be_a_name=_may_be_a_name(text)
    )


def _refuse_what_fills_the_memory(node: exp.Expr) -> None:
    """A width stands in the expression and is no large one: of a column's numbers a row could take gigabytes."""
    if isinstance(node, exp.Pad):
        width = node.expression
        if not isinstance(width, exp.Literal) or not width.name.isdecimal() or int(width.name) > _WIDEST:
            expected = f"a number of at most {_WIDEST:,} characters, as in lpad(id, 10, '0')"
            raise ExpressionError(f"`{width.sql(_DIALECT)[:60]}`, to which a text is padded", expected)
    forms = [node.this] if isinstance(node, exp.Format) else node.expressions[:1] if node.name == "printf" else []
    for form in forms:
        if not form.is_string or _WIDE.search(form.name):
            expected = f"one in quotes, whose widths are numbers below {_WIDEST:,}, as in printf('%05d', id)"
            raise ExpressionError(f"the format `{form.sql(_DIALECT)[:60]}`", expected)
