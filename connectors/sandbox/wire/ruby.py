"""Texts the way Ruby and MySQL make them: integers out of texts, YAML dumps of nested values, column limits."""

from __future__ import annotations

import re
from typing import Any

import yaml

JsonValue = Any
"""Anything JSON can say."""
Param = Any
"""A request parameter: str, None, or out of JSON also bool/int/float; lists and dicts of these."""

_LEADING_INTEGER = re.compile(r"\s*([+-]?\d+(?:_\d+)*)", re.ASCII)
_WIDE_OR_BROKEN = re.compile("[\U00010000-\U0010ffff\ud800-\udfff]")
_HASH_TAG = "!ruby/hash:ActiveSupport::HashWithIndifferentAccess"
COLUMN_CHARACTERS = 255
BLOB_BYTES = 65_535
_MOST_DIGITS = 4_000
_LARGEST_ID = 2**63 - 1


class DataError(Exception):
    """The database refuses a value; `problem` is its sentence (`Data too long`, `Incorrect string value: ...`)."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def to_i(value: Param) -> int:
    """Ruby's `to_i`: `1abc` is 1, `abc` is 0 (API sheet 1.26)."""
    if isinstance(value, str):
        found = _LEADING_INTEGER.match(value)
        return int(found[1].replace("_", "")) if found and len(found[1]) < _MOST_DIGITS else 0
    return int(value) if isinstance(value, bool | int | float) else 0


def to_id(value: Param) -> int:
    """`to_i`, within what the database takes for an id."""
    return max(-_LARGEST_ID, min(_LARGEST_ID, to_i(value)))


def blank(value: Param) -> bool:
    """Rails' `blank?`: nothing, false, empty, or only white space."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is False or value in ([], {})


def broken(text: str) -> bool:
    """Whether the text holds bytes that were no UTF-8 (kept as lone surrogates)."""
    return any("\ud800" <= char <= "\udfff" for char in text)


class _RubyDumper(yaml.SafeDumper):
    """Dumps a hash of request parameters with the class Rails keeps them in."""


def _represent_hash(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.Node:
    return dumper.represent_mapping(_HASH_TAG, value.items())


_RubyDumper.add_representer(dict, _represent_hash)


def to_bytes(text: str) -> bytes:
    """UTF-8; bytes that were no UTF-8 come out as they came in."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character out of a JSON escape
        return text.encode("utf-8", "replace")


def yaml_dump(value: Param) -> str:
    """What is stored for a nested value: a text that starts with `---` (API sheet 5.11)."""
    return str(yaml.dump(value, Dumper=_RubyDumper, explicit_start=True, default_flow_style=False, allow_unicode=True))


def column_text(value: Param, *, strict: bool, limit: int = COLUMN_CHARACTERS) -> str | None:
    """The value as a text column of MySQL's three-byte utf8 takes it (API sheet 5.15, 5.16, 5.20).

    Raises DataError in strict mode where the truncating mode cuts.
    """
    if value is None:
        return None
    text = value if isinstance(value, str) else nested_text(value)
    if wide := _WIDE_OR_BROKEN.search(text):
        if strict:
            shown = "".join(f"\\x{byte:02X}" for byte in to_bytes(wide[0]))
            raise DataError(f"Incorrect string value: '{shown}'")
        text = text[: wide.start()]
    if len(text) > limit:
        if strict:
            raise DataError("Data too long")
        text = text[:limit]
    return text


def nested_text(value: Param) -> str:
    """What is no text as one: numbers as digits, true as `1`, lists and hashes as YAML (API sheet 5.20)."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return str(value)
    return yaml_dump(value)


def inspect(value: Param) -> str:
    """Ruby's `inspect`, for values that end up in an error text."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(inspect(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inspect(key)}=>{inspect(item)}" for key, item in value.items()) + "}"
    return str(value)


def to_s(value: Param) -> str:
    """Ruby's `to_s`: what a value looks like inside an error text."""
    return value if isinstance(value, str) else "" if value is None else inspect(value)
