"""A batch that looks like a mistake is refused."""

from __future__ import annotations

from flows.calls.assess import assess
from flows.calls.guard import CallLimits, judge
from flows.calls.normalise import Unusable
from flows.calls.sparing import Remembered
from flows.limits import Limit
from tests.worlds import batch_of, wanted


def test_the_guard_counts_calls_and_rejected_rows(rules_of):
    rows = [*[wanted(n, str(n)) for n in range(2, 12)], *[Unusable(n, "Phone", "no") for n in range(12, 18)]]
    batch = batch_of(assess(rows, Remembered(), rules_of()))
    tight = CallLimits(max_calls=Limit.parse("9"), max_rejected=Limit.parse("20%"))
    assert [(v.guard, v.found, v.limit) for v in judge(batch, tight)] == [
        ("max_calls", "10", "9"),
        ("max_rejected", "38%", "20%"),
    ]
    assert judge(batch, CallLimits(max_calls=Limit.parse("10"), max_rejected=Limit.parse("40%"))) == ()
