"""A batch that looks like a mistake is refused."""

from __future__ import annotations

from dataclasses import replace

from flows.calls.assess import assess
from flows.calls.forecast import Forecast
from flows.calls.guard import CallLimits, judge
from flows.calls.normalise import Unusable
from flows.calls.sparing import Remembered
from flows.contacts.guard import Violation
from flows.limits import Limit
from tests.worlds import batch_of, wanted


def test_the_guard_counts_calls_and_rejected_rows(rules_of):
    rows = [*[wanted(n, str(n)) for n in range(2, 12)], *[Unusable(n, "Phone", "no") for n in range(12, 18)]]
    batch = batch_of(assess(rows, Remembered(), rules_of()))
    tight = CallLimits(Limit.parse("9"), Limit.parse("20%"), Limit.parse("10%"))
    assert judge(batch, tight) == (
        Violation("max_calls", "9", "10", "10 people would be called; the limit is 9."),
        Violation("max_rejected", "20%", "38%", "6 of 16 rows could not be used; the limit is 20%."),
    )
    assert judge(batch, CallLimits(Limit.parse("10"), Limit.parse("40%"), Limit.parse("10%"))) == ()


def test_the_guard_counts_calls_that_have_no_turn_in_time_among_all_that_were_wanted(rules_of):
    batch = batch_of(assess([wanted(n, str(n)) for n in range(2, 12)], Remembered(), rules_of()))
    limits = CallLimits(Limit.parse("1000"), Limit.parse("20%"), Limit.parse("10%"))
    fitting = replace(batch, forecast=Forecast(50, unfinished=5))
    assert judge(fitting, limits) == ()
    why = (
        "6 of 50 calls have no turn before their not_after; the limit is 10%. A later not_after, longer hours, more "
        "lines, more calls a day or a smaller list make room."
    )
    late = replace(batch, forecast=Forecast(50, unfinished=6))
    assert judge(late, limits) == (Violation("max_unfinished", "10%", "12%", why),)
    none = replace(limits, max_unfinished=Limit.parse("0"))
    assert judge(replace(batch, forecast=None), none) == ()
