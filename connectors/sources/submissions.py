"""Files of submissions: questions that were not asked are blank, and by a cursor only what is new is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

import pyarrow as pa
import pyarrow.compute as pc

from connectors.sources.forms import UNANSWERED
from connectors.sources.found_files import ReadableFile
from connectors.sources.wanted_columns import no_such_column
from connectors.values import MissingColumn, Rows

CursorValue = Decimal | datetime
_NO_CURSOR = "Name a column under `source.cursor` that says when a row was submitted or changed."
_FURTHEST_ZONE = timedelta(hours=14)  # by so much may a time without a zone be ahead of UTC


@dataclass(frozen=True, slots=True)
class Cursor:
    """A column by which rows are in the order of time. since: its value up to which they are known; None: none is."""

    column: str
    since: str | None = None


class Submissions:
    """What a file has, as `connectors.sources.forms` knows forms, and from `cursor` on.

    columns: those that are used. meant: texts that have a meaning of their own to whoever reads, whatever a form means.
    """

    def __init__(
        self,
        source: ReadableFile,
        *,
        columns: Collection[str],
        meant: Collection[str] = (),
        cursor: Cursor | None = None,
    ) -> None:
        self._source = source
        self._columns = columns
        self._meant = meant
        self._cursor = cursor

    @property
    def stem(self) -> str:
        return self._source.stem

    def describe(self) -> str:
        """The source for people, as it describes itself."""
        return self._source.describe()

    def read(self) -> Rows:
        """The rows. With a cursor those whose value is at least `since`, because others may share the last instant, and
        those without one; `Rows.watermark` is the greatest value that can have come (a clock that is wrong would keep
        all others out). Raises as the source does, and ConfigurationError where the cursor's column is not there."""
        rows = self._source.read()
        if rows.form and UNANSWERED not in self._meant:
            rows = _without_unanswered(rows, self._columns)
        return rows if self._cursor is None else _since(rows, self._cursor, self.describe())


def _without_unanswered(rows: Rows, columns: Collection[str]) -> Rows:
    table, notes = rows.table, list(rows.notes)
    for name in (name for name in table.column_names if name in columns):
        unanswered = pc.equal(pc.utf8_trim_whitespace(table[name]), UNANSWERED)
        first = pc.index(unanswered, True).as_py()
        if first < 0:
            continue
        count, row = pc.sum(unanswered).as_py(), rows.numbers[first].as_py()
        where = f"row {row}" if count == 1 else f"{count:,} cells, from row {row} on"
        notes.append(
            f"Column “{name}”: “{UNANSWERED}” stands for a question that was not asked; read as blank ({where})."
        )
        blanked = pc.if_else(unanswered, "", table[name])
        table = table.set_column(table.column_names.index(name), name, blanked)
    return replace(rows, table=table, notes=tuple(notes))


def _since(rows: Rows, cursor: Cursor, where: str) -> Rows:
    if cursor.column not in rows.columns:
        known = (one for one in rows.missing if one.name == cursor.column)
        missing = next(known, MissingColumn(cursor.column))
        raise no_such_column(missing, rows.columns, where, hint=_NO_CURSOR)
    texts = [text.strip() for text in rows.table[cursor.column].to_pylist()]
    places = list(map(_place, texts))
    begin = None if cursor.since is None else _place(cursor.since)
    new = [_is_new(place, begin) for place in places]
    kept = pa.array(new, pa.bool_())
    return replace(
        rows,
        table=rows.table.filter(kept),
        numbers=rows.numbers.filter(kept),
        notes=(*rows.notes, *_notes(rows, cursor, texts, places, sum(new))),
        watermark=_greatest(texts, places) or cursor.since,
    )


def _is_new(place: CursorValue | None, begin: CursorValue | None) -> bool:
    """Whether a value is not before another one, as far as anybody can tell."""
    if isinstance(place, Decimal) and isinstance(begin, Decimal):
        return place >= begin
    if isinstance(place, datetime) and isinstance(begin, datetime) and _kind(place) == _kind(begin):
        return place >= begin
    return True


def _notes(
    rows: Rows, cursor: Cursor, texts: Sequence[str], places: Sequence[CursorValue | None], kept: int
) -> list[str]:
    notes = []
    if kept < len(texts):
        notes.append(f"Read were the rows since {cursor.since} (“{cursor.column}”): {kept:,} of {len(texts):,}.")
    odd = [at for at, text in enumerate(texts) if text and places[at] is None]
    if odd:
        notes.append(
            f"Column “{cursor.column}” is the cursor and has texts that are neither numbers nor ISO dates, such as in "
            f"row {rows.numbers[odd[0]]}: these {len(odd):,} rows are read each time."
        )
    return notes


def _greatest(texts: Sequence[str], places: Sequence[CursorValue | None]) -> str | None:
    """The text of the greatest value, of the kind that most are of."""
    kinds = Counter(_kind(place) for place in places if place is not None)
    if not kinds:
        return None
    usual = kinds.most_common(1)[0][0]
    ordered = [(place, at) for at, place in enumerate(places) if place is not None and _kind(place) == usual]
    possible = [one for one in ordered if not _is_to_come(one[0])]
    return texts[max(possible)[1]] if possible else None


def _is_to_come(place: CursorValue) -> bool:
    if isinstance(place, Decimal):
        return False
    latest = datetime.now(UTC) + _FURTHEST_ZONE
    return place > (latest if place.tzinfo else latest.replace(tzinfo=None))


def _kind(place: CursorValue) -> str:
    """What can be compared: numbers, times of a zone, times without one."""
    return "number" if isinstance(place, Decimal) else "time" if place.tzinfo else "time without zone"


def _place(text: str) -> CursorValue | None:
    """Where a value stands in time; None where nobody can tell."""
    try:
        number = Decimal(text)
        return number if number.is_finite() else None
    except InvalidOperation:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
