"""A batch as a value."""

from __future__ import annotations

from connectors.values import CallRequest
from flows.calls.assess import Remembered, assess
from flows.calls.batch import Batch
from flows.calls.normalise import WantedCall


def wanted(row: int, key: str, said: str = "hello") -> WantedCall:
    return WantedCall(row, key, f"{key}/{said}", CallRequest(3, key, call_flow_id=7, variables={"said": said}))


def batch_of(assessed, **changes):
    return Batch("https://v", 12, "Clinic", assessed.calls, assessed.outcomes, **changes)


def test_a_checksum_names_what_is_asked_and_not_where_it_stands(rules_of):
    one = batch_of(assess([wanted(2, "1"), wanted(3, "2")], Remembered(), rules_of()))
    other = batch_of(assess([wanted(2, "2"), wanted(9, "1")], Remembered(), rules_of()))
    assert one.checksum == other.checksum
    assert one.checksum != batch_of(assess([wanted(2, "1")], Remembered(), rules_of())).checksum
