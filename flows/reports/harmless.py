"""What comes from outside, on a terminal: it moves no cursor, paints nothing and does not turn the reading."""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

import orjson

LOG_VARIABLE = "VERBOICE_SYNC_LOG"
Level = Literal["info", "warning", "error"]

_RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str) -> str:
    """The text with control and bidi characters as they would be written (`\\x1b`); line ends of ours stay."""
    return _RAW.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def put(
    text: str = "", *, file: TextIO | None = None, end: str = "\n", flush: bool = False, level: Level = "info"
) -> None:
    """`print` for all that commands tell. On stderr a line of JSON each, where `VERBOICE_SYNC_LOG=json` asks for it."""
    told = harmless(text)
    if file is sys.stderr and os.environ.get(LOG_VARIABLE) == "json":
        told = orjson.dumps({"at": datetime.now(UTC), "level": level, "message": told}).decode()
    print(told, file=file, end=end, flush=flush)
