"""A plan as a value."""

from __future__ import annotations

from tests.worlds import HEADER, SOK


def test_the_checksum_names_what_would_be_sent_and_nothing_else(rows_of, rules_of, plan_of):
    one = plan_of(rows_of(HEADER, ("012345678", "39", "")), [SOK], rules_of())
    with_bad_row = plan_of(rows_of(HEADER, ("bad", "1", ""), ("012345678", "39", "")), [SOK], rules_of())
    other = plan_of(rows_of(HEADER, ("012345678", "40", "")), [SOK], rules_of())
    assert one.checksum == with_bad_row.checksum
    assert one.checksum != other.checksum
