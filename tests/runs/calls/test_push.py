"""One pass over a batch: what is recorded when, what is asked once, what stops it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from connectors.ledger import AlreadyAsked
from connectors.ledger.values import Call
from connectors.values import CallRequest, QueuedCall
from connectors.verboice.errors import (
    CallRefused,
    CannotSend,
    LoginRefused,
    NoAnswer,
    Reached,
    ServerUnreachable,
    UnexpectedReply,
)
from flows.calls.batch import PlannedCall
from flows.runs.calls.push import CallPush

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)


EARLIER = Call("old", 9, "https://v", "clinic", "3", 0, "", "3", "3", "queued", 1, AT, call_id=44)


@dataclass
class Telephone:
    """Answers call after call with what was scripted by address, and a call id otherwise."""

    log: list[str]
    answers: dict[str, Exception] = field(default_factory=dict)

    def enqueue_call(self, call: CallRequest) -> QueuedCall:
        self.log.append(f"ask {call.address}")
        if call.address in self.answers:
            raise self.answers[call.address]
        return QueuedCall(100 + int(call.address), "queued")


@dataclass
class Diary:
    log: list[str]
    known: dict[int, Call] = field(default_factory=dict)

    def begin(self, call: PlannedCall) -> None:
        if call.row in self.known:
            raise AlreadyAsked(self.known[call.row])
        self.log.append(f"begin {call.row}")

    def settle(self, row: int, state: str, *, call_id: int | None = None, reason: str = "") -> None:
        assert state == "queued" or reason
        self.log.append(f"{state} {row}" + (f" as {call_id}" if call_id else ""))


@pytest.fixture
def log():
    return []


def calls(*rows):
    return [PlannedCall(row, str(row), str(row), CallRequest("chan", str(row))) for row in rows]


def test_each_call_is_recorded_before_it_is_asked_for_and_settled_before_the_next(log):
    pushed = CallPush(Telephone(log), Diary(log)).run(calls(2, 3))
    assert log == ["begin 2", "ask 2", "queued 2 as 102", "begin 3", "ask 3", "queued 3 as 103"]
    assert (pushed.asked, pushed.stopped) == (2, None)


@pytest.mark.parametrize(
    ("fault", "state", "goes_on"),
    [
        (CallRefused("Mysql2::Error"), "failed", True),
        (CannotSend("too long"), "failed", True),
        (UnexpectedReply("too large", reached=Reached.NO), "failed", True),
        (NoAnswer("lost"), "uncertain", True),
        (UnexpectedReply("a web page"), "uncertain", True),
        (ServerUnreachable("refused"), "not_placed", False),
        (LoginRefused("wrong password"), "not_placed", False),
        (UnexpectedReply("no such page", reached=Reached.YES), "not_placed", False),
        (CallRefused("Channel is disabled"), "failed", False),
    ],
)
def test_an_answer_settles_its_row_and_stops_the_batch_only_if_it_is_about_everybody(log, fault, state, goes_on):
    pushing = CallPush(Telephone(log, {"2": fault}), Diary(log), constants={"channel"})
    pushed = pushing.run(calls(2, 3))
    assert log[2] == f"{state} 2"
    assert ("ask 3" in log) is goes_on
    assert (pushed.stopped is None) is goes_on


def test_what_was_asked_for_meanwhile_is_left_alone_and_told(log):
    pushed = CallPush(Telephone(log), Diary(log, {3: EARLIER})).run(calls(2, 3))
    assert "ask 3" not in log
    assert pushed.earlier == {3: EARLIER}


def test_an_interruption_leaves_the_call_under_way_uncertain(log):
    with pytest.raises(KeyboardInterrupt):
        CallPush(Telephone(log, {"2": KeyboardInterrupt()}), Diary(log)).run(calls(2, 3))  # type: ignore[dict-item]
    assert log == ["begin 2", "ask 2", "uncertain 2"]


def test_a_signal_lets_no_new_call_begin(log):
    stop = threading.Event()
    stop.set()
    CallPush(Telephone(log), Diary(log), stop=stop).run(calls(2))
    assert log == []


@pytest.mark.parametrize(
    ("fault", "asked"), [(NoAnswer("lost"), 5), (UnexpectedReply("a web page"), 2)], ids=["silence", "strange answers"]
)
def test_answers_lost_in_a_row_stop_the_batch_but_scattered_ones_do_not(log, fault, asked):
    rows = range(2, 20)
    pushed = CallPush(Telephone(log, dict.fromkeys(map(str, rows), fault)), Diary(log)).run(calls(*rows))
    assert sum(line.startswith("uncertain") for line in log) == asked
    assert pushed.stopped is not None
    log.clear()
    scattered = dict.fromkeys((str(row) for row in rows if row % 2), fault)
    assert CallPush(Telephone(log, scattered), Diary(log)).run(calls(*rows)).stopped is None
