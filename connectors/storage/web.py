"""Files behind web addresses: downloads by any server, folders and writing where it speaks WebDAV (RFC 4918)."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from email.message import Message
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree as ET

import requests
import requests.adapters
import urllib3.exceptions
from urllib3.connection import HTTPConnection

from connectors.errors import ConfigurationError, CouldNotBeDone, VerboiceSyncError
from connectors.network import is_loopback, trusted_certificates
from connectors.storage.storage import (
    Fetched,
    FetchLimits,
    NotThere,
    StoredFile,
    check_size,
    keep_portions,
    unfinished,
)
from connectors.storage.url import StorageUrl
from connectors.verboice.deadline import HurriedResponse

_CONNECT, _SILENCE = 15.0, 60.0  # seconds
_PORTION = 256 * 1024
_MOST_REDIRECTS = 5
_MOST_LISTED = 16 * 1024**2  # bytes of a folder's listing
_CONDITIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
_OTHER_NAME = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH of OpenSSL
_DAV = "{DAV:}"
_PROPERTIES = (
    b'<propfind xmlns="DAV:"><prop><getcontentlength/><getlastmodified/><getetag/><resourcetype/></prop></propfind>'
)
_CHECK_ACCESS = "Give the account: user and password in the URL as ${…}, or source.headers."


class _Hurried(HTTPConnection):
    """urllib3's connection, whose answers have an end: a server that sends a byte now and then is not listened to for
    ever. Mixed into its kind for TLS too."""

    response_class = HurriedResponse


class _Adapter(requests.adapters.HTTPAdapter):
    def get_connection_with_tls_context(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as requests'
        pool: Any = super().get_connection_with_tls_context(*arguments, **named)
        if not issubclass(pool.ConnectionCls, _Hurried):
            pool.ConnectionCls = type("_HurriedOf", (_Hurried, pool.ConnectionCls), {})
        return pool


class WebStorage:
    """A web server.

    headers: sent to the server of the URL and to nobody else. redirects_to: patterns of other hosts to which the server
    may lead on although it was given credentials, which those never get.
    """

    renames = True

    def __init__(
        self, url: StorageUrl, *, headers: Mapping[str, str] | None = None, redirects_to: Sequence[str] = ()
    ) -> None:
        self._server = f"{url.scheme}://{url.server}".lower()
        self._own = dict(headers or {})
        self._redirects_to = redirects_to
        if url.user or url.password:
            pair = f"{url.user}:{url.password}".encode()  # UTF-8; requests would send latin-1
            self._own["Authorization"] = f"Basic {b64encode(pair).decode('ascii')}"
        self._session = requests.Session()
        self._session.auth = _as_it_is  # else requests would take an account out of ~/.netrc
        self._session.verify = trusted_certificates()
        self._session.trust_env = not is_loopback(url.host)
        self._session.mount(f"{url.scheme}://", _Adapter(max_retries=0))

    def fetch(self, url: StorageUrl, into: Path, known: Mapping[str, str], limits: FetchLimits) -> Fetched | None:
        asked = {header: known[name] for name, header in _CONDITIONS.items() if known.get(name)}
        with self._answer("GET", url, asked) as answer:
            if answer.status_code == 304:
                return None
            _refuse_other(answer, url)
            length = answer.headers.get("content-length", "")
            check_size(int(length) if length.isdigit() else 0, limits, str(url))
            keep_portions(_as_they_come(answer), into, limits, str(url))
            version = {name: answer.headers[name] for name in _CONDITIONS if name in answer.headers}
            return Fetched(version, _attached(answer.headers.get("content-disposition", "")))

    def entries(self, folder: StorageUrl) -> list[StoredFile]:
        return list(_listed(self._properties(folder, depth=1), folder))

    def version(self, url: StorageUrl) -> Mapping[str, str] | None:
        try:
            (found,) = _told_of(self._properties(url, depth=0), url)
        except NotThere:
            return None
        texts = {name: found.findtext(f".//{_DAV}{name}", "") for name in ("getetag", "getlastmodified")}
        size = found.findtext(f".//{_DAV}getcontentlength", "")
        return {name: text for name, text in texts.items() if text} and texts | {"size": size}

    def _properties(self, folder: StorageUrl, *, depth: int) -> bytes:
        headers = {"Depth": str(depth), "Content-Type": "application/xml"}
        with self._answer("PROPFIND", folder, headers, _PROPERTIES) as answer:
            if answer.status_code in {405, 501} or (answer.ok and answer.status_code != 207):
                raise ConfigurationError(
                    f"{folder}: this server does not list folders (it does not speak WebDAV).", hint="Name one file."
                )
            _refuse_other(answer, folder)
            return b"".join(_bounded(answer.iter_content(_PORTION), str(folder)))

    def put(self, content: Path, url: StorageUrl) -> None:
        part = url.beside(unfinished(url.name))
        try:
            with content.open("rb") as body, self._answer("PUT", part, {}, body) as answer:
                _refuse_unwritten(answer, url)
            self._move(part, url, overwrite=True)
        except BaseException:
            with suppress(VerboiceSyncError):  # it may not be there, or the server be gone
                self.remove(part)
            raise

    def rename(self, old: StorageUrl, new: StorageUrl) -> None:
        self._move(old, new, overwrite=False)

    def remove(self, url: StorageUrl) -> None:
        with self._answer("DELETE", url, {}) as answer:
            if answer.status_code != 404:
                _refuse_other(answer, url)

    def make_folder(self, url: StorageUrl) -> None:
        with self._answer("MKCOL", url, {}) as answer:
            if answer.status_code != 405:  # it is there already
                _refuse_other(answer, url)

    def remove_folder(self, url: StorageUrl) -> None:
        """A server removes a folder with all that is in it, so it is looked into before."""
        with suppress(NotThere):
            if not self.entries(url):
                self.remove(url)

    def close(self) -> None:
        self._session.close()

    def _move(self, old: StorageUrl, new: StorageUrl, *, overwrite: bool) -> None:
        headers = {"Destination": new.address, "Overwrite": "T" if overwrite else "F"}
        with self._answer("MOVE", old, headers) as answer:
            _refuse_unwritten(answer, new if overwrite else old)

    @contextmanager
    def _answer(
        self, method: str, url: StorageUrl, headers: Mapping[str, str], body: object = None
    ) -> Iterator[requests.Response]:
        """The answer, after redirects where nothing is written; its body is still to be read."""
        try:
            with closing(self._followed(method, url, headers, body)) as answer:
                yield answer
        except VerboiceSyncError:
            raise
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _fault_of(error, url) from None

    def _followed(self, method: str, url: StorageUrl, headers: Mapping[str, str], body: object) -> requests.Response:
        address = url.address
        for _ in range(_MOST_REDIRECTS + 1):
            own = self._own if _server_of(address) == self._server else {}
            answer = self._session.request(
                method,
                address,
                headers={"User-Agent": "verboice-sync", **headers, **own},
                data=body,  # type: ignore[arg-type]  # bytes or an open file
                timeout=(_CONNECT, _SILENCE),
                stream=True,
                allow_redirects=False,
            )
            if not answer.is_redirect or method not in {"GET", "PROPFIND"}:
                return answer
            answer.close()
            address = self._next(urljoin(address, answer.headers["location"]), url)
        raise ConfigurationError(f"{url}: leads on and on, more than {_MOST_REDIRECTS} times.", hint="Check the link.")

    def _next(self, address: str, url: StorageUrl) -> str:
        """Where a redirect leads. Raises ConfigurationError where it must not be followed."""
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host) and is_loopback(url.host)):
            raise ConfigurationError(
                f"{url}: leads on to {parts.scheme}://{host}, which is not https; it was not followed.",
                hint="Name the address of the file itself.",
            )
        is_foreign = _server_of(address) != self._server
        if is_foreign and self._own and not any(fnmatchcase(host, one) for one in self._redirects_to):
            raise ConfigurationError(
                f"{url}: leads on to another host, {host}; it was not followed, because it is not the one the "
                "credentials are for.",
                hint=f"If that is right, add `redirects_to: [{host}]` to source; the credentials are not sent there.",
            )
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _server_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def _refuse_other(answer: requests.Response, url: StorageUrl) -> None:
    """Raises for every status that is not a success."""
    status, told = answer.status_code, f"{url}: the server answers {answer.status_code}"
    if 200 <= status < 300:
        return
    if status in {401, 403, 407}:
        raise ConfigurationError(f"{told}: access is refused.", hint=_CHECK_ACCESS)
    if status in {404, 410}:
        raise NotThere(f"{told}: there is no such file.", hint="Check the path, or make the link anew.")
    if status in {408, 423, 425, 429} or status >= 500:
        raise CouldNotBeDone(f"{told}.", hint="Try again later.")
    if status == 412:
        raise CouldNotBeDone(f"{told}: there is a file of that name already.", hint="Move one of the two away.")
    raise ConfigurationError(f"{told}.", hint="Check the link; a browser may show more.")


def _refuse_unwritten(answer: requests.Response, url: StorageUrl) -> None:
    """As `_refuse_other`, of a file that was to be written."""
    status, told = answer.status_code, f"{url}: the server answers {answer.status_code}"
    if status in {405, 501} or answer.is_redirect:
        raise ConfigurationError(f"{told}: it takes no files (it does not speak WebDAV).", hint="Name a WebDAV share.")
    if status in {404, 409}:
        raise ConfigurationError(f"{told}: there is no such folder.", hint="Make it, or name another one.")
    if status == 507:
        raise CouldNotBeDone(f"{told}: it has no room for the file.", hint="Have somebody make room there.")
    _refuse_other(answer, url)


def _fault_of(error: Exception, url: StorageUrl) -> VerboiceSyncError:
    """What went wrong on the way, the more telling kinds first."""
    inner = list(_chain(error))
    untrusted = next((one for one in inner if isinstance(one, ssl.SSLCertVerificationError)), None)
    if untrusted is not None:
        return ConfigurationError(
            f"{url}: no secure connection to {url.host}: its certificate is not trusted "
            f"({untrusted.verify_message.rstrip('.')}).",
            hint="Check the host of the URL: what answers there shows the certificate of another one."
            if untrusted.verify_code in _OTHER_NAME
            else "If your organisation has its own certificates, set REQUESTS_CA_BUNDLE to their file.",
        )
    if isinstance(error, requests.exceptions.InvalidHeader | requests.exceptions.InvalidURL):
        return ConfigurationError(
            f"{url}: the URL or source.headers cannot be sent as they are.",
            hint="Look for line breaks and letters of other alphabets in source.headers.",
        )
    told, hint = next(what for kinds, what in _FAULTS if any(isinstance(one, kinds) for one in inner))
    return CouldNotBeDone(f"{url}: {told.format(host=url.host, server=url.server)}.", hint=hint)


_FAULTS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], tuple[str, str]], ...] = (
    (urllib3.exceptions.NameResolutionError, ("the name {host} cannot be resolved", "Check it, and the network.")),
    (
        (urllib3.exceptions.NewConnectionError, requests.exceptions.ConnectTimeout),
        ("{server} cannot be reached", "Is the server up, and its name right?"),
    ),
    ((urllib3.exceptions.TimeoutError, TimeoutError), ("{host} did not answer in time", "Try again later.")),
    (
        requests.exceptions.SSLError,
        ("no secure connection to {server}", "Does what answers there speak https?"),
    ),
    (Exception, ("the connection broke before the file was whole", "Try again later.")),
)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was made of, which requests and urllib3 keep in several ways."""
    pending: list[BaseException] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            parts = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
            pending += [part for part in parts if isinstance(part, BaseException)]


def _attached(header: str) -> str:
    """The file name that a Content-Disposition gives, also in its form for other alphabets (RFC 6266)."""
    message = Message()
    message["content-disposition"] = header
    return message.get_filename("") if header else ""


def _as_they_come(answer: requests.Response) -> Iterator[bytes]:
    """What has come, however little: who waits for whole portions waits for a server that sends a byte now and then."""
    while portion := answer.raw.read1(_PORTION, decode_content=True):
        yield portion


def _bounded(portions: Iterator[bytes], where: str) -> Iterator[bytes]:
    taken = 0
    for portion in portions:
        taken += len(portion)
        if taken > _MOST_LISTED:
            raise CouldNotBeDone(f"{where}: the listing of the folder has no end.", hint="Name one file.")
        yield portion


def _listed(listing: bytes, folder: StorageUrl) -> Iterator[StoredFile]:
    own = unquote(folder.path).rstrip("/")
    for response in _told_of(listing, folder):
        path = unquote(urlsplit(response.findtext(f"{_DAV}href", "")).path)
        is_folder = response.find(f".//{_DAV}collection") is not None or path.endswith("/")
        name = path.rstrip("/").rpartition("/")[2]
        if path.rstrip("/") != own and name:
            size = response.findtext(f".//{_DAV}getcontentlength", "")
            when = response.findtext(f".//{_DAV}getlastmodified", "")
            yield StoredFile(folder.below(name), int(size) if size.isdigit() else 0, _moment(when), is_folder)


def _told_of(listing: bytes, folder: StorageUrl) -> list[ET.Element]:
    """What a listing says of each file and folder."""
    if b"<!DOCTYPE" in listing or b"<!ENTITY" in listing:
        raise ConfigurationError(f"{folder}: what came is no listing of a folder.", hint="Name one file.")
    try:
        root = ET.fromstring(listing)  # noqa: S314 - without a DOCTYPE there are no entities to blow it up
    except ET.ParseError:
        raise ConfigurationError(f"{folder}: what came is no listing of a folder.", hint="Name one file.") from None
    return list(root.iter(f"{_DAV}response"))


def _moment(text: str) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return 0.0
