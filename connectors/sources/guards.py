"""Signs by which people and programs keep a spreadsheet program from taking a text for a number or a formula.

`="012345678"` and `'012345678` are both meant, and shown by those programs, as `012345678`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_BEGINS_FORMULA = r"[\t\r\n]*[=@+\-＝＠＋－]"  # the wide ones of East Asia too
# An apostrophe before a word belongs to it (`'s Gravenhage`, `'90s`); before these it only guards.
_APOSTROPHE = re.compile(
    r"'(?:(0\w*|[0-9(.][0-9 ().,/:+-]*?|[+-][0-9 ().,/:+-]*?)'?|(" + _BEGINS_FORMULA + r".*))", re.DOTALL
)


def guarded(texts: pa.Array | pa.ChunkedArray) -> Mapping[int, str]:
    """Position → what is meant, for each guarded text of a column."""
    suspects = pc.indices_nonzero(pc.or_(pc.starts_with(texts, "'"), pc.starts_with(texts, '="'))).to_pylist()
    meant = ((position, _meant(texts[position].as_py())) for position in suspects)
    return {position: text for position, text in meant if text is not None}


def without_guard(text: str) -> str:
    """What is meant by a text, guarded or not."""
    meant = _meant(text)
    return text if meant is None else meant


def with_guards(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """A column as it can be written to a CSV file: no spreadsheet program carries a text out, and each is read back as
    it is, also one that looks guarded already."""
    suspects = pc.match_substring_regex(texts, rf"^(?:'|{_BEGINS_FORMULA})")
    if not pc.any(suspects).as_py():
        return texts
    return pa.array([text and with_guard(text) for text in texts.to_pylist()], texts.type)


def with_guard(text: str) -> str:
    """The text with an apostrophe before it where it needs one. `+1'` needs none, and would not come back with one."""
    needs = re.match(_BEGINS_FORMULA, text) or _meant(text) is not None
    return f"'{text}" if needs and _meant(f"'{text}") == text else text


def _meant(text: str) -> str | None:
    if text.startswith("''") and _meant(text[1:]) is not None:
        return text[1:]
    formula = _FORMULA.fullmatch(text.strip())
    if formula:
        return formula[1].replace('""', '"')
    apostrophe = _APOSTROPHE.fullmatch(text)
    return (apostrophe[1] or apostrophe[2]) if apostrophe else None
