"""One sheet of a workbook as every reader hands it over: raw cells, and what the cells alone do not tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from connectors.errors import ConfigurationError
from connectors.sources.places import Place, cell_name

Cell: TypeAlias = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta
Range: TypeAlias = tuple[Place, Place]

# The most cells, blanks included, that a sheet is unfolded into: a full sheet (1,048,576 rows) of 26 columns is less.
MOST_CELLS = 30_000_000
MOST_COLUMNS = 16_384


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a sheet beside its values.

    errors: cells that show an error, with what they show (`#N/A`).
    uncalculated: cells with a formula and no stored result.
    number_formats: column position → format code by row, for cells with more than a plain number format. Takes time.
    tidied: what each row of values still needs after calamine.
    """

    errors: Mapping[Place, str] = field(default_factory=dict)
    uncalculated: frozenset[Place] = frozenset()
    number_formats: Callable[[int], Mapping[int, str]] = lambda _: {}
    hidden_rows: int = 0
    filtered: bool = False
    tidied: Callable[[Sequence[Cell]], Sequence[Cell]] | None = None

    def rows(self) -> frozenset[int]:
        """The rows something is known about, which must not pass for blank."""
        return frozenset(row for row, _ in (*self.errors, *self.uncalculated))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows with anything in them, all equally long.

    numbers: the row number of each. left: the position of their first column in the sheet.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    numbers: Sequence[int]
    left: int = 0
    merged: tuple[Range, ...] = ()
    facts: Facts = field(default_factory=Facts)


def chosen_sheet(sheets: Sequence[tuple[str, bool]], wanted: str | int | None, where: str) -> str:
    """The wanted one among sheets of (name, visible): by name, by number from 1, or the first visible.

    Raises ConfigurationError that lists the sheets there are.
    """
    names = [name for name, _ in sheets]
    if wanted is None:
        visible = [name for name, shown in sheets if shown]
        if not visible:
            raise ConfigurationError(f"{where} has no visible sheet.", hint=_listed(names))
        return visible[0]
    if isinstance(wanted, int):
        if not 1 <= wanted <= len(names):
            raise ConfigurationError(f"{where} has no sheet number {wanted}.", hint=_listed(names))
        return names[wanted - 1]
    if wanted not in names:
        raise ConfigurationError(f'{where} has no sheet "{wanted}".', hint=_listed(names))
    return wanted


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(f'{number} "{name}"' for number, name in enumerate(names, 1))
    return f"Its sheets: {listed or 'none'}."


def filled_rows(
    rows: Iterable[Sequence[Cell]], *, kept: frozenset[int] = frozenset()
) -> tuple[list[Sequence[Cell]], list[int]]:
    """The rows (counted from 1) that hold more than blanks, and their numbers.

    Rows in `kept` are there anyway, also after the last one that a reader thought worth handing over.
    """
    filled, numbers, number = list[Sequence[Cell]](), list[int](), 0
    for number, row in enumerate(rows, 1):
        if number in kept or any(map(_is_filled, row)):
            filled.append(row)
            numbers.append(number)
    after = sorted(row for row in kept if row > number) if filled else []
    return [*filled, *([""] * len(filled[0]) for _ in after)], [*numbers, *after]


def _is_filled(cell: Cell) -> bool:
    return type(cell) is not str or (cell != "" and not cell.isspace())


def check_extent(rows: int, columns: int, *, where: str) -> None:
    """Raises ConfigurationError when a stray value far out would make the sheet mostly blanks in the memory."""
    if rows * columns > MOST_CELLS or columns > MOST_COLUMNS:
        raise ConfigurationError(
            f"{where} reaches as far as cell {cell_name((rows, columns - 1))}, which is too large to read.",
            hint="Select the rows and columns after the table, delete them and save the file again.",
        )
