"""A clinic that can call, and what became of a file: its rows by bucket, and the requests that were made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.worlds import able_to_call


@dataclass(frozen=True)
class Outcome:
    """rows: row number → bucket. reasons: row number → why it is none of the plain ones. notes: of the run."""

    status: int
    rows: dict[str, int]
    reasons: dict[int, str]
    err: str


@pytest.fixture
def clinic(clinic):
    """`tests.worlds.able_to_call`."""
    return able_to_call(clinic)


@pytest.fixture
def case(clinic, pipeline, cli) -> Callable[..., Callable[..., Outcome]]:
    """case(file, **changes)(command): the outcome of a command over a CSV file with the columns Phone and Age."""

    def write(path: Path, **changes: object) -> Callable[..., Outcome]:
        usual = {
            "source.kind": "csv",
            "contacts": {"variables": {"age": "Age"}},
            "calls": {"channel": "chan", "call_flow": "Reminder"},
            "guard": {"max_rejected": "100%", "max_overwrites": "100%", "max_not_found": "100%"},
        }
        name = pipeline(path, **usual | changes)

        def run(command: str) -> Outcome:
            said = cli(command, name, "--json")
            rows = {bucket: count for bucket, count in said.json["rows"].items() if count and bucket != "read"}
            reasons = {problem["row"]: problem["reason"] for problem in said.json["problems"]}
            return Outcome(said.status, rows, reasons, said.err)

        return run

    return write


@pytest.fixture
def dialled(clinic) -> Callable[[], list[str]]:
    """The addresses of all requests for a call, as they were sent."""

    def addresses() -> list[str]:
        asked = [one for one in clinic.sandbox.requests if one.path == "/api/call.json"]
        return [parse_qs(one.query)["address"][0] for one in asked]

    return addresses
