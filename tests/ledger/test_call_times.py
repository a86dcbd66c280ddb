"""What earlier calls tell of the next ones: how long they lasted, for when they were meant, which are still to end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.ledger import Ledger
from connectors.ledger.values import CallIntent, CallNews

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SERVER = "https://v"
INTENT = CallIntent("r1", 2, SERVER, 12, "clinic", "id", "8551", "8551")


def asked(ledger: Ledger, row: int, at: datetime = AT, state: str = "queued", **changes: object) -> CallIntent:
    """A call of this row was asked for, and that ended so."""
    intent = replace(INTENT, row=row, identity=f"id-{row}", **changes)
    ledger.begin_call(intent, at)
    ledger.settle_call(intent.run_id, row, state, at)  # type: ignore[arg-type]
    return intent


def ended(ledger: Ledger, intent: CallIntent, state: str, seconds: int | None, at: datetime = AT) -> None:
    """Verboice says that the call has ended so, after so many seconds; None: it does not tell."""
    began, over = (None, None) if seconds is None else (at, at + timedelta(seconds=seconds))
    news = CallNews(intent.run_id, intent.row, state, started_at=began, finished_at=over)
    ledger.track_calls([news], at + timedelta(minutes=5))


def test_lengths_are_those_of_calls_that_ended_lately_answered_and_unanswered(ledger: Ledger) -> None:
    ended(ledger, asked(ledger, 2), "completed", 70)
    ended(ledger, asked(ledger, 3), "failed", 30)
    ended(ledger, asked(ledger, 4, pipeline="school"), "completed", 20)
    ended(ledger, asked(ledger, 5), "completed", None)
    ended(ledger, asked(ledger, 6), "active", 9)
    ended(ledger, asked(ledger, 7, AT - 91 * DAY), "completed", 9, AT - 91 * DAY)
    ended(ledger, asked(ledger, 8, project_id=13), "completed", 9)
    ended(ledger, asked(ledger, 9, server="https://w"), "completed", 9)
    lengths = ledger.call_lengths(SERVER, 12, pipeline="clinic", now=AT)
    assert lengths == ([70], [30])
    answered, unanswered = ledger.call_lengths(SERVER, 12, pipeline=None, now=AT)
    assert (sorted(answered), unanswered) == ([20, 70], [30])


def test_what_waits_may_have_begun_when_it_was_last_seen_waiting(ledger: Ledger) -> None:
    asked(ledger, 2, AT - timedelta(minutes=3))
    asked(ledger, 3, not_before=AT + DAY)
    ended(ledger, asked(ledger, 4), "queued", None)
    ended(ledger, asked(ledger, 5), "completed", None)
    asked(ledger, 6, state="failed")
    asked(ledger, 7, AT - 8 * DAY)
    asked(ledger, 8, project_id=13)
    waiting = ledger.calls_waiting(SERVER, 12, AT)
    assert waiting == [AT - timedelta(minutes=3), AT + timedelta(minutes=5), AT + DAY]


def test_calls_count_for_the_day_on_which_they_can_ring(ledger: Ledger) -> None:
    asked(ledger, 2)
    asked(ledger, 3, AT - DAY)
    asked(ledger, 4, AT - DAY, not_before=AT + DAY)
    asked(ledger, 5, state="uncertain")
    asked(ledger, 6, state="not_placed")
    asked(ledger, 7, pipeline="school")
    ended(ledger, asked(ledger, 8), "cancelled", None)
    assert sorted(ledger.calls_meant_for(SERVER, "clinic", AT)) == [AT, AT, AT + DAY]
