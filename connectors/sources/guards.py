"""Signs by which people and programs keep a spreadsheet program from taking a text for a number or a formula.

`="012345678"` and `'012345678` are both meant, and shown by those programs, as `012345678`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
# An apostrophe before a word belongs to it (`'s Gravenhage`, `'90s`); before these it only guards.
_APOSTROPHE = re.compile(r"'(?:(0\w*|[0-9(.][0-9 ().,/:+-]*?|[+-][0-9 ().,/:+-]*?)'?|([=@+-].*))", re.DOTALL)


def guarded(texts: pa.Array | pa.ChunkedArray) -> Mapping[int, str]:
    """Position → what is meant, for each guarded text of a column."""
    suspects = pc.indices_nonzero(pc.or_(pc.starts_with(texts, "'"), pc.starts_with(texts, '="'))).to_pylist()
    meant = ((position, _meant(texts[position].as_py())) for position in suspects)
    return {position: text for position, text in meant if text is not None}


def _meant(text: str) -> str | None:
    formula = _FORMULA.fullmatch(text.strip())
    if formula:
        return formula[1].replace('""', '"')
    apostrophe = _APOSTROPHE.fullmatch(text)
    return (apostrophe[1] or apostrophe[2]) if apostrophe else None
