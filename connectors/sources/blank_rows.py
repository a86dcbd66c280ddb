"""Rows that hold nothing."""

from __future__ import annotations

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
