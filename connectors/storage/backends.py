"""The kinds of storage that fsspec knows, each by a library of its own that comes with an extra of this project."""

from __future__ import annotations

import importlib
import posixpath
import shutil
import socket
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from connectors.errors import ConfigurationError, CouldNotBeDone, VerboiceSyncError
from connectors.masking import mask_text
from connectors.storage.lenient_names import lenient_utf8
from connectors.storage.storage import (
    Fetched,
    FetchLimits,
    InUse,
    NotThere,
    StoredFile,
    check_size,
    keep_portions,
    unfinished,
)
from connectors.storage.url import StorageUrl

_CONNECT, _SILENCE = 15, 60  # seconds
_PORTION = 256 * 1024
_MODULES = {"sftp": "sshfs", "smb": "smbprotocol", "s3": "s3fs", "gs": "gcsfs", "abfs": "adlfs", "ftp": "fsspec"}
_SHARING_VIOLATION = 0xC0000043  # STATUS_SHARING_VIOLATION, MS-ERREF 2.3.1
_RENAMING = frozenset({"sftp", "smb", "ftp"})

# What the libraries call errors that no repetition can cure, by the names of their classes or in their words.
_NO_ACCESS = (
    "permissiondenied", "permissionerror", "access denied", "accessdenied", "forbidden", "logonfailure", "unauthorized",
    "authenticationerror", "clientauthentication", "nocredentials", "no credentials", "credentialretrieval",
    "refresherror", "defaultcredentials", "login incorrect", "authentication failed", "not logged in", "530 ",
    "invalidaccesskeyid", "signaturedoesnotmatch", "invalid credentials", "anonymous caller", "status_access_denied",
    "spnego", "authorizationfailure", "profilenotfound", "must provide either a connection_string",
)  # fmt: skip
_NO_FILE = (
    "filenotfound",
    "no such file",
    "nosuchfile",
    "nosuchbucket",
    "nosuchkey",
    "badnetworkname",
    "notfound",
    "not found",
)
_ACCESS_HINT = "Check user and password of the URL (as ${…}), or the keys and profiles of the user this runs as."


class FsspecStorage:
    """A server, share or bucket that fsspec reaches."""

    def __init__(self, url: StorageUrl) -> None:
        """Raises ConfigurationError for an extra that is not installed, or an account that is refused."""
        self.renames = url.scheme in _RENAMING
        self._url = url
        with _understood(url):
            self._system: Any = _made(url)

    def entries(self, folder: StorageUrl) -> list[StoredFile]:
        with _understood(folder):
            found = self._system.ls(_path(folder), detail=True)
        named = ((posixpath.basename(one["name"].rstrip("/")), one) for one in found)
        return [
            StoredFile(folder.below(name), int(one.get("size") or 0), _modified(one), one["type"] == "directory")
            for name, one in named
            if one["type"] in {"file", "directory"} and one["name"].strip("/") != _path(folder).strip("/") and name
        ]

    def version(self, url: StorageUrl) -> Mapping[str, str] | None:
        try:
            with _understood(url):
                return _version(self._system.info(_path(url)))
        except NotThere:
            return None

    def fetch(self, url: StorageUrl, into: Path, known: Mapping[str, str], limits: FetchLimits) -> Fetched | None:
        with _understood(url):
            facts = self._system.info(_path(url))
            if facts["type"] != "file":
                raise ConfigurationError(
                    f"{url}: is a folder.", hint="Name the file in it, or a pattern such as *.xlsx."
                )
            version = _version(facts)
            if version and version == known:
                return None
            check_size(int(facts.get("size") or 0), limits, str(url))
            with self._system.open(_path(url), "rb") as opened:
                keep_portions(iter(lambda: opened.read(_PORTION), b""), into, limits, str(url))
        return Fetched(version, url.name)

    def put(self, content: Path, url: StorageUrl) -> None:
        """An object appears in one step by itself; a file gets its name once it is whole."""
        with _understood(url):
            if self.renames:
                self._put_and_rename(content, _path(url.beside(unfinished(url.name))), _path(url))
            else:
                self._system.put_file(str(content), _path(url))

    def rename(self, old: StorageUrl, new: StorageUrl) -> None:
        if self.version(new) is not None:
            raise CouldNotBeDone(f"{new}: there is a file of that name already.", hint="Move one of the two away.")
        with _understood(old):
            if self.renames:
                self._move(_path(old), _path(new))
                return
            before = _version(self._system.info(_path(old)))
            self._copy(_path(old), _path(new))
            if _version(self._system.info(_path(old))) != before:
                self._system.rm_file(_path(new))
                raise InUse(f"{old}: was written anew while it was moved.", hint="Try again later.")
            self._system.rm_file(_path(old))

    def _move(self, old: str, new: str) -> None:
        """As one step. What sshfs does for SFTP would put a file over another one, or be a copy and a removal where the
        server has no extension for that."""
        if self._url.scheme == "sftp":
            _wait_for(self._system, _renamed(self._system, old, new))
        else:
            self._system.mv(old, new)

    def _copy(self, old: str, new: str) -> None:
        """Azure's own copy of a blob may go on after it has answered."""
        if self._url.scheme != "abfs":
            self._system.cp_file(old, new)
            return
        with TemporaryDirectory(prefix="verboice-sync-") as folder:
            self._system.get_file(old, f"{folder}/copy")
            self._system.put_file(f"{folder}/copy", new)

    def remove(self, url: StorageUrl) -> None:
        if self.version(url) is not None:
            with _understood(url), suppress(FileNotFoundError):
                self._system.rm_file(_path(url))

    def make_folder(self, url: StorageUrl) -> None:
        if self.renames:
            with _understood(url):
                self._system.makedirs(_path(url), exist_ok=True)

    def remove_folder(self, url: StorageUrl) -> None:
        if self.renames:
            with suppress(Exception), _understood(url):  # a server says in many ways that it is not empty
                self._system.rmdir(_path(url))

    def close(self) -> None:
        """The libraries close what they opened when their object goes; that for SMB has to be told."""
        system, self._system = self._system, None
        if self._url.scheme == "smb":
            system.close()

    def _put_and_rename(self, content: Path, part: str, path: str) -> None:
        try:
            with content.open("rb") as source, self._system.open(part, "wb") as opened:
                shutil.copyfileobj(source, opened, 4 * 1024**2)
            self._replace(part, path)
        except BaseException:
            with suppress(Exception):  # it may not be there, or the server be gone
                self._system.rm_file(part)
            raise

    def _replace(self, old: str, new: str) -> None:
        """Rename over a file that may be there. Where a server refuses that, the file steps aside, and comes back if
        the new one cannot take its place."""
        try:
            self._put_over(old, new)
        except Exception:
            if not self._system.isfile(new):
                raise
            aside = f"{old}.old"
            self._move(new, aside)
            try:
                self._move(old, new)
            except BaseException:
                self._move(aside, new)
                raise
            self._system.rm_file(aside)

    def _put_over(self, old: str, new: str) -> None:
        if self._url.scheme == "sftp":
            _wait_for(self._system, _renamed(self._system, old, new, over=True))
        elif self._url.scheme == "smb":
            self._system.put_over(old, new)
        else:
            self._system.mv(old, new)


async def _renamed(system: Any, old: str, new: str, *, over: bool = False) -> None:  # noqa: ANN401 - fsspec has no types
    async with system._pool.get() as channel:  # noqa: SLF001 - sshfs has no method that renames and nothing else
        await (channel.posix_rename(old, new) if over else channel.rename(old, new))


def _wait_for(system: Any, work: Coroutine[Any, Any, None]) -> None:  # noqa: ANN401
    from fsspec.asyn import sync

    async def done() -> None:
        await work

    sync(system.loop, done)


def _made(url: StorageUrl) -> Any:  # noqa: ANN401 - fsspec has no types
    try:
        importlib.import_module(_MODULES[url.scheme])
    except ImportError:
        raise ConfigurationError(
            f"{url}: {url.scheme}:// needs a part that is not installed.",
            hint=f'pip install "verboice-sync[{url.scheme}]"',
        ) from None
    return _MAKERS[url.scheme](url)


def _sftp(url: StorageUrl) -> Any:  # noqa: ANN401
    from sshfs import SSHFileSystem

    given = {"username": url.user, "password": url.password, "port": url.port}
    return SSHFileSystem(
        url.host,
        known_hosts=(),  # the user's own; sshfs by itself would believe any host
        connect_timeout=_CONNECT,
        login_timeout=2 * _CONNECT,
        keepalive_interval=_CONNECT,
        sftp_client_kwargs={"path_errors": "surrogateescape"},  # one name in Latin-1 would hide all others
        skip_instance_cache=True,
        **{name: value for name, value in given.items() if value},
    )


def _smb(url: StorageUrl) -> Any:  # noqa: ANN401
    from connectors.storage.smb import PORT, SmbShare

    domain, _, user = url.user.rpartition(";")
    account = f"{domain}\\{user}" if domain else user
    return SmbShare(url.host, port=url.port or PORT, user=account, password=url.password, timeout=_SILENCE)


def _s3(url: StorageUrl) -> Any:  # noqa: ANN401
    from s3fs import S3FileSystem

    return S3FileSystem(
        key=url.user or None,
        secret=url.password or None,
        config_kwargs={"connect_timeout": _CONNECT, "read_timeout": _SILENCE},
        use_listings_cache=False,
        skip_instance_cache=True,
    )


def _gs(url: StorageUrl) -> Any:  # noqa: ANN401
    from gcsfs.core import (
        GCSFileSystem,
    )  # the plain one: that of `gcsfs` asks by gRPC first, which takes a minute to fail

    del url
    return GCSFileSystem(timeout=_SILENCE, use_listings_cache=False, skip_instance_cache=True)


def _abfs(url: StorageUrl) -> Any:  # noqa: ANN401
    from adlfs import AzureBlobFileSystem

    account = {"account_name": url.host.partition(".")[0]} if url.server else {}
    return AzureBlobFileSystem(
        anon=False,
        connection_timeout=_CONNECT,
        read_timeout=_SILENCE,
        use_listings_cache=False,
        skip_instance_cache=True,
        **account,
    )


def _ftp(url: StorageUrl) -> Any:  # noqa: ANN401
    from fsspec.implementations.ftp import FTPFileSystem

    return FTPFileSystem(
        url.host,
        port=url.port or 21,
        username=url.user or None,
        password=url.password or None,
        timeout=_SILENCE,
        encoding=lenient_utf8(),
        use_listings_cache=False,
        skip_instance_cache=True,
    )


_MAKERS: dict[str, Callable[[StorageUrl], Any]] = {
    "sftp": _sftp, "smb": _smb, "s3": _s3, "gs": _gs, "abfs": _abfs, "ftp": _ftp,
}  # fmt: skip


def _path(url: StorageUrl) -> str:
    """The path as fsspec names it: with the bucket or container in front; `/~/` is the account's own folder."""
    if url.scheme in {"s3", "gs"}:
        return f"{url.server}{url.path}".rstrip("/")
    if url.scheme == "abfs":
        return f"{url.container}{url.path}".rstrip("/")
    path = url.path.rstrip("/") or "/"
    return (path.removeprefix("/~/") if path != "/~" else ".") if url.scheme == "sftp" else path


def _modified(facts: Mapping[str, Any]) -> float:
    """When it was last written, by whichever name the library tells it."""
    for name in ("mtime", "LastModified", "last_modified", "updated", "modify"):
        match facts.get(name):
            case datetime() as moment:
                return moment.timestamp()
            case int() | float() as moment:
                return float(moment)
            case str() as text:
                with suppress(ValueError):
                    return datetime.strptime(f"{text[:14]}+0000", "%Y%m%d%H%M%S%z").timestamp()
                with suppress(ValueError):
                    return datetime.fromisoformat(text).timestamp()
    return 0.0


def _version(facts: Mapping[str, Any]) -> dict[str, str]:
    """What tells whether the file is still the same; {} where nobody says when it was written."""
    tag = facts.get("ETag") or facts.get("etag") or ""
    modified = _modified(facts)
    return {"etag": str(tag), "modified": str(modified), "size": str(facts.get("size"))} if tag or modified else {}


@contextmanager
def _understood(url: StorageUrl) -> Iterator[None]:
    """Whatever a library raises, as one of our errors, in its own words without secrets."""
    try:
        yield
    except (VerboiceSyncError, TypeError, AttributeError, NameError):  # the latter are faults of a program
        raise
    except Exception as error:  # noqa: BLE001 - seven libraries with seven families of errors
        raise _fault_of(error, url) from None


def _fault_of(error: Exception, url: StorageUrl) -> VerboiceSyncError:
    words = mask_text(url.without_secrets(str(error) or type(error).__name__))[:200].rstrip(".")
    marks = f"{' '.join(kind.__name__ for kind in type(error).__mro__)} {words}".lower()
    if "hostkey" in marks or "host key" in marks:
        return ConfigurationError(
            f"{url}: the host key of {url.host} is not known here, so nothing was sent to it.",
            hint=f"If it is the right host, add it once: ssh-keyscan {f'-p {url.port} ' if url.port else ''}{url.host} "
            ">> ~/.ssh/known_hosts",
        )
    if any(mark in marks for mark in _NO_FILE) and "unknown host" not in marks:
        return NotThere(f"{url}: there is no such file or folder.", hint="Check the path of the URL.")
    if any(mark in marks for mark in _NO_ACCESS):
        return ConfigurationError(f"{url}: access is refused ({words}).", hint=_ACCESS_HINT)
    return _passing_fault(error, url, words)


def _passing_fault(error: Exception, url: StorageUrl, words: str) -> CouldNotBeDone:
    if getattr(error, "ntstatus", 0) == _SHARING_VIOLATION:
        return InUse(f"{url}: another program has it open.", hint="Close it there, or try again later.")
    if isinstance(error, socket.gaierror):
        return CouldNotBeDone(f"{url}: the name {url.host} cannot be resolved.", hint="Check it, and the network.")
    if isinstance(error, EOFError):
        return CouldNotBeDone(f"{url}: the connection broke.", hint="Try again later.")
    if isinstance(error, TimeoutError):
        return CouldNotBeDone(f"{url}: {url.host} did not answer in time.", hint="Try again later.")
    return CouldNotBeDone(f"{url}: {words}.", hint="Is the server up, and its name right?")
