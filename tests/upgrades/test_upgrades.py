"""Home folders of earlier versions open, and what they left undone goes on; nobody is changed or rung twice."""

from __future__ import annotations

import json
import re
import shutil
import socket
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest

from connectors.ledger import Ledger
from connectors.sandbox import Item, Sandbox, SandboxServer
from flows.runs.contacts.plan_file import read_plan
from tests.upgrades.clinic import FOLDER, seed, values_of, write_pipeline, write_sheet
from tests.upgrades.reach import at_port

HOMES = Path(__file__).parent / "homes"
SCENES = sorted(path.name for path in HOMES.iterdir())
LONG_AGO = "2000-01-01T00:00:00.000000Z"


@dataclass(frozen=True)
class Left:
    """What an earlier version left behind, in a folder of this test, with the server as it was then.

    run: the id of its latest run. rung: whom it had called.
    """

    folder: Path
    sandbox: Sandbox
    project: Item
    run: str
    rung: list[str]

    def ages(self) -> list[str | None]:
        return [values["age"] for values in values_of(self.sandbox, self.project).values()]

    def waiting(self) -> list[str]:
        """Who still has what there was before the first run."""
        return [who for who, values in values_of(self.sandbox, self.project).items() if values["age"] == "1"]

    def changed(self) -> list[str]:
        """Whom a request changed by now, as often as it did."""
        puts = [unquote(one.path) for one in self.sandbox.requests if one.method == "PUT"]
        return sorted(path.rpartition("/")[2].removesuffix(".json") for path in puts)


@pytest.fixture
def left(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Left]]:
    """left(scene, **settings of the pipeline): the scene, once for a test."""
    sandbox = Sandbox()
    with SandboxServer(sandbox) as server:
        monkeypatch.setattr(socket, "getaddrinfo", at_port(int(server.url.rpartition(":")[2])))

        def laid_out(scene: str, **settings: str) -> Left:
            then = json.loads((HOMES / scene / "server.json").read_text())
            lay_out(HOMES / scene, home)
            write_pipeline(home, **settings)
            write_sheet(home, then["values"])
            run = max(path.name for path in (HOMES / scene / "runs").iterdir())
            return Left(home, sandbox, seed(sandbox, then["values"]), run, then["rung"])

        yield laid_out
    assert sandbox.errors == []
    sandbox.close()


def lay_out(kept: Path, folder: Path) -> None:
    """The kept files as a home in the folder. Leases have run out, whatever the clock of this machine says."""
    home = folder / ".verboice-sync"
    shutil.copytree(kept / "runs", home / "runs")
    (home / "ledger.db").unlink()
    for origin in home.glob("runs/*/origin.json"):
        origin.write_text(origin.read_text().replace(FOLDER, str(folder)))
    for plan in kept.glob("plan.json"):
        shutil.copy(plan, folder)
    with closing(sqlite3.connect(home / "ledger.db")) as database:
        database.executescript((kept / "ledger.sql").read_text().replace(FOLDER, str(folder)))
        database.execute("UPDATE ledger_leases SET expires_at = ?", (LONG_AGO,))
        database.commit()


def ages_of_the_sheet(people: int) -> list[str]:
    return [str(100 + n) for n in range(people)]


def test_no_kept_file_tells_on_which_machine_it_was_made():
    texts = [path.read_bytes() for path in HOMES.rglob("*") if path.is_file()]
    assert len(texts) > 30
    assert not [text for text in texts if re.search(rb"/(tmp|home|root|work|var|Users)/|root", text)]


@pytest.mark.parametrize("scene", SCENES)
def test_every_ledger_opens_and_its_runs_and_plans_are_told(left, cli, scene):
    then = left(scene)
    listed = cli("runs", "--json").json
    assert {run["pipeline"] for run in listed} == {"p"}
    ids = {run["run_id"] for run in listed}
    assert all(cli("runs", run_id).status == 0 for run_id in ids)
    plans = [] if scene == "call_cut" else list(then.folder.glob(".verboice-sync/runs/*/plan.json"))
    assert bool(plans) is (scene != "call_cut")
    assert {read_plan(plan).made_by for plan in plans} <= ids


@pytest.mark.parametrize("scene", ["sync_cut", "apply_cut"])
def test_what_was_cut_off_in_mid_push_goes_on_and_can_be_taken_back(left, cli, scene):
    then = left(scene)
    everybody, waiting = ages_of_the_sheet(len(then.ages())), then.waiting()
    assert 0 < len(waiting) < len(everybody)
    said = cli("resume", then.run, "--json")
    assert (said.status, said.json["kind"], said.json["status"]) == (0, scene.partition("_")[0], "succeeded")
    assert said.json["rows"]["updated"] == said.json["rows"]["read"] == len(everybody)
    assert then.ages() == everybody
    assert then.changed() == waiting
    assert cli("sync", "p", "--json").json["rows"]["unchanged"] == len(everybody)
    assert then.changed() == waiting
    assert cli("undo", said.json["run_id"]).status == 0
    assert set(then.ages()) == {"1"}


@pytest.mark.parametrize("scene", ["apply_begun", "undo_begun", "set_all_begun"])
def test_what_was_cut_off_before_it_sent_anything_begins_again_with_what_was_asked_for_then(left, cli, scene):
    then = left(scene)
    everybody = sorted(values_of(then.sandbox, then.project))
    said = cli("resume", then.run, "--json")
    sent = ["all"] if scene == "set_all_begun" else everybody
    assert (said.status, said.json["rows"]["updated"], then.changed()) == (0, len(everybody), sent)
    if scene == "set_all_begun":
        assert {values["favorite color"] for values in values_of(then.sandbox, then.project).values()} == {"red"}
    else:
        assert then.ages() == (["1"] * len(everybody) if scene == "undo_begun" else ages_of_the_sheet(len(everybody)))


def test_a_plan_whose_apply_was_cut_off_cannot_be_used_again(left, cli):
    then = left("apply_cut")
    before = then.ages()
    said = cli("apply", "plan.json")
    assert (said.status, then.ages()) == (3, before)
    assert "was used by run" in said.err


def test_an_undo_that_was_cut_off_goes_on_and_the_next_plan_is_the_one_of_then(left, cli):
    then = left("undo_cut")
    back = set(then.waiting())
    rest = sorted(set(values_of(then.sandbox, then.project)) - back)
    assert back
    assert rest
    assert cli("resume", then.run).status == 0
    assert set(then.ages()) == {"1"}
    assert then.changed() == rest
    with Ledger.open(None, then.folder / ".verboice-sync") as ledger:
        undone = ledger.runs(kind="sync")[0].plan_checksum
    assert cli("plan", "p", "--json").json["plan"]["checksum"] == undone


def test_a_request_for_everybody_whose_answer_was_lost_is_read_back_and_not_sent_again(left, cli):
    then = left("set_all_cut")
    said = cli("resume", then.run, "--json")
    assert (said.status, said.json["kind"], said.json["rows"]["updated"]) == (0, "set-all", len(then.ages()))
    assert then.changed() == []
    assert cli("undo", then.run).status == 0
    assert {values["favorite color"] for values in values_of(then.sandbox, then.project).values()} == {"blue"}
    assert then.changed() == sorted(values_of(then.sandbox, then.project))


@pytest.mark.parametrize("scene", ["sync_done", "first_tables"])
def test_a_run_that_ended_well_leaves_nothing_to_do_and_can_be_taken_back(left, cli, scene):
    then = left(scene)
    assert cli("sync", "p", "--json").json["rows"]["unchanged"] == len(then.ages())
    assert then.changed() == []
    done = cli("runs", "--json").json[-1]["run_id"]
    assert cli("undo", done, "--json").json["rows"]["updated"] == len(then.ages())
    assert set(then.ages()) == {"1"}
    assert then.changed() == sorted(values_of(then.sandbox, then.project))


@pytest.mark.parametrize("scene", ["sync_done", "first_tables"])
def test_what_both_sides_said_last_is_still_known(left, cli, scene):
    then = left(scene)
    then.sandbox.state.database.run("update persisted_variables set value = '7' where value = '103'")
    said = cli("sync", "p", "--json")
    assert said.json["rows"]["unchanged"] == len(then.ages())
    assert "1 value was changed in Verboice only since the last run, and kept" in said.err
    write_sheet(then.folder, values_of(then.sandbox, then.project), first=300)
    assert cli("sync", "p", "--json").json["rows"]["updated"] == len(then.ages())


@pytest.mark.parametrize("command", ["apply", "sync"])
def test_a_plan_that_was_refused_is_approved_and_used_once(left, cli, command):
    then = left("sync_refused", overwrites="30%")
    plan = f".verboice-sync/runs/{then.run}/plan.json"
    checksum = read_plan(then.folder / plan).plan.checksum
    words = {"apply": ("apply", plan), "sync": ("sync", "p")}[command]
    assert cli("apply", plan).status == 3
    assert then.changed() == []
    assert cli(*words, "--approve", checksum).status == 0
    everybody = sorted(values_of(then.sandbox, then.project))
    assert then.changed() == everybody
    used = cli("apply", plan, "--approve", checksum)
    assert (used.status, then.changed()) == (3, everybody)
    assert "was used by run" in used.err


def test_a_batch_that_was_cut_off_goes_on_and_rings_nobody_twice(left, cli):
    then = left("call_cut")
    people = sorted(values_of(then.sandbox, then.project))
    said = cli("resume", then.run, "--json")
    assert (said.status, said.json["rows"]["uncertain"]) == (4, 1)
    assert said.json["rows"]["queued"] == len(people) - 1
    assert cli("call", "p", "--json").json["rows"]["skipped"] == len(people) - 1
    rung = Counter([*then.rung, *(call["address"] for call in then.sandbox.calls())])
    assert rung == dict.fromkeys(people, 1)
    assert cli("resolve", then.run, "--placed").status == 0
    assert cli("call", "p", "--json").json["rows"]["skipped"] == len(people)
    assert len(then.sandbox.calls()) == len(people) - len(then.rung)
