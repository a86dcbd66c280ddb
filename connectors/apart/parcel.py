"""Rows, and errors in their place, as bytes between two processes: nothing of them is changed on the way."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import pyarrow as pa

from connectors.errors import ConfigurationError, CouldNotBeDone, VerboiceSyncError
from connectors.sources.wanted_columns import NoSuchColumn
from connectors.values import CellProblem, MissingColumn, Oddity, Rows, SheetFile

if TYPE_CHECKING:
    from mmap import mmap

    Buffer = bytes | memoryview | mmap

_ERRORS: dict[str, type[VerboiceSyncError]] = {kind.__name__: kind for kind in (ConfigurationError, CouldNotBeDone)}


class Parcel(NamedTuple):
    """`head` is JSON that says what was found; `content` two streams of Arrow IPC, table and numbers, if it is rows."""

    head: bytes
    content: Buffer = b""


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """The reader asked for more memory than it may have."""


class ReaderFault(Exception):  # noqa: N818 - its text is the reader's own traceback
    """A fault of the program itself in the reader's process."""


def packed(rows: Rows, content: BinaryIO) -> bytes:
    """The head of a parcel with the rows of a file, whose content is written without a copy of it in between. A
    watermark is found where a cursor is known, not apart."""
    file = rows.file and {**asdict(rows.file), "path": str(rows.file.path)}
    head = {
        "rows": {
            "stem": rows.stem,
            "sheet": rows.sheet,
            "form": rows.form,
            "file": file,
            "notes": rows.notes,
            "problems": [asdict(problem) for problem in rows.problems],
            "oddities": [asdict(oddity) for oddity in rows.oddities],
            "missing": [asdict(column) for column in rows.missing],
        }
    }
    for table in (rows.table, pa.table({"": rows.numbers})):
        with pa.ipc.new_stream(content, table.schema) as stream:
            stream.write_table(table)
    return _json(head)


def packed_error(error: VerboiceSyncError) -> bytes:
    """The error as the nearest kind that both sides know."""
    kind = next(name for name in (base.__name__ for base in type(error).__mro__) if name in _ERRORS)
    told = {"kind": kind, "message": error.message, "hint": error.hint}
    missing = [asdict(column) for column in error.missing] if isinstance(error, NoSuchColumn) else []
    return _json({"error": told | {"missing": missing}})


def packed_fault(told: str) -> bytes:
    return _json({"fault": told})


OUT_OF_MEMORY = b'{"out_of_memory": true}'


def unpacked(parcel: Parcel) -> Rows | OutOfMemory:
    """What was packed. Raises the error that was, and ReaderFault."""
    head: dict[str, Any] = json.loads(parcel.head)
    if "error" in head:
        raise _error(head["error"])
    if "fault" in head:
        raise ReaderFault(head["fault"])
    if "rows" not in head:
        return OutOfMemory()
    facts = head["rows"]
    streams = pa.BufferReader(parcel.content)
    return Rows(
        table=_table(streams),
        numbers=_table(streams).column(0).combine_chunks(),
        stem=facts["stem"],
        problems=tuple(CellProblem(**problem) for problem in facts["problems"]),
        notes=tuple(facts["notes"]),
        sheet=facts["sheet"],
        file=facts["file"] and SheetFile(**{**facts["file"], "path": Path(facts["file"]["path"])}),
        oddities=tuple(Oddity(**oddity) for oddity in facts["oddities"]),
        missing=tuple(MissingColumn(**column) for column in facts["missing"]),
        form=facts["form"],
    )


def _error(told: dict[str, Any]) -> VerboiceSyncError:
    if told["missing"]:
        missing = [MissingColumn(**column) for column in told["missing"]]
        return NoSuchColumn(told["message"], hint=told["hint"], missing=missing)
    return _ERRORS[told["kind"]](told["message"], hint=told["hint"])


def _json(head: object) -> bytes:
    return json.dumps(head).encode()  # in ASCII: names of files may hold what is no UTF-8


def _table(streams: pa.BufferReader) -> pa.Table:
    with pa.ipc.open_stream(streams) as stream:
        return stream.read_all()
