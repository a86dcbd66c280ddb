"""A drop folder on this machine, or on a share that is mounted here."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from connectors.errors import ConfigurationError, CouldNotBeDone
from flows.inbox.claimed import PROCESSING, Claimed, Seen
from flows.inbox.names import is_temporary
from flows.reports.private_file import replacing


class FilesHere:
    """As `FolderFiles`. Folders get the inbox's own mode, and what is given back the mode of what was dropped, so that
    whoever drops can also collect."""

    def __init__(self, path: Path) -> None:
        self.place = path

    def prepare(self, folders: tuple[str, ...]) -> None:
        try:
            self.place.mkdir(parents=True, exist_ok=True)
            for name in folders:
                folder = self.place / name
                if not folder.is_dir():
                    folder.mkdir(exist_ok=True)
                    _like(folder, self.place)
        except OSError as error:
            raise ConfigurationError(
                f"inbox: {self.place} cannot be used as a drop folder: {error.strerror}.",
                hint="Name a folder in which files may be made and renamed.",
            ) from None

    def mend(self) -> None:
        """A rename cannot be cut in two."""

    def dropped(self) -> dict[str, Seen]:
        with self._within_reach(), os.scandir(self.place) as entries:
            return dict(_seen(entries))

    def claimed(self) -> list[Claimed]:
        processing = self.place / PROCESSING
        with self._within_reach():
            loose = [path for path in sorted(processing.iterdir()) if _is_file(path) and not is_temporary(path.name)]
            claims = sorted(path for path in processing.iterdir() if path.is_dir() and not path.is_symlink())
            found = [Claimed("", path.name) for path in loose]
            for claim in claims:
                with suppress(FileNotFoundError):  # given back by another watcher since
                    found += [Claimed(claim.name, path.name) for path in sorted(claim.iterdir()) if _is_file(path)]
        return found

    def is_being_written(self, name: str) -> bool:
        """Whether a process of this machine has the file open for writing, where the system can tell (Linux).

        An upload through a file server on this machine may pause for longer than any waiting time. A read lease is
        refused while there is a writer (fcntl(2), F_SETLEASE); it is given back at once.
        """
        if not sys.platform.startswith("linux"):
            return False
        import fcntl

        try:
            handle = os.open(self.place / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            # A writer that comes meanwhile makes the kernel send a signal: one that is ignored by default.
            fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except BlockingIOError:
            return True
        except OSError:
            return False  # not our file, or a file system without leases
        finally:
            os.close(handle)
        return False

    def usable(self, name: str) -> str:
        return name

    def exists(self, path: str) -> bool:
        return os.path.lexists(self.place / path)

    def make_folder(self, path: str) -> None:
        with self._within_reach():
            (self.place / path).mkdir()

    def remove_folder(self, path: str) -> None:
        with suppress(OSError):
            (self.place / path).rmdir()

    def move(self, old: str, new: str) -> bool:
        with self._within_reach():
            try:
                (self.place / old).rename(self.place / new)
            except FileNotFoundError:
                return False
        return True

    def remove(self, path: str) -> None:
        with self._within_reach():
            (self.place / path).unlink(missing_ok=True)

    def write(self, path: str, content: Callable[[Path], object], *, like: str) -> None:
        with self._within_reach():
            mode = stat.S_IMODE((self.place / like).lstat().st_mode)
            with replacing(self.place / path) as temporary:
                content(temporary)
                _like(temporary, self.place / like, mode)

    def fetched(self, file: Claimed) -> Path:
        return self.place / file.path

    def is_as_fetched(self, file: Claimed) -> bool:
        """It was not being written when it was taken."""
        del file
        return True

    def forget_fetched(self, file: Claimed) -> None:
        """Nothing was fetched."""

    def at(self, path: str) -> Path:
        return self.place / path

    def release(self) -> None:
        """Nothing is held open."""

    @contextmanager
    def _within_reach(self) -> Iterator[None]:
        """What the folder refuses is not its files' fault: a share may come back. Raises CouldNotBeDone."""
        try:
            yield
        except OSError as error:
            raise CouldNotBeDone(
                f"The inbox {self.place} cannot be worked in: {error.strerror or error}.",
                hint="What lies there stays; it is tried again.",
            ) from None


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
