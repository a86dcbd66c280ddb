"""What all places of files have in common: finding, fetching, putting and renaming, with one set of errors."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.storage.url import StorageUrl

_MIB = 1024**2


class NotThere(ConfigurationError):  # noqa: N818 - a state, like its neighbours
    """There is no such file or folder."""


class InUse(CouldNotBeDone):
    """A file that somebody still has open, or is still writing."""


class TooLarge(CouldNotBeDone):
    """A file of more bytes than it may have."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What fetching one file may take: bytes, and seconds in all."""

    size: int = 200 * _MIB
    time: float = 300.0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is there, or a folder. modified: seconds since 1970, 0 where nobody tells."""

    url: StorageUrl
    size: int
    modified: float
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that has come. version: what tells next time whether it is still the same; name: what it is called."""

    version: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


class Storage(Protocol):
    """One server, share or bucket. Each method raises ConfigurationError for what a person has to change (NotThere for
    what is missing), and CouldNotBeDone for what may pass; neither shows account, password or query.

    renames: whether `rename` is one step, of which two callers cannot both succeed.
    """

    renames: bool

    def entries(self, folder: StorageUrl) -> list[StoredFile]:
        """The files and folders of a folder, without what is in folders below."""

    def version(self, url: StorageUrl) -> Mapping[str, str] | None:
        """What tells whether a file is still the same, {} where nobody says; None where there is none."""

    def fetch(self, url: StorageUrl, into: Path, known: Mapping[str, str], limits: FetchLimits) -> Fetched | None:
        """Write the file's bytes into `into`; None where it is still of the version `known`."""

    def put(self, content: Path, url: StorageUrl) -> None:
        """Have the file there, in the place of one that may be; whoever reads it meanwhile gets the old or the new."""

    def rename(self, old: StorageUrl, new: StorageUrl) -> None:
        """Move a file within the storage, over none that is there. Raises InUse where somebody writes to it."""

    def remove(self, url: StorageUrl) -> None:
        """Remove a file; without effect where there is none."""

    def make_folder(self, url: StorageUrl) -> None:
        """See that the folder is there, and those above it."""

    def remove_folder(self, url: StorageUrl) -> None:
        """Remove a folder if it is empty."""

    def close(self) -> None:
        """Leave nothing open."""


def unfinished(name: str) -> str:
    """What a file is called, beside its place, until it is whole; no two writers have the same, and no pattern finds
    it."""
    return f".{name}.{secrets.token_hex(4)}.part"


def keep_portions(portions: Iterable[bytes], into: Path, limits: FetchLimits, where: str) -> None:
    """Write what comes. Raises CouldNotBeDone once it is more, or takes longer, than the limits say."""
    until, size = time.monotonic() + limits.time, 0
    with into.open("wb") as kept:
        for portion in portions:
            size += len(portion)
            check_size(size, limits, where)
            if time.monotonic() > until:
                raise CouldNotBeDone(
                    f"{where}: did not come to its end within {limits.time:,.0f} s.",
                    hint="Try again later, or raise source.limits.fetch_time.",
                )
            kept.write(portion)


def check_size(size: int, limits: FetchLimits, where: str) -> None:
    """Raises TooLarge for more than a file may have."""
    if size > limits.size:
        raise TooLarge(
            f"{where}: is larger than {limits.size / _MIB:,.0f} MiB, and was not read to its end.",
            hint="If it is right, raise source.limits.size.",
        )
