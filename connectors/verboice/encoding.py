"""Paths, addresses and query strings, encoded completely here because every layer below would do it differently.

`requests` turns `%2E` back into a dot, and Verboice takes the text after a dot for a format: a dotted address would
silently mean another contact (API sheet 4.3-4.7). So every byte outside letters, digits and `-_~` is percent-encoded,
the dot too, and the text goes to the wire unchanged.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

from connectors.verboice.errors import CannotAddress, CannotSend

LONGEST_REQUEST_LINE = 7_999  # front ends refuse lines above some 8 KB with 414 (API sheet 12.1)
LONGEST_PATH = 2_048  # above it Puma answers 400 with an empty body (API sheet 4.10)
_LINE_FRAME = len("DELETE  HTTP/1.1\r\n")

# Longer than the database column, so no stored address can equal it (API sheet 1.24, 7.6).
IMPOSSIBLE_ADDRESS = "nobody-has-this-address-" + "x" * 300


def encoded(text: str) -> str:
    """`text` as UTF-8, percent-encoded down to letters, digits, `-`, `_` and `~`."""
    return quote(text, safe="").replace(".", "%2E")


def by_address(project_id: int, address: str) -> str:
    """The path of one contact. Raises CannotAddress where no path can name the address (API sheet 4.5, 4.10)."""
    if not address:
        raise CannotAddress("An empty address cannot be looked up.")
    if "\0" in address:
        raise CannotAddress("Verboice cannot look up an address that contains a NUL character.")
    try:
        path = f"/api/projects/{project_id}/contacts/by_address/{encoded(address)}.json"
    except UnicodeEncodeError:
        raise CannotAddress("The address contains characters that are not Unicode text.") from None
    if len(path) > LONGEST_PATH:
        raise CannotAddress(f"The address is too long for a path: {len(path)} bytes encoded, {LONGEST_PATH} at most.")
    return path


def query(pairs: Iterable[tuple[str, str]]) -> str:
    """A query string in the given order. Raises CannotSend for text that is not Unicode."""
    try:
        return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs)
    except UnicodeEncodeError:
        raise CannotSend("A value contains characters that are not Unicode text (half of a surrogate pair).") from None


def variable_pairs(variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """`vars[NAME]` and value. Raises CannotSend for names that the server would take apart (API sheet 5.12)."""
    for name, value in variables.items():
        if not name or "[" in name or "]" in name:
            raise CannotSend(
                f"The variable name {name!r} cannot be written through the API:"
                " brackets are taken as structure and would overwrite another variable."
            )
        yield f"vars[{name}]", value


def split_queries(path: str, variables: Mapping[str, str], *, base: str = "") -> list[tuple[str, dict[str, str]]]:
    """`variables` as as few query strings as fit, each with the variables it carries, in order.

    The request line is counted with `base` (the server's URL), as a proxy would see it. Raises CannotSend when a
    single variable does not fit, ValueError when there is none.
    """
    if not variables:
        raise ValueError("no variables to set")
    room = LONGEST_REQUEST_LINE - _LINE_FRAME - len(base) - len(path) - len("?")
    parts: list[tuple[str, dict[str, str]]] = []
    for (key, value), name in zip(variable_pairs(variables), variables, strict=True):
        piece = query([(key, value)])
        if len(piece) > room:
            raise CannotSend(f"The value of {name!r} is too long for one request: {len(piece)} bytes, {room} at most.")
        if parts and len(parts[-1][0]) + len("&") + len(piece) <= room:
            text, carried = parts[-1]
            parts[-1] = (f"{text}&{piece}", {**carried, name: value})
        else:
            parts.append((piece, {name: value}))
    return parts


def same_address(one: str, other: str) -> bool:
    """Whether the database takes two spellings for one address.

    As MySQL's utf8_unicode_ci does: case, accents, width, invisible characters and trailing blanks are ignored;
    leading and inner blanks, plus signs, dashes, dots and leading zeros are not (API sheet 4.8).
    """
    return one == other or _collated(one) == _collated(other)


def _collated(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(map(_weight, folded)).rstrip(" ")


def _weight(character: str) -> str:
    if character == "\N{SOFT HYPHEN}":
        return character
    if unicodedata.category(character) in ("Cf", "Mn"):
        return ""
    digit = unicodedata.digit(character, None)
    return character if digit is None else str(digit)
