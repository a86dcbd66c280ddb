"""Next steps: after every end of a run the command that is worth typing, and no other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.reports.next_steps import next_steps
from flows.reports.summary import RunFacts, summary_object

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TRIPPED = {"checksum": "c0ffee", "changes": 3, "violations": [{"guard": "max_clears", "limit": "5%", "found": "9%"}]}
PLANNED = {"checksum": "c0ffee", "changes": 3, "violations": []}


@pytest.mark.parametrize(
    ("kind", "rows", "options", "commands"),
    [
        ("plan", {"updated": 1}, {"plan": PLANNED}, ["sync clinic"]),
        ("plan", {"updated": 1}, {"plan": PLANNED, "reports": {"plan": "my plan.json"}}, ["apply 'my plan.json'"]),
        ("plan", {"unchanged": 1}, {}, []),
        ("plan", {"updated": 1}, {"plan": TRIPPED}, ["sync clinic --approve c0ffee"]),
        ("sync", {"updated": 1}, {"plan": TRIPPED, "status": "refused"}, ["sync clinic --approve c0ffee"]),
        ("call", {"queued": 1}, {"plan": TRIPPED, "status": "refused"}, ["call clinic --approve c0ffee"]),
        ("sync", {"unchanged": 1}, {}, []),
        ("sync", {"updated": 1}, {}, ["undo r1"]),
        ("undo", {"updated": 1}, {}, []),
        ("sync", {"uncertain": 1, "rejected": 1}, {}, ["resume r1", "sync clinic"]),
        ("undo", {"uncertain": 1}, {}, ["resume r1"]),
        ("call", {"uncertain": 1}, {}, ["resolve r1"]),
        ("apply", {"not_found": 1}, {}, [""]),
        ("call", {"queued": 2}, {}, ["track r1 --until-done"]),
        ("call", {"queued": 2}, {"status": "failed"}, ["resume r1"]),
        ("plan", {}, {"status": "failed"}, []),
    ],
)
def test_a_run_ends_with_the_command_to_type_next(kind, rows, options, commands):
    facts = RunFacts(run_id="r1", pipeline="clinic", kind=kind, started_at=NOW)
    steps = next_steps(summary_object(facts, rows, **options))
    assert [step.command for step in steps] == [c and f"verboice-sync {c}" for c in commands]


@pytest.mark.parametrize(
    ("kind", "rows", "options", "commands"),
    [
        ("sync", {"rejected": 1, "updated": 1}, {}, ["", "undo r1"]),
        ("call", {"rejected": 1, "queued": 1}, {}, ["", "track r1 --until-done"]),
        ("sync", {"updated": 1}, {"plan": TRIPPED, "status": "refused", "reports": {"plan": "p"}}, ["apply p"]),
        ("call", {"queued": 1}, {"plan": TRIPPED, "status": "refused", "reports": {"plan": "p"}}, [""]),
        ("sync", {"updated": 1}, {"status": "failed"}, [""]),
    ],
)
def test_after_a_dropped_file_no_command_sends_the_configured_source(kind, rows, options, commands):
    facts = RunFacts(run_id="r1", pipeline="clinic", kind=kind, started_at=NOW, dropped=True)
    summary = summary_object(facts, rows, **options)
    assert summary["dropped"]
    assert [step.command for step in next_steps(summary)] == [c and f"verboice-sync {c}" for c in commands]


def test_a_run_that_replaced_nothing_is_not_repeated_as_one_that_does():
    facts = RunFacts(run_id="r1", pipeline="clinic", kind="backfill", started_at=NOW, fill_only=True)
    (step,) = next_steps(summary_object(facts, {"rejected": 1}))
    assert step.command == "verboice-sync backfill clinic --fill-only"


def test_attempts_that_wait_for_another_day_are_asked_for_as_attempts():
    facts = RunFacts(run_id="r2", pipeline="clinic", kind="call", started_at=NOW, retry="r1")
    (step,) = next_steps(summary_object(facts, {"unsent": 1}, status="succeeded"))
    assert step.command == "verboice-sync call clinic --retry r1"


def test_the_pipeline_is_named_as_the_user_named_it():
    facts = RunFacts(run_id="r1", pipeline="clinic", kind="sync", started_at=NOW)
    (step,) = next_steps(summary_object(facts, {"rejected": 1}), "my files/clinic.yaml")
    assert step.command == "verboice-sync sync 'my files/clinic.yaml'"
