"""`ledger check|backup|restore|move`, the daily copy, and the look through a ledger after a crash."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from connectors.ledger import Ledger


@pytest.fixture
def kept(home: Path, clinic, sheet, pipeline, cli) -> Path:
    """The home folder after a first batch of one call."""
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "chan", call_flow=flow)
    pipeline(sheet(("85512345678", "39", "")), calls={"channel": "chan"}, contacts=None)
    assert cli("call", "p").status == 0
    return home / ".verboice-sync"


def test_it_is_checked_with_counts(kept, cli):
    said = cli("ledger", "check")
    assert said.status == 0
    assert "is sound" in said.out
    assert f"  {'calls':<14} 1\n" in said.out


def test_where_there_is_none_nothing_is_made(home, cli):
    shutil.rmtree(home / ".verboice-sync")
    assert cli("ledger", "check").status == 2
    assert not (home / ".verboice-sync").exists()


def test_a_copy_is_made_each_day_and_so_many_are_kept(kept, cli, pipeline, home):
    assert len(list((kept / "backups").iterdir())) == 1
    for day in range(10, 20):
        (kept / "backups" / f"ledger-202611{day}T060000Z.db").write_bytes(b"")
    assert cli("ledger", "backup").status == 0
    assert len(list((kept / "backups").glob("*.db"))) == 7
    newest = max((kept / "backups").glob("*.db"))
    assert newest.stat().st_mode & 0o077 == 0


def test_a_copy_is_restored_and_what_it_does_not_know_is_noticed(kept, clinic, cli, home):
    assert cli("ledger", "backup").status == 0
    (home / "configs" / "p.yaml").write_text((home / "configs" / "p.yaml").read_text() + "name: q\n")
    text = (home / "configs" / "p.yaml").read_text().replace("channel: chan", "channel: chan\n  campaign: second")
    (home / "configs" / "p.yaml").write_text(text)
    assert cli("call", "p", "--json").json["rows"]["queued"] == 1
    said = cli("ledger", "restore")
    assert said.status == 0, said.err
    assert "is the ledger now; the one before is " in said.out
    assert cli("call", "p").status == 3
    assert len(clinic.sandbox.calls()) == 2


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be looked at" * 9])
def test_what_is_no_copy_is_not_restored(kept, cli, home, content):
    (home / "wrong.db").write_bytes(content)
    before = (kept / "ledger.db").stat().st_ino
    assert cli("ledger", "restore", str(home / "wrong.db")).status == 2
    assert (kept / "ledger.db").stat().st_ino == before


def test_moved_it_is_known_there_and_the_old_one_calls_nobody(kept, clinic, cli, home, shared_ledger):
    said = cli("ledger", "move", shared_ledger)
    assert said.status == 0, said.err
    assert cli("ledger", "move", shared_ledger).status == 2
    config = home / "configs" / "p.yaml"
    text = config.read_text().replace("channel: chan", "channel: chan\n  campaign: second")
    config.write_text(text)
    refused = cli("call", "p")
    assert refused.status == 3
    assert "was moved" in refused.err
    config.write_text(text + f"ledger: '{shared_ledger}'\n")
    assert cli("call", "p", "--json").json["rows"]["queued"] == 1
    config.write_text(text.replace("campaign: second", "") + f"ledger: '{shared_ledger}'\n")
    assert cli("call", "p", "--json").json["rows"]["skipped"] == 1
    with Ledger.open(shared_ledger, home) as ledger:
        assert ledger.table_counts()["calls"] == 2
    assert len(clinic.sandbox.calls()) == 2


def test_after_a_crash_a_damaged_ledger_is_noticed_before_anything_is_sent(kept, clinic, cli):
    from flows.runs.lease import this_process

    host, _, _ = this_process().split("/")
    (kept / "at-work" / f"{host},1,0~r").touch()
    with sqlite3.connect(kept / "ledger.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = (kept / "ledger.db").read_bytes()
    size = 4096
    (kept / "ledger.db").write_bytes(
        b"".join(
            page if number < 3 else bytes(255 for _ in page[:64]) + page[64:]
            for number, page in enumerate(whole[at : at + size] for at in range(0, len(whole), size))
        )
    )
    said = cli("call", "p")
    assert said.status != 0
    assert "ledger" in said.err
    assert len(clinic.sandbox.calls()) == 1
    for file in kept.glob("ledger.db-*"):
        file.unlink()
    assert cli("ledger", "restore").status == 0
