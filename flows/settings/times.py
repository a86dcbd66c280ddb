"""Times of day and weekdays, as the pipeline file writes them."""

from __future__ import annotations

import re
from datetime import date, time
from pathlib import Path
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from connectors.errors import ConfigurationError
from flows.settings.types import typed

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


def clock_time(value: object) -> time:
    """`08:00`, `19:30`; `24:00` is the end of the day. ValueError otherwise."""
    if isinstance(value, time):
        return value
    found = _TIME.fullmatch(typed(value))
    if found is None or (found[1] == "24" and found[2] != "00"):
        raise ValueError('must be a time of day such as "08:00"')
    return time(int(found[1]) % 24, int(found[2]))


def weekdays(value: object) -> frozenset[int]:
    """`mon-sat`, `mon, wed, fri-sun` or a list of these; Monday is 0. ValueError otherwise."""
    if isinstance(value, frozenset):
        return value
    texts = value if isinstance(value, list | tuple) else typed(value).split(",")
    found: set[int] = set()
    for text in texts:
        first, dash, last = typed(text).partition("-")
        start, end = _day(first), _day(last if dash else first)
        found |= {day % 7 for day in range(start, end + 1 + 7 * (end < start))}
    return frozenset(found)


def dates_in(file: Path, *, where: str) -> frozenset[date]:
    """The dates in a text file, each at the beginning of a line; a first line without digits is a header, and one that
    begins with # a remark. `where` is the key that names the file. Raises ConfigurationError."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigurationError(f"{where}: {file} cannot be read: {reason}.", hint="Name a text file.") from None
    found = set()
    for number, line in enumerate(lines, start=1):
        text = line.strip(' "')
        is_header = number == 1 and not re.search(r"\d", text)
        if not text or text.startswith("#") or is_header:
            continue
        try:
            found.add(date.fromisoformat(text[:10]))
        except ValueError:
            raise ConfigurationError(
                f"{where}: line {number} of {file} does not begin with a date.", hint="Write it as 2026-12-25."
            ) from None
    return frozenset(found)


def _day(text: str) -> int:
    name = text.strip().lower()
    for number, day in enumerate(_DAYS):
        if len(name) >= 3 and day.startswith(name):
            return number
    raise ValueError("must be days such as mon-sat, or mon, wed, fri")


ClockTime = Annotated[
    time,
    PlainValidator(clock_time),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "examples": ["08:00"]}),
]
Weekdays = Annotated[
    frozenset[int],
    PlainValidator(weekdays),
    WithJsonSchema({"type": ["string", "array"], "examples": ["mon-sat"]}),
]
EVERY_DAY = frozenset(range(7))
