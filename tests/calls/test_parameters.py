"""What each call is asked for with, and what is wrong for everybody alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from connectors.values import CallRequest, Channel
from flows.calls.hours import OpenHours
from flows.calls.normalise import Unusable, WantedCall
from flows.calls.rules import ZONE, Given, Timing
from tests.calls.conftest import CATALOGUE

HEADER = ("Phone", "Name", "When", "Extra")
HOURS = OpenHours(time(8), time(17))


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


OWN_FLOW = "The channel “bare” has no call flow of its own; name one with `call_flow` or give `twiml`."
MARS = "Verboice does not know the time zone “Mars”. Use a Rails zone name such as Bangkok, or one like Asia/Bangkok."
SOON = "“soon” is not a date of the form 2026-12-24 or 2026-12-24 18:00."
BRACKETS = "Names with brackets cannot be sent: they would be read as structure."


def constant(name, value):
    return {name: Given(name, value=value)}


def columns(*names):
    return {name: Given(name, column="Extra") for name in names}


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        (
            constant("channel", "chann"),
            "channel",
            "The account has no channel “chann”. Did you mean “chan”?",
        ),
        (constant("channel", "old"), "channel", "The channel “old” is disabled."),
        (constant("channel", "bare") | {"call_flow": None}, "channel", OWN_FLOW),
        (
            constant("call_flow", "10"),
            "call_flow",
            "The project “Clinic” has no call flow “10”. It has: Reminder, Survey.",
        ),
        (
            constant("schedule", "Nights"),
            "schedule",
            "The project “Clinic” has no schedule “Nights”. It has: Office hours.",
        ),
        (constant("schedule_id", "2abc"), "schedule_id", "“2abc” is not the id of a schedule; ids are whole numbers."),
        (constant("project_id", "mine"), "project_id", "“mine” is not the id of a project; ids are whole numbers."),
        (constant("not_after", "2020-01-01"), "not_after", "not_after (2020-01-01 23:59:59) is in the past."),
        (constant("not_before", "soon") | columns("time_zone"), "not_before", SOON),
        (constant("not_after", "soon") | columns("time_zone"), "not_after", SOON),
        (constant("time_zone", "Mars") | columns("not_before"), "time_zone", MARS),
        ({"timing": Timing(HOURS, zone=Given("time_zone", value="Mars"))}, ZONE, MARS),
        ({"variables": (Given("a[b", value="1"),)}, "vars.a[b", BRACKETS),
        ({"variables": (Given("a]b", value="1"),)}, "vars.a]b", BRACKETS),
        ({"variables": (Given(" ", value="1"),)}, "vars. ", "A variable needs a name."),
    ],
)
def test_what_is_wrong_for_everybody_is_found_before_the_rows(parameters_of, rules_of, changes, column, reason):
    (problem,) = parameters_of(rules_of(**changes)).constant_problems()
    assert (problem.column, problem.reason) == (column, reason)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        constant("channel", "bare"),
        constant("channel", "bare") | columns("call_flow"),
        constant("channel", "bare") | constant("twiml", "<Response/>") | {"call_flow": None},
        columns("channel") | {"call_flow": None},
        {"timing": Timing(HOURS, zone=Given("time_zone", column="Extra"))},
        {"timing": Timing(HOURS, zone=Given("time_zone", value="Bangkok"))},
    ],
)
def test_nothing_is_wrong_with_what_only_the_rows_can_tell(parameters_of, rules_of, changes):
    assert parameters_of(rules_of(**changes)).constant_problems() == []


def test_a_channel_without_a_flow_of_its_own_needs_one_or_something_to_say(read, rows_of, rules_of):
    rows = rows_of(("Phone", "Name", "channel"), ("012345678", "Ana", "bare"))
    channel = {"channel": Given("channel", column="channel")}
    assert read(rows, rules_of(**channel, call_flow=None)) == [Unusable(2, "channel", OWN_FLOW)]
    (spoken,) = read(rows, rules_of(**channel, call_flow=None, **constant("twiml", "<Response/>")))
    assert (spoken.request.channel, spoken.request.twiml) == (5, "<Response/>")


def test_a_channel_of_which_only_the_name_is_told_is_asked_for_by_name(read, rows_of, rules_of):
    named = replace(CATALOGUE, channels=(Channel(None, "chan"),))
    (row,) = read(rows_of(HEADER, ("012345678", "Ana", "", "")), rules_of(call_flow=None), catalogue=named)
    assert row.request == CallRequest("chan", "85512345678", variables={"name": "Ana"})


@pytest.mark.parametrize(
    ("changes", "is_usable"),
    [
        (constant("not_before", "2026-12-24"), False),
        (constant("not_after", "2026-12-24"), False),
        (constant("not_after", "2026-12-24") | constant("time_zone", "Bangkok"), True),
        (constant("not_after", "2026-12-24") | {"timing": Timing()}, True),
        ({}, True),
    ],
)
def test_with_hours_a_date_needs_a_time_zone(read, rows_of, rules_of, parameters_of, changes, is_usable):
    rules = rules_of(**{"timing": Timing(HOURS), **changes})
    (row,) = read(rows_of(HEADER, ("012345678", "Ana", "", "")), rules)
    why = "With `calls.hours`, dates need a time zone: give `calls.time_zone`."
    assert isinstance(row, WantedCall) if is_usable else row == Unusable(2, "", why)
    problems = [(problem.column, problem.reason) for problem in parameters_of(rules).constant_problems()]
    assert problems == ([] if is_usable else [("time_zone", why)])


@pytest.mark.parametrize(("schedule", "asked"), [("schedule", "Office hours"), ("schedule_id", 7)])
def test_beside_a_schedule_a_date_with_an_offset_needs_a_time_zone_too(read, rows_of, rules_of, schedule, asked):
    """A schedule's times are the project's own, and the date would bring UTC with it."""
    rows = rows_of(HEADER, ("012345678", "Ana", "2026-12-24 18:00Z", ""), ("012345679", "Bo", "", ""))
    changes = {"not_before": Given("not_before", column="When"), **constant(schedule, str(asked))}
    late, whenever = read(rows, rules_of(**changes))
    assert late == Unusable(2, "", "A date with an offset needs `calls.time_zone` here.")
    assert (whenever.request.schedule, whenever.request.not_before) == (asked, None)
