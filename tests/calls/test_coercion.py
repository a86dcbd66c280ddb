"""What Verboice makes of call variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.api.enqueue import call_variables
from flows.calls.coercion import check_value, coerced, shown
from flows.calls.rules import NotUsable
from flows.contacts.normalise import CONTROL_REASON


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("38", 38),
        ("0", 0),
        ("038", "038"),
        ("-1", "-1"),
        ("+5", "+5"),
        ("3.5", "3.5"),
        ("", ""),
        ("12 pills", "12 pills"),
        ("٣٨", "٣٨"),
        ("99999999999999999999", 99999999999999999999),
        ("abc\n12", 0),
        ("12\nabc", 12),
        ("3 or\n4", 3),
        ("12\r\nabc", "12\r\nabc"),
    ],
)
def test_digits_become_numbers_line_by_line(text, seen):
    assert coerced(text) == seen


def test_a_number_has_four_thousand_digits_at_most():
    assert coerced("9" * 4_000) == int("9" * 4_000)
    assert coerced("9" * 4_001) == "9" * 4_001


def test_a_value_with_a_control_character_says_so():
    with pytest.raises(NotUsable) as caught:
        check_value("Ana\x00")
    assert caught.value.reason == CONTROL_REASON


def test_a_text_and_a_number_stay_what_they_are_and_lines_that_become_a_number_are_refused():
    check_value("12 pills")
    check_value("38")
    with pytest.raises(NotUsable, match=r"into the number 12\. Write it in one line"):
        check_value("12\nabc")


@given(st.text(alphabet="0123456789ab +-\n", max_size=8))
def test_the_prediction_is_what_the_server_does(text):
    assert coerced(text) == call_variables({"name": text})["name"]


@given(st.text(alphabet="0123456789ab \n", max_size=8))
def test_what_keeps_its_meaning_passes_and_nothing_else(text):
    if str(coerced(text)) == text:
        check_value(text)
    else:
        with pytest.raises(NotUsable, match="several lines"):
            check_value(text)


def test_a_preview_tells_numbers_from_text():
    assert [shown("38"), shown("038")] == ["38 (a number)", "“038”"]
