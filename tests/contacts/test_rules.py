"""Names of variables, judged before anything is sent."""

from __future__ import annotations

import pytest

from flows.contacts.rules import judge_names, judge_unseen


@pytest.mark.parametrize(
    ("names", "known", "unusable"),
    [
        (["age"], ["age", "village"], []),
        (["Age"], ["age"], [("Age", ("age",))]),
        (["vilage"], ["age", "village"], [("vilage", ("village",))]),
        (["a[b]"], None, [("a[b]", ())]),
        (["anything"], None, []),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_what_was_probably_meant(names, known, unusable):
    assert [(one.name, one.candidates) for one in judge_names(names, known)] == unusable


def test_a_name_that_no_contact_has_is_suspicious_only_beside_one_that_is_near():
    assert [one.name for one in judge_unseen(["vilage", "colour"], ["village", "age"])] == ["vilage"]
