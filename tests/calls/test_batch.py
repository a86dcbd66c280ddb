"""A batch as a value."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from connectors.values import CallRequest
from flows.calls.assess import assess
from flows.calls.batch import Batch, PlannedCall
from flows.calls.hours import Stretch
from flows.calls.sparing import Remembered
from tests.worlds import batch_of, wanted


def test_a_checksum_names_what_is_asked_and_not_where_it_stands(rules_of):
    one = batch_of(assess([wanted(2, "1"), wanted(3, "2")], Remembered(), rules_of()))
    other = batch_of(assess([wanted(2, "2"), wanted(9, "1")], Remembered(), rules_of()))
    assert one.checksum == other.checksum
    assert one.checksum != batch_of(assess([wanted(2, "1")], Remembered(), rules_of())).checksum


def one_call(*zones, **changes):
    request = CallRequest(3, "85512345678", call_flow_id=7, variables={"name": "Ana", "dose": "2"})
    call = PlannedCall(2, "85512345678", "2:id", replace(request, **changes), zones)
    return Batch("https://v", 12, "Clinic", (call,), ())


def test_a_batch_that_an_earlier_version_was_given_approval_for_has_the_same_checksum_still():
    assert one_call().checksum == "b98d685d961d7bda"
    assert one_call("Asia/Phnom_Penh").checksum == "95794f6df1c122df"
    assert one_call(variables={"dose": "2", "name": "Ana"}).checksum == one_call().checksum


def test_a_checksum_changes_with_whatever_is_asked_for_and_with_whose_clock_counts():
    usual = one_call()
    others = [
        one_call(channel=4),
        one_call(variables={"name": "Ana", "dose": "3"}),
        one_call(not_after="2026-12-24 18:00:00"),
        one_call("Asia/Phnom_Penh"),
        one_call("Asia/Bangkok"),
        *(replace(usual, **changes) for changes in ({"server": "https://w"}, {"project_id": 13}, {"campaign": "may"})),
    ]
    assert len({batch.checksum for batch in (usual, *others)}) == 1 + len(others)
    assert replace(usual, project_name="Clinic 2", again="power cut").checksum == usual.checksum


def test_a_call_with_hours_is_asked_for_within_its_stretch_in_utc():
    (call,) = one_call(not_before="2026-12-24 08:00:00", time_zone="Bangkok").calls
    assert call.to_send == call.request
    stretch = Stretch(datetime(2026, 12, 24, 1, tzinfo=UTC), datetime(2026, 12, 24, 11, 30, tzinfo=UTC))
    sent = replace(call, stretch=stretch).to_send
    window = {"not_before": "2026-12-24 01:00:00", "not_after": "2026-12-24 11:30:00", "time_zone": "UTC"}
    assert sent == replace(call.request, **window)
