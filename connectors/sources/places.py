"""Names of columns and cells, as spreadsheet programs show them. Columns are counted from 0, rows from 1."""

from __future__ import annotations

from typing import TypeAlias

CellPlace: TypeAlias = tuple[int, int]
"""Row as a person sees it (from 1) and column position (from 0)."""


def column_letters(position: int) -> str:
    """0 → `A`, 26 → `AA`."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_position(letters: str) -> int:
    """`A` → 0, `AA` → 26."""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1


def cell_name(place: CellPlace) -> str:
    """(3, 1) → `B3`."""
    return f"{column_letters(place[1])}{place[0]}"
