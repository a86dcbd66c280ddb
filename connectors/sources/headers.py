"""Where a table's header is, and what is wrong with it. Rows are given as texts; positions are counted from 0."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from connectors.errors import ConfigurationError
from connectors.masking import mask_text
from connectors.sources.places import column_letters
from connectors.values import added_columns

# Titles and explanations above a header are a handful of rows; further down it is data that happens to hold the word.
ROWS_SEARCHED = 20


def header_position(rows: Sequence[Sequence[str]], address: str | None, where: str) -> int:
    """Which of the first rows of a table is its header.

    With `address`, the first row that holds this text; otherwise the first row filled in more than half of the width
    of its neighbourhood, which passes over titles (one or two cells in a wide table).
    Raises ConfigurationError naming the columns found when no row has the address column.
    """
    searched = rows[:ROWS_SEARCHED]
    if address is not None:
        for position, row in enumerate(searched):
            if any(cell.strip() == address.strip() for cell in row):
                return position
    filled = [sum(1 for cell in row if cell.strip()) for row in searched]
    likely = next((i for i, count in enumerate(filled) if 2 * count > max(filled)), None)
    if likely is None:
        raise ConfigurationError(f"{where} has no rows.", hint="The first row has to name the columns.")
    if address is not None:
        raise no_such_column(address, [cell.strip() for cell in searched[likely] if cell.strip()], where)
    return likely


def no_such_column(address: str, names: Sequence[str], where: str) -> ConfigurationError:
    """The error that names the columns there are, and the one most likely meant."""
    found = ", ".join(f'"{mask_text(name[:60])}"' for name in names[:30]) + (", …" if len(names) > 30 else "")
    return ConfigurationError(
        f'{where} has no column "{address}". Columns found: {found}.', hint=_nearest(address, names)
    )


def _nearest(wanted: str, names: Sequence[str]) -> str:
    by_plain = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(wanted.strip().casefold(), by_plain, n=1)
    return f'Did you mean "{by_plain[close[0]]}"?' if close else "Name the column that holds the phone numbers."


def named_columns(
    header: Sequence[str], is_filled: Callable[[int], bool], where: str, *, left: int = 0
) -> dict[int, str]:
    """Position → name of the columns a table has; names without surrounding blanks.

    Columns that a result has added are left out. A column without a name is left out unless `is_filled(position)` says
    that something stands under it. `left` is the position of the table's first column in its sheet.
    Raises ConfigurationError naming the places of headers that occur twice or are missing above values.
    """
    names = [cell.strip() for cell in header]
    nameless = [column_letters(left + i) for i, name in enumerate(names) if not name and is_filled(i)]
    if nameless:
        raise ConfigurationError(
            f"{where} has values under an empty header, in column {', '.join(nameless)}.",
            hint="Give the column a name in the header row, or clear it.",
        )
    refuse_repeated(names, where, left=left)
    added = added_columns(names)
    return {position: name for position, name in enumerate(names) if name and position not in added}


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
