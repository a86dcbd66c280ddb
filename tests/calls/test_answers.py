"""What counts as an answer: a value that is new, of somebody who spoke, and that nobody here has sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.ledger.values import Call
from flows.calls.answers import answers, as_text, from_text, in_words, may_have_answered

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
CALL = Call("r1", 2, "https://v", "p", "i", 0, "", "8551", "8551", "queued", 1, AT, call_state="completed")


@pytest.mark.parametrize(
    ("state", "reason", "may"),
    [
        ("completed", "", True),
        ("completed", "busy", True),  # at the next attempt
        ("failed", "", True),
        ("failed", "hangup", True),
        ("failed", "error: Service unavailable", True),
        ("failed", "no-answer", False),
        ("failed", "busy", False),
        ("failed", "no-call-flow: it was deleted", False),
        ("active", "", False),
        ("queued", "", False),
        ("expired", "", False),
        ("cancelled", "", False),
    ],
)
def test_only_where_somebody_may_have_spoken_there_is_something_to_read(state: str, reason: str, may: bool) -> None:
    assert may_have_answered(replace(CALL, call_state=state, fail_reason=reason)) is may


def test_a_call_that_nobody_accepted_answers_nothing() -> None:
    assert not may_have_answered(replace(CALL, state="uncertain"))


def test_what_is_different_is_an_answer_unless_it_was_sent_from_here() -> None:
    before = from_text(as_text({"age": "38", "village": "Takeo", "note": "ü"}))
    found = answers(before, {"village": "", "age": "39", "note": "ü", "stars": "5"}, {("age", "39"), ("stars", "4")})
    assert found == {"stars": (None, "5"), "village": ("Takeo", "")}
    assert in_words(found) == "stars: (absent) → 5; village: Takeo → (empty)"
    assert in_words({}) == ""
