"""Settings of a source become the source itself, which gives rows: a pipeline's own, or a list of people beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from connectors.errors import ConfigurationError
from connectors.sources.found_files import FoundFiles, is_pattern, row_column
from connectors.sources.submissions import Cursor, Submissions
from connectors.values import Rows
from flows.settings.sources import CsvSettings, DatabaseSettings, ExcelSettings, SourceSettings

if TYPE_CHECKING:
    from connectors.apart.limits import AskedLimits


class Source(Protocol):
    """Where rows come from. `read` raises ConfigurationError or CouldNotBeDone with the place and the next step."""

    @property
    def stem(self) -> str: ...
    def read(self) -> Rows: ...
    def describe(self) -> str: ...


def opened(
    settings: SourceSettings,
    columns: Sequence[str],
    *,
    home: Path,
    path: Path | None = None,
    since: str | None = None,
    meant: Collection[str] = (),
) -> Source:
    """The source of these settings, of which these columns matter; `path` puts a dropped file in the place of the
    configured file, table or query, and is read from its beginning.

    home: the home folder, where copies of files from elsewhere are kept, and files remembered that killed their reader.
    since: a source with a cursor reads only rows changed since this watermark. meant: texts of cells that the pipeline
    gives a meaning of its own.
    """
    if path is not None:
        return Submissions(_Files(settings, columns, home).dropped(path), columns=columns, meant=meant)
    if isinstance(settings, DatabaseSettings):
        return _database(settings, since, columns)
    cursor = None if settings.cursor is None else Cursor(settings.cursor, since)
    wanted = [*columns, *([] if settings.cursor is None or settings.cursor in columns else [settings.cursor])]
    files = _Files(settings, wanted, home)
    return Submissions(files.configured(settings), columns=columns, meant=meant, cursor=cursor)


@dataclass(frozen=True, slots=True)
class _Files:
    """Spreadsheets as the source that the settings describe."""

    settings: SourceSettings
    columns: Sequence[str]
    home: Path

    def configured(self, settings: CsvSettings | ExcelSettings) -> Source:
        """The file that is named; found or fetched when it is read, where it is not simply there."""
        place = settings.path
        if isinstance(place, Path) and not is_pattern(place):
            return self.spreadsheet(settings.kind, place)
        from flows.found import finder

        sheet = settings.sheet if isinstance(settings, ExcelSettings) else None
        return FoundFiles(
            finder(settings, self.home),
            lambda path: self.spreadsheet(settings.kind, path),
            called=str(place) if sheet is None else f"{place}, sheet {sheet}",
            file_column=settings.file_column if settings.files == "all" else None,
        )

    def dropped(self, path: Path) -> Source:
        """A dropped file is read by what it is: people save a workbook as CSV and the other way round."""
        from connectors.sources.files import CSV_SUFFIXES, EXCEL_SUFFIXES, kind_of

        kind = kind_of(path)
        if kind is None:
            raise ConfigurationError(
                f"{path} is neither a spreadsheet nor a CSV file.",
                hint=f"Save it as one of: {', '.join(sorted(EXCEL_SUFFIXES | CSV_SUFFIXES))}.",
            )
        return self.spreadsheet(kind, path, or_only_sheet=True)

    def spreadsheet(self, kind: str, path: Path, *, or_only_sheet: bool = False) -> Source:
        """A file, read apart; or_only_sheet: whether a workbook of one sheet may call it something else."""
        from connectors.sources.csv.source import CsvSource
        from connectors.sources.workbooks.excel import ExcelSource

        settings, columns, limits = self.settings, self._columns(), _asked_limits(self.settings)
        ends = not isinstance(settings, DatabaseSettings) and settings.rows == "until_blank"
        if kind == "csv":
            listed = CsvSource(path, address=settings.address, columns=columns, ends_at_blank=ends)
            return _apart(listed, path, limits, self.home)
        source = ExcelSource(
            path,
            sheet=settings.sheet if isinstance(settings, ExcelSettings) else None,
            address=settings.address,
            columns=columns,
            or_only_sheet=or_only_sheet,
            ends_at_blank=ends,
        )
        return _apart(source, path, limits, self.home)

    def _columns(self) -> list[str]:
        """What a file has to have: what is used, without the columns that say which file a row is of."""
        added: set[str] = set()
        if not isinstance(self.settings, DatabaseSettings) and self.settings.files == "all":
            added = {self.settings.file_column, row_column(self.settings.file_column)}
        return [column for column in self.columns if column not in added]


def _apart(source: Source, path: Path, limits: AskedLimits, home: Path) -> Source:
    """The source, read in a process of its own."""
    from connectors.apart.poison import Poison
    from connectors.apart.reader import ReadApart

    return ReadApart(source, path, limits=limits, poison=Poison(home / "poison"))


def _asked_limits(settings: SourceSettings) -> AskedLimits:
    """What the pipeline says of how much its files may take."""
    from connectors.apart.limits import AskedLimits

    limits = None if isinstance(settings, DatabaseSettings) else settings.limits
    if limits is None:
        return AskedLimits()
    memory = None if limits.memory is None else limits.memory * 1024**2
    return AskedLimits(memory, limits.processor_time, limits.wall_time)


def spreadsheet_source(kind: str, path: Path, *, home: Path) -> Source:
    """A file as it is, for a first look; `kind` is csv or excel."""
    from connectors.apart.limits import AskedLimits
    from connectors.sources.csv.source import CsvSource
    from connectors.sources.workbooks.excel import ExcelSource

    return _apart(CsvSource(path) if kind == "csv" else ExcelSource(path), path, AskedLimits(), home)


def _database(settings: DatabaseSettings, since: str | None, columns: Sequence[str]) -> Source:
    from connectors.sources.databases.database import DatabaseSource

    limit = settings.statement_timeout
    return DatabaseSource(
        settings.url.get_secret_value(),
        query=settings.query,
        table=settings.table,
        address=settings.address,
        columns=columns,
        cursor=settings.cursor,
        since=since,
        **({} if limit is None else {"statement_timeout": limit.total_seconds()}),
    )
