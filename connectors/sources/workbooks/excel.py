"""Workbooks (xlsx, xlsm, xls, xlsb, ods) as rows of text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from connectors.collector import collector_paused
from connectors.errors import ConfigurationError
from connectors.sources.blank_rows import told_end, until_blank
from connectors.sources.cell_text import cell_text, text_column
from connectors.sources.damage import UNCALCULATED, error_reason, error_texts
from connectors.sources.files import OWN_SUFFIXES, content_digest, read_bytes
from connectors.sources.forms import form_of
from connectors.sources.headers import (
    REPEATED_HEADER,
    ROWS_SEARCHED,
    columns_under,
    header_position,
    repeated_headers,
)
from connectors.sources.places import CellPlace, cell_name
from connectors.sources.wanted_columns import NoSuchColumn, is_headed, wanted_names
from connectors.sources.workbooks.sheet import Cell, Sheet, Wanted
from connectors.sources.workbooks.sheet_column import SheetColumn
from connectors.sources.workbooks.workbook import one_clear_reason, open_sheet
from connectors.values import OUTCOME_COLUMNS, TO_FIX_SHEET, CellProblem, MissingColumn, Oddity, Rows, SheetFile


class ExcelSource:
    """One sheet of a workbook.

    sheet: its name, its number from 1, or None for the first visible one. or_only_sheet: whether a workbook without
    that sheet may have just one visible sheet instead, as when somebody saved a sheet as a file of its own.
    address: the header of the column with the phone numbers; it decides which row is the header, and its cells are
    checked for the damage a spreadsheet program does to numbers.
    columns: headers of all columns that are wanted; only their cells are looked at. None: every column's.
    ends_at_blank: whether a blank row ends the list, so that totals and legends may follow.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        sheet: str | int | None = None,
        address: str | None = None,
        columns: Collection[str] | None = None,
        or_only_sheet: bool = False,
        ends_at_blank: bool = False,
    ) -> None:
        self._path = Path(path)
        self._sheet = sheet
        self._or_only_sheet = or_only_sheet
        self._ends_at_blank = ends_at_blank
        self._address = address
        self._columns = columns
        self._wanted = wanted_names(address, columns)

    @property
    def stem(self) -> str:
        return self._path.stem

    def describe(self) -> str:
        """The source for people: the file, and the sheet where one was named."""
        return str(self._path) if self._sheet is None else f"{self._path}, sheet {self._sheet}"

    def read(self) -> Rows:
        """All rows under the header. Raises ConfigurationError for any file, sheet or header that cannot be used."""
        with collector_paused():
            return self._read()

    def _read(self) -> Rows:
        content = read_bytes(self._path)
        digest = content_digest(content) if self._path.suffix.lower() in OWN_SUFFIXES else ""
        sheet, visible_sheets = open_sheet(content, Wanted(self._sheet, or_only=self._or_only_sheet), str(self._path))
        others = [name for name in visible_sheets if name != sheet.name]
        where = f'{self._path}, sheet "{sheet.name}"'
        head = _head(sheet)
        try:
            header = header_position(head, self._address, where)
        except NoSuchColumn as error:
            raise error.with_sheets(self._with_sheets(error.missing, others, content)) from None
        below = sheet.numbers[header + 1 :]
        kept = until_blank(below) if self._ends_at_blank else len(below)
        body = _Body.under(sheet, header, kept)
        found = columns_under(head[header], body.texts.__getitem__, self._wanted, where, left=sheet.left)
        names = found.names
        columns = {name: body.texts[position] for position, name in names.items()}
        looked_at = {at: name for at, name in names.items() if self._columns is None or name in self._wanted}
        problems = list(body.problems(looked_at, head[header]))
        notes = [*self._about_the_choice(sheet.name, visible_sheets, head[header]), *found.notes]
        notes += [*_notes(sheet, header), *told_end(below, kept)]
        oddities: list[Oddity] = []
        for position, name in looked_at.items():
            with one_clear_reason(where):
                examined = body.column(position, name).examined(is_address=name == self._address)
            columns[name] = examined.texts
            problems += examined.problems
            oddities += examined.oddities
            notes += examined.notes
        return Rows(
            pa.table(columns),
            pa.array(body.numbers, pa.int64()),
            self.stem,
            tuple(sorted(problems, key=lambda problem: problem.row)),
            tuple(notes),
            sheet=sheet.name,
            file=SheetFile(self._path, sheet.numbers[header], digest) if digest else None,
            oddities=tuple(oddities),
            missing=self._with_sheets(found.missing, others, content),
            form=found.form,
        )

    def _with_sheets(
        self, missing: Sequence[MissingColumn], others: Sequence[str], content: bytes
    ) -> tuple[MissingColumn, ...]:
        """Missing columns, each with the first of the other sheets that has it. None is opened twice, or in vain."""
        found: dict[str, str] = {}
        repeated: dict[str, str] = {}
        for sheet_name in others:
            sought = [one.name for one in missing if one.name not in found]
            if not sought:
                break
            with suppress(ConfigurationError):  # that sheet is not the one that is read
                sheet, _ = open_sheet(content, Wanted(sheet_name), str(self._path))
                head = _head(sheet)
                having = {name: sheet_name for name in sought if any(is_headed(name, row) for row in head)}
                if any(form.repeat_sign for form in map(form_of, head) if form):
                    repeated |= having
                else:
                    found |= having
        return tuple(_placed(one, found, repeated) for one in missing)

    def _about_the_choice(self, name: str, visible: Sequence[str], columns: Collection[str]) -> Iterator[str]:
        """Why this sheet was read, where there was a choice."""
        if self._sheet is None and len(visible) > 1:
            yield f'Sheet "{name}" was read, the first visible one.'
        if self._or_only_sheet and self._sheet is not None and visible == [name] != [str(self._sheet)]:
            yield f'Sheet "{name}" was read, the only one of the file.'
        if OUTCOME_COLUMNS[0] in columns and TO_FIX_SHEET in visible and name != TO_FIX_SHEET:
            yield (
                f'Only sheet "{name}" was read. What was corrected in sheet "{TO_FIX_SHEET}" counts once that sheet '
                "is saved as a file of its own."
            )


def _placed(missing: MissingColumn, found: Mapping[str, str], repeated: Mapping[str, str]) -> MissingColumn:
    if missing.name in found:
        return missing.on_sheet(found[missing.name])
    if missing.name in repeated:
        told = f'It stands on sheet "{repeated[missing.name]}", a repeat group, of which a submission has several rows.'
        return replace(missing, nearest="", told=told)
    return missing


@dataclass(frozen=True, slots=True)
class _Body:
    """What stands under the header: row numbers, and each column's cells as they are and as text."""

    sheet: Sheet
    numbers: Sequence[int]
    values: Sequence[Sequence[Cell]]
    kinds: Sequence[AbstractSet[type]]
    texts: Sequence[pa.Array]

    @classmethod
    def under(cls, sheet: Sheet, header: int, kept: int) -> _Body:
        """The first so many rows under the header."""
        numbers = sheet.numbers[header + 1 : header + 1 + kept]
        below = sheet.rows[header + 1 : header + 1 + kept]
        # Column by column: zip(*rows) would make an iterator for each row first, and takes four times as long.
        values = [[row[position] for row in below] for position in range(len(sheet.rows[header]))]
        rows = {number: position for position, number in enumerate(numbers)}
        for (number, column), shown in sheet.facts.errors.items():
            if number in rows and column - sheet.left in range(len(values)):
                values[column - sheet.left][rows[number]] = shown
        kinds = [set(map(type, cells)) for cells in values]
        return cls(sheet, numbers, values, kinds, list(map(text_column, values, kinds)))

    def column(self, position: int, name: str) -> SheetColumn:
        return SheetColumn(
            name,
            self.values[position],
            self.texts[position],
            self.numbers,
            kinds=self.kinds[position],
            at=self.sheet.left + position,
            facts=self.sheet.facts,
        )

    def problems(self, names: Mapping[int, str], header: Sequence[str]) -> Iterator[CellProblem]:
        """Rows that repeat the header, and cells that have no value to read."""
        for at in repeated_headers(self.texts, header):
            yield CellProblem(self.numbers[at], "", REPEATED_HEADER)
        facts = self.sheet.facts
        reasons: dict[CellPlace, str] = {**dict.fromkeys(facts.uncalculated, UNCALCULATED), **facts.unreadable}
        reasons.update((place, error_reason(shown)) for place, shown in facts.errors.items())
        rows = frozenset(self.numbers)
        for (row, column), reason in reasons.items():
            if row in rows and column - self.sheet.left in names:
                yield CellProblem(row, names[column - self.sheet.left], reason)
        for position, name in names.items():
            for at, reason in error_texts(self.texts[position]).items():
                if (self.numbers[at], self.sheet.left + position) not in facts.errors:
                    yield CellProblem(self.numbers[at], name, reason)


def _head(sheet: Sheet) -> list[list[str]]:
    """The first rows as texts, among which the header is."""
    return [[cell_text(cell) for cell in row] for row in sheet.rows[:ROWS_SEARCHED]]


def _notes(sheet: Sheet, header: int) -> Iterator[str]:
    """What was decided on the user's behalf."""
    facts = sheet.facts
    if sheet.numbers[header] != 1:
        yield f"The header is in row {sheet.numbers[header]}; what stands above it was left out."
    if facts.hidden_rows:
        why = " (a filter is set)" if facts.filtered else ""
        yield f"Hidden rows were read like the others: {facts.hidden_rows}{why}."
    merged = [
        f"{cell_name(first)}:{cell_name(last)}" for first, last in sheet.merged if last[0] > sheet.numbers[header]
    ]
    if merged:
        listed = ", ".join(merged[:5]) + (", …" if len(merged) > 5 else "")
        yield f"Merged cells ({listed}): the value belongs to the first cell of each, the others are blank."
