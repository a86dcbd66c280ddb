"""What comes from outside, on a terminal: it moves no cursor, paints nothing, hides nothing and does not turn the
reading."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

import orjson

LOG_VARIABLE = "VERBOICE_SYNC_LOG"
Level = Literal["info", "warning", "error"]

_CONTROL = r"\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff"
_TURNS_OR_HIDES = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    r"\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Khmer, Thai and Indic scripts put invisible joiners and spaces between their own letters, and emoji do.
_NOT_LATIN = r"[\u0600-\u1fff\u2c00-\uabff\uf900-\ufaff\U00010000-\U0001fbff]"
_RAW = re.compile(f"[{_CONTROL}{_TURNS_OR_HIDES}]|(?<!{_NOT_LATIN})[\u200b-\u200d]|[\u200b-\u200d](?!{_NOT_LATIN})")
_OWN = re.compile(r"\x1b\[(?:[0-9;]*m|[0-9]*[AKG]|\?25[lh])|[\t\r]")  # colours and bars, by rich


def harmless(text: str) -> str:
    """The text with control and bidi characters, and what cannot be seen, as they would be written (`\\x1b`); line
    ends of ours stay."""
    return _RAW.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def in_json(text: str) -> str:
    """JSON that says the same, with those characters as JSON writes them in ASCII."""
    return _RAW.sub(lambda found: json.dumps(found[0])[1:-1] if found[0] != "\x7f" else "\\u007f", text)


def line(text: str, level: Level = "info") -> str:
    """A line for stderr: of JSON, where `VERBOICE_SYNC_LOG=json` asks for it."""
    if os.environ.get(LOG_VARIABLE) != "json":
        return harmless(text)
    return orjson.dumps({"at": datetime.now(UTC), "level": level, "message": harmless(text)}).decode()


def put(
    text: str = "", *, file: TextIO | None = None, end: str = "\n", flush: bool = False, level: Level = "info"
) -> None:
    """`print` for all that commands tell."""
    told = line(text, level) if file is sys.stderr else harmless(text)
    print(told, file=file, end=end, flush=flush)


class HarmlessStream(io.TextIOWrapper):
    """A stream at the edge of the program: whoever writes, a library too, writes harmlessly. Only a terminal gets
    colours and bars."""

    def write(self, text: str) -> int:
        if not self.isatty():
            return super().write(harmless(text))
        between = _OWN.split(text)
        own = [*_OWN.findall(text), ""]
        return super().write("".join(harmless(part) + mark for part, mark in zip(between, own, strict=True)))


def guard_streams() -> None:
    """From now on nothing raw reaches stdout or stderr, but for bytes that are written past them as JSON."""
    sys.stdout, sys.stderr = (_guarded(stream) for stream in (sys.stdout, sys.stderr))


def _guarded(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper) or isinstance(stream, HarmlessStream):
        return stream
    facts = stream.encoding, stream.errors, None, stream.line_buffering, stream.write_through
    return HarmlessStream(stream.detach(), *facts)
