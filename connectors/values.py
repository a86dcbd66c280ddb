"""Plain values that cross rooms: the rows of a source, what Verboice has, and what it is asked for. Frozen.

The names by which a result is known again stand here too, because those who write it and those who read it as a source
do not know each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import pyarrow as pa

TO_FIX_SHEET = "To fix"
"""The result workbook's sheet with the rows to correct and drop in again."""

ADDED_PREFIX = "sync_"
"""What the names of columns begin with that a result adds and that are ignored when it comes back."""

TO_DO_COLUMN, ROW_COLUMN = "sync_to_do", "sync_row"
"""Beside the outcomes, in the workbook alone: what to do about a row, and its number in the source."""

OUTCOME_COLUMNS = (
    "sync_status",
    "sync_reason",
    "sync_changes",
    "contact_id",
    "call_id",
    "call_state",
    "fail_reason",
    "started_at",
    "finished_at",
    "answers",
)
"""What a run adds to each row of its source, in the result workbook (the later ones only where there are calls) and in
the `results` table. A sheet that has the first of them is a result that came back."""


def added_columns(names: Sequence[str]) -> frozenset[int]:
    """Positions of the columns that a result has beside its source's: those named `sync_…`, and after the first of
    them the other names of outcomes."""
    first = names.index(OUTCOME_COLUMNS[0]) if OUTCOME_COLUMNS[0] in names else len(names)
    return frozenset(
        at for at, name in enumerate(names) if name.startswith(ADDED_PREFIX) or (at > first and name in OUTCOME_COLUMNS)
    )


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One cell that cannot be used as it stands, with the reason in the user's words.

    `row` is the number a person sees in the spreadsheet (the header is row 1). `column` is the header's text, or ""
    when the whole row is meant.
    """

    row: int
    column: str
    reason: str


OddityKind = Literal[
    "as_shown", "percent", "money", "exponent", "rounded", "dressed", "partly_shown", "too_long", "guarded"
]
"""In what way a cell is not read letter by letter as it is shown; see `docs/cells.md`."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """Cells of one column that are odd in one way, told once for all of them.

    row: the first one's. shown, read: that cell as people see it and as it is read; `shown` is "" where only the
    program that wrote the file could tell.
    """

    column: str
    kind: OddityKind
    count: int
    row: int
    shown: str
    read: str


@dataclass(frozen=True, slots=True)
class MissingColumn:
    """A column that was wanted and is not there.

    nearest: the header most likely meant. told: what else is known of it. sheet: another sheet of the file that has
    the column. Each may be empty.
    """

    name: str
    nearest: str = ""
    told: str = ""
    sheet: str = ""

    def on_sheet(self, sheet: str) -> MissingColumn:
        """The same, once another sheet is known to have it."""
        return replace(self, sheet=sheet)


@dataclass(frozen=True, slots=True)
class SheetFile:
    """The workbook file that rows were read from: its path, the row number of the header, and what its content was
    (a digest as `file_digest` gives it), because a person may save the file again at any moment."""

    path: Path
    header: int
    digest: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a source as text.

    table: one string column per source column, in the source's order, without nulls; an empty cell is "".
    numbers: int64, same length; the spreadsheet row of each (header = 1). Rows that are blank throughout are left out.
    problems: cells that could not be read faithfully (error cells, damaged numbers); judged row by row later.
    notes: what was decided on the user's behalf (encoding, delimiter, sheet, hidden rows included), one sentence each.
    stem: the name reports carry (`patients` for `patients.xlsx`).
    sheet: the name of the sheet the rows stand on, where there is one; reports call their first sheet the same.
    file: the workbook file that this sheet is of, where it is an xlsx or xlsm.
    watermark: the greatest value of the source's cursor column, as text; None without a cursor.
    oddities: cells of the wanted columns that are not read letter by letter as they are shown.
    missing: columns that were wanted and are not there.
    form: who made the export of a form that the file is (KoboToolbox, ODK, CommCare); "" of other files.
    """

    table: pa.Table
    numbers: pa.Array
    stem: str
    problems: tuple[CellProblem, ...] = ()
    notes: tuple[str, ...] = ()
    sheet: str = ""
    file: SheetFile | None = None
    watermark: str | None = None
    oddities: tuple[Oddity, ...] = ()
    missing: tuple[MissingColumn, ...] = ()
    form: str = ""

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.table.column_names)


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as Verboice lists it (API sheet 3.1-3.3): a variable may be absent, None (null) or text."""

    id: int
    addresses: tuple[str, ...]
    vars: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class RemoteContacts:
    """The contacts of a project, columnar.

    ids: int64, one per contact.
    addresses: string, one per address of any contact; address_owner: int64, the position in `ids` it belongs to.
    variables: name -> string column as long as `ids`; null where Verboice has null or no row at all.
    complete: whether these are all contacts of the project (`contacts.json`) or only those asked for one by one.
    """

    ids: pa.Array
    addresses: pa.Array
    address_owner: pa.Array
    variables: Mapping[str, pa.Array]
    complete: bool = True

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(
        cls, contacts: Sequence[Contact], variables: Iterable[str] | None = None, *, complete: bool = True
    ) -> RemoteContacts:
        """Columns from single contacts. `variables` names those wanted; None takes every name, in first-seen order."""
        names = dict.fromkeys(variables if variables is not None else (name for c in contacts for name in c.vars))
        return cls(
            ids=pa.array([c.id for c in contacts], pa.int64()),
            addresses=pa.array([a for c in contacts for a in c.addresses], pa.string()),
            address_owner=pa.array([i for i, c in enumerate(contacts) for _ in c.addresses], pa.int64()),
            variables={name: pa.array([c.vars.get(name) for c in contacts], pa.string()) for name in names},
            complete=complete,
        )

    def __iter__(self) -> Iterator[Contact]:
        """The contacts one by one, absent and null variables both left out. For small sets, not for the diff."""
        owned: dict[int, list[str]] = {}
        for owner, address in zip(self.address_owner.to_pylist(), self.addresses.to_pylist(), strict=True):
            owned.setdefault(owner, []).append(address)
        columns = {name: column.to_pylist() for name, column in self.variables.items()}
        for position, contact_id in enumerate(self.ids.to_pylist()):
            values = {name: column[position] for name, column in columns.items() if column[position] is not None}
            yield Contact(contact_id, tuple(owned.get(position, ())), values)


@dataclass(frozen=True, slots=True)
class Project:
    """A project of the account (API sheet 2.1). `contact_vars` is None where names cannot be listed: in a project that
    is only shared to the account (1.23)."""

    id: int
    name: str
    call_flows: Mapping[int, str] = field(default_factory=dict)
    schedules: tuple[str, ...] = ()
    contact_vars: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel the account may call through (API sheet 10.2). Servers before 3.0.2 tell only names: `id` is None.

    lines: so many of its calls ring at once; None where that is not told (10.11).
    """

    id: int | None
    name: str
    enabled: bool = True
    call_flow_id: int | None = None
    call_flow: str | None = None
    shared_by: str | None = None
    lines: int | None = None


@dataclass(frozen=True, slots=True)
class CallRequest:
    """One call to be enqueued, everything resolved and checked (API sheet 8, "Parameters").

    channel: id, or name where the server tells no ids. schedule: name or id.
    What is said: `call_flow_id`, or `twiml` within `project_id`, or neither for the channel's own flow.
    not_before, not_after: `YYYY-MM-DD HH:MM:SS` in `time_zone`, a Rails zone name or tz identifier.
    """

    channel: int | str
    address: str
    call_flow_id: int | None = None
    twiml: str | None = None
    project_id: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    schedule: int | str | None = None
    not_before: str | None = None
    not_after: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class QueuedCall:
    """Verboice's answer to an accepted call (API sheet 8.2)."""

    call_id: int
    state: str


@dataclass(frozen=True, slots=True)
class CallLogEntry:
    """A line of what Verboice wrote down about a call (API sheet 9.11). `at` is aware, and in UTC."""

    at: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class CallStatus:
    """Where a call stands (API sheet 9.2, 9.7). `state`: queued, active, completed, failed, expired or cancelled.

    Times are ISO 8601 in UTC as the server writes them. `detailed` is whether everything but the state was asked for.
    """

    call_id: int
    state: str
    started_at: str | None = None
    finished_at: str | None = None
    fail_reason: str | None = None
    fail_code: str | None = None
    fail_details: str | None = None
    detailed: bool = False

    @property
    def will_retry(self) -> bool:
        """Queued again after a failed attempt; `finished_at` is then set although nothing is finished (9.9)."""
        return self.state == "queued" and self.fail_reason is not None
