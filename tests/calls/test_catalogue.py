"""What the account may call with, found by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.calls.catalogue import whole_number
from flows.calls.rules import NotUsable
from tests.calls.conftest import CATALOGUE

TWINS = {7: "Reminder", 9: "Survey", 11: "Survey"}


def named(*names):
    """The clinic with call flows of these names."""
    return replace(CATALOGUE, call_flows=dict(enumerate(names, start=1)))


@pytest.mark.parametrize(
    ("catalogue", "wanted", "why"),
    [
        (
            replace(CATALOGUE, call_flows=TWINS),
            "Survey",
            "The project has several call flows named “Survey”. Use an id: 9, 11.",
        ),
        (
            replace(CATALOGUE, call_flows={}, shared=True),
            "Survey",
            "The project is shared to this account, so the call flow “Survey” cannot be looked up by name. Use its id.",
        ),
        (named(), "12", "The project “Clinic” has no call flow “12”. There are none."),
        (
            named("Survey A", "Survey B", "Survey C"),
            "survey",
            "The project “Clinic” has no call flow “survey”. Did you mean “Survey C” or “Survey B”?",
        ),
        (named("Surveys of May"), "survey", "The project “Clinic” has no call flow “survey”. It has: Surveys of May."),
        (
            named(*"abcdefghijkl", "a"),
            "Reminder",
            "The project “Clinic” has no call flow “Reminder”. It has: a, b, c, d, e, f, g, h, i, j.",
        ),
    ],
)
def test_a_call_flow_that_is_not_found_is_told_with_those_that_there_are(catalogue, wanted, why):
    with pytest.raises(NotUsable) as caught:
        catalogue.call_flow(wanted)
    assert caught.value.reason == why


def test_an_id_does_where_a_name_does_not():
    assert replace(CATALOGUE, call_flows=TWINS).call_flow("11") == 11
    assert replace(CATALOGUE, call_flows={9: "9"}, shared=True).call_flow("9") == 9
    assert whole_number("012", "schedule") == 12


def test_schedules_that_cannot_be_listed_are_taken_as_they_are_given():
    assert replace(CATALOGUE, schedules=None).schedule("Nights") == "Nights"


def test_how_often_verboice_tries_again_itself_is_known_by_the_schedule():
    known = replace(CATALOGUE, schedules={"Nights": 3, "7": 2})
    assert [known.retries_of(schedule) for schedule in ("Nights", 7, "Days", None)] == [3, 2, 0, 0]
    assert replace(CATALOGUE, schedules=None).retries_of("Nights") == 0
