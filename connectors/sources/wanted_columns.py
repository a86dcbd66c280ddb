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
from connectors.sources.forms import Form, form_of
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
_LABELS = (
    "The file is an export of {}: made with labels in place of names, or the other way round, it has other headers. "
    "Export it as before, or correct the pipeline."
)
_NO_HINT = "Name the column that holds the phone numbers."


class NoSuchColumn(ConfigurationError):  # noqa: N818 - an error by its base
    """Columns that have to be there and are not; `missing` says of each what is known."""

    def __init__(self, message: str, *, hint: str, missing: Sequence[MissingColumn]) -> None:
        super().__init__(message, hint=hint)
        self.missing = tuple(missing)

    def with_sheets(self, missing: Sequence[MissingColumn]) -> NoSuchColumn:
        """The same error, once it is known which other sheets have the columns."""
        before, now = self.missing[0].told, missing[0].told
        message = self.message if now == before else f"{self.message.removesuffix(before).rstrip()} {now}"
        return NoSuchColumn(message, hint=hint_for(missing[0]) or _NO_HINT, missing=missing)


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
    """Which headers the wanted names mean: those that look like them, and else those that a form would call so.

    Raises ConfigurationError for a name that several headers may mean.
    """
    renamed: dict[str, str] = {}
    notes, missing = [], []
    form = form_of(names)
    for name in dict.fromkeys(wanted):
        for header in _meant(name, names, where)[:1]:
            if header not in renamed:
                renamed[header] = name
                notes += _noted(name, header)
    known = set(renamed.values())
    for name in (name for name in dict.fromkeys(wanted) if name not in known):
        found = _meant_by(form, name, where)
        if form is None or not found or found[0] in renamed:
            missing.append(comes_near(name, names, form))
            continue
        renamed[found[0]] = name
        notes.append(f'The column "{name}" is headed "{found[0]}" in the file, as {form.maker} names its columns.')
    return Recognised(renamed, tuple(notes), tuple(missing))


def _noted(name: str, header: str) -> list[str]:
    if header == name.strip():
        return []
    headed = _CONTROL.sub(" ", header)
    told = difference(name.strip(), header)
    return [f'The column "{name}" is headed "{headed}" in the file ({told}); it was read all the same.']


def is_headed(wanted: str, names: Sequence[str]) -> bool:
    """Whether some of the headers may be what is wanted."""
    form = form_of(names)
    return bool(found_among(wanted, names) or (form and form.meant(wanted)))


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


def _meant_by(form: Form | None, wanted: str, where: str) -> list[str]:
    found = [] if form is None else form.meant(wanted)
    if len(found) > 1:
        raise ConfigurationError(
            f'{where} has several columns that "{wanted}" may mean: {_listed(found)}.',
            hint="Write one of them in the pipeline just as it stands there.",
        )
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{mask_text(name)}"' for name in names[:_MOST_TOLD]) + (", …" if len(names) > _MOST_TOLD else "")


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


def comes_near(wanted: str, names: Sequence[str], form: Form | None = None) -> MissingColumn:
    """What is known of a column that is not there: the header most likely meant, and how it differs unseen; or what
    a form has made of it."""
    twins = [name for name in names if _skeleton(name) == _skeleton(wanted)]
    if twins:
        told = f'"{mask_text(twins[0])}" looks like it and is another text: {difference(wanted, twins[0])}.'
        return MissingColumn(wanted, twins[0], told)
    told = "" if form is None else _taken_apart(form, wanted)
    if told:
        return MissingColumn(wanted, told=told)
    by_plain = {without_case(name): name for name in names}
    close = difflib.get_close_matches(without_case(wanted), by_plain, n=1)
    if close or form is None:
        return MissingColumn(wanted, by_plain[close[0]] if close else "")
    return MissingColumn(wanted, told=_LABELS.format(form.maker))


def _taken_apart(form: Form, wanted: str) -> str:
    repeated, below = form.repeated(wanted), form.below(wanted)
    if repeated:
        told = "It stands in a repeat group, several times in a submission: {}. Name the one that is meant just so."
        return told.format(_listed(repeated))
    if below:
        told = "There are only columns below it: {}. Export a question with several answers as a single column too."
        return told.format(_listed(below))
    return ""


def _skeleton(header: str) -> str:
    return unicodedata.normalize("NFKC", look(header)).translate(_LOOKALIKES).casefold()


def no_such_column(missing: MissingColumn, names: Sequence[str], where: str, *, hint: str = _NO_HINT) -> NoSuchColumn:
    """The error that names the columns there are, and the one most likely meant; `hint` where there is none."""
    found = ", ".join(f'"{mask_text(name[:60])}"' for name in names[:30]) + (", …" if len(names) > 30 else "")
    message = f'{where} has no column "{missing.name}". Columns found: {found}. {missing.told}'.rstrip()
    return NoSuchColumn(message, hint=hint_for(missing) or hint, missing=[missing])


def hint_for(missing: MissingColumn) -> str:
    """The next step for whoever writes the pipeline file."""
    if missing.sheet:
        return f'Sheet "{missing.sheet}" has it: write `sheet: "{missing.sheet}"` under `source`.'
    return f'Did you mean "{mask_text(missing.nearest)}"?' if missing.nearest else ""
