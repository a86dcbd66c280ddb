"""The files that a pipeline's `source.path` means: by a pattern, or from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from connectors.sources.found_files import FoundFile, matching_files, newest_note
from connectors.storage.copies import Copies
from connectors.storage.opening import WebAccess, matching, opened_storage
from connectors.storage.storage import FetchLimits, Storage
from connectors.storage.url import StorageUrl
from flows.settings.sources import CsvSettings, DatabaseSettings, ExcelSettings, SourceSettings

COPIES = "fetched"  # in the home folder
IN_CLEAR = "ftp:// sends the password and the rows readable for everybody on the way."


def finder(settings: CsvSettings | ExcelSettings, home: Path) -> Callable[[], Sequence[FoundFile]]:
    """What finds the files, asked each time the source is read; those from elsewhere are kept in the home folder."""
    place = settings.path
    if isinstance(place, Path):
        return lambda: _local(place, settings)
    return lambda: _fetched(place, settings, home / COPIES)


def access_of(settings: CsvSettings | ExcelSettings) -> WebAccess:
    """What a web server is told beside the URL."""
    headers = {name: secret.get_secret_value() for name, secret in settings.headers.items()}
    return WebAccess(headers, settings.redirects_to)


def _local(pattern: Path, settings: CsvSettings | ExcelSettings) -> list[FoundFile]:
    found = matching_files(pattern)
    if settings.files == "all":
        return [FoundFile(path) for path in found]
    return [FoundFile(found[-1], note=newest_note(found[-1].name, len(found)))]


def _fetched(place: StorageUrl, settings: CsvSettings | ExcelSettings, kept: Path) -> list[FoundFile]:
    with opened_storage(place, access_of(settings)) as storage:
        wanted, note = _wanted(storage, place, settings)
        copies = Copies(kept, limits_of(settings))
        of_sheet = not isinstance(settings, ExcelSettings) or settings.sheet is None
        files = [(copies.of(storage, url, settings.kind, of_sheet=of_sheet), url) for url in wanted]
    notes = " ".join(filter(None, (note, IN_CLEAR if place.scheme == "ftp" else "")))
    return [FoundFile(path, url.shown, notes) for path, url in files]


def _wanted(storage: Storage, place: StorageUrl, settings: CsvSettings | ExcelSettings) -> tuple[list[StorageUrl], str]:
    """The URLs to fetch, and a note where one of several was chosen."""
    if not place.is_pattern:
        return [place], ""
    found = [file.url for file in matching(storage, place)]
    if settings.files == "all":
        return found, ""
    return found[-1:], newest_note(found[-1].name, len(found))


def limits_of(settings: SourceSettings) -> FetchLimits:
    """What fetching a file may take."""
    usual, asked = FetchLimits(), None if isinstance(settings, DatabaseSettings) else settings.limits
    if asked is None:
        return usual
    size = usual.size if asked.size is None else asked.size * 1024**2
    return FetchLimits(size, asked.fetch_time or usual.time)
