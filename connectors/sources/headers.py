"""Where a table's header is, and what its columns are called. Rows are given as texts; positions are counted from 0."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import ConfigurationError
from connectors.masking import mask_text
from connectors.sources.forms import Form, form_of
from connectors.sources.places import column_letters
from connectors.sources.wanted_columns import comes_near, is_headed, look, no_such_column, recognised, without_case
from connectors.values import MissingColumn, added_columns

# Titles and explanations above a header are a handful of rows; further down it is data that happens to hold the word.
ROWS_SEARCHED = 20
REPEATED_HEADER = "The row is the header once more, as when lists are put together. Delete it."

Texts = Callable[[int], pa.Array | pa.ChunkedArray]
"""The texts under the header, by the position of their column."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table's columns are called.

    names: position → name, as the pipeline spells it where it means this one. missing: wanted, and not there. form: who
    made the export of a form that the table is.
    """

    names: Mapping[int, str]
    notes: tuple[str, ...]
    missing: tuple[MissingColumn, ...]
    form: str = ""


def header_position(rows: Sequence[Sequence[str]], address: str | None, where: str) -> int:
    """Which of the first rows of a table is its header.

    With `address`, the first row that holds this text, or else what looks like it; otherwise the first row filled in
    more than half of the width of its neighbourhood, which passes over titles (one or two cells in a wide table).
    Raises NoSuchColumn with the columns found when no row has the address column.
    """
    searched = rows[:ROWS_SEARCHED]
    if address is not None:
        for seen in (str.strip, look, without_case):
            for position, row in enumerate(searched):
                if any(seen(cell) == seen(address) for cell in row):
                    return position
        by_form = next((position for position, row in enumerate(searched) if is_headed(address, row)), None)
        if by_form is not None:
            return by_form
    filled = [sum(1 for cell in row if cell.strip()) for row in searched]
    likely = next((i for i, count in enumerate(filled) if 2 * count > max(filled)), None)
    if likely is None:
        raise ConfigurationError(f"{where} has no rows.", hint="The first row has to name the columns.")
    if address is not None:
        names = [cell.strip() for cell in searched[likely] if cell.strip()]
        raise no_such_column(comes_near(address, names, form_of(names)), names, where)
    return likely


def columns_under(
    header: Sequence[str], texts: Texts, wanted: Collection[str], where: str, *, left: int = 0
) -> Columns:
    """What the columns under a header are called; names without surrounding blanks.

    Columns that a result has added are left out, and one without a name unless something stands under it that does
    not merely count the rows. `left` is the position of the table's first column in its sheet.
    Raises ConfigurationError naming the places of headers that occur twice, cannot be told apart or are missing above
    values.
    """
    names = {position: cell.strip() for position, cell in enumerate(header)}
    nameless = [position for position, name in names.items() if not name and _is_filled(texts(position))]
    notes = []
    if nameless[:1] == [0] and _counts_rows(texts(0)):
        del nameless[0]
        notes.append("The first column has no name and only counts the rows; it was left out.")
    if nameless:
        raise ConfigurationError(
            f"{where} has values under an empty header, in column "
            f"{', '.join(column_letters(left + position) for position in nameless)}.",
            hint="Give the column a name in the header row, or clear it.",
        )
    refuse_repeated(list(names.values()), where, left=left)
    added = added_columns(list(names.values()))
    named = {position: name for position, name in names.items() if name and position not in added}
    form = form_of(list(named.values()))
    if form is not None:
        _refuse_repeats(form, where)
    meant = recognised(wanted, list(named.values()), where)
    renamed = {position: meant.renamed.get(name, name) for position, name in named.items()}
    return Columns(renamed, (*notes, *meant.notes), meant.missing, "" if form is None else form.maker)


def _refuse_repeats(form: Form, where: str) -> None:
    """A row of a repeat group is one answer of several within a submission, and knows nothing of the rest of it."""
    if form.repeat_sign:
        raise ConfigurationError(
            f'{where} holds a repeat group of {form.maker} (its column "{form.repeat_sign}" says so): several rows of '
            "one submission, without what was answered once.",
            hint="Name the sheet or file with the submissions themselves. If each row is a person to be reached, put "
            "what belongs to them into a list of its own, without that column.",
        )


def _is_filled(texts: pa.Array | pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.not_equal(pc.utf8_trim_whitespace(texts), "")).as_py())


def _counts_rows(texts: pa.Array | pa.ChunkedArray) -> bool:
    """Whether a column holds the row names that R and pandas write: whole numbers that only grow. Longer ones than a
    list has rows could be somebody's number."""
    trimmed = pc.utf8_trim_whitespace(texts)
    filled = trimmed.filter(pc.not_equal(trimmed, ""))
    if not pc.all(pc.match_substring_regex(filled, r"^\d{1,7}$")).as_py():
        return False
    numbers = filled.cast(pa.int64()).to_numpy()
    return bool((numbers[:-1] < numbers[1:]).all())


def repeated_headers(columns: Sequence[pa.Array | pa.ChunkedArray], header: Sequence[str]) -> list[int]:
    """Positions of rows that are the header once more, as files put together have them."""
    named = [position for position, cell in enumerate(header) if cell.strip()]
    if not named:
        return []
    first = pc.utf8_trim_whitespace(columns[named[0]])
    suspects = pc.indices_nonzero(pc.equal(first, header[named[0]].strip())).to_pylist()
    return [row for row in suspects if all(columns[at][row].as_py().strip() == header[at].strip() for at in named)]


def refuse_repeated(names: Sequence[str], where: str, *, left: int = 0) -> None:
    """Raises ConfigurationError naming every header that occurs more than once, with its places."""
    places: dict[str, list[str]] = {}
    for position, name in enumerate(names):
        places.setdefault(name, []).append(column_letters(left + position))
    twice = [f'"{mask_text(name)}" (columns {", ".join(at)})' for name, at in places.items() if name and len(at) > 1]
    if twice:
        raise ConfigurationError(
            f"{where} has the same header more than once: {'; '.join(twice)}.", hint="Give each column its own name."
        )
