"""One request as the application sees it, and how its method, path and parameters come about."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from connectors.sandbox.wire import rack
from connectors.sandbox.wire.ruby import JsonValue, Param

if TYPE_CHECKING:
    from connectors.sandbox.api.accounts import Account

_SLASHES = re.compile("/{2,}")
_SAFE_IN_PATHS = "/$-_.+!*'(),:@&=~;"
_BROWSER_LIKE = re.compile(r",\s*\*/\*|\*/\*\s*,")
_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"})
# Those of the RFCs that Rails 3.2 goes by; any other is an exception outside the application.
KNOWN_METHODS = _METHODS.union(
    ("TRACE", "CONNECT", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "ORDERPATCH", "ACL"),
    ("VERSION-CONTROL", "REPORT", "CHECKOUT", "CHECKIN", "UNCHECKOUT", "MKWORKSPACE", "UPDATE", "LABEL", "MERGE"),
    ("BASELINE-CONTROL", "MKACTIVITY", "SEARCH"),
)
_FORMATS = {
    "json": "application/json; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(slots=True)
class SandboxRequest:
    """`target` is undecoded; header names are lower case; `method` may be overridden before routing.

    version: that of HTTP, `1.1` or `1.0`. is_head: whether it came as HEAD.
    """

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    form: dict[str, Param] = field(default_factory=dict)
    parameters: dict[str, Param] = field(default_factory=dict)
    path_parameters: dict[str, str] = field(default_factory=dict)
    account: Account | None = None
    login: str = ""
    version: str = "1.1"
    is_head: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_head = self.method == "HEAD"

    @property
    def is_modern(self) -> bool:
        """Whether the client knows chunks and kept connections."""
        return self.version == "1.1"

    @property
    def keep_alive(self) -> bool:
        return self.is_modern and "close" not in self.headers.get("connection", "").lower()

    @property
    def raw_path(self) -> str:
        """The path as Puma's parser hands it on: undecoded, cut at the first `;` (API sheet 4.5)."""
        return self.target.partition("#")[0].partition("?")[0].partition(";")[0]

    @property
    def query(self) -> str:
        return self.target.partition("#")[0].partition("?")[2]

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def by_xhr(self) -> bool:
        return "xmlhttprequest" in self.headers.get("x-requested-with", "").lower()

    @property
    def extension(self) -> str:
        return self.path_parameters.get("format", "")

    @property
    def signed_in(self) -> Account:
        assert self.account is not None, "only actions behind the login ask for the account"  # noqa: S101
        return self.account

    def routed_path(self, *, early: bool) -> str:
        """The path the router sees: squeezed slashes, and behind Apache decoded and encoded again (API sheet 4.5)."""
        path = self.raw_path
        if early:
            path = self.target.partition("#")[0].partition("?")[0]
            path = quote(rack.decoded(path).encode("utf-8", "surrogateescape"), safe=_SAFE_IN_PATHS)
        return _SLASHES.sub("/", path).rstrip("/") or "/"

    def override_method(self) -> None:
        """A POST may stand for another method, by header or form field (API sheet 5.21). Raises rack.ParameterError."""
        if self.method != "POST":
            return
        self.form = self._form()
        wanted = self.form.get("_method") or self.headers.get("x-http-method-override", "")
        if isinstance(wanted, str) and wanted.upper() in _METHODS:
            self.method = wanted.upper()

    def _form(self) -> dict[str, Param]:
        return rack.form_body(self.content_type, self.body)

    def read_parameters(self, typed: dict[str, Param]) -> None:
        """Merges body, query and path parameters; the later wins (API sheet 5.19, 5.22). Raises rack.ParameterError."""
        if not self.form and self.body and self.content_type:
            self.form = self._form()
        query = rack.parse_nested(self.query) if self.query else {}
        self.parameters = self.form | typed | query | self.path_parameters

    def document(self) -> dict[str, JsonValue] | None:
        """The JSON document of the body, whatever its Content-Type; None for anything else (an exception there)."""
        try:
            data = json.loads(self.body)
        except ValueError:
            return None
        return data if isinstance(data, dict) else None

    def text(self, name: str) -> str:
        """A path parameter."""
        return self.path_parameters[name]

    @property
    def format(self) -> str:
        """`json`, `html`..., `*/*`, or "" for one the server does not know (API sheet 1.8)."""
        if self.extension:
            return self.extension if self.extension in _FORMATS else ""
        accept = self.headers.get("accept", "")
        if accept and not _BROWSER_LIKE.search(accept):
            first = accept.partition(",")[0].partition(";")[0].strip()
            if first == "*/*":
                return first
            return next((name for name, kind in _FORMATS.items() if kind.startswith(first + ";")), "")
        return "html"

    @property
    def reply_type(self) -> str:
        """The Content-Type of replies that follow the request's format."""
        return _FORMATS.get(self.format, _FORMATS["html"])
