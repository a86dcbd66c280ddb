"""What a server can answer: a client that does nothing but write prepared bytes and look for the end of the answer."""

from __future__ import annotations

import base64
import socket
import threading
import time
from urllib.parse import urlsplit

from tests.bench.server import ACCOUNT, PASSWORD, Server, number


def requests_per_second(server: Server, *, people: int, in_flight: int, age: str) -> float:
    """PUTs of one variable of each person a second, `in_flight` at a time over as many connections."""
    login = base64.b64encode(f"{ACCOUNT}:{PASSWORD}".encode()).decode()
    host = urlsplit(server.url)
    shares = [range(start, people, in_flight) for start in range(in_flight)]
    errors: list[BaseException] = []

    def work(mine: range) -> None:
        try:
            with socket.create_connection((host.hostname, host.port)) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                head = f"HTTP/1.1\r\nHost: {host.netloc}\r\nAuthorization: Basic {login}\r\nContent-Length: 0\r\n"
                for person in mine:
                    path = f"/api/projects/{server.project_id}/contacts/by_address/{number(person)}.json"
                    head = _ask(connection, f"PUT {path}?vars%5Bage%5D={age} {head}", head)
        except (OSError, ValueError) as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return people / (time.perf_counter() - began)


def _ask(connection: socket.socket, request: str, head: str) -> str:
    """Send, read the whole answer; the head for the next request, with the cookie if one was given."""
    connection.sendall(f"{request}\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer or not _is_whole(answer):
        portion = connection.recv(65536)
        if not portion:
            raise ValueError("the connection was closed")
        answer += portion
    if not answer.startswith(b"HTTP/1.1 200"):
        raise ValueError(answer[:100].decode(errors="replace"))
    marker = b"_verboice_session="
    if marker in answer and "Cookie" not in head:
        cookie = answer[answer.index(marker) :].split(b";")[0].split(b"\r\n")[0].decode()
        return f"{head}Cookie: {cookie}\r\n"
    return head


def _is_whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    if lengths:
        return len(body) >= int(lengths[0].split(b":")[1])
    return body.endswith(b"0\r\n\r\n")
