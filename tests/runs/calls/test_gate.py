"""What is asked once more before each call: how old the lists may become, and what reading them may cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.values import CallRequest
from flows.calls.batch import PlannedCall
from flows.calls.hours import Stretch
from flows.runs.calls.gate import Gate

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
CALL = PlannedCall(2, "1", "1", CallRequest(3, "1", call_flow_id=7))


class Clock:
    def __init__(self):
        self.now, self.reads, self.listed, self.takes = AT, 0, {}, timedelta(0)

    def __call__(self):
        return self.now

    def read(self):
        self.reads += 1
        self.now += self.takes
        return self.listed


def test_lists_are_read_again_after_five_minutes_and_hold_until_then():
    clock = Clock()
    gate = Gate(clock.read, clock, read_at=AT)
    clock.listed = {"1": "On the list never, row 2."}
    assert (gate(CALL), clock.reads) == (None, 0)
    clock.now += timedelta(minutes=5)
    assert gate(CALL).reason == "On the list never, row 2."
    assert (gate(CALL).status, clock.reads) == ("blocked", 1)


def test_a_list_that_takes_long_to_read_is_read_less_often():
    clock = Clock()
    clock.takes = timedelta(minutes=2)
    gate = Gate(clock.read, clock, read_at=AT)
    clock.now += timedelta(minutes=5)
    gate(CALL)
    clock.now += timedelta(minutes=19)
    gate(CALL)
    assert clock.reads == 1
    clock.now += timedelta(minutes=1)
    gate(CALL)
    assert clock.reads == 2


def test_what_comes_to_its_turn_after_its_hours_is_left_for_a_later_run():
    clock = Clock()
    gate = Gate(clock.read, clock, read_at=AT)
    call = replace(CALL, stretch=Stretch(AT - timedelta(hours=1), AT + timedelta(minutes=3)))
    assert gate(call) is None
    clock.now += timedelta(minutes=2, seconds=1)
    assert gate(call).status == "unsent"
