"""One pipeline's drop folder: what lies in it, claiming by rename, and giving back without overwriting anything.

INBOX/NAME.xlsx                          dropped
INBOX/processing/CLAIM/NAME.xlsx         claimed: being worked on, or left over by a crash
INBOX/to-fix/NAME.xlsx.waits.txt        why a claimed file waits for somebody
INBOX/to-fix/NAME.zip.left.txt          why a file is left where it was dropped: no reader knows its ending
INBOX/done, to-fix, failed/NAME.xlsx     given back, with NAME.result.xlsx or NAME.txt beside it
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from connectors.errors import ConfigurationError, CouldNotBeDone
from flows.inbox.names import clean, is_temporary, numbered, split
from flows.reports.private_file import replacing

PROCESSING, DONE, TO_FIX, FAILED = "processing", "done", "to-fix", "failed"


class Seen(NamedTuple):
    """What tells whether a file is still being written."""

    size: int
    modified: int  # nanoseconds
    changed: int  # nanoseconds; also by a new name or new rights. Inodes of network shares are not lasting.


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
        with self._within_reach(), os.scandir(self.path) as entries:
            return dict(_seen(entries))

    def claim(self, name: str, claim: str) -> Path | None:
        """Take a file by one atomic rename; None if it is gone, which means that somebody else was quicker.

        Each claim has a folder of its own, so no name can meet another one.
        """
        place = self.path / PROCESSING / claim
        with self._within_reach():
            place.mkdir()
            try:
                return (self.path / name).rename(place / clean(name))
            except FileNotFoundError:
                return None
            finally:
                _remove_if_empty(place)

    def tell_waiting(self, file: Path, text: str) -> None:
        """Say why a claimed file waits, until it is given back."""
        with self._within_reach():
            self._write(self._waiting(file), text, like=file)

    def _waiting(self, file: Path) -> Path:
        return self.path / TO_FIX / f"{file.name}.waits.txt"

    def tell_left_alone(self, name: str, text: str) -> Path:
        """Say why a dropped file is not taken; returns where it is said."""
        with self._within_reach():
            self._write(self.left_alone(name), text, like=self.path / name)
        return self.left_alone(name)

    def left_alone(self, name: str) -> Path:
        """Where it is said why this file is not taken, if it has been said."""
        return self.path / TO_FIX / f"{clean(name)}.left.txt"

    def left_over(self) -> list[Path]:
        """Files somebody claimed and has not given back, oldest first. With the inbox's lease held: a crash did it."""
        processing = self.path / PROCESSING
        with self._within_reach():
            loose = [path for path in sorted(processing.iterdir()) if _is_file(path) and not is_temporary(path.name)]
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
        with self._within_reach():
            free = next(
                name for name in numbered(stem) if not any(os.path.lexists(folder / (name + end)) for end in endings)
            )
            mode = stat.S_IMODE(file.lstat().st_mode)
            for ending, workbook in results.items():
                with replacing(folder / (free + ending)) as temporary:
                    shutil.copyfile(workbook, temporary)
                    _like(temporary, file, mode)
            if text:
                self._write(folder / f"{free}.txt", text, like=file)
            target = file.rename(folder / (free + suffix))
            self._waiting(file).unlink(missing_ok=True)
        if file.parent.name != PROCESSING:
            _remove_if_empty(file.parent)
        return target

    def _write(self, path: Path, text: str, *, like: Path) -> None:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\r\n")
            _like(temporary, like, stat.S_IMODE(like.lstat().st_mode))

    @contextmanager
    def _within_reach(self) -> Iterator[None]:
        """What the folder refuses is not its files' fault: a share may come back. Raises CouldNotBeDone."""
        try:
            yield
        except OSError as error:
            raise CouldNotBeDone(
                f"The inbox {self.path} cannot be worked in: {error.strerror or error}.",
                hint="What lies there stays; it is tried again.",
            ) from None


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _seen(entries: Iterator[os.DirEntry[str]]) -> Iterator[tuple[str, Seen]]:
    for entry in entries:
        if not is_temporary(entry.name):
            with suppress(FileNotFoundError):  # taken by somebody between the listing and the look
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield entry.name, Seen(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


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
