"""Plans that are saved, approved and applied, as their user sees them."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from openpyxl import load_workbook

from connectors.ledger import Ledger
from connectors.ledger.values import SavedPlan
from flows.runs.contacts.plan_file import read_plan
from tests.worlds import SAVED

SOK, DARA = "85512345678", "+85512999888"


def test_apply_does_exactly_the_plan_and_reports_every_row_of_the_source(cli, clinic, saved):
    saved()
    said = cli("apply", "plan.json", "--json")
    assert said.status == 0
    assert (said.json["kind"], said.json["status"]) == ("apply", "succeeded")
    assert (said.json["rows"]["read"], said.json["rows"]["updated"], said.json["rows"]["not_found"]) == (3, 2, 1)
    assert said.json["variables_changed"] == 2
    assert said.json["requests"]["put"] == 2
    assert clinic.vars(SOK)["age"] == "39"
    assert clinic.vars(DARA)["age"] == "41"


def test_a_plan_is_used_once_also_as_a_copy_and_after_an_undo(cli, clinic, saved, home):
    saved()
    used = cli("apply", "plan.json", "--json").json["run_id"]
    cli("undo", used)
    shutil.copy(home / "plan.json", home / "copy.json")
    for file in ("plan.json", "copy.json", str(home / ".verboice-sync" / "runs" / used / "plan.json")):
        again = cli("apply", file, "--json")
        assert again.status == 3
        assert again.json["status"] == "refused"
        assert again.json["plan"]["checksum"]
        assert used in again.err
    assert clinic.vars(SOK)["age"] == "38"


def test_a_plan_is_used_once_by_a_ledger_that_has_never_seen_it(cli, clinic, saved, home):
    saved()
    shutil.rmtree(home / ".verboice-sync")
    first = cli("apply", "plan.json", "--json")
    assert first.status == 0
    assert (first.json["rows"]["updated"], first.json["rows"]["not_found"]) == (2, 1)
    cli("undo", first.json["run_id"])
    assert cli("apply", "plan.json").status == 3
    assert clinic.vars(SOK)["age"] == "38"


def test_of_two_applies_at_once_one_gets_the_plan(cli, clinic, saved, home):
    saved()
    read = read_plan(home / "plan.json")
    claim = SavedPlan(read.plan.checksum, read.made_by, "p", datetime.now(UTC))
    with Ledger.open(None, home / ".verboice-sync") as ledger, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: ledger.claim_plan(claim, run_id=n, at=claim.made_at), "abcd"))
    assert sum(answer is None for answer in answers) == 1
    assert cli("apply", "plan.json").status == 3
    assert clinic.puts() == 0


def test_a_plan_whose_contact_has_changed_is_refused_with_the_row_and_the_variable(cli, clinic, saved):
    saved()
    clinic.sandbox.state.database.run("update persisted_variables set value = '77' where value = '38'")
    said = cli("apply", "plan.json", "--json")
    assert said.status == 3
    assert said.json["status"] == "refused"
    assert "Row 2: age was 38, is now 77" in said.err
    assert [(p["row"], p["status"]) for p in said.json["problems"]] == [(2, "held"), (4, "not_found")]
    assert clinic.puts() == 0
    assert cli("apply", "plan.json").status == 3


def test_a_plan_whose_contact_is_gone_is_refused(cli, clinic, saved):
    saved()
    clinic.sandbox.remove_contact(1)
    assert "the contact is gone" in cli("apply", "plan.json").err
    assert clinic.puts() == 0


def test_a_refusal_masks_numbers_among_the_values_and_the_workbook_has_them_whole(cli, clinic, saved):
    saved()
    clinic.sandbox.state.database.run("update persisted_variables set value = '012 345 678' where value = '38'")
    said = cli("apply", "plan.json")
    assert said.status == 3
    assert "age was 38, is now ••••5678" in said.err
    assert "345 678" not in said.out + said.err
    workbook = cli("apply", "plan.json", "--json").json["reports"]["workbook"]
    _, sok, *_ = load_workbook(workbook).worksheets[0].iter_rows(values_only=True)
    told = "planned only, nothing was sent. Changed since the plan was made: age was 38, is now 012 345 678."
    assert told in sok


def test_a_stale_or_used_plan_can_still_be_read(cli, clinic, saved):
    saved()
    cli("apply", "plan.json")
    before = clinic.puts()
    said = cli("apply", "plan.json", "--dry-run")
    assert said.status == 0
    assert "••••5678" in said.out
    assert clinic.puts() == before


def test_a_plan_for_another_server_or_project_is_not_applied_here(cli, clinic, saved, pipeline, sheet):
    saved()
    pipeline(sheet(*SAVED), **{"verboice.project": 99})
    said = cli("apply", "plan.json")
    assert said.status == 2
    assert clinic.puts() == 0


def test_creates_are_applied_too_and_refused_when_somebody_was_faster(cli, clinic, saved):
    saved(**{"contacts.missing": "create"})
    clinic.sandbox.add_contact(clinic.project, ["85511222333"], {})
    said = cli("apply", "plan.json", "--json")
    assert said.status == 3
    assert "exists by now" in said.err
    assert clinic.sandbox.count(method="POST") == 0
