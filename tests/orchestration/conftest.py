"""One Prefect server and one serving process for all tests here, on loopback ports, stopped by their process ids."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox import Item, Sandbox, SandboxServer
from tests.storages import Site, certificate_for, serving_site

PEOPLE = [f"855120000{n:02}" for n in range(40)]
PIPELINE = """
verboice: {{url: "{url}", account: ana@example.org, password: secret, project: Clinic}}
source: {{kind: csv, path: {name}.csv, address: Phone}}
contacts: {{variables: {{colour: Colour}}, bulk: never}}
guard: {{max_overwrites: {limit}}}
schedule: {{cron: "0 6 * * *", timezone: Asia/Phnom_Penh}}
inbox: in/{name}
"""
EXPORT = """
verboice: {{url: "{url}", account: ana@example.org, password: secret, project: Clinic}}
source:
  kind: csv
  path: "{export}/data.csv"
  headers: {{Authorization: "Token ${{KOBO_TOKEN}}"}}
  limits: {{size: 1}}
  address: phone
contacts: {{variables: {{colour: group_person/colour}}, bulk: never}}
schedule: {{cron: "0 6 * * *", timezone: Asia/Phnom_Penh}}
"""
CALLS = """
verboice: {{url: "{url}", account: ana@example.org, password: secret, project: Clinic}}
source: {{kind: csv, path: ring.csv, address: Phone}}
calls:
  channel: chan
  call_flow: Survey
  retry: {{on: [no-answer], times: 2, after: 0s}}
"""
RUNG = ["85512000101", "85512000102", "85512000103"]
TOKEN = "t0ken-of-kobo"
DEPLOYED = [f"{kind}/{name}" for name in ("free", "guarded") for kind in ("sync-contacts", "watch-inbox")]
SETTLED = {"Completed", "Failed", "Crashed", "Cancelled", "Suspended"}


@dataclass
class Prefect:
    """The server's API, and the environment in which everything runs."""

    api: str
    environment: dict[str, str]
    server: subprocess.Popen[bytes] | None = None
    until: Callable[..., Any] = field(default_factory=lambda: until)

    def begin(self) -> None:
        """Start the server, also once more after an outage: it has the same address and remembers everything."""
        words = ["--host", "127.0.0.1", "--port", self.api.rpartition(":")[2].removesuffix("/api")]
        command = [sys.executable, "-m", "prefect", "server", "start", *words]
        with Path(self.environment["PREFECT_HOME"], "server.log").open("ab") as log:
            self.server = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        until(lambda: _answers(self.api), seconds=120)

    def outage(self) -> None:
        """The server and all that it has started are gone at once."""
        assert self.server is not None
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def get(self, path: str) -> Any:
        return self._ask("GET", path).raise_for_status().json()

    def find(self, path: str) -> Any:
        """As `get`; None where there is nothing."""
        answer = self._ask("GET", path)
        return answer.json() if answer.is_success else None

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._ask("POST", path, body or {}).raise_for_status()
        return answer.json() if answer.content else None

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """One request, repeated like Prefect's own client does while the server's SQLite is locked (503)."""
        deadline = time.monotonic() + 60
        while True:
            answer = httpx.request(method, f"{self.api}{path}", json=body, timeout=30)
            if answer.status_code != 503 or time.monotonic() > deadline:
                return answer
            time.sleep(0.5)

    def start(self, deployment: str) -> str:
        found = self.get(f"/deployments/name/{deployment}")["id"]
        return str(self.post(f"/deployments/{found}/create_flow_run", {"state": {"type": "SCHEDULED"}})["id"])

    def runs(self, deployment: str, *states: str) -> list[dict[str, Any]]:
        found = self.get(f"/deployments/name/{deployment}")["id"]
        wanted: dict[str, Any] = {"deployment_id": {"any_": [found]}}
        if states:
            wanted["state"] = {"name": {"any_": list(states)}}
        return list(self.post("/flow_runs/filter", {"flow_runs": wanted}))

    def settled(self, run: str, *, not_before: str = "") -> dict[str, Any]:
        """The run's state once it is settled; `not_before`: the id of a state that was there before."""
        return until(
            lambda: next(
                (s for s in [self.get(f"/flow_runs/{run}")["state"]] if s["name"] in SETTLED and s["id"] != not_before),
                None,
            )
        )


def until(look: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    """What `look` gives, as soon as it gives something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


@dataclass(frozen=True)
class Office:
    """A project folder whose pipelines `free` and `guarded` (nothing may be overwritten) are served."""

    folder: Path
    prefect: Prefect
    sandbox: Sandbox
    project: Item
    serving: subprocess.Popen[bytes]
    export: Site
    until: Callable[..., Any] = until

    def write(self, name: str, colour: str, people: int = 40) -> str:
        lines = "".join(f"{address},{colour}\n" for address in PEOPLE[:people])
        (self.folder / f"{name}.csv").write_text(f"Phone,Colour\n{lines}")
        return f"Phone,Colour\n{lines}"

    def colours(self) -> set[str | None]:
        return {contact["vars"].get("colour") for contact in self.sandbox.contacts(self.project)}

    def puts(self) -> int:
        return self.sandbox.count(method="PUT")


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("prefect")
    environment = os.environ | {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    made = Prefect(environment["PREFECT_API_URL"], environment)
    try:
        made.begin()
        yield made
    finally:
        if made.server is not None:
            _stop(made.server)


@pytest.fixture(scope="session")
def export_of_form(certificate_of_here: Path) -> Iterator[Site]:
    """Behind https, the export of a form."""
    with serving_site(certificate_of_here) as site:
        yield site


@pytest.fixture(scope="session")
def certificate_of_another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that the office trusts, of a host of another name than the one that it is asked as."""
    return certificate_for(tmp_path_factory.mktemp("another"), "exports.example.org")


@pytest.fixture(scope="session")
def office(
    prefect: Prefect,
    tmp_path_factory: pytest.TempPathFactory,
    export_of_form: Site,
    certificate_of_here: Path,
    certificate_of_another: Path,
) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    trusted = folder / "trusted.pem"
    trusted.write_bytes(certificate_of_here.read_bytes() + certificate_of_another.read_bytes())
    sandbox = Sandbox()
    account = sandbox.add_account("ana@example.org", "secret")
    project = sandbox.add_project(account, "Clinic", variables=["colour"], call_flows=["Survey"])
    sandbox.add_channel(account, "chan", call_flow=sandbox.call_flow("Survey"))
    for address in PEOPLE:
        sandbox.add_contact(project, [address], {"colour": "white"})
    (folder / "configs").mkdir()
    with SandboxServer(sandbox) as server, (folder / "serve.log").open("wb") as log:
        for name, limit in (("free", "100%"), ("guarded", "0")):
            text = PIPELINE.format(url=server.url, name=name, limit=limit)
            (folder / "configs" / f"{name}.yaml").write_text(text)
        (folder / "configs" / "export.yaml").write_text(EXPORT.format(url=server.url, export=export_of_form.url))
        (folder / "configs" / "ring.yaml").write_text(CALLS.format(url=server.url))
        (folder / "ring.csv").write_text("\n".join(["Phone", *RUNG]))
        known = {"VERBOICE_SYNC_HOME": str(folder / "home"), "KOBO_TOKEN": TOKEN, "REQUESTS_CA_BUNDLE": str(trusted)}
        serving = subprocess.Popen(
            [sys.executable, "-m", "flows", "serve"],
            cwd=folder,
            env=prefect.environment | known,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            until(lambda: _is_deployed(prefect), seconds=90)
            yield Office(folder, prefect, sandbox, project, serving, export_of_form)
        finally:
            _stop(serving)
    assert not sandbox.errors


def _is_deployed(prefect: Prefect) -> bool:
    return all(
        prefect.find(f"/deployments/name/{name}")
        for name in [*DEPLOYED, "sync-contacts/export", "track-recent-calls/ring"]
    )


def _answers(api: str) -> bool:
    try:
        return httpx.get(f"{api}/health", timeout=2).is_success
    except httpx.HTTPError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
