"""What stands in one address cell, once its signs are plain: one number, several, or something else, and what.

Nothing is guessed here that could be another person: a number with anything beside it but a word such as "Tel." in
front of it is a problem, and so are digits that could be a second number, an extension or a date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from flows.contacts.people.reading.other_values import ID, IDS, other_value
from flows.contacts.people.reading.readings import Digits, has_number, is_as_written
from flows.contacts.people.reading.words import BETWEEN, EXTENSIONS, FAXES, LABELS, LONE_LETTERS, folded, says_nothing

NOT_A_NUMBER = "This is not a phone number or a SIP address."
SEVERAL = "There are two numbers in this cell. Keep one per row, or set `several: first` under `source`."
FIRST_NOTE = "There are two numbers in this cell; the first one was taken."
_SHORT_FORM = (
    "The last digits of this cell look like a second number in short form, or an extension. Keep one number per row."
)
_EXTENSION = "This number has an extension, which Verboice cannot dial. Give a number that can be dialled directly."
_PAUSE = (
    "Behind the comma stands an extension, which Verboice cannot dial, or a second number in short form. "
    "Keep one number per row."
)
_FAX = "This is a fax number; nobody answers there."
_TEXT_BESIDE = "There is other text beside the number. Keep the number alone in its cell."
_TWO_SIP = "This is not one SIP address. Keep one address per row."
_LABEL_NOTE = "“{label}” in front of the number was left out."

_SIP = re.compile(
    r"sips?:[^\s,;@<>\"]+(?:@[^\s,@<>\"]+)?|[^\s,;:@/<>\"()]+@[\w.\-\[\]]+(?::[0-9]+)?(?:;[\w=.\-]+)*", re.IGNORECASE
)
_IN_FRONT = re.compile(r"(?P<label>[^0-9+]*?)(?P<rest>[(\[]?\+?\s?[(\[]?[0-9].*)", re.DOTALL)
_WITH_EXTENSION = re.compile(
    rf".*[0-9][\s).,;(\[/-]*(?:(?:{EXTENSIONS})(?![^\W\d_])[\s.:=#-]*|#\s*)[0-9]{{1,6}}[)\]\s]*",
    re.IGNORECASE | re.DOTALL,
)
_WITH_PAUSE = re.compile(r"[+(]*[0-9](?:[ ().\-]*[0-9]){5,}\s*[,;]+\s*[0-9]{1,5}")
_HAS_WORD = re.compile(r"[^\W\d_]|#")
_SEPARATORS = re.compile(
    rf"\s*(?:[\n\r\t\v\f|;,&/\\]+|:+|(?<=\s)-+(?=\s)|(?<=[0-9)\s])(?=\+)|\s(?:{BETWEEN})(?=\s))\s*", re.IGNORECASE
)
_MAY_BE_SEVERAL = re.compile(r"/| -|(?<!^)\+")
_BEYOND_SLASHES = re.compile(rf"(?<!^)\+|[\n\r\t\v\f|;,&\\:]|\s(?:{BETWEEN})\s", re.IGNORECASE)
_NUMBER = re.compile(r"[(\[]?\+?\s?[(\[]?[0-9][0-9 ().\-/_\[\]]*")

_TWO_RUNS = re.compile(r"[0-9]{6,}[^0-9]+[0-9]{6,}")
_SHORT_TAIL = re.compile(r"[0-9]{6,}[^0-9]+[0-9]{1,2}\)?$")
_TAIL_IN_BRACKETS = re.compile(r"[0-9][^0-9]*[(\[][0-9]{1,3}[)\]]\s*$")
_ZERO_IN_BRACKETS = "(0)"  # `+855 (0)12 345 678`: a trunk zero, or in Italy a part of the number, or neither
_LAST_DIGIT = re.compile(r"[^0-9][0-9]$")
_ONE_DASH = re.compile(r"[^0-9-][0-9]+-[0-9]{1,2}$")


@dataclass(frozen=True, slots=True)
class AddressCell:
    """Exactly one is set: the digits of its only number, the text of its SIP address, or the problem.

    note: what was left out around the number. first: where it holds several numbers, the text of the first.
    """

    digits: Digits | None = None
    sip: str | None = None
    problem: str | None = None
    note: str | None = None
    first: str | None = None


def look(text: str, region: str | None) -> AddressCell:
    """What stands in a cell whose signs are plain, and which says something."""
    if "@" in text or text[:4].lower() in ("sip:", "sips"):
        return _sip(text)
    problem = other_value(text)
    if problem is not None:
        return AddressCell(problem=problem)
    found = _IN_FRONT.fullmatch(text)
    label, rest = (found["label"].strip(), found["rest"].strip()) if found else ("", text)
    if not found or (label and not _is_label(label)):
        return AddressCell(problem=_what_else(text, label))
    cell = _number_in(rest, region)
    return replace(cell, note=_LABEL_NOTE.format(label=label)) if label else cell


def one_number(text: str, region: str | None) -> AddressCell:
    """A text of nothing but digits and the signs between them as one number, or why it may be more than one."""
    if _TAIL_IN_BRACKETS.search(text):
        return AddressCell(problem=_SHORT_FORM)
    shorter = _without_second(text, region)
    if shorter is not None:
        return AddressCell(problem=SEVERAL, first=shorter)
    digits = only_digits(text)
    unbracketed = only_digits(text.replace(_ZERO_IN_BRACKETS, "")) if _ZERO_IN_BRACKETS in text else ""
    return AddressCell(Digits(digits, "+" in text, is_bare=digits == text.lstrip("+"), without_zero=unbracketed))


_SIGNS = str.maketrans("", "", "+ ()-./_[]")


def only_digits(text: str) -> str:
    """The digits of a text of digits and the signs between them."""
    return text.translate(_SIGNS)


# Digits with the usual signs between them, and those of them that need more than a look at the digits alone.
PLAIN = re.compile(r"\+?[0-9][0-9 ()\-]*")
SUSPICIOUS = re.compile(
    "|".join(
        (
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}",
            r"^[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}",
            re.escape(_ZERO_IN_BRACKETS),
            r"[0-9)] +-+ +[0-9(]",
            *(one.pattern for one in (_TWO_RUNS, _SHORT_TAIL, _TAIL_IN_BRACKETS, _LAST_DIGIT, _ONE_DASH)),
        )
    )
)


def _sip(text: str) -> AddressCell:
    return (
        AddressCell(sip=text)
        if _SIP.fullmatch(text)
        else AddressCell(problem=_TWO_SIP if "@" in text else NOT_A_NUMBER)
    )


def _is_label(label: str) -> bool:
    """Whether the text in front of a number only says that it is one."""
    word = folded(label)
    if word in LONE_LETTERS:
        return label[-1] in ".:"
    parts = [part for part in (folded(part) for part in re.split(r"[/,&|]", label)) if part]
    return bool(parts) and (word in LABELS or all(part in LABELS for part in parts))


def _what_else(text: str, label: str) -> str:
    """What a text is that has something else than a label in front of its digits, or none."""
    if len(_long_numbers(text)) > 1:
        return SEVERAL
    if folded(label) in FAXES:
        return _FAX
    if IDS.fullmatch(text):
        return ID
    if not any(map(str.isdigit, text)):
        return NOT_A_NUMBER
    if not folded(label):
        return f"The sign “{(label or text)[0]}” does not belong in front of a phone number."
    return _TEXT_BESIDE


def _long_numbers(text: str) -> list[str]:
    return re.findall(r"[0-9](?:[ ().\-]?[0-9]){5,}", text)


def _number_in(text: str, region: str | None) -> AddressCell:
    if _HAS_WORD.search(text) and _WITH_EXTENSION.fullmatch(text):
        return AddressCell(problem=_EXTENSION)
    if _WITH_PAUSE.fullmatch(text):
        return AddressCell(problem=_PAUSE)
    numbers = _numbers(text)
    if not numbers:
        return AddressCell(problem=_disturbing(text))
    if len(numbers) == 1:
        return one_number(numbers[0], region)
    if _is_one_number_with_slashes(text, numbers, region):
        return one_number(text, region)
    return AddressCell(problem=SEVERAL, first=numbers[0])


def _numbers(text: str) -> list[str]:
    """The texts of all numbers in the text; none where anything else stands between them."""
    if _NUMBER.fullmatch(text) and not _MAY_BE_SEVERAL.search(text):
        return [text]
    parts = _SEPARATORS.split(text)
    numbers = [part for part in parts if _NUMBER.fullmatch(part)]
    return numbers if all(_is_empty(part) for part in parts if part not in numbers) else []


def _is_empty(part: str) -> bool:
    return says_nothing(part) or _is_label(part)


def _is_one_number_with_slashes(text: str, parts: list[str], region: str | None) -> bool:
    """`089/123456`: an area code, which is no number by itself, and the rest; not `012345678/9`, nor an id such as
    `12/345/678`. Also with dashes between blanks."""
    if _BEYOND_SLASHES.search(text):
        return False
    first, *others = (one_number(part, region).digits for part in parts)
    if first is None or len(first.text) > _LONGEST_AREA_CODE or has_number(first, region):
        return False
    if any(other is None or len(other.text) < 2 or other.is_international for other in others):
        return False
    whole = Digits(only_digits(text), first.is_international)
    return is_as_written(whole, region) and has_number(whole, region)


_LONGEST_AREA_CODE = 6  # digits, with a trunk 0 or a country code in front


def _without_second(text: str, region: str | None) -> str | None:
    """The number in front of what may be a second one, in full or in short form; None where there is none."""
    runs = _TWO_RUNS.search(text) or _SHORT_TAIL.search(text)
    if runs is not None:
        return text[: runs.start()] + re.match(r"[0-9]+", runs[0])[0]  # type: ignore[index]
    if _LAST_DIGIT.search(text) or _ONE_DASH.search(text):
        before = re.sub(r"[^0-9]+[0-9]{1,2}$", "", text)
        if has_number(Digits(only_digits(before), is_international="+" in before, is_bare=False), region):
            return before
    return None


def _disturbing(text: str) -> str:
    """What of a text that begins like a number keeps it from being one."""
    if len(_long_numbers(text)) > 1:
        return SEVERAL
    if IDS.fullmatch(text):
        return ID
    if any(map(str.isalpha, text)):
        return _TEXT_BESIDE
    part = next(part for part in _SEPARATORS.split(text) if not _NUMBER.fullmatch(part) and not _is_empty(part))
    number = _NUMBER.match(part)
    if number is None:
        return f"The sign “{part[0]}” does not belong in front of a phone number."
    return f"The sign “{part[number.end()]}” does not belong in a phone number."
