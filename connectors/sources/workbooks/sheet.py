"""One sheet of a workbook as every reader hands it over: raw cells, and what the cells alone do not tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from connectors.errors import ConfigurationError
from connectors.sources.places import CellPlace, cell_name

Cell: TypeAlias = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta
Range: TypeAlias = tuple[CellPlace, CellPlace]

# The most cells, blanks included, that a sheet is unfolded into: a full sheet (1,048,576 rows) of 26 columns is less.
MOST_CELLS = 30_000_000
MOST_COLUMNS = 16_384
LAST_DAY = 2_958_466  # the first number after 9999-12-31


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a sheet beside its values.

    errors: cells that show an error, with what they show (`#N/A`).
    uncalculated: cells with a formula and no stored result.
    unreadable: cells whose value no program can show, with the reason.
    number_formats: column position → format code by row, for cells with more than a plain number format. Takes time,
        except where none of the codes in the file is one that tells something.
    is_negative: whether the number of a cell is below zero, where its value is read as a time of day.
    mended: the workbook with those cells replaced over which calamine would refuse all of it; None without any.
    """

    errors: Mapping[CellPlace, str] = field(default_factory=dict)
    uncalculated: frozenset[CellPlace] = frozenset()
    unreadable: Mapping[CellPlace, str] = field(default_factory=dict)
    number_formats: Callable[[int, Callable[[str], bool]], Mapping[int, str]] = lambda _column, _tells: {}
    is_negative: Callable[[CellPlace], bool] = lambda _: False
    hidden_rows: int = 0
    filtered: bool = False
    mended: Callable[[], bytes | None] = lambda: None

    def rows(self) -> frozenset[int]:
        """The rows something is known about, which must not pass for blank."""
        return frozenset(row for row, _ in (*self.errors, *self.uncalculated, *self.unreadable))


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sheet of a workbook is meant.

    sheet: its name, or else its number from 1 (as a number, or as the digits that a pipeline file holds); None: the
    first visible one. or_only: whether a workbook without it may have just one visible sheet instead.
    """

    sheet: str | int | None = None
    or_only: bool = False


def chosen_sheet(sheets: Sequence[tuple[str, bool]], wanted: Wanted, where: str) -> str:
    """The name of the wanted one among sheets of (name, visible).

    Raises ConfigurationError that lists the sheets there are.
    """
    names = [name for name, _ in sheets]
    visible = [name for name, shown in sheets if shown]
    if wanted.sheet is None:
        if not visible:
            raise ConfigurationError(f"{where} has no visible sheet.", hint=_listed(names))
        return visible[0]
    found = _named_or_numbered(names, str(wanted.sheet))
    if found is None and wanted.or_only and len(visible) == 1:
        return visible[0]
    if found is None:
        what = f"number {wanted.sheet}" if isinstance(wanted.sheet, int) else f'"{wanted.sheet}"'
        raise ConfigurationError(f"{where} has no sheet {what}.", hint=_listed(names))
    return found


def _named_or_numbered(names: Sequence[str], wanted: str) -> str | None:
    """A name comes before a number: people call their sheets 2025 and 2026."""
    if wanted in names:
        return wanted
    number = int(wanted) if wanted.isascii() and wanted.isdigit() else 0
    return names[number - 1] if 1 <= number <= len(names) else None


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
        for cell in row:  # mostly the first one tells; any() and map() would cost more than that look
            if type(cell) is not str or (cell and not cell.isspace()):
                break
        else:
            if number not in kept:
                continue
        filled.append(row)
        numbers.append(number)
    after = sorted(row for row in kept if row > number) if filled else []
    return [*filled, *([""] * len(filled[0]) for _ in after)], [*numbers, *after]


def check_extent(rows: int, columns: int, *, where: str) -> None:
    """Raises ConfigurationError when a stray value far out would make the sheet mostly blanks in the memory."""
    if rows * columns > MOST_CELLS or columns > MOST_COLUMNS:
        raise ConfigurationError(
            f"{where} reaches as far as cell {cell_name((rows, columns - 1))}, which is too large to read.",
            hint="Select the rows and columns after the table, delete them and save the file again.",
        )
