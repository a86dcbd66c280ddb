"""However a plan is carried out (sync, fleet, resume, apply), it leaves the same ledger and the same server."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import RefusedByGuard, VerboiceSyncError
from connectors.ledger import Ledger
from connectors.ledger.values import Scope
from connectors.sandbox import Account, Item, Sandbox, SandboxServer
from flows.commands.contacts import resumed
from flows.reports.workbook import NewWorkbook
from flows.runs import finished
from flows.runs.contacts import deliver, fleet
from flows.runs.contacts.apply import prepare_apply
from flows.runs.contacts.fleet import Piece, push_part, send_by_fleet
from flows.runs.contacts.run import plan_contacts, send_contacts, sync_contacts
from flows.runs.execution import Started, execute
from flows.runs.run import Ended, Options, Run

MISSPELT = "vilage"


class Killed(BaseException):
    """kill -9, as far as this process can have it."""


@dataclass(frozen=True)
class Scene:
    """What a run starts from: what each person has, what the source says, whose project it is, what a guard says."""

    stored: Sequence[str | None]
    said: Sequence[str]
    is_shared: bool
    is_misspelt: bool
    is_refused_at_first: bool


scenes = st.integers(2, 10).flatmap(
    lambda people: st.builds(
        Scene,
        stored=st.lists(st.sampled_from(["1", "2", None]), min_size=people, max_size=people),
        said=st.lists(st.sampled_from(["1", "2", "3"]), min_size=people, max_size=people),
        is_shared=st.booleans(),
        is_misspelt=st.booleans(),
        is_refused_at_first=st.booleans(),
    )
)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox()
    with SandboxServer(sandbox) as server:
        yield sandbox, server.url


@pytest.fixture(scope="module")
def small_parts() -> Iterator[None]:
    """Parts of a few requests each, and no reports, which are not what this is about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fleet, "FEWEST", 3)
        patch.setattr(NewWorkbook, "write", lambda *_args, **_options: None)
        patch.setattr(finished, "write_run_page", lambda *_args, **_options: None)
        yield


class World:
    """A project and a pipeline of their own for one way of carrying a scene out."""

    def __init__(self, sandbox: Sandbox, url: str, scene: Scene, folder: Path) -> None:
        self.sandbox, self.scene, self.folder = sandbox, scene, folder
        owner: Account = sandbox.add_account(f"owner-{uuid4()}@example.org", "secret")
        self.project: Item = sandbox.add_project(owner, folder.name, variables=["age", "village"])
        self.people = [f"8551270{n:05d}" for n in range(len(scene.stored))]
        stored = [{"age": value} if value is not None else {} for value in scene.stored]
        sandbox.add_contacts(self.project, [([a], v) for a, v in zip(self.people, stored, strict=True)])
        account = owner
        if scene.is_shared:
            account = sandbox.add_account(f"helper-{uuid4()}@example.org", "secret")
            sandbox.share_project(self.project, account, "admin")
        self._write(url, account)

    def _write(self, url: str, account: Account) -> None:
        name = MISSPELT if self.scene.is_misspelt and self.scene.is_shared else "village"
        limit = "0" if self.scene.is_refused_at_first else "100%"
        whole = {
            "verboice": {"url": url, "account": account.email, "password": "secret", "project": self.project.id},
            "source": {"kind": "csv", "path": str(self.folder / "people.csv"), "address": "Phone"},
            "contacts": {"variables": {"age": "Age", name: "Village"}, "bulk": "never"},
            "guard": {"max_overwrites": limit, "max_clears": limit},
        }
        (self.folder / "p.yaml").write_text(yaml.safe_dump(whole))
        lines = "".join(f"{a},{v},Takeo\n" for a, v in zip(self.people, self.scene.said, strict=True))
        (self.folder / "people.csv").write_text("Phone,Age,Village\n" + lines)

    @property
    def pipeline(self) -> str:
        return str(self.folder / "p.yaml")

    def run(self, kind: str, work: Callable[[Run], Ended], **options: object) -> Ended:
        """A run, and where a guard refuses it, the same once more with the approval."""
        ended = execute(Started(kind, self.pipeline, Options(**options)), work)
        if not isinstance(ended.error, RefusedByGuard) or kind == "plan":
            return ended
        approved = {"approve": ended.plan.checksum, "approver": "ana"}
        return execute(Started(kind, self.pipeline, Options(**options, **approved)), work)

    def left(self, run_id: str) -> dict[str, object]:
        """What the server and the ledger say afterwards, without ids and times."""
        contacts = self.sandbox.contacts(self.project)
        who = {contact["id"]: contact["addresses"][0] for contact in contacts}
        with Ledger.open(None, self.folder / "home") as ledger:
            record = ledger.run(run_id)
            assert record is not None
            saved = ledger.plan(record.plan_checksum or "")
            writes = ledger.writes(run_id).drop_columns(["contact_id"]).to_pylist()
            changes = ledger.changes(run_id).to_pylist()
            rows = ledger.rows(run_id).drop_columns(["contact_id"]).to_pylist()
            scope = Scope(record.server or "", record.project_id or 0, record.pipeline)
            base = ledger.values(scope).to_pylist()
            return {
                "contacts": {contact["addresses"][0]: contact["vars"] for contact in contacts},
                "status": record.status,
                "approved by": record.approved_by,
                "the plan used up": record.approved_by and saved is not None and saved.claimed_by == run_id,
                "writes": [{**write, "reason": _untraced(write["reason"])} for write in writes],
                "changes": [{**change, "contact_id": who[change["contact_id"]]} for change in changes],
                "rows": [{**row, "reason": _untraced(row["reason"])} for row in rows],
                "base": sorted(
                    (who[v["contact_id"]], v["variable"], v["source_value"], v["remote_value"]) for v in base
                ),
            }


def _untraced(reason: str) -> str:
    """Without the request id, of which every request has its own."""
    return re.sub(r"request id [\w-]+", "request id …", reason)


def _sync(world: World) -> Ended:
    return world.run("sync", sync_contacts)


def _by_fleet(world: World) -> Ended:
    def hand_out(pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            with suppress(VerboiceSyncError):  # a worker that fails is seen in the ledger
                push_part(world.pipeline, piece, lambda _requests: None)

    return world.run("sync", partial(send_by_fleet, hand_out=hand_out, parts=3))


def _resumed(world: World) -> str | Ended:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliver.Delivery, "send", _die)
        try:
            return world.run("sync", sync_contacts)  # there was nothing to send
        except Killed:
            pass
    with Ledger.open(None, world.folder / "home") as ledger:
        run_id = ledger.runs()[0].run_id
    resumed(run_id)
    return run_id


def _die(*_: object) -> None:
    raise Killed


def _applied(world: World) -> Ended:
    planned = world.run("plan", plan_contacts)
    file = planned.report.summary["reports"]["plan"]
    return world.run("apply", partial(send_contacts, preparing=prepare_apply), plan_file=file)


WAYS: dict[str, Callable[[World], str | Ended]] = {
    "sync": _sync,
    "fleet": _by_fleet,
    "resume": _resumed,
    "apply": _applied,
}


@settings(max_examples=8)
@given(scenes)
def test_every_way_of_carrying_a_plan_out_leaves_the_same(served, small_parts, empty_ledger, scene: Scene) -> None:
    sandbox, url = served
    left: dict[str, dict[str, object]] = {}
    for way, carry_out in WAYS.items():
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setenv("VERBOICE_SYNC_HOME", str(Path(folder) / "home"))
            (Path(folder) / "home").mkdir()
            shutil.copy(empty_ledger, Path(folder) / "home")
            world = World(sandbox, url, scene, Path(folder))
            ended = carry_out(world)
            left[way] = world.left(ended if isinstance(ended, str) else ended.report.summary["run_id"])
    for way, state in left.items():
        assert state == left["sync"], way


@pytest.mark.parametrize("way", list(WAYS))
def test_a_misspelt_variable_of_a_shared_project_half_writes_nobody(served, small_parts, way: str, tmp_path) -> None:
    sandbox, url = served
    scene = Scene(["1"] * 40, ["2"] * 40, is_shared=True, is_misspelt=True, is_refused_at_first=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERBOICE_SYNC_HOME", str(tmp_path / "home"))
        world = World(sandbox, url, scene, tmp_path)
        before = sandbox.count(method="PUT")
        WAYS[way](world)
        assert sandbox.count(method="PUT") - before == 1
        assert all(contact["vars"] == {"age": "1"} for contact in sandbox.contacts(world.project))
