"""What follows a list after a blank row: totals, a legend, who made it. Nobody is meant by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from connectors.values import Rows
from flows.contacts.people.address import read_address

_MOST_ROWS = 50  # more than that is no footer
_LOOKED_AT = 200  # rows above it


def footer_rows(rows: Rows, address: str, region: str | None) -> Sequence[int]:
    """The numbers of the rows below the first blank one, if none of them has anything usable in the column `address`
    and rows above it have; else none."""
    numbers = rows.numbers.to_numpy()
    gaps = np.flatnonzero(np.diff(numbers) > 1)
    below = len(numbers) - int(gaps[0]) - 1 if len(gaps) else 0
    if not 0 < below <= _MOST_ROWS:
        return ()
    column = rows.table.column(address)
    if _any_usable(column.slice(len(column) - below).to_pylist(), region):
        return ()
    return numbers[-below:].tolist() if _any_usable(column.slice(0, _LOOKED_AT).to_pylist(), region) else ()


def footer_advice(rows: Rows, address: str, region: str | None) -> str:
    """What to tell whoever has a footer read as if it were people; "" for nothing."""
    footer = footer_rows(rows, address, region)
    if not footer:
        return ""
    which = f"Row {footer[0]} stands" if len(footer) == 1 else f"Rows {footer[0]} to {footer[-1]} stand"
    return (
        f"{which} below a blank row, without a phone number. If the list ends there, set `rows: until_blank` under "
        "`source`."
    )


def _any_usable(addresses: Iterable[str], region: str | None) -> bool:
    return any(read_address(text, region).key is not None for text in addresses)
