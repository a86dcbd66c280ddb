"""Spreadsheets that have to be found or fetched first, and several of them as one list."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from connectors.errors import ConfigurationError, VerboiceSyncError
from connectors.values import CellProblem, Rows

_SIGNS = "*?["


class ReadableFile(Protocol):
    """A file that is read as rows."""

    @property
    def stem(self) -> str: ...
    def describe(self) -> str: ...
    def read(self) -> Rows: ...


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of this machine. called: what people know it as, where that is another place. note: how it was found."""

    path: Path
    called: str = ""
    note: str = ""


class FoundFiles:
    """The rows of what `find` finds when it is read.

    called: the source for people. file_column: the name of a column that says which file a row is of; beside it comes
    one with its row there, because the rows of all files are numbered through. None: there is one file, as it is.
    """

    def __init__(
        self,
        find: Callable[[], Sequence[FoundFile]],
        opened: Callable[[Path], ReadableFile],
        *,
        called: str,
        file_column: str | None = None,
    ) -> None:
        self._find = find
        self._opened = opened
        self._called = called
        self._file_column = file_column

    @property
    def stem(self) -> str:
        """Of where they lie; what is read says its own (`Rows.stem`)."""
        return Path(self._called).stem

    def describe(self) -> str:
        """The source for people: the path, pattern or URL."""
        return self._called

    def read(self) -> Rows:
        """As `find` and the files' own sources raise; of a file from elsewhere it is told where it really lies."""
        found = self._find()
        if self._file_column is None:
            return self._rows(found[0])
        return _one_below_the_other([(file.path.name, self._rows(file)) for file in found], self._file_column)

    def _rows(self, file: FoundFile) -> Rows:
        with _told_of(file):
            rows = self._opened(file.path).read()
        return replace(rows, notes=(file.note, *rows.notes)) if file.note else rows


@contextmanager
def _told_of(file: FoundFile) -> Iterator[None]:
    try:
        yield
    except VerboiceSyncError as error:
        if file.called:
            error.message = error.message.replace(str(file.path), file.called)
            error.hint = error.hint.replace(str(file.path), file.called)
        raise


def _one_below_the_other(parts: Sequence[tuple[str, Rows]], file_column: str) -> Rows:
    tables, problems, notes, begin = [], [], [], 2
    for name, rows in parts:
        if rows.missing:
            lacking = ", ".join(f"“{one.name}”" for one in rows.missing)
            raise ConfigurationError(f"{name}: has no column {lacking}.", hint="All files must have the same columns.")
        own = dict(zip(rows.numbers.to_pylist(), range(begin, begin + len(rows)), strict=True))
        table = rows.table.append_column(file_column, pa.repeat(pa.scalar(name), len(rows)))
        tables.append(table.append_column(row_column(file_column), rows.numbers.cast(pa.string())))
        problems += [
            CellProblem(own.get(one.row, begin), one.column, f"{name}, row {one.row}: {one.reason}")
            for one in rows.problems
        ]
        notes += [f"{name}: {note}" for note in rows.notes]
        begin += len(rows)
    whole = pa.concat_tables(tables, promote_options="default")
    columns = {column: whole[column].fill_null("") for column in whole.column_names}
    numbers = pa.array(range(2, begin), pa.int64())
    told = f"{len(parts)} files were read, one below the other; “{file_column}” says which a row is of."
    return replace(
        parts[-1][1], table=pa.table(columns), numbers=numbers, problems=tuple(problems), notes=(told, *notes),
        sheet="", file=None, oddities=tuple(one for _, rows in parts for one in rows.oddities), missing=(),
    )  # fmt: skip


def row_column(file_column: str) -> str:
    """The column with a row's number in its own file."""
    return f"{file_column} row"


def is_pattern(path: Path) -> bool:
    """Whether a path stands for all files that match it: no file is called so, and it has `*`, `?` or `[`."""
    return any(sign in str(path) for sign in _SIGNS) and not path.exists()


def matching_files(pattern: Path) -> list[Path]:
    """The files of this machine that match, oldest first; what programs keep beside open files is none.

    Raises ConfigurationError where there is none.
    """
    found = [Path(name) for name in glob.glob(str(pattern))]  # noqa: PTH207 - the pattern may begin anywhere
    files = [path for path in found if path.is_file() and not path.name.startswith((".", "~"))]
    if not files:
        raise ConfigurationError(f"{pattern}: no file matches.", hint="Check folder and pattern.")
    return sorted(files, key=lambda path: (path.stat().st_mtime, path.name))


def newest_note(name: str, count: int) -> str:
    """Which of several files was taken; "" where there was no other."""
    return f"Read {name}, the newest of {count} files that match." if count > 1 else ""
