"""Makes the home folders of earlier versions: `python -m tests.upgrades.make TREE [SCENE…]`.

TREE is a work tree of the version, such as `git worktree add ../old 88be0ad` gives. Its own program is run against the
sandbox of this one, cut off where a scene says so, and what it left is kept as text and small files: the ledger as SQL,
the files of its runs that later runs read, and what the server has (`server.json`). Machine, user and folder are not in
them; a plan that names the folder is sealed anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from connectors.sandbox import Item, Sandbox, SandboxServer
from tests.upgrades.clinic import FOLDER, seed, values_of, write_pipeline, write_sheet

HOMES = Path(__file__).parent / "homes"
KEPT = ("origin.json", "plan.json", "rows.arrow", "seen.arrow", "base.arrow")
MANY = 56  # more than are recorded as under way at once
FEW = 12


class Office:
    """A folder in which an earlier version works on the clinic."""

    def __init__(self, tree: Path, folder: Path, sandbox: Sandbox, port: int) -> None:
        self.tree, self.folder, self.sandbox, self.port = tree, folder, sandbox, port
        self.project: Item | None = None

    def open(self, people: int) -> None:
        """Everybody has age 1 and likes blue; the spreadsheet says 100 and more."""
        addresses = [f"8551270{n:05d}" for n in range(people)]
        self.project = seed(self.sandbox, {address: {"age": "1", "favorite color": "blue"} for address in addresses})
        write_pipeline(self.folder)
        write_sheet(self.folder, addresses)

    def start(self, *words: str) -> subprocess.Popen[str]:
        environment = {name: text for name, text in os.environ.items() if not name.startswith("VERBOICE")}
        environment |= {"PYTHONPATH": str(self.tree), "LOGNAME": "ana"}
        command = [sys.executable, str(Path(__file__).with_name("reach.py")), str(self.port), *words]
        return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True)

    def run(self, *words: str) -> dict:
        """A command to its end, and what it printed."""
        out, _ = self.start(*words, "--json").communicate(timeout=120)
        return json.loads(out)

    def cut_off(self, *words: str, method: str, path: str, after: int = 0) -> None:
        """A command killed once more than so many such requests have come in; what is on its way arrives."""
        self.sandbox.configure(request_seconds=0.05)
        self.sandbox.log.reset()
        with self.start(*words) as it:
            while self.sandbox.count(method, path) <= after and it.poll() is None:
                time.sleep(0.002)
            it.kill()
        assert it.returncode == -9, it.returncode
        time.sleep(1)


READING: dict[str, Any] = {"method": "GET", "path": "/contacts"}
SENDING: dict[str, Any] = {"method": "PUT", "path": "/by_address", "after": 3}
FOR_EVERYBODY: dict[str, Any] = {"method": "PUT", "path": "/all.json"}
CALLING: dict[str, Any] = {"method": "GET", "path": "/call.json", "after": 3}


def sync_cut(office: Office) -> None:
    office.open(MANY)
    office.cut_off("sync", "p", **SENDING)


def sync_done(office: Office) -> None:
    office.open(FEW)
    office.run("sync", "p")


def first_tables(office: Office) -> None:
    """Of a tree before the second migration: 51fe3be^."""
    sync_done(office)


def sync_refused(office: Office) -> None:
    office.open(FEW)
    write_pipeline(office.folder, overwrites="30%")
    office.run("sync", "p")


def apply(office: Office, moment: dict[str, Any]) -> None:
    office.open(FEW)
    office.run("plan", "p", "--out", "plan.json")
    office.cut_off("apply", "plan.json", **moment)


def undo(office: Office, moment: dict[str, Any]) -> None:
    office.open(FEW)
    run = office.run("sync", "p")["run_id"]
    office.cut_off("undo", run, **moment)


def set_all(office: Office, moment: dict[str, Any]) -> None:
    office.open(FEW)
    checksum = office.run("set-all", "p", "favorite color=red")["plan"]["checksum"]
    office.cut_off("set-all", "p", "favorite color=red", "--approve", checksum, **moment)


def call_cut(office: Office) -> None:
    office.open(FEW)
    office.cut_off("call", "p", **CALLING)


SCENES: dict[str, Callable[[Office], None]] = {
    "sync_cut": sync_cut,
    "sync_done": sync_done,
    "sync_refused": sync_refused,
    "apply_begun": partial(apply, moment=READING),
    "apply_cut": partial(apply, moment=SENDING),
    "undo_begun": partial(undo, moment=READING),
    "undo_cut": partial(undo, moment=SENDING),
    "set_all_begun": partial(set_all, moment=READING),
    "set_all_cut": partial(set_all, moment=FOR_EVERYBODY),
    "call_cut": call_cut,
    "first_tables": first_tables,
}
OF_A_TREE_OF_ITS_OWN = ("first_tables",)


def make(tree: Path, scene: str) -> None:
    """The home folder that a scene leaves behind."""
    with tempfile.TemporaryDirectory() as temporary, contextlib.closing(Sandbox()) as sandbox:
        folder = Path(temporary).resolve()
        with SandboxServer(sandbox) as server:
            office = Office(tree, folder, sandbox, int(server.url.rpartition(":")[2]))
            SCENES[scene](office)
        shutil.rmtree(HOMES / scene, ignore_errors=True)
        keep(folder, HOMES / scene)
        left = {"values": values_of(sandbox, office.project), "rung": [call["address"] for call in sandbox.calls()]}
        (HOMES / scene / "server.json").write_text(json.dumps(left, indent=1) + "\n")


def keep(folder: Path, to: Path) -> None:
    """What is in the folder's home, without whose machine it was."""
    home = folder / ".verboice-sync"
    for run in sorted((home / "runs").iterdir()):
        (to / "runs" / run.name).mkdir(parents=True)
        for path in sorted(run.iterdir()):
            if path.name in KEPT:
                (to / "runs" / run.name / path.name).write_bytes(moved(path.read_bytes(), folder))
    for path in sorted(folder.glob("plan*.json")):
        (to / path.name).write_bytes(moved(path.read_bytes(), folder))
    with contextlib.closing(sqlite3.connect(home / "ledger.db")) as database:
        for checksum, body in database.execute("SELECT checksum, body FROM ledger_plans").fetchall():
            database.execute("UPDATE ledger_plans SET body = ? WHERE checksum = ?", (moved(body, folder), checksum))
        dump = "\n".join(database.iterdump()) + "\n"
    dump = dump.replace(str(folder), FOLDER).replace(f"'{socket.gethostname()}/", "'office/")
    (to / "ledger.sql").write_text(dump)


def moved(content: bytes | None, folder: Path) -> bytes | None:
    """A file as it would be had the run been at work in FOLDER."""
    old = str(folder).encode()
    if content is None or old not in content:
        return content
    told = orjson.loads(content.replace(old, FOLDER.encode()))
    if "seal" in told:
        rest = {key: value for key, value in told.items() if key != "seal"}
        told["seal"] = hashlib.sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()
        return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return orjson.dumps(told)


if __name__ == "__main__":
    for scene in sys.argv[2:] or [name for name in SCENES if name not in OF_A_TREE_OF_ITS_OWN]:
        make(Path(sys.argv[1]).resolve(), scene)
