"""Serving a sandbox over a socket: in a thread of this process, or blocking for the command line."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Self

from connectors.errors import ConfigurationError
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.wire.engine import Engine
from connectors.sandbox.wire.protocol import HttpProtocol

LOOPBACK = "127.0.0.1"
_BACKLOG = 1024


def _listening_socket(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigurationError(
            f"Cannot listen on {host} port {port}: {reason}.", hint="Try another --port."
        ) from error


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _run(sandbox: Sandbox, listening: socket.socket, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    engine = Engine(sandbox, loop)
    server = await loop.create_server(lambda: HttpProtocol(engine), sock=listening, backlog=_BACKLOG)
    try:
        await stop.wait()
    finally:
        sandbox.when_configured = lambda: None
        server.close()
        for connection in list(engine.connections):
            connection.drop()
        # One turn of the loop lets the dropped connections close their sockets.
        await asyncio.sleep(0)


class SandboxServer:
    """A sandbox served by a background thread, for tests and the demo.

        with SandboxServer(sandbox) as server:
            requests.get(server.url + "/api/projects.json", ...)

    Port 0 takes a free one. Raises ConfigurationError if the port is taken.
    """

    def __init__(self, sandbox: Sandbox, *, host: str = LOOPBACK, port: int = 0) -> None:
        self.sandbox = sandbox
        self._listening = _listening_socket(host, port)
        self.url = _url(self._listening)
        self.host, self.port = self._listening.getsockname()[:2]
        self._ready = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = Thread(target=lambda: asyncio.run(self._main()), name="verboice-sandbox", daemon=True)

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await _run(self.sandbox, self._listening, self._stop)

    def start(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def stop(self) -> None:
        """Drops open connections and waits for the thread to end."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def serve(
    sandbox: Sandbox, *, host: str = LOOPBACK, port: int = 0, announce: Callable[[str], None] = lambda _url: None
) -> None:
    """Serves until SIGINT or SIGTERM. `announce` is called with the URL once connections are accepted.

    Raises ConfigurationError if the port is taken.
    """

    async def main(listening: socket.socket) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
                loop.add_signal_handler(number, stop.set)
        announce(_url(listening))
        await _run(sandbox, listening, stop)

    with contextlib.closing(_listening_socket(host, port)) as listening, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(listening))
