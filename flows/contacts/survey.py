"""What becomes of each column that is used: what for, read as what, and which of its cells are odd."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import CellProblem, Rows
from flows.contacts.columns import flags, one
from flows.contacts.damage import ISO_DATE, OTHER_DATE, Finding, findings

_MOST_ODD = 4
# (one, several, pattern): a cell is of the first kind that it matches.
_KINDS = (
    ("whole number", "whole numbers", r"^[+-]?\d+$"),
    ("number with decimals", "numbers with decimals", r"^[+-]?\d*[.,]\d+$"),
    ("date", "dates", f"{ISO_DATE}|{OTHER_DATE}"),
    ("time", "times", r"^-?\d+:\d{2}(:\d{2}(\.\d+)?)?$"),
    ("logical value", "logical values", r"^(true|false)$"),
    ("text", "texts", ""),
)


@dataclass(frozen=True, slots=True)
class SurveyedColumn:
    """One column. `odd` are sentences, each with the row of an example."""

    column: str
    used_as: tuple[str, ...]
    read_as: str
    odd: tuple[str, ...]


def survey(
    rows: Rows,
    uses: Mapping[str, Sequence[str]],
    problems: Iterable[CellProblem],
    *,
    address: str,
    silent: Collection[str] = (),
) -> list[SurveyedColumn]:
    """The columns that are used, in their order. `uses`: column → what it is used as; `problems`: what keeps rows from
    being used, those of the source included; `silent`: texts that have a meaning of their own in this pipeline."""
    by_column: dict[str, dict[int, str]] = {column: {} for column in uses}
    for problem in problems:
        column = problem.column or address  # a row that is odd as a whole is told where every row has something
        if column in by_column:
            by_column[column].setdefault(problem.row, problem.reason)
    odd = findings(rows, uses, address=address, silent=silent)
    surveyed = []
    for column, used_as in uses.items():
        unusable = by_column[column]
        texts = one(rows.table.column(column))
        read_as = _addresses(len(rows), len(unusable)) if column == address else _read_as(texts, silent)
        told = [*_unusable(unusable), *_odd(finding for finding in odd if finding.column == column)]
        surveyed.append(SurveyedColumn(column, tuple(used_as), read_as, _first(told)))
    return surveyed


def _addresses(rows: int, unusable: int) -> str:
    usable = _counted(rows - unusable, "phone number or SIP address", "phone numbers or SIP addresses")
    return f"{usable}, {unusable:,} not usable" if unusable else usable


def _read_as(texts: pa.Array, silent: Collection[str]) -> str:
    """How many cells hold what."""
    left = pc.utf8_trim_whitespace(texts)
    blank = pc.is_in(left, value_set=pa.array(["", *silent]))
    left = left.filter(pc.invert(blank))
    told = []
    for single, plural, pattern in _KINDS:
        found = pc.match_substring_regex(left, pattern)
        told += _count(found, single, plural)
        left = left.filter(pc.invert(found))
    return ", ".join([*told, *_count(blank, "blank cell", "blank cells")]) or "no cells"


def _count(found: pa.Array, single: str, plural: str) -> list[str]:
    count = int(flags(found).sum())
    return [_counted(count, single, plural)] if count else []


def _counted(count: int, single: str, plural: str) -> str:
    return f"{count:,} {single if count == 1 else plural}"


def _unusable(reasons: Mapping[int, str]) -> Iterator[str]:
    """Each reason once, with its first row."""
    rows: dict[str, list[int]] = {}
    for row, reason in reasons.items():
        rows.setdefault(reason, []).append(row)
    return (_told(min(found), len(found), reason) for reason, found in rows.items())


def _odd(found: Iterable[Finding]) -> Iterator[str]:
    return (_told(finding.row, finding.count, finding.told) for finding in found)


def _told(row: int, count: int, what: str) -> str:
    more = f" and {count - 1:,} more" if count > 1 else ""
    return f"row {row}{more}: {what}"


def _first(told: Sequence[str]) -> tuple[str, ...]:
    if len(told) <= _MOST_ODD:
        return tuple(told)
    return (*told[: _MOST_ODD - 1], f"… and {len(told) - _MOST_ODD + 1:,} more kinds")
