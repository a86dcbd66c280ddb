"""Whether a text is one statement that only reads, by the grammar of its database.

The databases that are known well are asked to refuse writes as well; this says so earlier and clearer, and of the
others it is all there is. It also sees what a read-only transaction lets pass: MySQL writes a file for `INTO OUTFILE`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from logging import ERROR, getLogger
from typing import TYPE_CHECKING

from connectors.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlglot import Token
    from sqlglot.errors import SqlglotError

_ONE_SELECT = "`query` has to be one SELECT (or WITH … SELECT)"
_ONLY_READ = "A source is only read."
_VIEW = "If the database understands it, make a view of it there and name that as `table`."
# MySQL writes files from a SELECT, whatever the session may do. What is a text or a comment there depends on the
# server's settings, so the words themselves are enough, wherever they stand.
_FILE_WRITERS = re.compile(r"\b(?:OUTFILE|DUMPFILE)\b", re.IGNORECASE)
# The grammar's own name for a database, where it is not SQLAlchemy's.
_GRAMMARS = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql", "awsathena": "athena"}


def one_select(query: str, database: str) -> str:
    """The query without its closing semicolon. `database`: its kind as SQLAlchemy names it (`mysql`).

    Raises ConfigurationError for anything but a single SELECT, alone or after WITH, and for what the grammar does not
    know.
    """
    import sqlglot  # here, because it takes long to import

    getLogger("sqlglot").setLevel(ERROR)  # its warnings repeat the statement
    name = _GRAMMARS.get(database, database)
    writer = _FILE_WRITERS.search(query) if name == "mysql" else None
    if writer:
        raise ConfigurationError(f"{_ONE_SELECT}; {writer[0]} would write a file.", hint=_ONLY_READ)
    grammar = name if name in sqlglot.Dialects.__members__.values() else ""
    try:
        tokens = sqlglot.tokenize(query, read=grammar)
        _refuse_what_is_not_one(tokens)
        parsed = sqlglot.parse(query, read=grammar)
    except sqlglot.errors.SqlglotError as error:
        raise ConfigurationError(f"{_ONE_SELECT}, and it cannot be understood{_place(error)}.", hint=_VIEW) from None
    writing = next((part for one in parsed if one for part in one.walk() if isinstance(part, _writers())), None)
    if writing is not None or not isinstance(parsed[0], sqlglot.exp.Query):
        told = type(writing or parsed[0]).__name__.upper()
        raise ConfigurationError(f"{_ONE_SELECT}; this one would {told} something.", hint=_ONLY_READ)
    end = next((token.start for token in tokens if token.token_type is sqlglot.TokenType.SEMICOLON), len(query))
    return query[:end].strip()


def _refuse_what_is_not_one(tokens: Sequence[Token]) -> None:
    """By its words, before its grammar: how it begins, how many there are, and INTO of whatever kind."""
    from sqlglot import TokenType

    kinds = [token.token_type for token in tokens]
    first = next((token for token in tokens if token.token_type is not TokenType.L_PAREN), None)
    if first is None or first.text.upper() not in {"SELECT", "WITH", "FROM"}:
        begins = first.text.upper() if first else "nothing"
        raise ConfigurationError(f"{_ONE_SELECT}, and it begins with {begins}.", hint=_ONLY_READ)
    if TokenType.SEMICOLON in kinds and set(kinds[kinds.index(TokenType.SEMICOLON) :]) != {TokenType.SEMICOLON}:
        raise ConfigurationError(f"{_ONE_SELECT}, and it is several statements.", hint="Keep one of them.")
    if TokenType.INTO in kinds:
        raise ConfigurationError(f"{_ONE_SELECT}; this one would write INTO something.", hint=_ONLY_READ)
    if any(comment.startswith(("!", "M!")) for token in tokens for comment in token.comments):
        raise ConfigurationError(
            f"{_ONE_SELECT}, and it has a comment that MySQL and MariaDB carry out (/*! … */).",
            hint="Write the statement without it.",
        )


def _writers() -> tuple[type, ...]:
    """What changes something wherever it stands, also within WITH."""
    from sqlglot import exp

    return (exp.DML, exp.DDL, exp.Command, exp.Copy, exp.Into, exp.Set)


def _place(error: SqlglotError) -> str:
    told: list[dict[str, int]] = getattr(error, "errors", [])
    return f" (line {told[0]['line']}, column {told[0]['col']})" if told and told[0].get("line") else ""
