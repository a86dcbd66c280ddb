"""Small means to work on whole columns of a million rows without a Python step per cell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SPARSE = 8  # times: numbers spread wider than this over their range are looked up by hash instead of by place
_DENSE = 0.25  # of the rows: below it, picking them out is quicker than matching all


def one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column in one piece."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def flags(column: pa.Array) -> Flags:
    """A Boolean column without nulls, for NumPy."""
    found: Flags = column.to_numpy(zero_copy_only=False)
    return found


def matching(texts: pa.Array, pattern: str, where: Flags) -> Flags:
    """Which of the texts where `where` is true match."""
    count = np.count_nonzero(where)
    if not count:
        return where
    if count > _DENSE * len(where):
        return where & flags(pc.match_substring_regex(texts, pattern))
    rows = np.flatnonzero(where)
    found = np.zeros(len(where), dtype=np.bool_)
    found[rows] = flags(pc.match_substring_regex(pc.take(texts, pa.array(rows)), pattern))
    return found


def take(column: pa.Array, positions: Positions) -> pa.Array:
    """The values at the positions; the column itself, not a copy, where these are all of them in order."""
    if len(positions) == len(column) and bool((positions == np.arange(len(column))).all()):
        return column
    return pc.take(column, pa.array(positions))


def places_of(wanted: pa.Array, among: pa.Array) -> Positions:
    """Where each of the wanted numbers stands in `among` (int64, distinct, not negative), -1 where it does not."""
    sought, known = wanted.to_numpy(), among.to_numpy()
    if np.array_equal(sought, known):
        return np.arange(len(known))
    highest = int(known.max(initial=-1))
    if highest >= _SPARSE * len(known) + 1_000:
        found = pc.fill_null(pc.index_in(wanted, value_set=among), -1)
        hashed: Positions = found.to_numpy().astype(np.int64)
        return hashed
    places: Positions = np.full(highest + 2, -1)
    places[known] = np.arange(len(known))
    # The last place is never set: it stands for every number beyond.
    at: Positions = np.minimum(sought, highest + 1)
    return places[at]


def count_distinct(numbers: Positions) -> int:
    """How many different numbers (not negative) there are."""
    if len(numbers) and int(numbers.max()) < _SPARSE * len(numbers) + 1_000:
        return int(np.count_nonzero(np.bincount(numbers)))
    return len(np.unique(numbers))


class Labels:
    """A text per row, None at first, for few different texts on many rows."""

    def __init__(self, length: int, initial: str | None = None) -> None:
        self._texts: list[str | None] = [initial]
        self._codes: npt.NDArray[np.int32] = np.zeros(length, dtype=np.int32)
        self._code_of: dict[str | None, int] = {initial: 0}

    def put(self, where: Flags | Positions | int, text: str | None) -> None:
        """Give the rows this text instead of theirs."""
        self._codes[where] = self._code(text)

    def put_each(self, positions: Positions, texts: pa.Array) -> None:
        """Give each row its own text (no nulls)."""
        encoded = pc.dictionary_encode(texts)
        codes = np.array([self._code(text) for text in encoded.dictionary.to_pylist()], dtype=np.int32)
        self._codes[positions] = codes[encoded.indices.to_numpy()]

    def add(self, positions: Positions, text: str) -> None:
        """Put the text behind theirs."""
        here = self._codes[positions]
        for code in np.unique(here).tolist():
            before = self._texts[code]
            self._codes[positions[here == code]] = self._code(f"{before} {text}" if before else text)

    def copy(self, source: Positions, target: Positions) -> None:
        """Give each target row the text of its source row."""
        self._codes[target] = self._codes[source]

    def column(self, positions: Positions | None = None) -> pa.Array:
        """The texts of the rows at the positions, of all rows by default."""
        codes = self._codes if positions is None else self._codes[positions]
        return pc.take(pa.array(self._texts, pa.string()), pa.array(codes))

    def missing(self) -> Flags:
        """Rows whose text is None."""
        empty = np.array([text is None for text in self._texts])
        missing: Flags = empty[self._codes]
        return missing

    def _code(self, text: str | None) -> int:
        known = self._code_of.get(text)
        if known is None:
            known = self._code_of[text] = len(self._texts)
            self._texts.append(text)
        return known
