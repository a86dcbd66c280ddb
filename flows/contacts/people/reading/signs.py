"""Signs of an address text that certainly mean plain ones: what spreadsheets, keyboards and scripts make of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_GUARD = re.compile(
    r"=\s*\"(?P<formula>[^\"]*)\"|['`’‘´](?P<text>[^'`’‘´]*)['`’‘´]?|\"(?P<quoted>[^\"]*)\"|“(?P<curly>[^”]*)”"
)
_WHOLE_FLOAT = re.compile(r"(\+?[0-9]{6,})[.,]0+")

_INVISIBLE_NOTE = "Invisible characters in the address were left out."
_GUARD_NOTE = "The signs that keep a spreadsheet program from changing the number were left out."
_SCRIPT_NOTE = "Digits or signs of another script in the address were read as plain ones."
_FLOAT_NOTE = "The address ended in “.0”, which a spreadsheet program added; it was left out."

_PLAIN_SIGNS = {
    "⁺": "+",
    "﹢": "+",
    "−": "-",
    "－": "-",
    "ー": "-",
    "～": "-",
    "〜": "-",
    "·": ".",
    "•": ".",
    "・": ".",
}


def plain(text: str) -> tuple[str, str | None]:
    """The text without what disturbs, and what was done about it, in a sentence or several."""
    notes = []
    for repair, note in _REPAIRS:
        repaired = repair(text)
        if repaired != text:
            text = repaired.strip()
            notes.append(note)
    return text, " ".join(notes) or None


def without_invisible(text: str) -> str:
    """The text without characters that nobody sees."""
    return _INVISIBLE.sub("", text)


def _without_guard(text: str) -> str:
    """A formula of a text (`="012…"`), an apostrophe in front, or quotes around it."""
    guarded = _GUARD.fullmatch(text)
    return text if guarded is None else next(part for part in guarded.groups() if part is not None).strip()


def _in_plain_signs(text: str) -> str:
    if text.isascii() or "@" in text:
        return text
    return "".join(_plain_signs(text)).strip()


def _plain_signs(text: str) -> Iterator[str]:
    for sign in text:
        if sign.isascii():
            yield sign
        elif sign in _PLAIN_SIGNS:
            yield _PLAIN_SIGNS[sign]
        else:
            yield _plain_sign(sign)


def _plain_sign(sign: str) -> str:
    """Decimal digits of any script, dashes, blanks, and the full width of plain signs; any other sign itself."""
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    kind = unicodedata.category(sign)
    if kind in ("Pd", "Zs"):
        return "-" if kind == "Pd" else " "
    if "\uff01" <= sign <= "\uff5e":
        return chr(ord(sign) - 0xFEE0)
    return sign


def _without_float_end(text: str) -> str:
    whole = _WHOLE_FLOAT.fullmatch(text)
    return text if whole is None else whole[1]


_REPAIRS = (
    (without_invisible, _INVISIBLE_NOTE),
    (_without_guard, _GUARD_NOTE),
    (_in_plain_signs, _SCRIPT_NOTE),
    (_without_float_end, _FLOAT_NOTE),
)
