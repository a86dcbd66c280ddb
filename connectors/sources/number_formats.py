"""What a number format makes of a number, as far as it matters for a phone number: shown zeros, exponents."""

from __future__ import annotations

import re

# The formats with an exponent that spreadsheet programs know by number alone.
BUILT_IN = {11: "0.00E+00", 48: "##0.0E+0"}

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<silent>[_*].|\[[^\]<=>]*\])|(?P<digit>[0#?])|(?P<sign>[-+/():\s])|(?P<other>.)',
    re.DOTALL,
)


def shows_exponent(code: str) -> bool:
    """Whether numbers of this format are shown like `8.55E+11`."""
    without_literals = re.sub(r'"[^"]*"|\\.', "", code)
    return re.search(r"[0#?.][eE][+-]", without_literals) is not None


def shown(number: float, code: str) -> str | None:
    """A whole number as the format shows it (`000000000`: `012345678`); None where it does more than set digits.

    Covers digit places and the signs between them: how people keep a leading zero or a `+` in front of a number.
    """
    places = _places(code)
    if number < 0 or not float(number).is_integer() or not any(is_digit for is_digit, _ in places):
        return None
    digits = list(str(int(number)))
    leftmost = next(i for i, (is_digit, _) in enumerate(places) if is_digit)
    texts: list[str] = []
    for position in range(len(places) - 1, -1, -1):
        is_digit, text = places[position]
        if is_digit:
            text = digits.pop() if digits else {"0": "0", "?": " "}.get(text, "")
        if position == leftmost:
            text = "".join(digits) + text
        texts.append(text)
    return "".join(reversed(texts))


def _places(code: str) -> list[tuple[bool, str]]:
    """The section for positive numbers as (is it a digit's place, text); empty when it holds anything else."""
    places = []
    for token in _TOKEN.finditer(code):
        kind = token.lastgroup or "other"
        if token[0] == ";":
            break
        if kind == "other":
            return []
        if kind != "silent":
            places.append((kind == "digit", token[kind]))
    return places
