"""Phone numbers as messages, logs and pages for people may show them: the last four digits, nothing else.

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
    (?P<kept>
        (?<!\d) \d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])      # an ISO date,
        (?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)? (?!\d)             # with or without its time
      | (?<!\d) (?<!\d[\s./()-])                                     # a date as people write it,
        (?: _DAY (?P<by>[./-]) _DAY (?P=by) (?:19|20)\d{2} | (?:19|20)\d{2} (?P<sep>[./]) _DAY (?P=sep) _DAY )
        (?:\s\d{1,2}:\d{2}(?::\d{2})?)? (?!\d) (?![\s./()-]{1,2}\d)
      | (?<![\d.+])                                                   # a server's address
        (?: (?:(?<=//)|_SERVER\s) _IP | _IP (?=:\d{2,5}\b) | (?:127\.0\.0\.1|192\.168\.\d+\.\d+) (?![\d.-]*\d) )
        (?: :\d{2,5}\b )?
      | \b \d{8}T\d{6}Z-[0-9a-f]{6} \b                                 # a run's id
      | --approve \s [0-9a-f]+ \b                                     # a plan's checksum, in a command to be typed
      | \b (?=\d*[a-f]) [0-9a-f]{16} \b                               # and by itself
      | \b rows? \s \d{1,7} (?: (?:,\s|\sand\s) \d{1,7} )* (?!\d)    # "rows 100001, 100002 and 100003"
      | \b (?:call|contact) \s \d{1,7} (?!\d)                          # Verboice's own numbers
    )
    | [+(]{0,2} \d (?: [\s.\-‐‑–()/]{0,2} \d ){5,}
    """.replace("_IP", r"(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)")
    .replace("_SERVER", r"\b(?:Verboice\sat|connection\sto|way\sto|proxy\sfor|server\sname)")
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
    """`text` with every run of six or more digits masked, however it is spaced; dates, rows and ids stay."""
    return _DIGITS_IN_TEXT.sub(lambda found: found["kept"] or mask_number(found[0]), text)
