"""Cells of a CSV file that are not what their text says: guarded, damaged, or left by an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.sources.cell_text import UNREADABLE, with_texts
from connectors.sources.csv.encoding import Decoded
from connectors.sources.damage import EXPONENT, GAP, error_texts, exponent_texts
from connectors.sources.guards import guarded
from connectors.sources.headers import REPEATED_HEADER, repeated_headers
from connectors.values import CellProblem, Oddity


class CsvCells:
    """The columns while their cells are looked at, and what was found. `numbers`: the row of each cell."""

    def __init__(self, columns: dict[str, pa.ChunkedArray], numbers: npt.NDArray[np.int64]) -> None:
        self.columns = columns
        self._numbers = numbers
        self.problems: list[CellProblem] = []
        self.oddities: list[Oddity] = []

    def tell_repeated_headers(self, table: pa.Table, header: Sequence[str]) -> None:
        """Rows of a table that are its header once more."""
        self._tell("", dict.fromkeys(repeated_headers(table.columns, header), REPEATED_HEADER))

    def tell_longer(self, longer: Mapping[int, int], width: int) -> None:
        """Rows with more filled cells than the header has; `longer`: row → cells found."""
        for row, cells in longer.items():
            told = f"The row has {cells} cells, the header {width}: is a text with the delimiter in it not in quotes?"
            self.problems.append(CellProblem(row, "", told))

    def look_at(self, names: Sequence[str], decoded: Decoded) -> None:
        """Look at the cells of some columns: bytes that are no text, guards, errors."""
        if decoded.has_gaps:
            self._tell_gaps(names)
        # Single bytes are looked for in all of the content in no time; mostly one tells that there is nothing to find.
        if b"'" in decoded.content or b"=" in decoded.content:
            self._take_guards_off(names)
        if b"#" in decoded.content or b"E" in decoded.content:
            self._tell_errors(names)

    def _tell_gaps(self, names: Sequence[str]) -> None:
        """Cells with bytes that are no text."""
        for name in names:
            found = pc.indices_nonzero(pc.match_substring(self.columns[name], UNREADABLE)).to_pylist()
            self._tell(name, dict.fromkeys(found, GAP))
        for name, column in self.columns.items():
            self.columns[name] = pc.replace_substring(column, UNREADABLE, "\ufffd")

    def _take_guards_off(self, names: Sequence[str]) -> None:
        for name in names:
            column = self.columns[name]
            meant = guarded(column)
            if meant:
                first = min(meant)
                self.oddities.append(
                    Oddity(name, "guarded", len(meant), int(self._numbers[first]), column[first].as_py(), meant[first])
                )
                self.columns[name] = with_texts(column, meant)

    def _tell_errors(self, names: Sequence[str]) -> None:
        """Cells that showed an error when the file was saved from a spreadsheet."""
        for name in names:
            self._tell(name, error_texts(self.columns[name]))

    def tell_rounded(self, address: str) -> None:
        """Phone numbers that were shortened."""
        self._tell(address, dict.fromkeys(exponent_texts(self.columns[address]), EXPONENT))

    def _tell(self, name: str, reasons: Mapping[int, str]) -> None:
        self.problems += [CellProblem(int(self._numbers[at]), name, reason) for at, reason in reasons.items()]
