"""What Verboice makes of a call variable: text of digits becomes an integer (API sheet 8.13)."""

from __future__ import annotations

import re

from flows.calls.rules import NotUsable
from flows.contacts.normalise import CONTROL, CONTROL_REASON

# Ruby's ^ and $ match at every line, so one line of digits is enough for the whole text to be converted.
_INTEGER_LINE = re.compile(r"^(?:0|[1-9][0-9]*)$", re.MULTILINE)
_BEGINNING = re.compile(r"\s*([+-]?[0-9]+)")
LONGEST_INTEGER = 4_000  # digits; Python refuses to read much longer ones, and nobody says them on a telephone


def coerced(text: str) -> int | str:
    """The value as the call flow will see it: `38` is the number 38, `038`, `-1`, `3.5` and `` stay text.

    A text of several lines becomes the number it begins with, or 0, as soon as one line is a whole number.
    """
    if not _INTEGER_LINE.search(text) or len(text) > LONGEST_INTEGER:
        return text
    beginning = _BEGINNING.match(text)
    return int(beginning[1]) if beginning else 0


def check_value(text: str) -> None:
    """Raises NotUsable for a value that Verboice would turn into another one, or that nobody can have meant."""
    if re.search(CONTROL, text):
        raise NotUsable(CONTROL_REASON)
    result = coerced(text)
    if isinstance(result, int) and str(result) != text:
        raise NotUsable(
            f"Verboice would turn this text of several lines into the number {result}. Write it in one line."
        )


def shown(text: str) -> str:
    """The value for a preview: text in quotation marks, numbers bare."""
    result = coerced(text)
    return f"{result} (a number)" if isinstance(result, int) else f"“{result}”"
