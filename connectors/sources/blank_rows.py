"""Rows that hold nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


def filled_positions(table: pa.Table) -> npt.NDArray[np.int64]:
    """Positions of the rows of a table of texts that have more than blanks in any cell."""
    everything = np.arange(table.num_rows)
    blank = everything
    for column in table.columns:
        if len(blank) == 0:
            return everything
        cells = column if len(blank) == table.num_rows else column.take(blank)
        blank = blank[pc.equal(pc.utf8_trim_whitespace(cells), "").to_numpy()]
    return np.delete(everything, blank)


def until_blank(numbers: Sequence[int] | npt.NDArray[np.int64]) -> int:
    """How many rows, of those that are not blank with ascending `numbers`, stand above the first blank one. Blank rows
    above the first of them are the header's."""
    gaps = np.flatnonzero(np.diff(numbers) > 1)
    return int(gaps[0]) + 1 if len(gaps) else len(numbers)


def told_end(numbers: Sequence[int] | npt.NDArray[np.int64], kept: int) -> Iterator[str]:
    """What to say of a list of which the first rows were `kept`, and the others stand below a blank row."""
    left_out = len(numbers) - kept
    if left_out:
        rows, verb = ("1 row", "was") if left_out == 1 else (f"{left_out:,} rows", "were")
        yield f"The list ends with row {numbers[kept - 1]}, above a blank row; {rows} below it {verb} left out."
