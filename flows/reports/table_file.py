"""Tables of text as files for people and their programs: CSV or a workbook, here or elsewhere."""

from __future__ import annotations

import csv
from pathlib import Path, PurePosixPath

import pandas as pd
import pyarrow as pa

from connectors.errors import ConfigurationError
from connectors.sources.guards import with_guard, with_guards
from connectors.storage.opening import opened_storage, writing_to
from connectors.storage.url import StorageUrl
from flows.reports.private_file import check_folder, replacing
from flows.reports.workbook import write_table

_SUFFIXES = (".csv", ".xlsx")


def check_table_file(place: Path | StorageUrl, what: str) -> None:
    """Raises ConfigurationError where `what` cannot be written there, as far as that can be known before; a server is
    asked who we are."""
    if isinstance(place, StorageUrl) and place.is_pattern:
        raise ConfigurationError(f"{place}: is a pattern, not one file.", hint="Name one without * ? [.")
    if PurePosixPath(place.name).suffix.lower() not in _SUFFIXES:
        raise ConfigurationError(f"{place}: {what} are written to .csv or .xlsx files.", hint="Change the name's end.")
    if isinstance(place, Path):
        check_folder(place)
        return
    with opened_storage(place):
        pass


def write_table_file(place: Path | StorageUrl, title: str, frame: pd.DataFrame, *, raw: bool = False) -> None:
    """Write a table of texts as `.csv` (UTF-8 with BOM) or `.xlsx` with a sheet `title`, whole or not at all; a file of
    this machine is readable by its owner only.

    In a CSV file what a spreadsheet program would take for a formula has an apostrophe before it, which is taken off
    again where such a file is read; `raw`: for programs, without.
    Raises CouldNotBeDone where it cannot be written; elsewhere also what `Storage` says.
    """
    if isinstance(place, StorageUrl):
        with writing_to(place) as file:
            write_table_file(file, title, frame, raw=raw)
        return
    if place.suffix.lower() == ".xlsx":
        write_table(place, title, pa.Table.from_pandas(frame, preserve_index=False))
        return
    if not raw:
        frame = _guarded(frame)
    with replacing(place) as temporary:
        # The mark at the beginning: without it, spreadsheet programs read UTF-8 as something else.
        frame.to_csv(temporary, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_ALL, lineterminator="\n")


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {with_guard(name): with_guards(pa.array(frame[name], pa.string())).to_pandas() for name in frame.columns}
    return pd.DataFrame(columns)
