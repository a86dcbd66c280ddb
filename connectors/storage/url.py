"""URLs of files: what they name, what may be shown of them, and what is nobody's business."""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote, quote_plus, unquote, urlsplit

from connectors.errors import ConfigurationError
from connectors.network import is_loopback

SCHEMES = ("https", "sftp", "smb", "s3", "gs", "abfs", "ftp")
_ALIASES = {"http": "http", "gcs": "gs", "abfss": "abfs", "az": "abfs", "s3a": "s3"} | {one: one for one in SCHEMES}
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.+)", re.DOTALL)
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
_MARKS = [chr(0xE000 + n) for n in range(100)]  # letters of nobody's, in the place of `${…}` while a URL is taken apart
_EXAMPLE = "Write it like https://host/people.xlsx or sftp://${USER}:${PASSWORD}@host/folder/people.xlsx."


def is_url(text: str) -> bool:
    """Whether a text is a URL rather than a path of this machine."""
    return _URL.fullmatch(text) is not None


def is_storage_url(text: str) -> bool:
    """Whether a text is the URL of a file, rather than of a database or of what nobody knows."""
    found = _URL.fullmatch(text)
    return found is not None and found["scheme"].lower() in _ALIASES


@dataclass(frozen=True, slots=True)
class StorageUrl:
    """A file or folder, or all that match where the last part of `path` is a pattern.

    scheme: one of SCHEMES, or http. server: host and port; the bucket of s3 and gs, the account of abfs. container: of
    abfs alone. path: begins with /; in a web address it is still percent-encoded. shown: for people, without account,
    password and query, and with `${…}` where the environment filled something in.
    """

    scheme: str
    server: str
    path: str
    shown: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    query: str = field(default="", repr=False)
    fragment: str = field(default="", repr=False)
    container: str = ""

    def __str__(self) -> str:
        return self.shown

    @property
    def is_web(self) -> bool:
        return self.scheme in {"http", "https"}

    @property
    def host(self) -> str:
        return urlsplit(f"//{self.server}").hostname or ""

    @property
    def port(self) -> int | None:
        return urlsplit(f"//{self.server}").port

    @property
    def address(self) -> str:
        """The URL of a web address as it is asked for, without account and password."""
        return f"{self.scheme}://{self.server}{self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def name(self) -> str:
        """The last part of the path."""
        last = posixpath.basename(self.path)
        return unquote(last) if self.is_web else last

    @property
    def is_pattern(self) -> bool:
        return any(sign in self.name for sign in ("*?[" if not self.is_web else "*"))

    @property
    def identity(self) -> str:
        """Equal for equal places, whoever asks, and safe to keep: what it shows, and a hash of the rest."""
        return f"{self.shown} {hashlib.sha256(self.whole.encode()).hexdigest()[:16]}"

    @property
    def whole(self) -> str:
        """The place with everything that the environment filled in, without account and password."""
        return f"{self.scheme}://{self.container}@{self.server}{self.path}?{self.query}"

    def beside(self, name: str) -> StorageUrl:
        """Another file of the same folder."""
        return replace(
            self,
            path=posixpath.join(posixpath.dirname(self.path), quote(name) if self.is_web else name),
            shown=f"{self.shown.rpartition('/')[0]}/{name}",
        )

    def below(self, name: str) -> StorageUrl:
        """A file or folder in this folder."""
        return replace(self, path=f"{self.path.rstrip('/')}/", shown=f"{self.shown.rstrip('/')}/").beside(name)

    @property
    def folder(self) -> StorageUrl:
        """The folder it lies in."""
        return replace(self, path=posixpath.dirname(self.path) or "/", shown=self.shown.rpartition("/")[0])

    def without_secrets(self, text: str) -> str:
        """A library's message without what the URL keeps to itself, in whatever spelling."""
        secrets = [self.password, self.query, self.user]
        if self.is_web and "${" in self.shown:
            secrets.append(self.path)
        for secret in filter(None, secrets):
            for spelling in {secret, quote(secret, safe=""), quote_plus(secret), unquote(secret), repr(secret)[1:-1]}:
                text = text.replace(spelling, "***")
        return " ".join(text.split())


def storage_url(text: str, *, typed: str = "") -> StorageUrl:
    """What a URL means. `typed`: the same before `${…}` was filled in, if it was; a password taken from the environment
    may then hold any sign, also those that mean something in a URL.

    Raises ConfigurationError, which never repeats account, password or query.
    """
    marked, references = _marked(typed or text)
    found = _taken_apart(text, marked if _URL.fullmatch(marked) else text)
    if found is None:
        raise ConfigurationError("The URL cannot be understood.", hint=_EXAMPLE)
    scheme, user, password, rest = found
    shown = _restored(_without_secrets(marked), references)
    known = _ALIASES.get(scheme.lower())
    if known is None:
        raise ConfigurationError(
            f"{shown}: files cannot be reached by {scheme}://; they can by {', '.join(SCHEMES)}.", hint=_EXAMPLE
        )
    whole, _, fragment = rest.partition("#") if known in {"http", "https"} else (rest, "", "")
    place, _, query = whole.partition("?") if known in {"http", "https"} else (rest, "", "")
    server, slash, path = place.partition("/")
    url = StorageUrl(
        known, server, slash + path if path else "/", shown, unquote(user), unquote(password), query, fragment
    )
    if known == "abfs":
        url = replace(url, container=url.user or server, server=server if url.user else "", user="")
    return _checked(url)


def _checked(url: StorageUrl) -> StorageUrl:
    try:
        host, _ = url.host, url.port
    except ValueError:
        host = ""
    if not host and not url.container:
        raise ConfigurationError("The URL names no host.", hint=_EXAMPLE)  # or has half of a password before its /
    if url.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"{url}: http:// would send and receive readable for everybody on the way.", hint="Use https://."
        )
    return url


def _marked(typed: str) -> tuple[str, list[str]]:
    """The text with one letter in the place of each reference, and the references."""
    references = _REFERENCE.findall(typed)
    marks = iter(_MARKS)
    return _REFERENCE.sub(lambda _found: next(marks), typed), references


def _restored(marked: str, references: list[str]) -> str:
    for mark, reference in zip(_MARKS, references, strict=False):
        marked = marked.replace(mark, re.sub(r":-.*\}", "}", reference))
    return marked


def _taken_apart(text: str, marked: str) -> tuple[str, str, str, str] | None:
    """Scheme, user, password, and the rest of `text`, split where `marked` is."""
    parts = _parts(marked)
    if parts is None:
        return None
    scheme, userinfo, rest = parts
    if userinfo is None:
        return (scheme, "", "", text.partition("://")[2])
    user, colon, password = userinfo.partition(":")
    known = f"{_pattern(scheme)}://({_pattern(user)}){colon}({_pattern(password)})@({_pattern(rest)})"
    found = re.fullmatch(known, text, re.DOTALL)
    return None if found is None else (scheme, found[1], found[2], found[3])


def _parts(marked: str) -> tuple[str, str | None, str] | None:
    whole = _URL.fullmatch(marked)
    if whole is None:
        return None
    authority, slash, path = whole["rest"].partition("/")
    userinfo, at, server = authority.rpartition("@")
    return whole["scheme"], userinfo if at else None, server + slash + path


def _pattern(marked: str) -> str:
    return "".join(".*?" if letter in _MARKS else re.escape(letter) for letter in marked)


def _without_secrets(marked: str) -> str:
    """`marked` without account, password, query and fragment; a container of abfs is no account."""
    parts = _parts(marked)
    if parts is None:
        return marked
    scheme, userinfo, rest = parts
    container = f"{userinfo}@" if userinfo and _ALIASES.get(scheme.lower()) == "abfs" else ""
    is_web = scheme.lower() in {"http", "https"}
    return f"{scheme}://{container}{rest.partition('#')[0].partition('?')[0] if is_web else rest}"
