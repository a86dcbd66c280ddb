"""Cells of an address column that hold something else than an address: what it is, and what became of a number."""

from __future__ import annotations

import re

_DATE = "This is a date, not an address. Format the column as Text and type the number again."
_TIME = "This is a time, not an address. Format the column as Text and type the number again."
_FRACTION = "This number has a fraction, so it is not a phone number. Type it again as text."
_GROUPED = "This number has signs for thousands, so it is not a phone number. Format the column as Text."
_LINK = "This is a link, not a phone number or a SIP address."
_SERVICE_CODE = "This is a code for a telephone's keypad, not a phone number."
ID = "This looks like an id of letters and digits, not a phone number or a SIP address."

_EXPONENT = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+")
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_DATES = re.compile(
    rf"""
    [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[ T].*)?
  | (?:19|20)[0-9]{{2}}[./][01]?[0-9][./][0-3]?[0-9](?:\s{_CLOCK})?
  | [0-9]{{1,2}}[./][0-9]{{1,2}}[./](?:19|20)[0-9]{{2}}(?:\s{_CLOCK})?
  | [0-3]?[0-9][./][0-3]?[0-9][./][0-9]{{2}}(?:\s{_CLOCK})?
  | [0-3]?[0-9]-[0-3]?[0-9]-(?:19|20)[0-9]{{2}}(?:\s{_CLOCK})?
  | (?:[0-9]{{1,4}}[-\s/.,]+)?(?:{_MONTH})[a-z]*[-\s/.,]+[0-9]{{1,4}}(?:[-\s/.,]+[0-9]{{1,4}})?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TIMES = re.compile(rf"{_CLOCK}(?:\s*[ap]\.?m\.?)?", re.IGNORECASE)
# Numbers written with dots have them between groups of digits; one or two digits after the only sign are none. Nothing
# that begins with + or 0 is a fraction of a large number.
_FRACTIONS = re.compile(
    r"(?!\+|0[0-9])(?:[0-9]{5,}\.[0-9]+|[0-9]+\.[0-9]{5,})|\+?[0-9]{3,}\.[0-9]{1,2}|[0-9]{1,5},[0-9]{1,2}"
)
_THOUSANDS = re.compile(r"\+?[0-9]{1,3}(?:([,'’])[0-9]{3})(?:\1[0-9]{3})+(?:[.,][0-9]+)?")
_SERVICE_CODES = re.compile(r"[*#][0-9*#]+")
IDS = re.compile(
    r"""
    (?:[A-Z]{1,8}[-_/\#.\ ]*|[^\W\d_]{1,8}[-_/\#]?)[0-9][\w/-]*
  | [0-9]+[-_/]?[^\W\d_][\w/-]*
  | [0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}
    """,
    re.VERBOSE,
)


def other_value(text: str) -> str | None:
    """What a cell holds that spreadsheet programs make of numbers, or that is meant for a machine."""
    if _EXPONENT.fullmatch(text):
        return (
            f"“{text}” is a number that a spreadsheet program has shortened; its last digits are lost. "
            "Format the column as Text and type the number again."
        )
    if "://" in text or text.lower().startswith("www."):
        return _LINK
    for pattern, problem in _OTHER_VALUES:
        if pattern.fullmatch(text):
            return problem
    return None


_OTHER_VALUES = (
    (_DATES, _DATE),
    (_TIMES, _TIME),
    (_FRACTIONS, _FRACTION),
    (_THOUSANDS, _GROUPED),
    (_SERVICE_CODES, _SERVICE_CODE),
)
