"""Which of a table's columns a pipeline means by a name, and what to say of one that is not there.

Headers are compared as people see them: composed letters, one blank for every run of white space, nothing for signs
without width; and without regard to capitals where that leaves only one.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connectors.errors import ConfigurationError
from connectors.masking import mask_text
from connectors.values import MissingColumn

_WITHOUT_WIDTH = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
# Letters of other alphabets that look like Latin ones, and signs that look like the plain ones of a keyboard.
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧοѵ‐‑‒–—−’‘ʼ´`“”„",
    "ABESIJKMHOPCTYXaesijopcyxABEZHIKMNOPTYXov------'''''\"\"\"",
)
_CONTROL = re.compile(r"[\x00-\x1f]+")
_CONTROL_NAMES = {"\t": "TABULATION", "\n": "LINE FEED", "\r": "CARRIAGE RETURN"}
_MOST_TOLD = 3
_NO_HINT = "Name the column that holds the phone numbers."


class NoSuchColumn(ConfigurationError):  # noqa: N818 - an error by its base
    """Columns that have to be there and are not; `missing` says of each what is known."""

    def __init__(self, message: str, *, hint: str, missing: Sequence[MissingColumn]) -> None:
        super().__init__(message, hint=hint)
        self.missing = tuple(missing)

    def with_sheets(self, missing: Sequence[MissingColumn]) -> NoSuchColumn:
        """The same error, once it is known which other sheets have the columns."""
        return NoSuchColumn(self.message, hint=hint_for(missing[0]) or _NO_HINT, missing=missing)


@dataclass(frozen=True, slots=True)
class Recognised:
    """renamed: header → the name it is wanted by, where the two differ."""

    renamed: dict[str, str]
    notes: tuple[str, ...]
    missing: tuple[MissingColumn, ...]


def wanted_names(address: str | None, columns: Collection[str] | None) -> tuple[str, ...]:
    """What a source is asked for: the column with the phone numbers, and the others that are named."""
    return tuple(name for name in (address, *(columns or ())) if name is not None)


def look(header: str) -> str:
    """The header as people see it."""
    return " ".join(_WITHOUT_WIDTH.sub("", unicodedata.normalize("NFC", header)).split())


def without_case(header: str) -> str:
    """The header as people see it, capitals apart."""
    return look(header).casefold()


def recognised(wanted: Collection[str], names: Sequence[str], where: str) -> Recognised:
    """Which headers the wanted names mean. Raises ConfigurationError for a name that several headers look like."""
    renamed: dict[str, str] = {}
    notes, missing = [], []
    for name in dict.fromkeys(wanted):
        found = [header for header in _meant(name, names, where) if header not in renamed]
        if not found:
            missing.append(comes_near(name, names))
            continue
        renamed[found[0]] = name
        if found[0] != name.strip():
            told = difference(name.strip(), found[0])
            headed = _CONTROL.sub(" ", found[0])
            notes.append(f'The column "{name}" is headed "{headed}" in the file ({told}); it was read all the same.')
    return Recognised(renamed, tuple(notes), tuple(missing))


def found_among(wanted: str, names: Sequence[str]) -> list[str]:
    """The headers that look like `wanted`, or else the only one that does apart from capitals."""
    alike = [name for name in names if look(name) == look(wanted)]
    folded = [name for name in names if without_case(name) == without_case(wanted)]
    return alike or (folded if len(folded) == 1 else [])


def _meant(wanted: str, names: Sequence[str], where: str) -> list[str]:
    alike = found_among(wanted, names)
    if len(alike) > 1:
        told = "; ".join(f'"{name}" ({difference(wanted, name) or "as written in the pipeline"})' for name in alike)
        raise ConfigurationError(
            f'{where} has several columns that look like "{wanted}": {told}.', hint="Rename all but one of them."
        )
    return alike


def difference(wanted: str, found: str) -> str:
    """What a person cannot see of the difference between two headers; empty when they are the same."""
    if look(wanted) != look(found) and without_case(wanted) == without_case(found):
        return "capitals differ"
    added, left_out = (_characters(a, b) for a, b in ((wanted, found), (found, wanted)))
    told = [f"it has {added}"] if added else []
    return " and ".join([*told, *([f"it lacks {left_out}"] if left_out else [])])


def _characters(base: str, other: str) -> str:
    """Characters that `other` has and `base` has not, by their names."""
    steps = difflib.SequenceMatcher(None, base, other, autojunk=False).get_opcodes()
    extra = dict.fromkeys(
        "".join(other[first:last] for kind, *_, first, last in steps if kind in {"insert", "replace"})
    )
    named = [f"U+{ord(c):04X} {unicodedata.name(c, _CONTROL_NAMES.get(c, 'without a name'))}" for c in extra]
    return ", ".join(named[:_MOST_TOLD]) + (", …" if len(named) > _MOST_TOLD else "")


def comes_near(wanted: str, names: Sequence[str]) -> MissingColumn:
    """What is known of a column that is not there: the header most likely meant, and how it differs unseen."""
    twins = [name for name in names if _skeleton(name) == _skeleton(wanted)]
    if twins:
        told = f'"{mask_text(twins[0])}" looks like it and is another text: {difference(wanted, twins[0])}.'
        return MissingColumn(wanted, twins[0], told)
    by_plain = {without_case(name): name for name in names}
    close = difflib.get_close_matches(without_case(wanted), by_plain, n=1)
    return MissingColumn(wanted, by_plain[close[0]] if close else "")


def _skeleton(header: str) -> str:
    return unicodedata.normalize("NFKC", look(header)).translate(_LOOKALIKES).casefold()


def no_such_column(missing: MissingColumn, names: Sequence[str], where: str) -> NoSuchColumn:
    """The error that names the columns there are, and the one most likely meant."""
    found = ", ".join(f'"{mask_text(name[:60])}"' for name in names[:30]) + (", …" if len(names) > 30 else "")
    message = f'{where} has no column "{missing.name}". Columns found: {found}. {missing.told}'.rstrip()
    return NoSuchColumn(message, hint=hint_for(missing) or _NO_HINT, missing=[missing])


def hint_for(missing: MissingColumn) -> str:
    """The next step for whoever writes the pipeline file."""
    if missing.sheet:
        return f'Sheet "{missing.sheet}" has it: write `sheet: "{missing.sheet}"` under `source`.'
    return f'Did you mean "{mask_text(missing.nearest)}"?' if missing.nearest else ""
