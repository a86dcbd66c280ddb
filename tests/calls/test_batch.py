"""A batch as a value."""

from __future__ import annotations

from flows.calls.assess import assess
from flows.calls.sparing import Remembered
from tests.worlds import batch_of, wanted


def test_a_checksum_names_what_is_asked_and_not_where_it_stands(rules_of):
    one = batch_of(assess([wanted(2, "1"), wanted(3, "2")], Remembered(), rules_of()))
    other = batch_of(assess([wanted(2, "2"), wanted(9, "1")], Remembered(), rules_of()))
    assert one.checksum == other.checksum
    assert one.checksum != batch_of(assess([wanted(2, "1")], Remembered(), rules_of())).checksum
