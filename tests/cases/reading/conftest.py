"""Files as people have them, through the command line against the sandbox: what was sent, and what was said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import pytest

FILES = Path(__file__).parent / "files"


@dataclass(frozen=True)
class Outcome:
    """Exit status, JSON, what was said beside it, and each PUT as (address, variables), by address."""

    status: int
    json: dict
    said: str
    puts: list[tuple[str, dict[str, str]]]

    @property
    def buckets(self) -> dict[str, int]:
        """The buckets that have rows, without `read`."""
        return {name: count for name, count in self.json["rows"].items() if count and name != "read"}

    @property
    def problems(self) -> list[tuple[int, str]]:
        return [(problem["row"], problem["column"]) for problem in self.json["problems"]]

    @property
    def reasons(self) -> str:
        return " ".join(problem["reason"] for problem in self.json["problems"])

    @property
    def notes(self) -> list[str]:
        return [line.removeprefix("Note: ") for line in self.said.splitlines() if line.startswith("Note: ")]


@pytest.fixture
def case() -> Callable[[str], Path]:
    """A committed file."""
    return lambda name: FILES / name


@pytest.fixture
def synced(cli, clinic, pipeline) -> Callable[..., Outcome]:
    """synced(file, {variable: column}, people=[…]): `sync` of a file, by a pipeline without limits on rejected rows.

    people: addresses that Verboice has; command: another one; keywords with dots in them: changes of the pipeline.
    """

    def run(
        file: Path | None, variables: dict[str, object], *, people=(), command: str = "sync", **changes: object
    ) -> Outcome:
        for address in people:
            if clinic.sandbox.contact(clinic.project, address) is None:
                clinic.sandbox.add_contact(clinic.project, [address], {})
        source = {} if file is None else {"source.path": str(file), "source.kind": _kind(file)}
        keys = {"contacts.variables": variables, "guard.max_rejected": "100%", **source, **changes}
        said = cli(command, pipeline(None, **keys), "--json")
        puts = [request for request in clinic.sandbox.requests if request.method == "PUT"]
        return Outcome(said.status, said.json, said.err, sorted(map(_sent, puts), key=lambda put: put[0]))

    return run


def _kind(file: Path) -> str:
    return "csv" if file.suffix in {".csv", ".txt", ".tsv"} else "excel"


def _sent(request) -> tuple[str, dict[str, str]]:
    address = unquote(request.path.rpartition("/")[2].removesuffix(".json"))
    return address, {name[5:-1]: value for name, value in parse_qsl(request.query, keep_blank_values=True)}
