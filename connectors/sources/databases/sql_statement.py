"""Whether a text is one statement that only reads.

The database is asked to refuse writes as well; this says so earlier and clearer.
"""

from __future__ import annotations

import re

from connectors.errors import ConfigurationError

# Everything in which a semicolon or a word means nothing: texts, quoted names, comments. `\\.` inside '…' is MySQL's,
# and so is `/*! … */`, which looks like a comment and is carried out.
_QUIET = re.compile(
    r"""
      '(?:[^'\\]|''|\\.)*'  | "(?:[^"]|"")*" | `[^`]*` | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$
      | --[^\n]* | /\*(?!M?!).*?\*/
    """,
    re.DOTALL | re.VERBOSE,
)
_ONE_SELECT = "`query` has to be one SELECT (or WITH … SELECT)"


# MySQL writes files from a SELECT, whatever the session may do. What is a text or a comment there depends on the
# server's settings, so the words themselves are enough, wherever they stand.
_FILE_WRITERS = re.compile(r"\b(?:OUTFILE|DUMPFILE)\b", re.IGNORECASE)


def one_select(query: str, *, on_mysql: bool = False) -> str:
    """The query without its closing semicolon.

    Raises ConfigurationError for anything but a single SELECT, alone or after WITH.
    """
    writer = _FILE_WRITERS.search(query) if on_mysql else None
    if writer:
        raise ConfigurationError(f"{_ONE_SELECT}; {writer[0]} would write a file.", hint="A source is only read.")
    loud = _QUIET.sub(lambda match: " " * len(match[0]), query)
    ended = loud.find(";")
    if ended >= 0:
        if loud[ended + 1 :].strip(" \t\r\n;"):
            raise ConfigurationError(f"{_ONE_SELECT}, and it is several statements.", hint="Keep one of them.")
        query, loud = query[:ended], loud[:ended]
    words = re.findall(r"\w+", loud.upper())
    if not words or words[0] not in {"SELECT", "WITH"}:
        raise ConfigurationError(
            f"{_ONE_SELECT}, and it begins with {words[0] if words else 'nothing'}.", hint="A source is only read."
        )
    if "INTO" in words:
        raise ConfigurationError(f"{_ONE_SELECT}; this one would write INTO something.", hint="A source is only read.")
    return query.strip()
