"""A drop folder on a server, a share or in a bucket (`connectors/storage/`)."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from connectors.errors import VerboiceSyncError
from connectors.storage.opening import storage_of
from connectors.storage.storage import FetchLimits, InUse, NotThere, Storage, StoredFile
from connectors.storage.url import StorageUrl
from flows.inbox.claimed import DONE, FAILED, PROCESSING, TO_FIX, Claimed, Seen
from flows.inbox.names import is_temporary

_MOVING = ".moving"


class FilesElsewhere:
    """As `FolderFiles`.

    copies: folder of this machine for the files that are worked on, each in a folder of its own (0700).
    Where a file cannot be renamed in one step, each move is noted in processing/ before it begins, as an object that
    begins with a dot: whoever comes after a crash finishes it.
    """

    def __init__(self, place: StorageUrl, copies: Path, limits: FetchLimits) -> None:
        self.place = place
        self._copies = copies
        self._limits = limits
        self._reach = _Reach(place)
        self._fetched: dict[Claimed, object] = {}

    def prepare(self, folders: tuple[str, ...]) -> None:
        with self._reach.reached() as storage:
            for url in (self.place, *map(self.at, folders)):
                storage.make_folder(url)
            if not storage.renames:  # there are no folders: see at least that something can be put there
                with self._noted(storage, "", "", None):
                    pass

    def mend(self) -> None:
        with self._reach.reached() as storage:
            for note in self._entries(storage, PROCESSING):
                if note.url.name.endswith(_MOVING) and not note.is_folder:
                    self._finish(storage, note.url)
        self._forget_others()

    def dropped(self) -> dict[str, Seen]:
        with self._reach.reached() as storage:
            try:
                found = storage.entries(self.place)
            except NotThere:
                if storage.renames:
                    raise
                return {}  # a folder without objects is none
        files = (one for one in found if not one.is_folder and not is_temporary(one.url.name))
        return {one.url.name: Seen(one.size, int(one.modified * 1e9), 0) for one in files}

    def claimed(self) -> list[Claimed]:
        with self._reach.reached() as storage:
            found = self._entries(storage, PROCESSING)
            loose = [Claimed("", one.url.name) for one in found if not one.is_folder and not is_temporary(one.url.name)]
            claims = sorted(one.url.name for one in found if one.is_folder)
            of_claims = [
                Claimed(claim, one.url.name)
                for claim in claims
                for one in self._entries(storage, f"{PROCESSING}/{claim}")
                if not one.is_folder
            ]
        return [*sorted(loose, key=lambda one: one.name), *of_claims]

    def is_being_written(self, name: str) -> bool:
        """Nobody tells; one who has it open keeps it from being moved where the server can do that (SMB)."""
        del name
        return False

    def usable(self, name: str) -> str:
        """WebDAV servers are told a new name as a URL, and some (wsgidav) cut it at what a URL could be cut at."""
        return re.sub(r"[?#]", "_", name) if self.place.is_web else name

    def exists(self, path: str) -> bool:
        with self._reach.reached() as storage:
            return storage.version(self.at(path)) is not None

    def make_folder(self, path: str) -> None:
        with self._reach.reached() as storage:
            storage.make_folder(self.at(path))

    def remove_folder(self, path: str) -> None:
        with (
            suppress(VerboiceSyncError),
            self._reach.reached() as storage,
        ):  # it may not be empty, or the server be gone
            storage.remove_folder(self.at(path))

    def move(self, old: str, new: str) -> bool:
        with self._reach.reached() as storage:
            before = storage.version(self.at(old))
            if before is None:  # the answer to an earlier try may have been lost
                return storage.version(self.at(new)) is not None
            try:
                with self._noted(storage, old, new, before):
                    storage.rename(self.at(old), self.at(new))
            except InUse:
                raise
            except VerboiceSyncError:  # each server says in its own way that somebody else was quicker
                if storage.version(self.at(old)) is not None:
                    raise
                return storage.version(self.at(new)) is not None
        return True

    def remove(self, path: str) -> None:
        with self._reach.reached() as storage:
            storage.remove(self.at(path))

    def write(self, path: str, content: Callable[[Path], object], *, like: str) -> None:
        """With the rights that its folder there gives."""
        del like
        with TemporaryDirectory(prefix="verboice-sync-") as folder, self._reach.reached() as storage:
            file = Path(folder, "written")
            content(file)
            storage.put(file, self.at(path))

    def fetched(self, file: Claimed) -> Path:
        path, url = self._copy_of(file), self.at(file.path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._reach.reached() as storage:
            before = storage.version(url)
            storage.fetch(url, path, {}, self._limits)
            self._fetched[file] = storage.version(url)
        path.chmod(0o600)
        if before != self._fetched[file]:
            raise InUse(f"{url} is still being written.", hint="It is read once that is over.")
        return path

    def is_as_fetched(self, file: Claimed) -> bool:
        with self._reach.reached() as storage:
            return file not in self._fetched or storage.version(self.at(file.path)) == self._fetched[file]

    def forget_fetched(self, file: Claimed) -> None:
        self._fetched.pop(file, None)
        shutil.rmtree(self._copy_of(file).parent, ignore_errors=True)

    def at(self, path: str) -> StorageUrl:
        url = self.place
        for part in PurePosixPath(path).parts:
            url = url.below(part)
        return url

    def release(self) -> None:
        """Servers of files close what is idle; what is asked by HTTP holds nothing open, and is dear to open anew."""
        if self.place.scheme in {"sftp", "smb", "ftp"}:
            self._reach.leave()

    def _copy_of(self, file: Claimed) -> Path:
        return self._copies / f"{self._mark}{file.claim}" / file.name

    @property
    def _mark(self) -> str:
        """What the names of this inbox's copies begin with."""
        return f"inbox-{hashlib.sha256(self.place.whole.encode()).hexdigest()[:16]}-"

    def _forget_others(self) -> None:
        """Copies of files that are no longer claimed: a crash came between giving back and removing."""
        claimed = {self._copy_of(file).parent for file in self.claimed()}
        for copy in self._copies.glob(f"{self._mark}*"):
            if copy not in claimed:
                shutil.rmtree(copy, ignore_errors=True)

    def _entries(self, storage: Storage, path: str) -> list[StoredFile]:
        """What lies in a folder; nothing where it is gone, or empty and therefore not there."""
        try:
            return sorted(storage.entries(self.at(path)), key=lambda one: one.url.name)
        except NotThere:
            return []

    @contextmanager
    def _noted(self, storage: Storage, old: str, new: str, before: object) -> Iterator[None]:
        if storage.renames:
            yield
            return
        note = self.at(f"{PROCESSING}/.{secrets.token_hex(8)}{_MOVING}")
        with TemporaryDirectory(prefix="verboice-sync-") as folder:
            file = Path(folder, "note")
            file.write_text(json.dumps({"old": old, "new": new, "version": before}))
            storage.put(file, note)
        yield
        storage.remove(note)

    def _finish(self, storage: Storage, note: StorageUrl) -> None:
        """Where the file was changed after the move was noted, it is another one, and stays."""
        with TemporaryDirectory(prefix="verboice-sync-") as folder:
            file = Path(folder, "note")
            storage.fetch(note, file, {}, self._limits)
            old, new, before = _read_note(file.read_bytes())
        if old and storage.version(self.at(old)) == before:
            if storage.version(self.at(new)) is None:
                storage.rename(self.at(old), self.at(new))
            else:
                storage.remove(self.at(old))
        storage.remove(note)


def _read_note(content: bytes) -> tuple[str, str, object]:
    """Old and new path, and the version of the file that was to be moved; "" for what is no note of ours."""
    try:
        told = json.loads(content)
        old, new, before = str(told["old"]), str(told["new"]), told["version"]
    except (ValueError, KeyError, TypeError):
        return "", "", None
    into_processing = len(PurePosixPath(old).parts) == 1 and new.startswith(f"{PROCESSING}/")
    out_of_it = old.startswith(f"{PROCESSING}/") and new.partition("/")[0] in {DONE, TO_FIX, FAILED}
    is_ours = (into_processing or out_of_it) and ".." not in f"{old}/{new}".split("/")
    return (old, new, before) if is_ours else ("", "", None)


class _Reach:
    """The connection to a place: kept until it is left, and left after every fault."""

    def __init__(self, place: StorageUrl) -> None:
        self._place = place
        self._storage: Storage | None = None

    @contextmanager
    def reached(self) -> Iterator[Storage]:
        if self._storage is None:
            self._storage = storage_of(self._place)
        try:
            yield self._storage
        except NotThere:
            raise
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        storage, self._storage = self._storage, None
        if storage is not None:
            storage.close()
