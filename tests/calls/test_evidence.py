"""What Verboice's log says about a call whose answer was lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.values import CallLogEntry
from flows.calls.evidence import CLOCKS, accepted, found_under, possible_numbers

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
HER = "85512345678"


def log(address: str = HER, at: datetime = NOON) -> list[CallLogEntry]:
    return [CallLogEntry(at, f"Received via API: call {address}"), CallLogEntry(at, "Trying to call")]


@pytest.mark.parametrize(
    ("before", "late", "last", "numbers", "is_closed"),
    [
        (None, None, None, range(0), False),
        (100, 103, 110, range(101, 103), True),
        (100, None, 103, range(101, 154), False),  # it may come yet
        (100, 101, 101, range(101, 101), True),  # nothing lies in between
        (100, None, 100, range(101, 151), False),
        (None, 20, 20, range(1, 20), False),
        (None, None, 80, range(30, 131), False),
        (100, 10_000, 10_000, range(101, 10_000), True),
    ],
)
def test_the_numbers_that_a_lost_call_can_have(before, late, last, numbers, is_closed):
    found = possible_numbers(before, late, last)
    assert (found.numbers, found.is_closed) == (numbers, is_closed)


def test_it_is_the_one_to_the_same_address_at_about_that_time():
    logs = {
        101: log("85512999888"),
        102: log(at=NOON + timedelta(minutes=2)),
        103: log(at=NOON + timedelta(hours=2)),
        104: log("0" + HER),
        105: [],
    }
    assert found_under(HER, NOON, logs) == (102,)
    clocks = {7: log(at=NOON - CLOCKS), 8: log(at=NOON + CLOCKS), 9: log(at=NOON + CLOCKS + timedelta(seconds=1))}
    assert found_under(HER, NOON, clocks) == (7, 8)
    assert found_under(HER, NOON, logs | {106: log()}) == (102, 106)


def test_a_log_that_does_not_tell_of_a_request_is_no_evidence():
    assert accepted([CallLogEntry(NOON, f"call {HER}")]) is None
    assert accepted(log()) == (HER, NOON)
