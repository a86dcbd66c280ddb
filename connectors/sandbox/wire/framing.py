"""A reply as bytes, framed as Puma frames it: what clients have to live with, and no library would write so."""

from __future__ import annotations

from connectors.sandbox.faults import Cut
from connectors.sandbox.wire.replies import SandboxReply
from connectors.sandbox.wire.request import SandboxRequest


def framed(reply: SandboxReply, request: SandboxRequest, cut: Cut | None) -> bytes:
    """The reply to a request, cut off half way if `cut` says how."""
    return _head(reply, request) + _body(reply, request, cut)


def _head(reply: SandboxReply, request: SandboxRequest) -> bytes:
    """Puma sends chunks wherever the length is not told, and neither to HEAD (API sheet 12.7)."""
    lines = [f"HTTP/1.1 {reply.status} {reply.reason}"]
    if reply.content_type:
        lines.append(f"Content-Type: {reply.content_type}")
    lines.extend(f"{name}: {value}" for name, value in reply.headers.items())
    if not reply.is_chunked:
        lines.append(f"Content-Length: {len(reply.body)}")
    elif request.is_modern and not (request.is_head or reply.status == 304):
        lines.append("Transfer-Encoding: chunked")
    if not request.keep_alive:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def _body(reply: SandboxReply, request: SandboxRequest, cut: Cut | None) -> bytes:
    if request.is_head or reply.status == 304:
        return b""
    half = reply.body[: len(reply.body) // 2]
    if not (reply.is_chunked and request.is_modern):
        return half if cut else reply.body
    if cut == "cut":
        return b"%x\r\n" % len(reply.body) + half
    return _chunk(half) if cut else _chunk(reply.body) + b"0\r\n\r\n"


def _chunk(part: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(part), part) if part else b""
