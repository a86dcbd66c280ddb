"""What each call is asked for with, and what is wrong for everybody alike."""

from __future__ import annotations

import pytest

from connectors.values import CallRequest
from flows.calls.rules import Given

HEADER = ("Phone", "Name", "When", "Extra")


def test_every_parameter_may_come_from_a_column(read, rows_of, rules_of):
    names = ("channel", "call_flow", "schedule", "not_before", "not_after", "time_zone")
    rows = rows_of(
        ("Phone", "Name", *names),
        ("012345678", "Ana", "3", "9", "Office hours", "2026-12-24", "2026-12-24 18:00", "Bangkok"),
        ("012345679", "Bo", "chan", "Reminder", "", "", "", ""),
    )
    first, second = read(rows, rules_of(**{name: Given(name, column=name) for name in names}))
    assert first.request == CallRequest(
        3,
        "85512345678",
        call_flow_id=9,
        variables={"name": "Ana"},
        schedule="Office hours",
        not_before="2026-12-24 00:00:00",
        not_after="2026-12-24 18:00:00",
        time_zone="Bangkok",
    )
    assert second.request == CallRequest(3, "85512345679", call_flow_id=7, variables={"name": "Bo"})


def test_twiml_goes_with_a_project_and_the_channels_flow_with_none(read, rows_of, rules_of):
    rows = rows_of(HEADER, ("012345678", "Ana", "", ""))
    text = "<Response><Hangup/></Response>"
    (spoken,) = read(rows, rules_of(call_flow=None, twiml=Given("twiml", value=text)))
    assert (spoken.request.twiml, spoken.request.project_id) == (text, 12)
    elsewhere = {"project_id": Given("project_id", value="44")}
    (spoken,) = read(rows, rules_of(call_flow=None, twiml=Given("twiml", value=text), **elsewhere))
    assert spoken.request.project_id == 44
    (own,) = read(rows, rules_of(call_flow=None))
    assert (own.request.call_flow_id, own.request.twiml, own.request.project_id) == (None, None, None)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"channel": Given("channel", value="chann")}, "channel"),
        ({"channel": Given("channel", value="old")}, "channel"),
        ({"channel": Given("channel", value="bare"), "call_flow": None}, "channel"),
        ({"call_flow": Given("call_flow", value="10")}, "call_flow"),
        ({"schedule": Given("schedule", value="Nights")}, "schedule"),
        ({"not_after": Given("not_after", value="2020-01-01")}, "not_after"),
        (
            {"not_before": Given("not_before", value="soon"), "time_zone": Given("time_zone", column="Extra")},
            "not_before",
        ),
        (
            {"time_zone": Given("time_zone", value="Mars"), "not_before": Given("not_before", column="When")},
            "time_zone",
        ),
        ({"variables": (Given("a[b]", value="1"),)}, "vars.a[b]"),
    ],
)
def test_what_is_wrong_for_everybody_is_found_before_the_rows(parameters_of, rules_of, changes, column):
    assert [problem.column for problem in parameters_of(rules_of(**changes)).constant_problems()] == [column]


def test_nothing_is_wrong_with_the_usual_rules(parameters_of, rules_of):
    assert parameters_of(rules_of()).constant_problems() == []
