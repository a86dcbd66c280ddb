"""Phone numbers as messages, logs and pages for people may show them: the last four digits, nothing else.

Whoever makes a message knows which part of it is a number, and masks that (`mask_number`). What a server, a driver or a
spreadsheet says may hold one as well, and goes through `mask_text`: where it enters an error, because errors are shown
as they are, and all of it where reasons, notes and values come onto a console or a page.
Result workbooks, ledgers and plan files keep numbers in full, because there they are the user's own data.
"""

from __future__ import annotations

import re

HIDDEN = "••••"
_SHOWN = 4
_SHORTEST_NUMBER = 6

# What looks like a number but is none is matched first and left alone: a reason, or the next step, needs it.
_DIGITS_IN_TEXT = re.compile(
    r"""
    (?P<kept> \(? (?:
        (?<!\d) \d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])       # an ISO date,
        (?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)? (?!\d) (?!-\d)       # with or without its time
      | (?<!\d) (?<!\d[\s./()-])                                      # a date as people write it, also of no real day
        (?: _YEAR (?P<ymd>[./-]) \d{1,2} (?P=ymd) \d{1,2}
          | \d{1,2} (?P<dmy>[./-]) \d{1,2} (?P=dmy) _YEAR
          | _DAY (?P<short>[./]) _DAY (?P=short) \d{2} )
        (?:[T\s]\d{1,2}:\d{2}(?::\d{2})?)? (?!\d) (?![\s./()-]{1,2}\d)
      | (?<![\d.+])                                                    # a server's address; four pairs of digits are
        (?: (?<=//) _IP | _IP (?=:\d{2,5}\b)                           # one only where that is certain
          | (?!(?:\d\d\.){3}\d\d\b) _IP (?![\s/()-]{0,2}\d) )
        (?: :\d{2,5}\b )?
      | \b \d{8}T\d{6}Z-[0-9a-f]{6} \b                                 # a run's id
      | \b [0-9a-f]{8} (?:-[0-9a-f]{4}){3} -[0-9a-f]{12} \b           # a request's
      | \b (?=[0-9a-f]*\d[a-f]) (?:[0-9a-f]{8}){2,8} \b                # a checksum
      | (?<!\+\s) (?<!\+\s\() [1-9]\d{5,6} (?!\d)                   # a row, a call: too short for a whole number,
        (?! (?!\.\s) [\s.\-‐‑–()/]{1,2} \d )                          # and not the first part of one
    ))
    | [+(]{0,2} \d (?: [\s.\-‐‑–()/]{0,2} \d ){5,}
    """.replace("_IP", r"_OCTET(?:\._OCTET){3}(?!\.?\d)")
    .replace("_OCTET", r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])")
    .replace("_YEAR", r"(?:19|20)\d{2}")
    .replace("_DAY", r"(?:0?[1-9]|[12]\d|3[01])"),  # or month: both orders are in use
    re.VERBOSE | re.IGNORECASE,
)


def mask_number(address: str) -> str:
    """A contact's address with only its last four digits: `+85512345678` → `••••5678`.

    Of a SIP address the host stays, since it says nothing about the person: `alice@pbx` → `••••@pbx`. An address of
    fewer than six digits is hidden altogether, because four of them would give it away.
    """
    user, at, host = address.partition("@")
    digits = "".join(filter(str.isdigit, user))
    shown = digits[-_SHOWN:] if len(digits) >= _SHORTEST_NUMBER else ""
    return HIDDEN + shown + at + host if address else ""


def mask_text(text: str) -> str:
    """`text` with every number in it masked, however it is spaced: six digits or more, or eight where they stand by
    themselves, neither spaced nor with a plus or zero before them. Dates, servers' addresses, rows and ids stay."""
    return _DIGITS_IN_TEXT.sub(lambda found: found["kept"] or mask_number(found[0]), text)
