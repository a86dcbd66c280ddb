"""Requests as Rack 1.4 and Rails 3.2 read them: nested parameters out of queries, forms, JSON and XML bodies."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from connectors.sandbox.wire.ruby import Param
from connectors.sandbox.wire.xml_body import XmlError, xml_parameters

_SEPARATOR = re.compile(r"[&;] *")
_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_NAME = re.compile(r"[\[\]]*([^\[\]]+)\]*")
_LIST_OF_HASHES = re.compile(r"\[\]\[([^\[\]]+)\]$|\[\](.+)$", re.DOTALL)
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_XML_TYPES = ("application/xml", "text/xml", "application/x-xml")
_MOST_LEVELS = 100


class ParameterError(Exception):
    """The parameters cannot be read; ends as a 500 (API sheet 5.14, 5.19)."""


def decoded(text: str) -> str:
    """Percent-decoding alone: `+` stays, `%zz` stays (API sheet 4.4)."""
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape") if "%" in text else text


def form_decoded(text: str) -> str:
    """Form decoding: `+` is a blank. Raises ParameterError for a `%` without two hex digits."""
    if _BAD_ESCAPE.search(text):
        raise ParameterError(f"invalid %-encoding ({text})")
    return decoded(text.replace("+", " "))


def parse_nested(query: str) -> dict[str, Param]:
    """`a[b]=1` and friends as Rack nests them (API sheet 5.6-5.14). Raises ParameterError."""
    parameters: dict[str, Param] = {}
    for part in _SEPARATOR.split(query):
        name, equals, value = part.partition("=")
        _nest(parameters, form_decoded(name), form_decoded(value) if equals else None, level=0)
    return munged_hash(parameters)


def _nest(parameters: dict[str, Param], name: str, value: Param, *, level: int) -> dict[str, Param]:
    found = _NAME.match(name)
    if not found:
        return parameters
    if level > _MOST_LEVELS:
        raise ParameterError("too deeply nested")
    key, rest = found[1], name[found.end() :]
    if rest == "":
        parameters[key] = value
    elif rest == "[]":
        _list_at(parameters, key).append(value)
    elif in_list := _LIST_OF_HASHES.match(rest):
        _nest_in_list(_list_at(parameters, key), in_list[1] or in_list[2], value, level=level)
    else:
        inner = parameters.get(key)
        if inner is None:
            inner = {}
        if not isinstance(inner, dict):
            raise ParameterError(f"expected Hash for param `{key}'")
        parameters[key] = _nest(inner, rest, value, level=level + 1)
    return parameters


def _list_at(parameters: dict[str, Param], key: str) -> list[Param]:
    if parameters.get(key) is None:
        parameters[key] = []
    found = parameters[key]
    if not isinstance(found, list):
        raise ParameterError(f"expected Array for param `{key}'")
    return found


def _nest_in_list(items: list[Param], key: str, value: Param, *, level: int) -> None:
    if items and isinstance(items[-1], dict) and key not in items[-1]:
        _nest(items[-1], key, value, level=level + 1)
    else:
        items.append(_nest({}, key, value, level=level + 1))


def munged(value: Param) -> Param:
    """Rails' guard against `[nil]`: nulls leave lists, and a list left empty becomes null. Changes hashes in place."""
    if isinstance(value, dict):
        for key, item in value.items():
            value[key] = munged(item)
        return value
    if isinstance(value, list):
        kept = [munged(item) if isinstance(item, dict) else item for item in value if item is not None]
        return kept or None
    return value


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def form_body(content_type: str, body: bytes) -> dict[str, Param]:
    """The parameters of a form; empty if the body is none. Without Content-Type it counts as one (API sheet 8.19)."""
    kind = media_type(content_type)
    if kind and kind not in _FORM_TYPES:
        return {}
    if kind == "multipart/form-data":
        return _multipart(content_type, body)
    return parse_nested(body.decode("utf-8", "surrogateescape").rstrip("\0"))


def typed_body(content_type: str, body: bytes) -> dict[str, Param]:
    """The parameters of a JSON or XML body, empty for any other. Raises ParameterError where it is not well formed."""
    kind = media_type(content_type)
    if not body.strip():
        return {}
    if kind in ("application/json", "text/x-json"):
        return _json(body)
    if kind in _XML_TYPES:
        return _xml(body)
    return {}


def _json(body: bytes) -> dict[str, Param]:
    try:
        value: Any = json.loads(body.decode("utf-8", "surrogateescape"))
    except ValueError as error:
        raise ParameterError(str(error)) from error
    return munged_hash(value if isinstance(value, dict) else {"_json": value})


def _xml(body: bytes) -> dict[str, Param]:
    try:
        return munged_hash(xml_parameters(body))
    except XmlError as error:
        raise ParameterError(str(error)) from error


def munged_hash(value: dict[str, Param]) -> dict[str, Param]:
    munged(value)
    return value


_DISPOSITION = re.compile(r'content-disposition:[^\r\n]*?\bname="([^"]*)"', re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)


def _multipart(content_type: str, body: bytes) -> dict[str, Param]:
    boundary = _BOUNDARY.search(content_type)
    parameters: dict[str, Param] = {}
    if not boundary:
        return parameters
    for part in body.decode("utf-8", "surrogateescape").split("--" + boundary[1])[1:]:
        head, blank_line, content = part.partition("\r\n\r\n")
        name = _DISPOSITION.search(head)
        if blank_line and name:
            _nest(parameters, name[1], content.removesuffix("\r\n"), level=0)
    return munged_hash(parameters)
