"""Runs, their rows, and plans that can be used once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest

from connectors.ledger import Ledger
from connectors.ledger.values import ROWS, RunRecord, SavedPlan

AT = datetime(2026, 11, 23, 6, 30, 15, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN = SavedPlan("c0ffee", "r1", "clinic", AT, b'{"changes": []}' * 100)


def begun(ledger: Ledger, run_id: str, at: datetime = AT, **more: Any) -> RunRecord:
    run = RunRecord(
        run_id, more.pop("pipeline", "clinic"), more.pop("kind", "sync"), more.pop("status", "running"), at, **more
    )
    ledger.start_run(run)
    return run


def test_a_run_is_read_back_as_it_was_written(ledger: Ledger) -> None:
    run = begun(
        ledger, "r1", server="https://v", project_id=12, project_name="ចំណង", options={"only": ["+855"]}, resumes="r0"
    )
    assert ledger.run("r1") == run
    assert ledger.run("r2") is None


def test_times_come_back_in_utc(ledger: Ledger) -> None:
    begun(ledger, "r1", AT.astimezone(timezone(timedelta(hours=7))))
    run = ledger.run("r1")
    assert run is not None
    assert (run.started_at, run.started_at.utcoffset()) == (AT, timedelta(0))


def test_a_run_learns_and_ends(ledger: Ledger) -> None:
    run = begun(ledger, "r1")
    ledger.note_run("r1", plan_checksum="c0ffee", approved_by="c0ffee")
    ledger.finish_run("r1", "partial", AT + HOUR, counts={"read": 5}, summary={"run_id": "r1"}, requests={"put": 2})
    assert ledger.run("r1") == replace(
        run,
        status="partial",
        finished_at=AT + HOUR,
        plan_checksum="c0ffee",
        approved_by="c0ffee",
        counts={"read": 5},
        requests={"put": 2},
        summary={"run_id": "r1"},
    )
    with pytest.raises(LookupError):
        ledger.note_run("r2", error="x")


def test_runs_are_listed_newest_first(ledger: Ledger) -> None:
    for number, (pipeline, kind) in enumerate([("clinic", "sync"), ("clinic", "call"), ("school", "sync")]):
        begun(ledger, f"r{number}", AT + number * HOUR, pipeline=pipeline, kind=kind)
    assert [run.run_id for run in ledger.runs()] == ["r2", "r1", "r0"]
    assert [run.run_id for run in ledger.runs("clinic")] == ["r1", "r0"]
    assert [run.run_id for run in ledger.runs("clinic", kind="sync")] == ["r0"]
    assert [run.run_id for run in ledger.runs(limit=1)] == ["r2"]


def test_rows_are_kept_and_told_again(ledger: Ledger) -> None:
    first = {"row": 3, "address_key": "+8551", "address": "0 1", "status": "updated", "reason": "", "contact_id": 7}
    other = first | {"row": 2, "status": "rejected", "reason": "no \x1f'number'\n", "contact_id": None}
    ledger.record_rows("r1", pa.Table.from_pylist([first, other], ROWS))
    ledger.record_rows("r1", pa.Table.from_pylist([first | {"status": "failed"}], ROWS))
    assert ledger.rows("r1").to_pylist() == [other, first | {"status": "failed"}]
    assert ledger.rows("r1", ["rejected"]).to_pylist() == [other]
    assert ledger.rows("r2").num_rows == 0
    assert ledger.rows("r2").schema == ROWS


def test_a_plan_is_kept_whole_and_can_be_read_after_its_use(ledger: Ledger) -> None:
    ledger.save_plan(PLAN)
    ledger.save_plan(PLAN)
    assert ledger.plan("c0ffee") == PLAN
    assert ledger.plan("c0ffee", "r9") is None
    assert ledger.claim_plan(PLAN, run_id="r2", at=AT + HOUR) is None
    assert ledger.plan("c0ffee", "r1") == replace(PLAN, claimed_by="r2", claimed_at=AT + HOUR)


def test_a_plan_is_used_once(ledger: Ledger) -> None:
    ledger.save_plan(PLAN)
    assert ledger.claim_plan(PLAN, run_id="r2", at=AT) is None
    for run_id in ("r3", "r2"):
        used = ledger.claim_plan(PLAN, run_id=run_id, at=AT + HOUR)
        assert used is not None
        assert (used.claimed_by, used.claimed_at) == ("r2", AT)


def test_the_same_plan_made_by_a_later_run_can_be_used_again(ledger: Ledger) -> None:
    later = replace(PLAN, made_by="r5", made_at=AT + HOUR)
    for plan in (PLAN, later):
        ledger.save_plan(plan)
        assert ledger.claim_plan(plan, run_id=plan.made_by, at=AT) is None
    newest = ledger.plan("c0ffee")
    assert newest is not None
    assert newest.made_by == "r5"


def test_a_plan_from_elsewhere_is_used_once_too(ledger: Ledger) -> None:
    assert ledger.claim_plan(PLAN, run_id="r2", at=AT) is None
    assert ledger.claim_plan(PLAN, run_id="r3", at=AT) is not None
    assert ledger.plan("c0ffee") == replace(PLAN, body=None, claimed_by="r2", claimed_at=AT)


def test_of_many_threads_one_gets_the_plan(ledger: Ledger) -> None:
    ledger.save_plan(PLAN)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: ledger.claim_plan(PLAN, run_id=f"r{n}", at=AT), range(16)))
    assert answers.count(None) == 1
