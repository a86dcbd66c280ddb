"""One pipeline's drop folder: what lies in it, claiming by rename, and giving back without overwriting anything.

INBOX/NAME.xlsx                          dropped
INBOX/processing/CLAIM/NAME.xlsx         claimed: being worked on, or left over by a crash
INBOX/to-fix/NAME.xlsx.waits.txt        why a claimed file waits for somebody
INBOX/to-fix/NAME.zip.left.txt          why a file is left where it was dropped: no reader knows its ending
INBOX/done, to-fix, failed/NAME.xlsx     given back, with NAME.result.xlsx or NAME.txt beside it

The laws are here; what can be done with files, here or elsewhere, is in `files_here` and `files_elsewhere`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

from connectors.errors import CouldNotBeDone
from connectors.storage.storage import InUse, NotThere
from connectors.storage.url import StorageUrl
from flows.inbox.claimed import DONE, FAILED, PROCESSING, TO_FIX, Claimed, Seen
from flows.inbox.names import clean, numbered, split


class FolderFiles(Protocol):
    """What a drop folder needs of the place in which it lies. Paths are relative to it, with `/`.

    Each method raises CouldNotBeDone while the place is out of reach, and ConfigurationError for what a person has to
    change there. place: as it was configured.
    """

    @property
    def place(self) -> Path | StorageUrl: ...

    def prepare(self, folders: tuple[str, ...]) -> None:
        """Make the folder and those in it, where they are missing."""

    def mend(self) -> None:
        """Finish moves that a crash cut in two. With the inbox's lease held."""

    def dropped(self) -> dict[str, Seen]:
        """Files that wait to be taken. Links are never followed, and folders are left alone."""

    def claimed(self) -> list[Claimed]:
        """What lies in processing/, oldest first."""

    def is_being_written(self, name: str) -> bool:
        """Whether it is known that somebody still writes a dropped file."""

    def usable(self, name: str) -> str:
        """The name without what this place cannot be trusted to keep when files are moved."""

    def exists(self, path: str) -> bool: ...

    def make_folder(self, path: str) -> None: ...

    def remove_folder(self, path: str) -> None:
        """Without effect where it is not empty, or not there."""

    def move(self, old: str, new: str) -> bool:
        """False if the file is gone. Of two who move one, only one gets True: by one rename, or (where there is none)
        under the inbox's lease. Raises InUse for a file that somebody writes to."""

    def remove(self, path: str) -> None: ...

    def write(self, path: str, content: Callable[[Path], object], *, like: str) -> None:
        """Have a file there, whole or not at all, with the rights of another one. content: writes it to a path."""

    def fetched(self, file: Claimed) -> Path:
        """The claimed file, to be read on this machine. Raises InUse and TooLarge."""

    def is_as_fetched(self, file: Claimed) -> bool:
        """Whether nobody has written to it since."""

    def forget_fetched(self, file: Claimed) -> None:
        """Remove what is on this machine for the sake of `fetched`."""

    def at(self, path: str) -> Path | StorageUrl:
        """Where a file is, for people."""

    def release(self) -> None:
        """Leave nothing open until it is asked again."""


class DropFolder:
    """The folder and the ones it gives files back in."""

    def __init__(self, files: FolderFiles) -> None:
        self.files = files
        self._names: dict[tuple[Claimed, str], str] = {}  # for those that could not be given back yet

    @property
    def place(self) -> Path | StorageUrl:
        return self.files.place

    def prepare(self) -> None:
        """Make what is missing. Raises ConfigurationError where that is impossible."""
        self.files.prepare((PROCESSING, DONE, TO_FIX, FAILED))

    def claim(self, name: str, claim: str) -> Claimed | None:
        """Take a file; None if it is gone, which means that somebody else was quicker, or is still being written.

        Each claim has a folder of its own, so no name can meet another one.
        """
        claimed = Claimed(claim, self.files.usable(clean(name)))
        folder = f"{PROCESSING}/{claim}"
        self.files.make_folder(folder)
        try:
            return claimed if self.files.move(name, claimed.path) else None
        except (InUse, NotThere):  # the latter where a server lists a name that it does not know when it is told it
            return None
        finally:
            self.files.remove_folder(folder)

    def tell_waiting(self, file: Claimed, text: str) -> None:
        """Say why a claimed file waits, until it is given back."""
        self._write(_waiting(file), text, like=file.path)

    def tell_left_alone(self, name: str, text: str) -> Path | StorageUrl:
        """Say why a dropped file is not taken; returns where it is said."""
        self._write(_left_alone(name), text, like=name)
        return self.files.at(_left_alone(name))

    def is_told(self, name: str) -> bool:
        """Whether it has been said why this file is not taken."""
        return self.files.exists(_left_alone(name))

    def give_back(self, file: Claimed, where: str, *, results: Mapping[str, Path], text: str = "") -> Path | StorageUrl:
        """Put a claimed file and what belongs to it side by side; returns where the file now is.

        results: ending → workbook (`.result.xlsx`); text: what NAME.txt says, "" = no such file. The file itself
        moves last: until then a crash leaves it in processing/, where it is found again.
        """
        stem, suffix = split(file.name)
        free = self._names.get((file, where)) or self._free(where, stem, [suffix, ".txt", *results])
        self._names[file, where] = free
        for ending, workbook in results.items():
            self.files.write(f"{where}/{free}{ending}", partial(shutil.copyfile, workbook), like=file.path)
        if text:
            self._write(f"{where}/{free}.txt", text, like=file.path)
        target = f"{where}/{free}{suffix}"
        if not self.files.move(file.path, target):
            raise CouldNotBeDone(
                f"{self.files.at(file.path)} is gone; somebody else has taken it away.",
                hint="What was sent from it is in `verboice-sync runs`.",
            )
        del self._names[file, where]
        self.files.remove(_waiting(file))
        if file.claim:
            self.files.remove_folder(f"{PROCESSING}/{file.claim}")
        self.files.forget_fetched(file)
        return self.files.at(target)

    def _free(self, where: str, stem: str, endings: list[str]) -> str:
        """The first name of which none of the files is there."""
        return next(
            name for name in numbered(stem) if not any(self.files.exists(f"{where}/{name}{end}") for end in endings)
        )

    def _write(self, path: str, text: str, *, like: str) -> None:
        self.files.write(path, lambda file: file.write_text(text, encoding="utf-8", newline="\r\n"), like=like)


def _waiting(file: Claimed) -> str:
    return f"{TO_FIX}/{file.name}.waits.txt"


def _left_alone(name: str) -> str:
    return f"{TO_FIX}/{clean(name)}.left.txt"
