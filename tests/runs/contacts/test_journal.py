"""What the ledger keeps of a push."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from connectors.ledger import Ledger
from tests.worlds import CROWD


def test_what_was_left_in_the_ledger_is_what_the_server_has(cli, clinic, crowd, home):
    run = cli("sync", crowd, "--json").json["run_id"]
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        written = ledger.changes(run, ["done"]).to_pylist()
        assert ledger.run(run).finished_at <= datetime.now(UTC)
    assert len(written) == CROWD
    by_id = {c["id"]: c["vars"]["age"] for c in clinic.sandbox.contacts(clinic.project) if "age" in c["vars"]}
    assert all(by_id[change["contact_id"]] == change["after"] for change in written)
    assert json.loads((home / ".verboice-sync" / "runs" / run / "plan.json").read_text())["changes"]
