"""Answers that do not come to an end: byte by byte, or without end."""

from __future__ import annotations

import asyncio

_PORTION = b"%x\r\n%b\r\n" % (65_536, b"9" * 65_536)
_MOST_WAITING = 1024**2  # bytes that nobody has taken yet
ENDLESS_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
_BREATH = 0.001  # seconds


def drip(transport: asyncio.Transport, content: bytes, seconds: float) -> None:
    """Writes one byte each `seconds`, as long as somebody listens."""
    if content and not transport.is_closing():
        transport.write(content[:1])
        asyncio.get_running_loop().call_later(seconds, drip, transport, content[1:], seconds)


def pour(transport: asyncio.Transport) -> None:
    """Writes chunks, as fast as they are taken."""
    if not transport.is_closing():
        if transport.get_write_buffer_size() < _MOST_WAITING:
            transport.write(_PORTION)
        asyncio.get_running_loop().call_later(_BREATH, pour, transport)
