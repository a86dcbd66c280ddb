"""What the ledger keeps of a push."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from connectors.ledger import Ledger
from tests.worlds import CROWD, killed_while_changing


def test_what_was_left_in_the_ledger_is_what_the_server_has(cli, clinic, crowd, home):
    run = cli("sync", crowd, "--json").json["run_id"]
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        written = ledger.changes(run, ["done"]).to_pylist()
        assert ledger.run(run).finished_at <= datetime.now(UTC)
    assert len(written) == CROWD
    by_id = {c["id"]: c["vars"]["age"] for c in clinic.sandbox.contacts(clinic.project) if "age" in c["vars"]}
    assert all(by_id[change["contact_id"]] == change["after"] for change in written)
    assert json.loads((home / ".verboice-sync" / "runs" / run / "plan.json").read_text())["changes"]


def test_what_is_about_to_be_sent_is_on_disk_before_it_leaves(cli, clinic, crowd, home):
    clinic.sandbox.configure(request_seconds=0.05)
    run = killed_while_changing(home, crowd, clinic, after=2)
    sent = {one.path.rpartition("/")[2].removesuffix(".json") for one in clinic.sandbox.requests if one.method == "PUT"}
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        writes = {write["address"]: write["state"] for write in ledger.writes(run).to_pylist()}
    assert len(writes) == CROWD
    assert {writes[address] for address in sent} <= {"sending", "done"}
    assert "planned" in writes.values()
