"""The query of a database source: one SELECT that reads, told before it is sent to any database."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

_DIALECTS = {"postgresql": "postgres", "postgres": "postgres", "mssql": "tsql", "mariadb": "mysql"}
_BEGINNINGS = (TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN)
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Lock, exp.Command)
_COLOURS = re.compile("\x1b\\[[0-9;]*m")


class QueryError(Exception):
    """A text that is not one reading query.

    Attributes:
        found: what stands there instead.
    """

    expected = "one SELECT, or WITH ... SELECT, that only reads"

    def __init__(self, found: str) -> None:
        super().__init__(f"{found}; expected {self.expected}")
        self.found = found


def backend_of(database: str) -> str | None:
    """The kind of database a URL names; None where the environment says it.

    >>> backend_of("postgresql+psycopg://reader@host/shop"), backend_of("${SHOP_DATABASE}")
    ('postgresql', None)
    """
    named = re.match(r"([a-z][a-z0-9]*)(\+[a-z0-9_]+)?://", database)
    return named[1] if named else None


def expect_one_select(query: str, backend: str | None) -> None:
    """Refuse what is not one query that reads. Where the database can, the connection refuses writing as well.

    Args:
        query: SQL in the database's dialect.
        backend: SQLAlchemy's name of the kind of database, or None where it is not known yet.

    Raises:
        QueryError: it is none, several, cannot be parsed, or writes.

    >>> expect_one_select("select 1; drop table orders", "postgresql")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    QueryError: 2 statements; expected one SELECT, or WITH ... SELECT, that only reads
    """
    dialect = _DIALECTS.get(backend or "", backend or "")
    read = dialect if dialect in sqlglot.Dialect.classes else None
    try:
        tokens = sqlglot.tokenize(query, read=read)
        if not tokens or tokens[0].token_type not in _BEGINNINGS:
            raise QueryError(f"a statement that begins with {tokens[0].text.upper()}" if tokens else "nothing")
        statements = [statement for statement in sqlglot.parse(query, read=read) if statement is not None]
    except SqlglotError as error:
        first = next(iter(str(error).splitlines()), "")
        raise QueryError(f"SQL that cannot be parsed ({_COLOURS.sub('', first).rstrip('.')})") from None
    if len(statements) != 1:
        raise QueryError(f"{len(statements)} statements")
    if not isinstance(statements[0], exp.Query):
        raise QueryError(f"a statement of another kind ({statements[0].key.upper()})")
    writing = next((node for node in statements[0].walk() if isinstance(node, _WRITES)), None)
    if writing is not None:
        words = {"into": "SELECT ... INTO", "lock": "a lock (FOR UPDATE)"}
        raise QueryError(f"a query with {words.get(writing.key, writing.key.upper())} in it")
