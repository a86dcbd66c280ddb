"""Every answer has an end: a moment by which it has come, and a size.

A time-out of a socket is about silence only, and begins anew with each byte: a server, or what stands before it, that
sends one now and then would be listened to for ever.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import urllib3.exceptions

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SILENCES = 2.0  # how many of the silences allowed an answer may take in all, head and body
SLOWEST = 10_000  # bytes a second for which it gets more time
MOST_SMALL = 32 * 1024**2  # bytes of an answer that is no contact list; a project with a thousand variables has 100 kB
MOST_LISTED = 4 * 1024**3  # bytes of a first contact list: 20 million contacts with two variables
_LISTED_MORE = 256 * 1024**2  # bytes by which any list may be longer than `_PER_CONTACT` says
_PER_CONTACT = 16 * 1024  # bytes for each contact of the last list: eight times one with 50 variables


class TooLong(urllib3.exceptions.HTTPError):
    """The answer is longer than any that Verboice gives at this place."""


def most_listed(before: int | None) -> int:
    """Bytes that a contact list may have, where the last one had `before` contacts (None: not known)."""
    return MOST_LISTED if before is None else min(MOST_LISTED, _LISTED_MORE + _PER_CONTACT * before)


def limited(portions: Iterator[bytes], most: int) -> Iterator[bytes]:
    """The portions of a body. Raises TooLong once they are more than `most` bytes."""
    taken = 0
    for portion in portions:
        taken += len(portion)
        if taken > most:
            raise TooLong(f"more than {most} bytes")
        yield portion


class HurriedResponse(http.client.HTTPResponse):
    """http.client's answer, read with a deadline from its first byte to its last."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp = io.BufferedReader(_HurriedReader(sock, self.fp))


class _HurriedReader(io.RawIOBase):
    """Reads `taken_from`, the file of `sock`, whose time-out is the silence allowed. Raises TimeoutError."""

    def __init__(self, sock: socket.socket, taken_from: io.BufferedReader) -> None:
        self._sock = sock
        self._taken_from = taken_from
        self._silence = sock.gettimeout()
        self._begun = time.monotonic()
        self._received = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self._silence is not None:
            until = self._begun + SILENCES * self._silence + self._received / SLOWEST
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer did not come to an end in time")
            self._sock.settimeout(min(self._silence, left))
        received = self._taken_from.readinto1(buffer)
        self._received += received
        return received

    def close(self) -> None:
        self._taken_from.close()
        super().close()
