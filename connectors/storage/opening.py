"""From a URL to its storage, and to the files that it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from connectors.errors import ConfigurationError
from connectors.storage.storage import Storage, StoredFile
from connectors.storage.url import StorageUrl


@dataclass(frozen=True, slots=True)
class WebAccess:
    """What a web server is sent beside the URL, and which other hosts it may lead to (`WebStorage`)."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    redirects_to: Sequence[str] = ()


@contextmanager
def opened_storage(url: StorageUrl, access: WebAccess | None = None) -> Iterator[Storage]:
    """The storage of a URL, closed afterwards. Raises ConfigurationError and CouldNotBeDone as `Storage` says."""
    storage = storage_of(url, access)
    try:
        yield storage
    finally:
        storage.close()


@contextmanager
def writing_to(url: StorageUrl) -> Iterator[Path]:
    """A file of this machine, which only its owner can reach, put to the place of the URL when the block ends well.

    Raises ConfigurationError and CouldNotBeDone as `Storage` says; whatever was there is there still.
    """
    with TemporaryDirectory(prefix="verboice-sync-") as folder:
        file = Path(folder, f"written{PurePosixPath(url.name).suffix.lower()}")
        yield file
        with opened_storage(url) as storage:
            storage.put(file, url)


def storage_of(url: StorageUrl, access: WebAccess | None = None) -> Storage:
    """As `opened_storage`; to be closed by who asked for it."""
    if url.is_web:
        from connectors.storage.web import WebStorage

        asked = access or WebAccess()
        return WebStorage(url, headers=asked.headers, redirects_to=asked.redirects_to)
    from connectors.storage.backends import FsspecStorage

    return FsspecStorage(url)


def matching(storage: Storage, pattern: StorageUrl) -> list[StoredFile]:
    """The files that match the last part of the URL, oldest first; files that programs keep beside open ones are none.

    Raises ConfigurationError where there is none.
    """
    found = [
        file
        for file in storage.entries(pattern.folder)
        if not file.is_folder and fnmatchcase(file.url.name, pattern.name) and not file.url.name.startswith((".", "~"))
    ]
    if not found:
        raise ConfigurationError(f"{pattern}: no file matches.", hint="Check folder and pattern.")
    return sorted(found, key=lambda file: (file.modified, file.url.name))
