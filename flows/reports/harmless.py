"""What comes from outside, on a terminal: it moves no cursor, paints nothing and does not turn the reading."""

from __future__ import annotations

import re
from typing import TextIO

_RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str) -> str:
    """The text with control and bidi characters as they would be written (`\\x1b`); line ends of ours stay."""
    return _RAW.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def put(text: str = "", *, file: TextIO | None = None, end: str = "\n", flush: bool = False) -> None:
    """`print` for all that commands tell."""
    print(harmless(text), file=file, end=end, flush=flush)
