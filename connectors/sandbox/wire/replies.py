"""The replies of the server, byte for byte where a client could tell the difference (API sheet, "five body shapes")."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from connectors.sandbox.wire.ruby import JsonValue, to_bytes

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
PAGE_BYTES = 728
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_REASONS = {
    200: "OK",
    302: "Moved Temporarily",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}


@dataclass(slots=True)
class SandboxReply:
    """A reply on its way out.

    static: a page from a file in place of the application's reply, so without its session (API sheet, shape C).
    bare: not made by the application at all, so without its headers.
    """

    status: int
    body: bytes = b""
    content_type: str = HTML
    headers: dict[str, str] = field(default_factory=dict)
    static: bool = False
    bare: bool = False

    @property
    def is_chunked(self) -> bool:
        """Only the application does not tell how long its replies are (API sheet 12.7)."""
        return not (self.static or self.bare)

    @property
    def reason(self) -> str:
        return _REASONS.get(self.status, "Unknown")


TimedReply = Generator[float, None, SandboxReply]
"""An action: yields the seconds it spends, returns the reply. What comes before the first yield has no effect on the
database."""


def as_json(value: JsonValue) -> bytes:
    """JSON as Rails 3.2 writes it: compact, ASCII only (API sheet 3.9), the upper half of a wide character lost."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if not text.isascii():
        text = _NOT_ASCII.sub(lambda found: f"\\u{ord(found[0]) & 0xFFFF:04x}", text)
    return text.encode("ascii")


def json_reply(value: JsonValue, status: int = 200) -> SandboxReply:
    return SandboxReply(status, as_json(value), JSON)


def head(status: int, content_type: str = HTML) -> SandboxReply:
    """Shape B: the body is one space."""
    return SandboxReply(status, b" ", content_type)


def text_error(text: str, content_type: str) -> SandboxReply:
    """Shape D: plain text under a 500, because the code names a misspelt status (API sheet 5.3)."""
    return SandboxReply(500, to_bytes(text), content_type)


def _page(status: int, title: str, sentence: str) -> bytes:
    page = (
        f"<!DOCTYPE html>\n<html>\n<head>\n  <title>{title} ({status})</title>\n</head>\n\n<body>\n"
        f'  <div class="dialog">\n    <h1>{title}</h1>\n    <p>{sentence}</p>\n  </div>\n'
        "  <!-- A static page of the sandbox, as long as the one a real server would send:\n"
    )
    end = "\n  -->\n</body>\n</html>\n"
    return (page + "." * (PAGE_BYTES - len(page) - len(end)) + end).encode("ascii")


_PAGES = {
    404: _page(404, "There is no such page here.", "The address may be mistyped, or the page may have moved."),
    422: _page(422, "The change was refused.", "Perhaps something was changed that may not be changed."),
    500: _page(500, "Something went wrong.", "The server met an error it did not expect."),
}


def page(status: int) -> SandboxReply:
    """Shape C: the static HTML page for 404, 422 and 500."""
    return SandboxReply(status, _PAGES[status], HTML, static=True)


def low_level_error() -> SandboxReply:
    """An exception outside the application: plain text without a Content-Type (API sheet 4.5, 8.3)."""
    text = b"An unhandled lowlevel error occurred. The application logs may have details.\n"
    return SandboxReply(500, text, content_type="", bare=True)


def front_end_page(status: int, software: str = "nginx", headers: Mapping[str, str] | None = None) -> SandboxReply:
    """The small HTML page of the proxy in front (API sheet 12.1, 12.2, 12.4)."""
    title = f"{status} {_REASONS.get(status, '')}".strip()
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        f"<hr><center>{software}</center>\r\n</body>\r\n</html>\r\n"
    )
    return SandboxReply(status, body.encode("ascii"), "text/html", dict(headers or {}), bare=True)


def redirect(location: str) -> SandboxReply:
    body = f'<html><body>You are being <a href="{location}">redirected</a>.</body></html>'
    return SandboxReply(302, to_bytes(body), HTML, {"Location": location})


def sign_in_page() -> SandboxReply:
    """What a client that follows the 302 ends on: a login form with status 200 (API sheet 1.8)."""
    body = (
        "<!DOCTYPE html>\n<html>\n<head><title>Verboice</title></head>\n<body>\n<h2>Log in</h2>\n"
        '<form action="/accounts/sign_in" method="post">\n<input name="account[email]" type="email">\n'
        '<input name="account[password]" type="password">\n'
        '<input type="submit" value="Log in">\n</form>\n</body>\n</html>\n'
    )
    return SandboxReply(200, body.encode("ascii"), HTML)
