"""One pipeline's drop folder: what lies in it, claiming by rename, and giving back without overwriting anything.

INBOX/NAME.xlsx                          dropped
INBOX/processing/CLAIM/NAME.xlsx         claimed: being worked on, or left over by a crash
INBOX/to-fix/NAME.xlsx.waits.txt        why a claimed file waits for somebody
INBOX/done, to-fix, failed/NAME.xlsx     given back, with NAME.result.xlsx or NAME.txt beside it
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from connectors.errors import ConfigurationError, CouldNotBeDone
from flows.inbox.names import clean, may_be_taken, numbered, split
from flows.reports.private_file import replacing

PROCESSING, DONE, TO_FIX, FAILED = "processing", "done", "to-fix", "failed"


class Seen(NamedTuple):
    """What tells whether a file is still being written."""

    size: int
    modified: int  # nanoseconds
    inode: int


@dataclass(frozen=True, slots=True)
class DropFolder:
    """The folder and the ones it gives files back in; they get its own mode, so that whoever drops can also collect."""

    path: Path

    def prepare(self) -> None:
        """Make what is missing. Raises ConfigurationError where that is impossible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for name in (PROCESSING, DONE, TO_FIX, FAILED):
                folder = self.path / name
                if not folder.is_dir():
                    folder.mkdir(exist_ok=True)
                    _like(folder, self.path)
        except OSError as error:
            raise ConfigurationError(
                f"inbox: {self.path} cannot be used as a drop folder: {error.strerror}.",
                hint="Name a folder in which files may be made and renamed.",
            ) from None

    def dropped(self) -> dict[str, Seen]:
        """Files that wait to be taken. Links are never followed, and folders are left alone.

        Raises CouldNotBeDone while the folder cannot be read: a network share may come back.
        """
        try:
            with os.scandir(self.path) as entries:
                return dict(_seen(entries))
        except OSError as error:
            raise CouldNotBeDone(f"The inbox {self.path} cannot be read: {error.strerror}.") from None

    def claim(self, name: str, claim: str) -> Path | None:
        """Take a file by one atomic rename; None if it is gone, which means that somebody else was quicker.

        Each claim has a folder of its own, so no name can meet another one.
        """
        place = self.path / PROCESSING / claim
        place.mkdir()
        target = place / clean(name)
        try:
            (self.path / name).rename(target)
        except FileNotFoundError:
            place.rmdir()
            return None
        except OSError as error:
            place.rmdir()
            raise CouldNotBeDone(f"{name} cannot be taken out of {self.path}: {error.strerror}.") from None
        return target

    def tell_waiting(self, file: Path, text: str) -> None:
        """Say why a claimed file waits, until it is given back."""
        with replacing(self._waiting(file)) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\r\n")
            _like(temporary, file, stat.S_IMODE(file.lstat().st_mode))

    def _waiting(self, file: Path) -> Path:
        return self.path / TO_FIX / f"{file.name}.waits.txt"

    def left_over(self) -> list[Path]:
        """Files somebody claimed and has not given back, oldest first. With the inbox's lease held: a crash did it."""
        processing = self.path / PROCESSING
        loose = [path for path in sorted(processing.iterdir()) if _is_file(path) and may_be_taken(path.name)]
        claims = sorted(path for path in processing.iterdir() if path.is_dir() and not path.is_symlink())
        return [*loose, *(path for claim in claims for path in sorted(claim.iterdir()) if _is_file(path))]

    def give_back(self, file: Path, where: str, *, results: Mapping[str, Path], text: str = "") -> Path:
        """Put a claimed file and what belongs to it side by side; returns where the file now is.

        results: ending → workbook (`.result.xlsx`); text: what NAME.txt says, "" = no such file. The file itself
        moves last: until then a crash leaves it in processing/, where it is found again.
        """
        folder = self.path / where
        stem, suffix = split(file.name)
        endings = [suffix, ".txt", *results]
        free = next(
            name for name in numbered(stem) if not any(os.path.lexists(folder / (name + ending)) for ending in endings)
        )
        mode = stat.S_IMODE(file.lstat().st_mode)
        for ending, workbook in results.items():
            with replacing(folder / (free + ending)) as temporary:
                shutil.copyfile(workbook, temporary)
                _like(temporary, file, mode)
        if text:
            with replacing(folder / f"{free}.txt") as temporary:
                temporary.write_text(text, encoding="utf-8", newline="\r\n")
                _like(temporary, file, mode)
        try:
            target = file.rename(folder / (free + suffix))
        except OSError as error:
            raise CouldNotBeDone(f"{file} cannot be moved to {folder}: {error.strerror}.") from None
        self._waiting(file).unlink(missing_ok=True)
        if file.parent.name != PROCESSING:
            with suppress(OSError):
                file.parent.rmdir()
        return target


def _seen(entries: Iterator[os.DirEntry[str]]) -> Iterator[tuple[str, Seen]]:
    for entry in entries:
        if may_be_taken(entry.name):
            with suppress(FileNotFoundError):  # taken by somebody between the listing and the look
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield entry.name, Seen(status.st_size, status.st_mtime_ns, status.st_ino)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _like(path: Path, model: Path, mode: int | None = None) -> None:
    """Mode and owner of the model, as far as this user may: people must be able to open what they get back."""
    status = model.stat()
    with suppress(OSError):
        path.chmod(stat.S_IMODE(status.st_mode) if mode is None else mode | stat.S_IRUSR | stat.S_IWUSR)
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(path, status.st_uid, status.st_gid)
