"""A sandbox in a process of its own, so that its work is not counted as the client's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import requests

ACCOUNT, PASSWORD, PROJECT = "bench@example.org", "pw", "Bench"
SERIAL = {"workers": 1, "request_seconds": 0.009, "login_seconds": 0.056, "contact_seconds": 0.0015}
WIDE = {"workers": 16, "request_seconds": 0.020, "login_seconds": 0.0, "contact_seconds": 0.0}
EIGHT = WIDE | {"workers": 8}
AT_ONCE = WIDE | {"request_seconds": 0.0}


@dataclass(frozen=True)
class Server:
    """Where a sandbox answers, and its one project."""

    url: str
    project_id: int

    def become(self, settings: dict[str, float]) -> None:
        """Cost from now on what these settings say."""
        requests.put(f"{self.url}/_sandbox/settings.json", json=settings, timeout=60).raise_for_status()

    def forget(self) -> None:
        """Empty its log of requests."""
        requests.delete(f"{self.url}/_sandbox/requests.json", timeout=60).raise_for_status()


def number(person: int) -> str:
    """The address of a synthetic person."""
    return str(85510000000 + person)


@contextmanager
def sandbox(contacts: int, variables: Sequence[str] = ("age",)) -> Iterator[Server]:
    """A project of so many contacts, each with the value "30" of every variable; it ends with the block."""
    command = [sys.executable, "-m", "connectors.sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[3]
            people = [{"addresses": [number(n)], "vars": dict.fromkeys(variables, "30")} for n in range(contacts)]
            project = {"account": ACCOUNT, "name": PROJECT, "variables": list(variables), "contacts": people}
            seed = {"accounts": [{"email": ACCOUNT, "password": PASSWORD}], "projects": [project]}
            answer = requests.post(f"{url}/_sandbox/seed.json", json=seed, timeout=600)
            answer.raise_for_status()
            yield Server(url, answer.json()["projects"][PROJECT])
        finally:
            process.terminate()
