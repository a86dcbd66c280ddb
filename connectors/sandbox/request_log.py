"""What the server was asked: one record per request, for assertions and for people practising."""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import asdict, dataclass
from threading import Lock
from time import perf_counter, time
from typing import Any

from connectors.sandbox.wire.request import SandboxRequest

MOST_RECORDS = 500_000
_ADDRESS = re.compile(r"/contacts/by_address/([^?]*)")


@dataclass(slots=True)
class LoggedRequest:
    """One request. Credentials and bodies are not kept.

    target: the undecoded path with its query. status: 0 while under way and where the connection was dropped.
    started_at: Unix seconds. seconds: None while under way. account: the e-mail, "" if none.
    login: how the account was told, `cookie` or `basic`; "" if nobody asked for it.
    in_flight: requests under way when this one came, itself included; address_in_flight: those for the same address.
    fault: the action of the fault that struck, or "".
    begun: whether a worker took it up and has read what it needs; before that it waits.
    """

    number: int
    method: str
    target: str
    started_at: float
    in_flight: int
    address_in_flight: int
    content_type: str | None
    content_length: str | None
    accept: str
    status: int = 0
    seconds: float | None = None
    account: str = ""
    login: str = ""
    fault: str = ""
    begun: bool = False

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"path": self.path, "query": self.query}


class RequestLog:
    """The last requests, with the most that were ever in flight together, and that workers had in hand together."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._records: deque[LoggedRequest] = deque(maxlen=MOST_RECORDS)
        self._count = 0
        self._in_flight = 0
        self._addresses: Counter[str] = Counter()
        self.most_in_flight = 0
        self.most_in_flight_per_address = 0
        self.most_at_work = 0

    def begin(self, request: SandboxRequest) -> LoggedRequest:
        with self._lock:
            self._count += 1
            self._in_flight += 1
            address = _address_of(request.target)
            if address:
                self._addresses[address] += 1
            together = self._addresses[address] if address else 0
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            self.most_in_flight_per_address = max(self.most_in_flight_per_address, together)
            headers = request.headers
            record = LoggedRequest(
                number=self._count,
                method=request.method,
                target=request.target,
                started_at=time(),
                in_flight=self._in_flight,
                address_in_flight=together,
                content_type=headers.get("content-type"),
                content_length=headers.get("content-length"),
                accept=headers.get("accept", ""),
                seconds=-perf_counter(),
            )
            self._records.append(record)
            return record

    def end(self, record: LoggedRequest, status: int, request: SandboxRequest) -> None:
        """Settles a record; `status` 0 for a dropped connection."""
        with self._lock:
            self._in_flight -= 1
            if address := _address_of(request.target):
                self._addresses[address] -= 1
                if self._addresses[address] <= 0:
                    del self._addresses[address]
            record.status = status
            record.seconds = perf_counter() + (record.seconds or 0.0)
            record.login = request.login
            record.account = request.account.email if request.account else ""

    def records(self) -> list[LoggedRequest]:
        with self._lock:
            return list(self._records)

    def reset(self) -> None:
        """Forgets the records and the maxima; what is in flight goes on being counted."""
        with self._lock:
            self._records.clear()
            self._count = 0
            self.most_in_flight = self._in_flight
            self.most_at_work = 0
            self.most_in_flight_per_address = max(self._addresses.values(), default=0)


def _address_of(target: str) -> str:
    found = _ADDRESS.search(target)
    return found[1] if found else ""
