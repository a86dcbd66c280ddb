"""The last runs as series of a chart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.ledger.values import RunRecord
from flows.reports.page.history import PastRun, history
from flows.reports.page.rules import PageRules

BEGAN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def past(day=0, *, kind="sync", status="succeeded", seconds=60, rejected=None, **summary):
    began = BEGAN + timedelta(days=day)
    counts = {"read": 5, "updated": 2, "queued": 0, "rejected": 3}
    record = RunRecord(
        run_id=f"r{day}",
        pipeline="clinic",
        kind=kind,
        status=status,
        started_at=began,
        finished_at=began + timedelta(seconds=seconds),
        counts=counts,
        summary=summary,
    )
    return PastRun(record, rejected or {})


def drawn(series):
    return {one.name: list(one.values) for one in series}


def test_the_oldest_run_stands_first_and_refused_rows_are_not_told_as_changed():
    told = history([past(2, variables_changed=4), past(1, status="refused", variables_changed=4)], PageRules())
    assert told.labels == ["11-24 08:00", "11-25 08:00"]
    assert drawn(told.rows) == {"updated": [0, 2], "rejected": [0, 3], "refused, nothing sent": [5, 0]}
    assert drawn(told.changes) == {"values changed": [0, 4]}


def test_what_never_was_is_not_drawn():
    told = history([past()], PageRules())
    assert (told.changes, told.ends, told.rejected) == ([], [], [])


def test_rejected_rows_are_drawn_by_the_commonest_kinds_of_reason():
    many = {f"“{n}” is too short.": 1 for n in range(9)} | {f"Fault {letter}.": 2 for letter in "abcdef"}
    told = drawn(history([past(rejected=many), past(1, rejected={"Fault a.": 1})], PageRules()).rejected)
    assert told["“…” is too short."] == [0, 9]
    assert told["Fault a."] == [1, 2]
    assert told["other reasons"] == [0, 4]
    assert len(told) == 6


def test_calls_are_drawn_by_whether_people_were_reached():
    told = history([past(kind="call", calls={"completed": 2, "failed": 1, "expired": 1, "queued": 1})], PageRules())
    assert drawn(told.ends) == {"reached": [2], "not reached": [2], "under way": [1]}


def test_long_runs_are_drawn_in_minutes():
    assert drawn(history([past(seconds=90)], PageRules()).duration) == {"seconds": [90]}
    assert drawn(history([past(seconds=90), past(seconds=600)], PageRules()).duration) == {"minutes": [10, 1.5]}
